"""The mandates of a matrix as CSV: RFC 4180 with commas, UTF-8 with a byte order mark, one financial mandate a row.

Cells that a spreadsheet would run as a formula get an apostrophe in front, which is taken off again when the file comes back.
"""

import csv
import io
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from app.domain.diagnostics import Diagnostic
from app.domain.matrix.steps import STEPS, Step

COLUMNS = (
    "id", "action", "user", "approval_type", "rule", "rule_description", "responsible", "starts_on", "ends_on", "status", "steps", "company",
    "cost_center", "organisation", "parameter_3", "parameter_4", "matrix_version",
)  # fmt: skip
ROWS_MAX = 250_000
CELL_LENGTH_MAX = 200
FAULTS_MAX = 200
VERSION_MAX = 2**31 - 1
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
DELETE = "delete"
FILE = "approval-matrix.csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")
_NUMBER = re.compile(r"\d{1,10}\Z", re.ASCII)
_REQUIRED = ("user", "approval_type", "rule", "responsible", "steps")
_STEPS = {step.value: step for step in STEPS}


class CsvRow(NamedTuple):
    """One row of the file; `number` counts as a spreadsheet does, the header being row 1. Empty cells are None."""

    number: int
    id: str | None
    is_deleted: bool
    user: str
    approval_type: str
    rule: str
    rule_description: str | None
    responsible: str
    starts_on: str | None
    ends_on: str | None
    status: str
    steps: tuple[str, ...]
    company: str | None
    cost_center: str | None
    organisation: str | None
    parameter_3: str | None
    parameter_4: str | None
    version: int | None


class CsvFile(NamedTuple):
    """The rows that could be read, and the faults of the others."""

    rows: list[CsvRow]
    faults: list[Diagnostic]


def row_fault(number: int | None, code: str, message: str, remedy: str, *, column: str | None = None) -> Diagnostic:
    """Return the finding about a row; the message names it."""
    where = "" if number is None else f"Row {number}: "
    return Diagnostic(severity="error", file=FILE, line=number, element=column, code=code, message=f"{where}{message}", remedy=remedy)


def write_matrix_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the file with its header; each row has a cell for each of COLUMNS."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_quoted(cell) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + text.getvalue().encode()


def read_matrix_csv(content: bytes) -> CsvFile:
    """Return the rows of the file and its faults: every faulty row up to FAULTS_MAX, or why the file cannot be read at all."""
    text = _decode(content)
    if isinstance(text, Diagnostic):
        return CsvFile([], [text])
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    return _Reader().read(reader)


