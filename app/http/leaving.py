"""Routes about users who leave, hand over and come back."""

from typing import Any

from app.domain.errors import GrantRefused, LastAdministrator, NotFound, NotPermitted, UserProtected
from app.domain.leaving_errors import HandoverConflicts, SuccessorRefused, UserActive, UserNotActive
from app.http.audience import Audience, Call
from app.http.schemas.leaving import DeactivateUser, HandedOver, TransferUser
from app.http.schemas.people import User
from app.operations.answer import Answer
from app.operations.people.activate_user import activate_user
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.transfer_user import transfer_user

leaving = Audience("leaving", description="People who keep the users, when somebody leaves, hands over or comes back.")
_KEEPING = (NotFound, NotPermitted, UserProtected)
_HANDING_OVER = (*_KEEPING, GrantRefused, UserNotActive, SuccessorRefused, HandoverConflicts)


@leaving.route("/users/<id:user_id>/deactivate", methods=("POST",))
@leaving.signed_in()
@leaving.idempotent
@leaving.revised
@leaving.refuses(*_HANDING_OVER, LastAdministrator)
@leaving.body(DeactivateUser)
@leaving.answers(HandedOver)
def post_user_deactivate(call: Call, body: dict[str, Any], user_id: str) -> Answer:
    """Deactivate a user: a successor gets his roles, copies of his mandates and his worklist; his own mandates expire.

    He is signed out everywhere at once. Tasks that come later go to the successor. Where the successor plays another role in a running
    transaction, the request is refused and lists them in `conflicts`, until it is sent with `confirm`: their role players are determined
    again then.
    """
    return deactivate_user(call.system, call.caller, user_id, **body, revision=call.revision, request=call.request)


@leaving.route("/users/<id:user_id>/transfer", methods=("POST",))
@leaving.signed_in()
@leaving.idempotent
@leaving.revised
@leaving.refuses(*_HANDING_OVER)
@leaving.body(TransferUser)
@leaving.answers(HandedOver)
def post_user_transfer(call: Call, body: dict[str, Any], user_id: str) -> Answer:
    """Hand over a user's mandates, roles and worklist to somebody else; he stays active and keeps his roles."""
    return transfer_user(call.system, call.caller, user_id, **body, revision=call.revision, request=call.request)


@leaving.route("/users/<id:user_id>/activate", methods=("POST",))
@leaving.signed_in()
@leaving.idempotent
@leaving.revised
@leaving.refuses(*_KEEPING, UserActive)
@leaving.answers(User)
def post_user_activate(call: Call, user_id: str) -> Answer:
    """Activate a user who has left, and mail him how to sign in; his mandates stay with his successor."""
    return activate_user(call.system, call.caller, user_id, revision=call.revision, request=call.request)
