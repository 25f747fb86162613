"""Separation of duty on a task: the one place that claim, approve, reject, delegate, escalation and backup ask alike."""

from collections.abc import Collection
from typing import Any

from app.domain.errors import SeparationOfDuty
from app.domain.people import Person
from app.domain.separation import Role, check_separation
from app.operations.turn import Turn
from app.operations.wording import step_name

COUNTED = frozenset({"open", "approved", "rejected"})


def check_duty(turn: Turn, task: Any, assignment: Any, *, actor: Person) -> None:
    """Check that nobody plays two steps when `actor` acts, or may act, on this share of an approval step.

    1. Neither he nor the principal has signed another step; neither submitted or coded, where the approval type excludes them.
    2. Who acts for another stands in no pool of another step of the route: that step counts on him.

    Raises:
        SeparationOfDuty: names the person, the step, and what he plays already.
    Source: MXR-01, MXR-05, MXR-08.
    """
    if task.step is None:
        return
    principal = turn.person(assignment.principal_id)
    check_separation(
        [Role(user=turn.person(row.user_id).username, step=row.step) for row in turn.roles],
        actor=actor.username,
        principal=principal.username,
        step=task.step,
        excluded=_excluded(turn),
        names={actor.username: actor.full_name, principal.username: principal.full_name},
    )
    if actor.id != principal.id:
        check_other_pools(turn, task, actor)


def check_other_pools(turn: Turn, task: Any, actor: Person) -> None:
    """Check that `actor`, who is no role player of this approval step himself, stands in no pool of another: that step counts on him.

    Raises:
        SeparationOfDuty: names the person and both steps.
    """
    if task.step is None:
        return
    for name, step in (turn.route or {}).items():
        if name != task.step and any(actor.username in slot["pool"] for slot in step["slots"]):
            raise SeparationOfDuty(person=actor.full_name, step=step_name(task.step), other_step=step_name(name))


def find_counted(turn: Turn, task: Any, slots: Collection[int], *, beside: Collection[str] = ()) -> set[str]:
    """Return the ids of everybody who counts in these slots, as owner, voter or principal of a share other than those in `beside`.

    A person counts once in a slot: whoever is here cannot take over another share of it. Source: MUL-05.
    """
    shares = [
        each
        for each in turn.assignments
        if each.task_id == task.id and each.slot in slots and each.status in COUNTED and each.id not in beside
    ]
    return {person for each in shares for person in (each.user_id, each.principal_id, each.decided_by) if person is not None}


def _excluded(turn: Turn) -> set[str]:
    """Return the user names of submitter, coders and initiator, where the approval type keeps them from signing."""
    document = turn.document
    if document is None or not turn.snapshot.approval_type.exclude_submitter:
        return set()
    return {turn.person(user_id).username for user_id in (document.received_by, turn.instance.started_by, *document.coders)}
