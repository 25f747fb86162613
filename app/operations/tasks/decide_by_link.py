"""Approve or reject by the link of a mail, without signing in."""

from dataclasses import dataclass
from typing import Any

from app.domain.access_errors import LinkOwnerInactive, LinkUnknown, LinkWithdrawn
from app.domain.environment_settings import ACTION_LINKS
from app.operations.answer import Answer, Caller
from app.operations.environment_settings import settings_of
from app.operations.partners.seating import seat_at_task
from app.operations.people.attempts import LINKS, check_address
from app.operations.people.callers import caller_of
from app.operations.people.links import DECIDE, find_link, link_hash, use_link
from app.operations.system import System
from app.operations.tasks.acting import check_shown, own_assignments
from app.operations.tasks.decision import Vote, decide_task
from app.operations.tasks.read_task import read_task
from app.operations.turn import Turn, read_environment, turn_of_task
from app.persistence import access


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLink:
    """A link that can be used now: whose it is, about which task, with the document as his mail showed it."""

    row: Any
    caller: Caller
    task_id: str
    document_mark: str | None


def read_decision_link(system: System, secret: str, *, address: str | None = None) -> Answer:
    """Return the task that a link decides, as its owner sees it, with `pin_required` and `pin_set`. Reading it decides nothing.

    Raises:
        LinkUnknown, LinkUsed, LinkExpired, LinkWithdrawn, LinkOwnerInactive: it decides nothing any more, and why.
        TaskAlreadyDecided, TaskMoved, TaskNotOpen, TaskClaimed, NotARolePlayer, InstanceNotActive, NotFound: the task is not his any more.
        DocumentChanged: the document is not as the mail showed it.
        TooManyAttempts: too many links that there are not were tried from this address.
    """
    link = _find(system, secret, address=address)
    seated = seat_at_task(system, link.caller, link.task_id)
    with turn_of_task(system, link.task_id, caller=seated) as turn:  # left without a commit: it says what is refused, and nothing more
        task, mine = own_assignments(turn, seated, link.task_id, verb="approve")
        check_shown(turn, task, mine, revision=None, document_hash=link.document_mark)
    body = read_task(system, link.caller, link.task_id).body
    caller = link.caller
    owner = {"username": caller.username, "full_name": caller.full_name, "pin_required": caller.pin_required, "pin_set": caller.pin_set}
    return Answer(body={"owner": owner, "task": body}, revision=body["revision"])


def decide_by_link(
    system: System,
    secret: str,
    *,
    vote: Vote,
    note: str | None = None,
    revision: int | None = None,
    pin: str | None = None,
    address: str | None = None,
) -> Answer:
    """Approve or reject as the owner of the link, and use it up, both or neither.

    The document must be as his mail showed it, and his share as `revision` says, which the page of the link shows.

    Raises:
        LinkUnknown, LinkUsed, LinkExpired, LinkWithdrawn, LinkOwnerInactive: it decides nothing any more, and why.
        PinRequired, PinNotSet, PinWrong, PinLocked: one of his roles signs with a PIN, and this is not his.
        TooManyAttempts: too many links that there are not were tried from this address.
        CountersignError: as `approve_task` and `reject_task`.
    """
    link = _find(system, secret, address=address)

    def use_up(turn: Turn) -> None:
        use_link(turn.work, link.row, now=turn.now)
        assert turn.caller is not None, "somebody decides"
        text = f"{turn.caller.full_name} decided by the link of a mail, without signing in."
        turn.tell("decided_by_link", text, facts={"task": link.task_id, "link": link.row.id})

    return decide_task(
        system,
        link.caller,
        link.task_id,
        vote=vote,
        note=note,
        revision=revision,
        document_hash=link.document_mark,
        pin=pin,
        request=None,
        also=use_up,
    )


def _find(system: System, secret: str, *, address: str | None) -> DecisionLink:
    """Return the link with this secret, if it can be used now; attempts with secrets that there are not are counted."""
    with system.database.read() as reading:
        row = access.find_link(reading, link_hash(secret))
        if row is not None and row.kind == DECIDE:
            caller = caller_of(reading, row.user_id)
            if caller is None:
                raise LinkOwnerInactive
            find_link(reading, secret, kinds=(DECIDE,), now=system.clock())
            if not settings_of(system, reading, read_environment(reading, row.environment_id))[ACTION_LINKS]:
                raise LinkWithdrawn
            task_id, _, mark = row.subject.partition(" ")
            return DecisionLink(row=row, caller=caller, task_id=task_id, document_mark=mark or None)
    check_address(system, LINKS, address)
    raise LinkUnknown
