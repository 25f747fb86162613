"""Reads the cases of a decision: one row a case, its inputs and the result that is expected, in CSV.

    case,document.payable_base,document.seller.legal_id,= outcome,= reason
    small invoice of a known seller,480,'12345678,approve,

The first column names the case. A column without a mark is an input: a path into the context. A column that begins with `=` is an
expected output; `= rule` are the ids of the rules that must match, and `= error` is the code of the error that is expected instead. An
optional column `decision` names the decision or decision service, when the file holds several; `@now` is the moment of now() and
today(), such as 2026-11-02T08:00:00Z. An empty cell gives no input, and expects nothing.

A cell is a number, `true`, `false`, `null`, a FEEL list, context, text in double quotes or `@"2026-11-02"` where it looks like one; anything
else is text as it stands. An apostrophe before it makes text of what looks like a number.
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.feel import compile_expression
from app.feel.errors import FeelError
from app.formats.scenario_steps import Faults
from app.formats.scenarios import ScenariosInvalid

CASES_MAX: Final = 10_000
TEXT_MAX: Final = 5_000_000
_FEEL_CELL: Final = re.compile(r'[\[{@"]|-?\d+(?:\.\d+)?\Z|(?:true|false|null)\Z|(?:date|time|duration|date and time)\(')
_PATH: Final = re.compile(r"[^.\s][^.]*(?:\.[^.]+)*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One row: the context that a decision is given, and what must come out.

    Attributes:
        expected: outputs by name; "" stands for the whole output of a decision with one.
        rules: ids of the rules that must match, None where the row says nothing.
        error: code of the error that must come instead.
        now: the moment at which it is evaluated.
    """

    name: str
    file: str
    line: int
    decision: str | None
    context: Mapping[str, Any]
    expected: Mapping[str, Any]
    rules: tuple[str, ...] | None = None
    error: str | None = None
    now: datetime | None = None


def read_cases(text: str, *, filename: str) -> tuple[Case, ...]:
    """Return the cases of a file in their order.

    Raises:
        ScenariosInvalid: the fact `diagnostics` holds every fault.
    """
    faults = Faults(file=filename)
    rows = _read_rows(text, faults)
    header = [cell.strip() for cell in rows[0][1]] if rows else []
    faults.line = rows[0][0] if rows else 1
    _check_header(header, faults)
    if faults.found:
        raise _invalid(faults)
    cases = []
    for line, cells in rows[1 : CASES_MAX + 1]:
        faults.line = line
        if len(cells) != len(header):
            faults.add(
                "row_length",
                f"The row has {len(cells)} cells, the header {len(header)}.",
                "Give every row as many cells as the header; quote cells with commas.",
            )
            continue
        cases.append(_read_case(dict(zip(header, cells, strict=True)), header[0], line, faults))
    if not cases and not faults.found:
        faults.line = None
        faults.add("no_cases", "The file has no cases.", "Write one row for each case below the header.")
    if faults.found:
        raise _invalid(faults)
    return tuple(cases)


def _invalid(faults: Faults) -> ScenariosInvalid:
    return ScenariosInvalid(f"{faults.file} has {len(faults.found)} faults.", diagnostics=tuple(faults.found))


def _read_rows(text: str, faults: Faults) -> list[tuple[int, list[str]]]:
    if len(text) > TEXT_MAX:
        faults.add("too_large", f"The file has more than {TEXT_MAX} characters.", "Split it into several files.")
        return []
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend((reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells) and not cells[0].startswith("#"))
    except csv.Error as error:
        faults.line = reader.line_num
        faults.add("not_readable", f"The file is no CSV: {error}.", 'Separate cells by commas; write a quote within a quoted cell as "".')
    return rows


def _check_header(header: list[str], faults: Faults) -> None:
    if len(header) < 2 or not any(cell.startswith("=") for cell in header[1:]):
        remedy = "Begin with a header such as: case,document.total,= outcome"
        hint = " The separator must be a comma." if len(header) == 1 and ";" in header[0] else ""
        faults.add("header", f"The header names no expected output.{hint}", remedy)
    for position, cell in enumerate(header):
        if header.index(cell) != position:
            faults.add("header", f'Column "{cell}" is there twice.', "Keep one of them.")
        if not cell.startswith("=") and not _PATH.match(cell):
            faults.add("header", f'Column {position + 1} is called "{cell}", which is no path.', "Write a path such as document.total.")


def _read_case(row: dict[str, str], first: str, line: int, faults: Faults) -> Case:
    name = row.pop(first).strip() or f"row {line}"
    decision = row.pop("decision", "").strip() or None
    now = _read_now(row.pop("@now", "").strip(), faults)
    context: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    rules: tuple[str, ...] | None = None
    error = None
    for column, cell in row.items():
        if not cell.strip():
            continue
        output = column.removeprefix("=").strip() if column.startswith("=") else None
        if output is None:
            _put(context, column.split("."), _read_cell(cell.strip(), column, faults), column, faults)
        elif output == "rule":
            rules = tuple(part.strip() for part in cell.split(";") if part.strip())
        elif output == "error":
            error = cell.strip()
        else:
            expected[output] = _read_cell(cell.strip(), column, faults)
    if not expected and rules is None and error is None:
        faults.add("nothing_expected", f'Case "{name}" expects nothing.', "Fill at least one column that begins with =.")
    return Case(
        name=name, file=faults.file, line=line, decision=decision, context=context, expected=expected, rules=rules, error=error, now=now
    )


def _read_now(cell: str, faults: Faults) -> datetime | None:
    try:
        now = datetime.fromisoformat(cell) if cell else None
    except ValueError:
        now = None
    if cell and (now is None or now.tzinfo is None):
        faults.add("cell", f'Cell "{cell}" of column @now is no moment.', "Write a date and time with its zone: 2026-11-02T08:00:00Z.")
    return now


def _read_cell(cell: str, column: str, faults: Faults) -> Any:
    """Return a FEEL value where the cell looks like one, else its plain text."""
    if cell.startswith("'"):
        return cell[1:]
    if not _FEEL_CELL.match(cell):
        return cell
    try:
        return compile_expression(cell).value({})
    except FeelError as error:
        faults.add(
            "cell", f'Cell "{cell}" of column {column} is no FEEL value: {error}.', "Correct it, or put an apostrophe before a text."
        )
        return None


def _put(context: dict[str, Any], path: list[str], value: Any, column: str, faults: Faults) -> None:
    place = context
    for name in path[:-1]:
        inner = place.setdefault(name.strip(), {})
        if not isinstance(inner, dict):
            faults.add("header", f'Column "{column}" goes into a value that another column gives.', "Give the parts, or the whole.")
            return
        place = inner
    place[path[-1].strip()] = value
