"""Routes of who wants one mail a day instead of one for each thing that happens."""

from typing import Any

from app.http.audience import Audience, Call
from app.http.schemas.digests import ChangeDigest, Digest
from app.operations.answer import Answer
from app.operations.digests.change_digest import change_digest
from app.operations.digests.read_digest import read_digest

digests = Audience("digests", description="People who want one mail a day about everything that waits for them.")


@digests.route("/profile/digest")
@digests.signed_in()
@digests.answers(Digest)
def get_profile_digest(call: Call) -> Answer:
    """Read whether you get one mail a day, and at what hour."""
    return read_digest(call.system, call.caller)


@digests.route("/profile/digest", methods=("PATCH",))
@digests.signed_in()
@digests.idempotent
@digests.body(ChangeDigest)
@digests.answers(Digest)
def patch_profile_digest(call: Call, body: dict[str, Any]) -> Answer:
    """Ask for one mail a day at an hour, or for a mail for each thing that happens again."""
    return change_digest(call.system, call.caller, **body, request=call.request)
