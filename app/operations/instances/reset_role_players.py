"""An administrator has the role players of an instance determined again."""

from app.domain.errors import InstanceNotActive, StaleRevision
from app.domain.people import ADMINISTRATOR, MATRIX_ADMINISTRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.start_instance import started_view
from app.operations.kept_signatures import collect_signatures
from app.operations.matrix.role_players import pools_of
from app.operations.reresolving import describe, find_place, is_unchanged, redetermine
from app.operations.settlement import settle
from app.operations.system import System
from app.operations.turn import Turn, turn_of_instance
from app.operations.visibility import require_role
from app.persistence import routes
from app.persistence.database import UnitOfWork

RESETTABLE = frozenset({"active", "incident"})


def reset_role_players(
    system: System,
    caller: Caller,
    instance_id: str,
    *,
    reason: str | None = None,
    dry_run: bool = False,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Determine the role players with the matrix, the coding and the people as they are now.

    Signatures that still hold are kept, and whoever signed keeps his step. Where the same people come out, nothing moves, and the mark
    that the matrix changed goes. A dry run does all of it and commits nothing: what it answers is exact.

    Raises:
        NotPermitted: the caller is no administrator.
        NotFound: there is no such instance.
        InstanceNotActive: it has ended or is suspended.
        NothingToReset: it neither waits for an approval step nor has failed to find role players.
        StaleRevision: it moved since.
        MoveRefused: its diagram does not let it go back.
    Source: MXR-07, ADM-07, MXO-14.
    """
    require_role(caller, WORKFLOW_ADMINISTRATOR, MATRIX_ADMINISTRATOR, ADMINISTRATOR, verb="reset role players")

    def run(remember: Remember) -> Answer:
        with turn_of_instance(system, instance_id, caller=caller) as turn:
            if revision is not None and revision != turn.instance.revision:
                raise StaleRevision(what=f"process instance {instance_id}", expected=revision, actual=turn.instance.revision)
            if turn.instance.status not in RESETTABLE:
                raise InstanceNotActive(instance_id=instance_id, state=turn.instance.status)
            answer = Answer(body=_reset(turn, caller, reason) | {"dry_run": dry_run}, revision=turn.instance.revision)
            if not dry_run:
                remember(turn.work, answer)
                turn.work.commit()
            return answer

    return run(_forget) if dry_run else answer_once(system, caller, request, run)


def _reset(turn: Turn, caller: Caller, reason: str | None) -> JsonObject:
    before = {"status": turn.instance.status, "revision": turn.instance.revision}
    cause = f"reset by {caller.full_name}" + (f": {reason.rstrip('. ')}" if reason else "")
    find_place(turn)
    if is_unchanged(turn):
        people = pools_of(turn.route)
        change = describe(turn, people, people, collect_signatures(turn))
        routes.change_current_route(turn.work, turn.instance.id, changed_by_version=None)
        turn.tell("role_players_reset", f"Role players determined again: {cause}. They are the same.", facts=change | {"cause": cause})
        settle(turn)
    else:
        change = redetermine(turn, cause=cause)
    after = {"status": turn.instance.status, "revision": turn.instance.revision}
    return started_view(turn) | {"before": before, "after": after, "route_change": change}


def _forget(work: UnitOfWork, answer: Answer) -> None:
    """Keep nothing: a dry run may be asked again and again."""
