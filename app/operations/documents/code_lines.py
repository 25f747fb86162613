"""Coding: which cost center, organisation and parameters each line belongs to."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import structlog

from app.domain.audit import AuditEntry
from app.domain.errors import CodingClosed, CountersignError, DatabaseBusy, InvalidRequest, NotFound, NotPermitted, StaleRevision
from app.domain.matrix.snapshot import LINES_MAX
from app.domain.money import Money, amount_text, parse_amount
from app.domain.people import CODING
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.assigning import RETURNED
from app.operations.documents.change import change_document
from app.operations.documents.read_document import find_visible
from app.operations.idempotency import Remember, answer_once
from app.operations.schedules.fire_timer import fire_timer
from app.operations.system import System
from app.persistence import documents, instances, matrix, routes, tasks
from app.persistence.database import UnitOfWork
from app.persistence.visibility import write_codings

log = structlog.get_logger()
CODES = ("cost_center", "organisation", "parameter_3", "parameter_4")


def code_lines(
    system: System,
    caller: Caller,
    document_id: str,
    *,
    lines: list[JsonObject],
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Set the coding of lines; several entries with the id of one line split it, and must add up to its amount.

    Each entry is `{id, amount?, cost_center?, organisation?, parameter_3?, parameter_4?}`; what is not named stays as it is. Who
    codes is recorded and holds no approval role. Where approval tasks are open, the role players are determined again; signatures that
    hold are kept.

    Raises:
        NotPermitted: the caller does not hold the role coding.
        CodingClosed: the document is approved, its process is suspended, or waits for something else than an approval.
        InvalidRequest: an unknown line, an unknown or blocked cost center, a split that does not add up; all at once.
        StaleRevision: the document was changed since.
    Source: COD-02, COD-03, COD-05.
    """
    if not caller.has_role(CODING):
        raise NotPermitted(verb="code documents; the role coding may")
    return answer_once(
        system, caller, request, lambda remember: _code(system, caller, document_id, lines=lines, revision=revision, remember=remember)
    )


def _code(system: System, caller: Caller, document_id: str, *, lines: list[JsonObject], revision: int | None, remember: Remember) -> Answer:
    with system.database.write() as work:
        find_visible(system, work, caller, document_id)
        running = instances.lock_instances_of_document(work, caller.environment_id, document_id)
        row = documents.lock_document(work, caller.environment_id, document_id)
        if row is None:
            raise NotFound(what="document", id=document_id)
        if len(running) != instances.count_instances_of_document(work, document_id):
            raise DatabaseBusy(retry_after=1)  # one was born while the document was waited for; it is not locked
        if revision is not None and revision != row.revision:
            raise StaleRevision(what=f"document {row.number}", expected=revision, actual=row.revision)
        approving = _check_open(work, row, running)
        coded = _coded_lines(work, row, lines)
        entry = AuditEntry(
            at=system.clock(),
            kind="lines_coded",
            text=f"{caller.full_name} coded the lines: {_words(coded)}.",
            actor=caller.username,
            facts={"before": row.lines, "after": coded},
        )
        answer = change_document(work, row, entry, lines=coded, coders=sorted({*row.coders, caller.user_id}))
        write_codings(work, environment_id=caller.environment_id, document_id=row.id, company=row.company, lines=coded)
        now, ids = system.clock(), [system.new_id() for _ in approving]
        cause = f"coding:{row.revision + 1}"
        routes.recheck_at(work, caller.environment_id, approving, due_at=now, now=now, ids=ids, cause=cause)
        remember(work, answer)
        work.commit()
    for timer_id in ids:
        _recheck(system, timer_id)
    return answer


def _recheck(system: System, timer_id: str) -> None:
    """Have the role players determined again at once; where that fails, the timer is due for the worker, and nobody acts before."""
    try:
        fire_timer(system, timer_id)
    except CountersignError as error:
        log.warning("route_not_rechecked", timer_id=timer_id, code=error.code)


