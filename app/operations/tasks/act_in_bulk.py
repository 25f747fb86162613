"""One action on many tasks, each for itself."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from app.domain.access_errors import PinRefused
from app.domain.errors import CountersignError, InvalidRequest
from app.domain.money import Money
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.people.check_pin import check_pin
from app.operations.system import System
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.reassign_task import reassign_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.release_task import release_task
from app.operations.tasks.unclaim_task import unclaim_task
from app.persistence import tasks

BULK_MAX = 200
ROUTE_MAX = 200  # of a stored request key


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkVerb:
    """An operation on one task, and what it takes beside the task."""

    run: Callable[..., Answer]
    takes: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()


VERBS: Mapping[str, BulkVerb] = {
    "approve": BulkVerb(run=approve_task, takes=frozenset({"comment", "pin"})),
    "reject": BulkVerb(run=reject_task, takes=frozenset({"reason", "pin"})),
    "delegate": BulkVerb(run=delegate_task, takes=frozenset({"to", "comment"}), needs=frozenset({"to"})),
    "reassign": BulkVerb(run=reassign_task, takes=frozenset({"to", "group", "reason"}), needs=frozenset({"reason"})),
    "claim": BulkVerb(run=claim_task),
    "unclaim": BulkVerb(run=unclaim_task),
    "hold": BulkVerb(run=hold_task, takes=frozenset({"until", "reason"})),
    "release": BulkVerb(run=release_task),
}


def act_in_bulk(
    system: System,
    caller: Caller,
    *,
    action: str,
    ids: Sequence[str],
    describe: Callable[[CountersignError], JsonObject],
    arguments: Mapping[str, Any] | None = None,
    revisions: Mapping[str, int] | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Do on each task what the action does on one: the same operation, a transaction of its own, and its own answer or refusal.

    A refusal stops nothing. Sent again under its Idempotency-Key it is done once: each task has a key of its own that follows from it, so that
    what was done before an interruption is answered, and what was not is done.

    Args:
        system: what it runs on.
        caller: who asks.
        action: one of VERBS.
        ids: of at most BULK_MAX tasks; one that is named twice counts once.
        describe: returns a refusal as JSON, with its `status`.
        arguments: what the action takes beside the task.
        revisions: by task id, the revision that was shown.
        request: the request's key.

    Raises:
        InvalidRequest: an unknown action, none or too many ids, arguments that the action does not take or that it needs.
    Source: HND-01, ADM-03.
    """
    given = dict(arguments or {})
    verb = _check(action, ids, given)
    shown, pin = dict(revisions or {}), given.pop("pin", None)

    def run(remember: Remember) -> Answer:
        # Read anew for each task by its turn: whoever is deactivated meanwhile is refused there.
        actor, pin_refusal = _prove(system, replace(caller, authority_version=None), verb, pin)
        results: list[JsonObject] = []
        for task_id in dict.fromkeys(ids):
            if pin_refusal is not None:
                results.append(_refused(task_id, describe(pin_refusal)))
                continue
            key = None if request is None else replace(request, route=f"{request.route} {task_id}"[:ROUTE_MAX])
            try:
                done = verb.run(system, actor, task_id, **given, **_revision(shown, task_id), request=key)
            except CountersignError as error:
                results.append(_refused(task_id, describe(error)))
            else:
                results.append({"id": task_id, "status": done.status})
        answer = Answer(body={"results": results, "totals": _totals(system, caller, results)})
        if request is not None:
            with system.database.write() as work:
                remember(work, answer)
                work.commit()
        return answer

    return answer_once(system, caller, request, run)


def _prove(system: System, actor: Caller, verb: BulkVerb, pin: str | None) -> tuple[Caller, PinRefused | None]:
    """Return the caller as one who may sign, with one look at his PIN for all tasks, or why he may not. Source: USR-41."""
    if "pin" not in verb.takes:
        return actor, None
    try:
        return check_pin(system, actor, pin), None
    except PinRefused as refusal:
        return actor, refusal


def _refused(task_id: str, problem: JsonObject) -> JsonObject:
    return {"id": task_id, "status": problem["status"], "problem": problem}


def _revision(shown: Mapping[str, int], task_id: str) -> dict[str, int]:
    return {"revision": shown[task_id]} if task_id in shown else {}


def _check(action: str, ids: Sequence[str], given: dict[str, Any]) -> BulkVerb:
    errors: dict[str, list[str]] = {}
    verb = VERBS.get(action)
    if verb is None:
        errors["action"] = [f"Expected one of {', '.join(VERBS)}."]
    if not 1 <= len(ids) <= BULK_MAX:
        errors["ids"] = [f"Expected 1 to {BULK_MAX} ids."]
    if verb is not None:
        errors |= {name: [f"{action} does not take this."] for name in given if name not in verb.takes}
        errors |= {name: [f"{action} needs this."] for name in sorted(verb.needs) if not given.get(name)}
    if errors or verb is None:
        raise InvalidRequest("Nothing was done.", errors=errors)
    return verb


def _totals(system: System, caller: Caller, results: Sequence[JsonObject]) -> list[JsonObject]:
    """Return, currency by currency, how many documents the tasks that were done are about and how much they come to; never added up."""
    done = [each["id"] for each in results if "problem" not in each]
    with system.database.read() as reading:
        rows = tasks.documents_of_tasks(reading, caller.environment_id, done)
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for row in rows:
        amounts[row.currency].append(row.total)
    return [
        {"count": len(of_currency), "total": Money(sum(of_currency, Decimal(0)), currency).to_json()}
        for currency, of_currency in sorted(amounts.items())
    ]
