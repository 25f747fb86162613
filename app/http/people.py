"""Routes of who keeps the users."""

from typing import Any

from app.domain.errors import NotFound, NotPermitted, UserHasMandates
from app.http.audience import Audience, Call
from app.http.schemas.people import ChangedUser, ChangeUser
from app.operations.answer import Answer
from app.operations.people.change_user_kind import change_user_kind

people = Audience("people", description="People who keep the users.")


@people.route("/users/<id:user_id>", methods=("PATCH",))
@people.signed_in()
@people.idempotent
@people.refuses(NotFound, NotPermitted, UserHasMandates)
@people.body(ChangeUser)
@people.answers(ChangedUser)
def patch_user(call: Call, body: dict[str, Any], user_id: str) -> Answer:
    """Change the kind of a user; who is no full user any more loses his mandates, which `expire_mandates` confirms.

    Without it, active mandates refuse the change, and the problem lists them in `mandates`.
    """
    return change_user_kind(call.system, call.caller, user_id, **body, request=call.request)