def _check_open(work: UnitOfWork, row: Any, running: Sequence[Any]) -> list[str]:
    """Return the instances whose approval tasks rest on the lines, so that their role players are determined again. Source: COD-05.

    Raises:
        CodingClosed: an instance has completed or is suspended, or its route waits for something else than an approval.
    """
    approving = []
    for instance in running:
        if instance.status == "cancelled":
            continue
        open_kinds = {task.kind for task in tasks.tasks_of_instance(work, instance.id, status="open")}
        is_routed = "task" not in open_kinds and instances.current_route(work, instance.id) is not None
        is_approving = not open_kinds.isdisjoint(("approval", RETURNED)) and instance.status != "suspended"
        if instance.status == "completed" or ((is_routed or "approval" in open_kinds) and not is_approving):
            raise CodingClosed(document=row.number)
        if is_approving:
            approving.append(instance.id)
    return approving


def _coded_lines(work: UnitOfWork, row: Any, lines: list[JsonObject]) -> list[dict[str, Any]]:
    """Return all lines of the document with the new coding; splits take the place of the line they split."""
    errors: dict[str, list[str]] = {}
    entries: dict[str, list[tuple[int, JsonObject]]] = {}
    known_ids = {line["id"] for line in row.lines}
    for index, entry in enumerate(lines):
        if entry["id"] not in known_ids:
            errors[f"lines.{index}.id"] = [f"The document has no line {entry['id']}."]
        entries.setdefault(entry["id"], []).append((index, entry))
    _check_cost_centers(work, row, lines, errors)
    coded: list[dict[str, Any]] = []
    for line in row.lines:
        parts = entries.get(line["id"])
        coded += [line] if not parts else _parts(line, parts, row.currency, errors, taken=known_ids)
    if len(coded) > LINES_MAX:
        errors["lines"] = [f"Expected at most {LINES_MAX} lines, but got {len(coded)}."]
    if errors:
        raise InvalidRequest("The coding cannot be accepted.", errors=errors)
    return coded


def _parts(
    line: dict[str, Any], parts: list[tuple[int, JsonObject]], currency: str, errors: dict[str, list[str]], *, taken: set[str]
) -> list[dict[str, Any]]:
    """Return the parts of a line: the first keeps its id, the others get the next ids that are not in `taken`."""
    whole = Decimal(line["amount"])
    amounts = []
    for index, entry in parts:
        try:
            amounts.append(whole if len(parts) == 1 and "amount" not in entry else _amount(entry.get("amount"), currency))
        except ValueError as error:
            errors[f"lines.{index}.amount"] = [str(error)]
    if len(amounts) < len(parts):
        return []
    if sum(amounts) != whole:
        text = f"The parts of line {line['id']} add up to {sum(amounts)}, but the line is {amount_text(whole, currency)} {currency}."
        errors[f"lines.{parts[0][0]}.amount"] = [text]
    ids = [line["id"], *_free_ids(line["id"], len(parts) - 1, taken)]
    return [
        line | {name: entry[name] for name in CODES if name in entry} | {"amount": str(amount), "id": part_id}
        for (_, entry), amount, part_id in zip(parts, amounts, ids, strict=True)
    ]


def _free_ids(line_id: str, count: int, taken: set[str]) -> list[str]:
    free: list[str] = []
    number = 2
    while len(free) < count:
        part_id = f"{line_id}.{number}"
        if part_id not in taken:
            taken.add(part_id)
            free.append(part_id)
        number += 1
    return free


def _amount(value: Any, currency: str) -> Decimal:
    """Return an amount that is a decimal string or money; ValueError for anything else, another currency, or decimals it does not have."""
    if isinstance(value, dict):
        if value.get("currency") != currency:
            raise ValueError(f"Expected {currency}, but got {value.get('currency')}.")
        value = value.get("amount")
    amount = parse_amount(value)
    if not Money(amount, currency).has_minor_digits_only:
        raise ValueError(f"{currency} has fewer decimals than {amount}.")
    return amount


def _check_cost_centers(work: UnitOfWork, row: Any, lines: list[JsonObject], errors: dict[str, list[str]]) -> None:
    keys = [entry["cost_center"] for entry in lines if entry.get("cost_center")]
    codable = matrix.codable_cost_centers(work, row.environment_id, keys, company=row.company)
    for index, entry in enumerate(lines):
        key = entry.get("cost_center")
        if key and key not in codable:
            errors[f"lines.{index}.cost_center"] = [f"Cost center {key} is unknown, blocked or only structural."]


def _words(lines: list[dict[str, Any]]) -> str:
    return ", ".join(f"{line['id']} to {line['cost_center'] or 'nothing'}" for line in lines)
