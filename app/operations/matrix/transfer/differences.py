"""What a CSV file would change: from its rows to the changes of mandates that make the matrix say what the file says."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain.diagnostics import Diagnostic
from app.formats.matrix_csv import FAULTS_MAX, FILE, CsvRow, row_fault
from app.operations.matrix.editing.checks import CODING, Register
from app.operations.matrix.overlaps import Reach, find_overlaps
from app.operations.matrix.transfer.resolving import Legal, Resolver, Wanted
from app.persistence.matrix_content import FINANCIAL_MANDATE, MANDATE, Change, Value

WARNINGS_MAX = 200


@dataclass(kw_only=True)
class Differences:
    """What the file changes: rows by what happens to them, the changes that make it so, and what is to be said about it."""

    added: list[CsvRow] = field(default_factory=list)
    changed: list[CsvRow] = field(default_factory=list)
    deleted: list[CsvRow] = field(default_factory=list)
    changes: dict[tuple[str, str], Change] = field(default_factory=dict)
    faults: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)


def find_differences(
    rows: Sequence[CsvRow],
    *,
    financial: Mapping[str, Value],
    legal: Mapping[str, Value],
    register: Register,
    new_id: Callable[[], str],
) -> Differences:
    """Return what the rows change in the mandates in force, or every fault of the rows.

    1. Names become ids and each row is checked by itself; what rows repeat is checked once.
    2. Rows of one legal mandate that all change alike change it; a row that changes otherwise moves to a legal mandate that is as the
       row says, a new one where there is none. So the file means what it says, whatever belongs together.
    """
    found = Differences()
    resolver = Resolver(register)
    wanted = _resolve(rows, resolver, financial, found)
    if found.faults:
        return found
    gone = {row.id for row in rows if row.is_deleted and row.id is not None}
    kept = _Legals(legal, found, new_id)
    kept.change_alike(wanted, financial, gone)
    fresh = [each for each in wanted if _put(each, financial, kept, found, new_id)]
    for row in rows:
        if row.is_deleted and row.id is not None:
            found.deleted.append(row)
            _add(found, Change(entity=FINANCIAL_MANDATE.name, entity_id=row.id, before=financial[row.id], after=None))
    named = {row.id for row in rows}
    rest = {row_id: row for row_id, row in financial.items() if row_id not in named}
    found.warnings += [_warning(each.row.number, "unlikely", text) for each in fresh for text in resolver.warn(each)]
    found.warnings += _overlaps(wanted, fresh, rest, legal, register)
    del found.warnings[WARNINGS_MAX:]
    return found


class _Legals:
    """The legal mandates as the file makes them, found by what they are."""

    def __init__(self, legal: Mapping[str, Value], found: Differences, new_id: Callable[[], str]) -> None:
        self._legal = legal
        self._found = found
        self._new_id = new_id
        self._now: dict[str, Legal] = {legal_id: Legal.of(value) for legal_id, value in legal.items()}
        self._ids: dict[Legal, str] = {}
        for legal_id, each in self._now.items():
            self._ids.setdefault(each, legal_id)

    def of(self, legal_id: str) -> Legal:
        """Return what a legal mandate is now."""
        return self._now[legal_id]

    def change_alike(self, wanted: Sequence[Wanted], financial: Mapping[str, Value], gone: set[str]) -> None:
        """Change the legal mandates whose rows, all that stay, want the same for the same person and rule."""
        wishes: dict[str, list[Legal]] = defaultdict(list)
        for each in wanted:
            if each.row.id is not None:
                wishes[financial[each.row.id]["mandate_id"]].append(each.legal)
        staying: dict[str, int] = defaultdict(int)
        for row_id, row in financial.items():
            if row_id not in gone:
                staying[row["mandate_id"]] += 1
        for legal_id, wishes_of in wishes.items():
            before, after = self._now[legal_id], wishes_of[0]
            is_one_wish = len(wishes_of) == staying[legal_id] and all(wish == after for wish in wishes_of)
            if is_one_wish and after != before and after[:2] == before[:2]:
                value = self._legal[legal_id]
                changed = {**value, **after._asdict(), "revision": value["revision"] + 1}
                _add(self._found, Change(entity=MANDATE.name, entity_id=legal_id, before=value, after=changed))
                self._now[legal_id] = after
                if self._ids.get(before) == legal_id:
                    del self._ids[before]
                self._ids.setdefault(after, legal_id)

    def find(self, wanted: Legal) -> str:
        """Return the id of a legal mandate that is as wanted, of a new one when there is none."""
        legal_id = self._ids.get(wanted)
        if legal_id is None:
            legal_id = self._ids[wanted] = self._new_id()
            self._now[legal_id] = wanted
            value: Value = {**wanted._asdict(), "copied_from": None, "revision": 1}
            _add(self._found, Change(entity=MANDATE.name, entity_id=legal_id, before=None, after=value))
        return legal_id


def _resolve(rows: Sequence[CsvRow], resolver: Resolver, financial: Mapping[str, Value], found: Differences) -> list[Wanted]:
    wanted: list[Wanted] = []
    for row in rows:
        if len(found.faults) >= FAULTS_MAX:
            break
        if row.id is not None and row.id not in financial:
            text = f"there is no row {row.id} in the matrix."
            found.faults.append(row_fault(row.number, "unknown_id", text, "Empty the id to add the row.", column="id"))
        elif not row.is_deleted:
            one, faults = resolver.resolve(row)
            for column, text in faults:
                found.faults.append(row_fault(row.number, f"mandate_{column}", text, "Correct the row.", column=column))
            if one is not None:
                wanted.append(one)
    return wanted


def _put(each: Wanted, financial: Mapping[str, Value], kept: _Legals, found: Differences, new_id: Callable[[], str]) -> bool:
    """Add the change of one row, and return whether there is any."""
    row = each.row
    before = None if row.id is None else financial[row.id]
    after: Value = {"mandate_id": "", "steps": list(row.steps), **dict(zip(CODING, each.coding, strict=True))}
    if before is None or row.id is None:
        after |= {"mandate_id": kept.find(each.legal), "revision": 1}
        found.added.append(row)
        _add(found, Change(entity=FINANCIAL_MANDATE.name, entity_id=new_id(), before=None, after=after))
        return True
    stays = kept.of(before["mandate_id"]) == each.legal
    after |= {"mandate_id": before["mandate_id"] if stays else kept.find(each.legal), "revision": before["revision"] + 1}
    is_same = {**after, "revision": before["revision"]} == before
    if not is_same:
        _add(found, Change(entity=FINANCIAL_MANDATE.name, entity_id=row.id, before=before, after=after))
    if not is_same or (MANDATE.name, before["mandate_id"]) in found.changes:
        found.changed.append(row)
        return True
    return False


def _add(found: Differences, change: Change) -> None:
    found.changes[change.entity, change.entity_id] = change


def _overlaps(
    wanted: Sequence[Wanted], fresh: Sequence[Wanted], rest: Mapping[str, Value], legal: Mapping[str, Value], register: Register
) -> list[Diagnostic]:
    """Return a warning for each two rows that say the same, of which the file adds or changes one. Source: MXM-09."""
    users = {each.legal.user_id for each in fresh}
    numbers = {str(each.row.number) for each in fresh}
    reaches = [
        Reach.of(str(row.number), legal_of._asdict(), {"steps": row.steps, **dict(zip(CODING, coding, strict=True))}, register)
        for row, legal_of, coding in wanted
        if legal_of.user_id in users
    ]
    others = ((row_id, row, legal[row["mandate_id"]]) for row_id, row in rest.items())
    reaches += [Reach.of(row_id, legal_of, row, register) for row_id, row, legal_of in others if legal_of["user_id"] in users]
    warnings = []
    for overlap in find_overlaps(reaches):
        first, second = overlap.rows
        if numbers.isdisjoint(overlap.rows):
            continue
        number, other = (second, first) if second in numbers else (first, second)
        name = register.directory.get(overlap.user_id).full_name
        where = f"row {other}" if other.isdecimal() else f"the row {other} of the matrix"
        warnings.append(_warning(int(number), "overlap", f"like {where}: {name} {overlap.text}"))
    return warnings


def _warning(number: int, code: str, text: str) -> Diagnostic:
    message, remedy = f"Row {number}: {text}", "Look whether it is meant so."
    return Diagnostic(severity="warning", file=FILE, line=number, element=None, code=code, message=message, remedy=remedy)
