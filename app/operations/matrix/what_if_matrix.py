"""What would another matrix change? Nothing is stored."""

import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any

from app.domain.errors import InvalidInput, InvalidRequest, Unavailable
from app.domain.matrix.whatif import EFFECTS, Asked, Example, Outcome, Tally
from app.domain.people import Directory
from app.formats.matrix_json import read_transaction
from app.operations.answer import Caller, JsonObject
from app.operations.matrix.choosing import KEEPERS, Chosen, choose_matrix
from app.operations.matrix.comparing import BATCH, compare_in_batches
from app.operations.matrix.snapshots import resolution_day, transaction_of
from app.operations.system import Environment, System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence.simulation import DocumentFilter, count_documents, page_documents

TRANSACTIONS_MAX = 100_000
"""How many documents or transactions one simulation compares; of more documents the newest."""

PEOPLE_MAX = 200
RETRY_AFTER_SECONDS = 15
_one_at_a_time = threading.Semaphore(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    current: Chosen
    proposed: Chosen
    on: date
    environment: Environment
    directory: Directory
    asked: Sequence[Asked] | DocumentFilter
    number: int


def what_if_matrix(
    system: System,
    caller: Caller,
    *,
    approval_type: str | None = None,
    draft_id: str | None = None,
    matrix: Mapping[str, Any] | None = None,
    transactions: Sequence[Mapping[str, Any]] | None = None,
    on: date | None = None,
    kind: str | None = None,
    company: str | None = None,
    received_from: date | None = None,
    received_to: date | None = None,
) -> Iterator[JsonObject]:
    """Give the progress of a simulation, `{"done": n, "of": m}`, and at last its result, `{"result": {…}}`.

    The matrix in force is compared with a draft, or with one sent along, on the transactions sent along, or on the stored documents that
    were received within the days, are of the kind and of the company. Closing the iterator ends the simulation. One runs at a time in a
    process; it uses processes of its own when there is much to compare.

    Raises:
        NotPermitted: the caller does not keep the matrix.
        NotFound: no such draft or approval type.
        InvalidRequest: neither draft nor matrix, or one that cannot be read; too many transactions, or one that cannot be read.
        Unavailable: another simulation runs.
    Source: MXC-06.
    """
    require_role(caller, *KEEPERS, verb="simulate with the approval matrix")
    if draft_id is None and matrix is None:
        raise InvalidRequest("Name a draft or send a matrix.", errors={"draft_id": ["Name a draft, or send a matrix."]})
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        day = on or resolution_day(environment, system.clock())
        current = choose_matrix(system, reading, environment, approval_type=approval_type, on=day)
        proposed = choose_matrix(system, reading, environment, approval_type=approval_type, draft_id=draft_id, sent=matrix, on=day)
        wanted = DocumentFilter(
            kind=kind,
            company=company,
            received_from=_midnight(environment, received_from),
            received_before=_midnight(environment, received_to + timedelta(days=1) if received_to else None),
        )
        asked = wanted if transactions is None else _read_transactions(transactions)
        number = min(TRANSACTIONS_MAX, count_documents(reading, environment.id, wanted)) if transactions is None else len(transactions)
        directory = directory_of(system, reading, environment)
    plan = _Plan(current=current, proposed=proposed, on=day, environment=environment, directory=directory, asked=asked, number=number)
    events = _run(system, plan)
    return _resume(next(events), events)


def _resume(first: JsonObject, events: Generator[JsonObject, None, None]) -> Iterator[JsonObject]:
    """Give what was begun already, and the rest; whoever stops listening ends it."""
    with closing(events):
        yield first
        yield from events


def _run(system: System, plan: _Plan) -> Generator[JsonObject, None, None]:
    if not _one_at_a_time.acquire(blocking=False):
        raise Unavailable(retry_after=RETRY_AFTER_SECONDS)
    try:
        tally = Tally()
        yield {"done": 0, "of": plan.number}
        with _batches(system, plan) as batches:
            for found in compare_in_batches(plan.current.snapshot, plan.proposed.snapshot, batches, on=plan.on, number=plan.number):
                tally.add(found)
                yield {"done": tally.total, "of": plan.number}
        yield {"result": _result(plan, tally)}
    finally:
        _one_at_a_time.release()


@contextmanager
def _batches(system: System, plan: _Plan) -> Iterator[Iterable[Sequence[Asked]]]:
    if isinstance(plan.asked, DocumentFilter):
        with system.database.read() as reading:
            yield _page_documents(reading, plan, plan.asked)
    else:
        transactions = iter(plan.asked)
        yield iter(lambda: list(islice(transactions, BATCH)), [])


def _page_documents(reading: Any, plan: _Plan, wanted: DocumentFilter) -> Iterator[Sequence[Asked]]:
    before, left = None, plan.number
    while left > 0:
        rows = page_documents(reading, plan.environment.id, wanted, before=before, limit=min(BATCH, left))
        if not rows:
            return
        before, left = rows[-1].id, left - len(rows)
        # A document without lines has nothing to approve yet.
        yield [(row.id, transaction_of(row, plan.directory, initiator_id=row.started_by, roles=[])) for row in rows if row.lines]


def _read_transactions(transactions: Sequence[Mapping[str, Any]]) -> list[Asked]:
    if len(transactions) > TRANSACTIONS_MAX:
        raise InvalidRequest(
            f"Send at most {TRANSACTIONS_MAX} transactions.", errors={"transactions": [f"Expected at most {TRANSACTIONS_MAX}."]}
        )
    asked: list[Asked] = []
    for place, each in enumerate(transactions):
        try:
            transaction = read_transaction(each)
        except InvalidInput as error:
            reason = str(error.facts["reason"])
            raise InvalidRequest(f"Transaction {place} cannot be read: {reason}.", errors={f"transactions.{place}": [reason]}) from error
        asked.append((str(place), transaction))
    return asked


def _midnight(environment: Environment, day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time.min, environment.zone)


def _result(plan: _Plan, tally: Tally) -> JsonObject:
    shifts = sorted(
        ((user, before, after) for user, (before, after) in tally.people.items() if before != after),
        key=lambda shift: (-abs(shift[2] - shift[1]), shift[0]),
    )
    name_of = plan.proposed.snapshot.name_of
    told: list[dict[str, Any]] = [{"user": user, "name": name_of(user), "before": before, "after": after} for user, before, after in shifts]
    return {
        "on": plan.on.isoformat(),
        "current": plan.current.label,
        "proposed": plan.proposed.label,
        "transactions": tally.total,
        "counts": dict(tally.counts),
        "loaded": [each for each in told if each["after"] > each["before"]][:PEOPLE_MAX],
        "relieved": [each for each in told if each["after"] < each["before"]][:PEOPLE_MAX],
        "examples": [_example(each) for effect in EFFECTS for each in tally.examples.get(effect, ())],
    }


def _example(example: Example) -> JsonObject:
    return {
        "name": example.name,
        "effect": example.effect,
        "before": _outcome(example.before),
        "after": _outcome(example.after),
    }


def _outcome(outcome: Outcome) -> JsonObject:
    if outcome.refusal is not None:
        return {"steps": None, "error": {"code": outcome.refusal, "detail": outcome.detail}}
    steps = [{"step": step, "lines": list(lines), "role_player": user, "pool": list(pool)} for step, lines, user, pool in outcome.slots]
    return {"steps": steps, "error": None}
