"""Requests and answers about getting in: passwords, PINs, tokens, sessions."""

from marshmallow import Schema, fields, validate

from app.domain.access import SCOPES
from app.http.fields import Choice, Instant, Text
from app.http.schemas.common import Person, Request, id_text

SECRET_LENGTH_MAX = 1000
SCOPE = {"description": "; ".join(f"`{name}`: {meaning}" for name, meaning in SCOPES.items())}


class RequestPasswordReset(Request):
    """Whose password is to be set anew."""

    login = Text(length_min=1, length_max=254, required=True, metadata={"description": "User name or e-mail address."})


class AcceptedRequest(Schema):
    """The same words, whatever becomes of the request."""

    detail = fields.String(required=True)


class SetPassword(Request):
    """A new password, by the link of a mail."""

    secret = Text(length_min=1, length_max=200, required=True, metadata={"description": "The end of the link's address."})
    password = Text(length_max=SECRET_LENGTH_MAX, required=True, metadata={"description": "At least 12 characters of any kind."})


class ChangePassword(Request):
    """Another password of one's own."""

    old = Text(length_max=SECRET_LENGTH_MAX, required=True)
    new = Text(length_max=SECRET_LENGTH_MAX, required=True, metadata={"description": "At least 12 characters of any kind."})


class SetPin(Request):
    """A PIN of one's own."""

    old = Text(length_max=20, allow_none=True, load_default=None, metadata={"description": "The PIN before; left out for the first."})
    new = Text(length_max=20, required=True, metadata={"description": "4 to 12 digits, neither all the same nor in a row."})


class PinAnswer(Schema):
    """How the caller signs from now on."""

    username = fields.String(required=True)
    pin_set = fields.Boolean(required=True)
    pin_required = fields.Boolean(required=True, metadata={"description": "Whether one of his roles signs with a PIN."})


class SignedOut(Schema):
    """Whose sessions have ended."""

    username = fields.String(required=True)


class SignInState(Person):
    """How the sign-in of a user stands."""

    id = id_text("The user's id.")
    locked_out = fields.Boolean(required=True, metadata={"description": "Whether failed attempts locked the account."})
    password_set = fields.Boolean(required=True)
    pin_set = fields.Boolean(required=True)


class MakeToken(Request):
    """A new API token."""

    label = Text(length_min=1, length_max=120, required=True, metadata={"description": "What it is for."})
    scopes = fields.List(Choice(*SCOPES, metadata=SCOPE), required=True, validate=validate.Length(min=1, max=20))
    expires_at = Instant(
        allow_none=True, load_default=None, metadata={"description": "Within a year; left out, it holds for 90 days from now."}
    )


class ApiToken(Schema):
    """An API token, without its secret."""

    id = id_text("The token's id.")
    label = fields.String(required=True)
    prefix = fields.String(required=True, metadata={"description": "The first letters of the secret, to tell tokens apart."})
    scopes = fields.List(fields.String(), required=True, metadata=SCOPE)
    created_at = fields.String(required=True)
    expires_at = fields.String(required=True, allow_none=True)
    last_used_at = fields.String(required=True, allow_none=True, metadata={"description": "To the hour."})


class NewApiToken(ApiToken):
    """A new API token with its secret."""

    token = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The secret, shown this once; null when the same request was answered before."},
    )


class ApiTokens(Schema):
    """The tokens of a user that were not revoked."""

    items = fields.List(fields.Nested(ApiToken), required=True)
    next_cursor = fields.String(required=True, allow_none=True)