class _Reader:
    """Reads row by row; what cells repeat is kept and checked once."""

    def __init__(self) -> None:
        self.rows: list[CsvRow] = []
        self.faults: list[Diagnostic] = []
        self._first_row_of: dict[str, int] = {}
        self._texts: dict[str, str | None] = {"": None}
        self._days: set[str] = set()
        self._steps: dict[str, tuple[str, ...]] = {}
        self._places: list[int] | None = None

    def read(self, reader: Iterator[list[str]]) -> CsvFile:
        number = 0
        try:
            for number, cells in enumerate(reader, start=1):
                if number == 1:
                    header_fault = _header_fault(cells)
                    if header_fault is not None:
                        return CsvFile([], [header_fault])
                    self._places = _places(cells)
                elif number > ROWS_MAX + 1:
                    self._fault(None, "too_many_rows", f"The file has more than {ROWS_MAX} rows.", "Import it in parts.")
                    break
                elif any(cells):
                    self._read_row(number, cells)
                if len(self.faults) >= FAULTS_MAX:
                    break
        except csv.Error as error:
            self._fault(number + 1, "not_csv", f"it cannot be read: {error}.", "Save the file as CSV with commas and double quotes.")
        if number == 0:
            self._fault(None, "empty", "The file is empty.", "Export the matrix and edit that file.")
        return CsvFile(self.rows, self.faults)

    def _read_row(self, number: int, cells: list[str]) -> None:
        known = len(self.faults)
        if len(cells) != len(COLUMNS):
            text = f"expected {len(COLUMNS)} cells, but it has {len(cells)}."
            self._fault(number, "cells", text, "Put cells with a comma in double quotes.")
            return
        if self._places is not None:
            cells = [cells[place] for place in self._places]
        texts = self._texts
        read = [texts[cell] if cell in texts else self._text(number, place, cell) for place, cell in enumerate(cells)]
        row_id, action, user, approval_type, rule, description, responsible, starts_on, ends_on, status, steps, *coding, version = read
        is_deleted = action is not None and self._is_delete(number, action)
        if row_id is not None or is_deleted:
            row_id = self._row_id(number, row_id)
        if not is_deleted and None in {user, approval_type, rule, responsible, steps}:
            for name in _REQUIRED:
                if read[COLUMNS.index(name)] is None:
                    self._fault(number, "missing", f"{name} is empty.", "Fill it in.", column=name)
        for name, day in (("starts_on", starts_on), ("ends_on", ends_on)):
            if day is not None and day not in self._days:
                self._check_day(number, name, day)
        found = () if steps is None else self._steps.get(steps) or self._read_steps(number, steps)
        number_of_version = None if version is None else self._version(number, version)
        if len(self.faults) == known:
            names = (user or "", approval_type or "", rule or "", description, responsible or "")
            row = (number, row_id, is_deleted, *names, starts_on, ends_on, status or "active", found, *coding, number_of_version)
            self.rows.append(CsvRow._make(row))

    def _text(self, number: int, place: int, cell: str) -> str | None:
        """Return what the cell says, without the apostrophe of a quoted formula; None for nothing. What ids say is not kept: they differ."""
        column = COLUMNS[place]
        value = cell.removeprefix("'")
        stripped = value.strip()
        if len(value) > CELL_LENGTH_MAX:
            text = f"{column} has {len(value)} characters, more than {CELL_LENGTH_MAX}."
            self._fault(number, "cell_too_long", text, "Shorten it.", column=column)
            return None
        if _CONTROLS.search(stripped):
            self._fault(number, "control_character", f"{column} has a control character.", "Take it out.", column=column)
            return None
        if column != "id":
            self._texts[cell] = stripped or None
        return stripped or None

    def _is_delete(self, number: int, action: str) -> bool:
        if action != DELETE:
            self._fault(number, "action", f"there is no action {action}.", "Leave it empty, or write delete.", column="action")
        return action == DELETE

    def _row_id(self, number: int, text: str | None) -> str | None:
        if text is None:
            self._fault(number, "missing", "a row on delete has no id.", "Delete the line from the file.", column="id")
            return None
        try:
            row_id = text if _ID.match(text) else str(uuid.UUID(text))
        except ValueError:
            self._fault(number, "id", f"{text} is no id.", "Leave ids as they were exported; an empty one adds a row.", column="id")
            return None
        first = self._first_row_of.setdefault(row_id, number)
        if first != number:
            self._fault(
                number, "duplicate_id", f"its id stands in row {first} already.", "Empty it to add a row, or take the row out.", column="id"
            )
        return row_id

    def _version(self, number: int, text: str) -> int | None:
        if not _NUMBER.match(text) or int(text) > VERSION_MAX:
            self._fault(number, "version", f"{text} is no version.", "Leave it as it was exported.", column="matrix_version")
            return None
        return int(text)

    def _check_day(self, number: int, column: str, text: str) -> None:
        try:
            if not _DATE.match(text):
                raise ValueError(text)
            date.fromisoformat(text)
        except ValueError:
            self._fault(number, "date", f"{column} {text} is no date.", "Write dates such as 2026-11-02.", column=column)
        else:
            self._days.add(text)

    def _read_steps(self, number: int, text: str) -> tuple[str, ...]:
        words = text.split()
        unknown = [word for word in words if word not in _STEPS]
        if unknown:
            remedy = f"The steps are {', '.join(_STEPS)}; put spaces between."
            self._fault(number, "steps", f"there is no step {unknown[0]}.", remedy, column="steps")
            return ()
        found = tuple(step.value for step in sorted({Step(word) for word in words}, key=lambda step: step.order))
        self._steps[text] = found
        return found

    def _fault(self, number: int | None, code: str, message: str, remedy: str, *, column: str | None = None) -> None:
        self.faults.append(row_fault(number, code, message, remedy, column=column))


def _decode(content: bytes) -> str | Diagnostic:
    """Return the text of the file, or why it is none."""
    remedy = "Save the file as CSV UTF-8."
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return row_fault(None, "not_utf8", "The file is UTF-16, not UTF-8.", remedy)
    try:
        return content.removeprefix(BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return row_fault(line, "not_utf8", f"byte {error.start} of the file is not UTF-8.", remedy)


def _header_fault(cells: list[str]) -> Diagnostic | None:
    """Return what is wrong with the header: another separator above all, which is told as what it is."""
    names = [cell.strip() for cell in cells]
    if sorted(names) == sorted(COLUMNS):
        return None
    line = ",".join(cells)
    for mark, word in ((";", "semicolons"), ("\t", "tabs")):
        if line.count(mark) >= len(COLUMNS) - 1 or line.lower().startswith(f"sep={mark}"):
            return row_fault(
                1,
                "separator",
                f"the file is separated by {word} (“{mark.strip() or 'tab'}”), but the separator must be a comma (“,”), not “;”.",
                "Save it with commas: in a spreadsheet, choose CSV UTF-8 (comma delimited), or set the list separator to a comma.",
            )
    missing = [name for name in COLUMNS if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    parts = [f"it lacks {', '.join(missing)}"] if missing else []
    parts += [f"it has the unknown {', '.join(name[:CELL_LENGTH_MAX] for name in unknown[:5])}"] if unknown else []
    text = f"the header is not that of an export: {' and '.join(parts) or 'a column stands in it twice'}."
    return row_fault(1, "header", text, f"The header is {','.join(COLUMNS)}.")


def _places(cells: Sequence[str]) -> list[int] | None:
    """Return where each of COLUMNS stands in the file, None where they stand in our order."""
    names = [cell.strip() for cell in cells]
    return None if names == list(COLUMNS) else [names.index(name) for name in COLUMNS]


def _quoted(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
