"""Routes of getting in: a new password, the own PIN, tokens and sessions, and what administrators do about those of others."""

from typing import Any

from app.domain.access_errors import LinkExpired, LinkUnknown, LinkUsed, PinLocked, PinRequired, PinWrong, TokensMax, TooManyAttempts
from app.domain.errors import GrantRefused, NotFound, NotPermitted, NotSignedIn, UserProtected
from app.http.audience import Audience, Call, Visit
from app.http.schemas.access import (
    AcceptedRequest,
    ApiToken,
    ApiTokens,
    ChangePassword,
    MakeToken,
    NewApiToken,
    PinAnswer,
    RequestPasswordReset,
    SetPassword,
    SetPin,
    SignedOut,
    SignInState,
)
from app.http.schemas.common import Person
from app.operations.answer import Answer
from app.operations.people import set_password
from app.operations.people.create_token import issue_token
from app.operations.people.list_tokens import list_tokens
from app.operations.people.request_password_reset import request_password_reset
from app.operations.people.reset_pin import reset_pin
from app.operations.people.revoke_token import revoke_token
from app.operations.people.sessions import sign_out_everywhere
from app.operations.people.set_pin import set_pin
from app.operations.people.unlock_user import unlock_user

KEEPING = (NotFound, NotPermitted, UserProtected)

access = Audience("access", description="How people get in: passwords, PINs, tokens and sessions.")


@access.route("/password-reset", methods=("POST",))
@access.anonymous()
@access.refuses(NotSignedIn)
@access.body(RequestPasswordReset)
@access.answers(AcceptedRequest, 202)
def post_password_reset(visit: Visit, body: dict[str, Any]) -> Answer:
    """Ask for a mail with a link to set a new password.

    The answer is the same whether there is such an account or not. An account gets at most three mails an hour.
    """
    return request_password_reset(visit.system, body["login"], address=visit.address)


@access.route("/password", methods=("POST",))
@access.anonymous()
@access.refuses(NotSignedIn, LinkUnknown, LinkUsed, LinkExpired)
@access.body(SetPassword)
@access.answers(Person)
def post_password(visit: Visit, body: dict[str, Any]) -> Answer:
    """Set a password by the link of a mail: the account is unlocked, and every session of it ends."""
    return set_password.set_password(visit.system, body["secret"], body["password"], address=visit.address)


@access.route("/profile/password", methods=("POST",))
@access.signed_in()
@access.refuses(TooManyAttempts)
@access.body(ChangePassword)
@access.answers(Person)
def post_profile_password(call: Call, body: dict[str, Any]) -> Answer:
    """Change the caller's own password; a wrong old one counts as a failed attempt to sign in."""
    return set_password.change_password(call.system, call.caller, **body)


@access.route("/profile/pin", methods=("POST",))
@access.signed_in()
@access.refuses(PinRequired, PinWrong, PinLocked)
@access.body(SetPin)
@access.answers(PinAnswer)
def post_profile_pin(call: Call, body: dict[str, Any]) -> Answer:
    """Set the caller's PIN; who has one already sends it as `old`."""
    return set_pin(call.system, call.caller, **body)


@access.route("/profile/sign-out-everywhere", methods=("POST",))
@access.signed_in()
@access.answers(SignedOut)
def post_profile_sign_out_everywhere(call: Call) -> Answer:
    """End every session of the caller, on every device; his API tokens stay."""
    return sign_out_everywhere(call.system, call.caller)


@access.route("/profile/tokens", methods=("POST",))
@access.signed_in()
@access.idempotent
@access.refuses(TokensMax)
@access.body(MakeToken)
@access.answers(NewApiToken, 201)
def post_profile_token(call: Call, body: dict[str, Any]) -> Answer:
    """Make an API token for the caller, and read its secret this once."""
    return issue_token(call.system, call.caller, **body, request=call.request)


@access.route("/profile/tokens")
@access.signed_in()
@access.answers(ApiTokens)
def get_profile_tokens(call: Call) -> Answer:
    """List the caller's API tokens."""
    return list_tokens(call.system, call.caller)


@access.route("/profile/tokens/<id:token_id>", methods=("DELETE",))
@access.signed_in()
@access.idempotent
@access.refuses(NotFound)
@access.answers(ApiToken)
def delete_profile_token(call: Call, token_id: str) -> Answer:
    """Revoke one of the caller's API tokens."""
    return revoke_token(call.system, call.caller, token_id, request=call.request)


@access.route("/users/<id:user_id>/tokens", methods=("POST",))
@access.signed_in()
@access.idempotent
@access.refuses(*KEEPING, GrantRefused, TokensMax)
@access.body(MakeToken)
@access.answers(NewApiToken, 201)
def post_user_token(call: Call, body: dict[str, Any], user_id: str) -> Answer:
    """Make an API token for a user, such as a program; one that signs in a person's name is made by that person alone."""
    return issue_token(call.system, call.caller, **body, user_id=user_id, request=call.request)


@access.route("/users/<id:user_id>/tokens")
@access.signed_in()
@access.refuses(*KEEPING)
@access.answers(ApiTokens)
def get_user_tokens(call: Call, user_id: str) -> Answer:
    """List the API tokens of a user."""
    return list_tokens(call.system, call.caller, user_id=user_id)


@access.route("/users/<id:user_id>/tokens/<id:token_id>", methods=("DELETE",))
@access.signed_in()
@access.idempotent
@access.refuses(*KEEPING)
@access.answers(ApiToken)
def delete_user_token(call: Call, user_id: str, token_id: str) -> Answer:
    """Revoke an API token of a user."""
    return revoke_token(call.system, call.caller, token_id, user_id=user_id, request=call.request)


@access.route("/users/<id:user_id>/unlock", methods=("POST",))
@access.signed_in()
@access.idempotent
@access.refuses(*KEEPING)
@access.answers(SignInState)
def post_user_unlock(call: Call, user_id: str) -> Answer:
    """Let a user sign in again whom failed attempts locked out."""
    return unlock_user(call.system, call.caller, user_id, request=call.request)


@access.route("/users/<id:user_id>/reset-pin", methods=("POST",))
@access.signed_in()
@access.idempotent
@access.refuses(*KEEPING)
@access.answers(SignInState)
def post_user_reset_pin(call: Call, user_id: str) -> Answer:
    """Take a user's PIN back and end his sessions; after the next sign-in he is asked for a new one."""
    return reset_pin(call.system, call.caller, user_id, request=call.request)
