"""What a move may not do, whoever asks for it: approve. And what it takes back: approvals of the steps that are asked again."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.domain.errors import MoveRefused, NotPermitted
from app.domain.matrix.steps import STEPS
from app.engine import Refusal
from app.formats.bpmn_reach import Reach, read_reach
from app.operations.answer import JsonObject
from app.operations.instances.view import SUPERSEDED
from app.operations.settlement import APPROVED
from app.operations.turn import Turn
from app.operations.wording import step_name
from app.persistence import definitions, instances, tasks

RESOLVER = "resolve_role_players"
_ORDER = {step.value: place for place, step in enumerate(STEPS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What lies before an instance: approval steps that are not signed, and whether the role players are still to be resolved."""

    steps: frozenset[str]
    resolves: bool
    can_be_approved: bool


def reach_of(turn: Turn) -> Reach:
    """Return the flow of the instance's diagram and of those that it calls."""
    called = definitions.called_sources(turn.work, turn.instance.id)
    return read_reach([instances.read_source(turn.work, turn.instance.definition_id), *called.values()])


def look_ahead(turn: Turn, reach: Reach) -> Ahead:
    """Return what lies before the instance as it stands now."""
    there = [each.element for each in turn.execution.active()]
    found = reach.from_elements(there)
    ends = {reach.ends[element] for element in found if element in reach.ends}
    outcome = turn.execution.outcome if turn.execution.is_completed else None
    signed = turn.picture.approved_steps
    return Ahead(
        steps=frozenset(reach.steps[element] for element in found if element in reach.steps) - signed,
        resolves=any(reach.services.get(element) == RESOLVER for element in found),
        can_be_approved=APPROVED in ends or outcome == APPROVED,
    )


def check_authority(turn: Turn, before: Ahead, after: Ahead) -> list[Refusal]:
    """Return why the instance must not stand where the move has put it.

    A required step that was still to be signed must still lie ahead, unless the document cannot be approved from there at all; and the role
    players must have been resolved, or still be resolved on the way. So a move never approves, whoever makes it.
    Source: ADM-01, ADM-05.
    """
    if not after.can_be_approved:
        return []
    if turn.route is None:
        if before.resolves and not after.resolves:
            message = "The move would pass over the resolution of the role players: nobody would have to sign."
            return [_refuse("skips_resolution", None, message, "Move it to where the role players are resolved, or to a rejection.")]
        return []
    skipped = [step for step in turn.route if step in before.steps and step not in after.steps]
    return [
        _refuse(
            "skips_unsigned_step",
            step,
            f"The move would skip {step_name(step)}, which is required and not signed.",
            "Move it no further than to that step, or to a rejection; who may not sign can be replaced by reassigning the task.",
        )
        for step in skipped
    ]


def refuse_move(turn: Turn, refusals: Iterable[Refusal], *, bypass: bool = False) -> None:
    """Raise when there is a reason against the move.

    Raises:
        NotPermitted: the move would approve what the caller himself has submitted.
        MoveRefused: with every reason.
    """
    found = list(refusals)
    if not found:
        return
    submitters = {turn.instance.started_by, turn.document.received_by if turn.document is not None else None}
    if bypass and turn.caller is not None and turn.caller.user_id in submitters:
        raise NotPermitted("You may not move past an approval what you have submitted yourself.", verb="move past an approval")
    sentences = " ".join(each.message for each in found)
    raise MoveRefused(f"The move is refused: {sentences}", diagnostics=[each.to_json() for each in found])


def supersede_approvals(turn: Turn, reach: Reach, elements: Iterable[str]) -> list[JsonObject]:
    """Take back the approvals of the step that is asked again first, and of all later ones; return what was taken back.

    They stay in the history, but count no more: neither for the outcome nor for who plays which role.
    Source: ADM-02.
    """
    first = min((_ORDER[step] for step in reach.first_steps(elements) if step in _ORDER), default=None)
    if first is None:
        return []
    again = {step for step, place in _ORDER.items() if place >= first}
    found = [row for row in turn.roles if row.step in again]
    tasks.supersede_roles(turn.work, [row.id for row in found], turn.now)
    turn.picture.roles[:] = [row for row in turn.picture.roles if row.step not in again]
    signed = turn.picture.approved_steps & again
    tasks.supersede_tasks(turn.work, turn.instance.id, sorted(signed), outcome=SUPERSEDED)
    turn.picture.approved_steps.difference_update(signed)
    return [{"step": row.step, "username": turn.person(row.user_id).username} for row in found if row.step in signed]


def _refuse(code: str, element: str | None, message: str, remedy: str) -> Refusal:
    return Refusal(code=code, element=element, message=message, remedy=remedy)
