"""The CSV file of the matrix: what spreadsheets do to it, and what people do to it."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.matrix_csv import BYTE_ORDER_MARK, CELL_LENGTH_MAX, COLUMNS, FAULTS_MAX, ROWS_MAX, read_matrix_csv, write_matrix_csv

ID = "01900000-0000-7000-8000-{:012}"
ROW = {
    "id": "", "action": "", "user": "ann", "approval_type": "PI", "rule": "DL", "rule_description": "", "responsible": "frank",
    "starts_on": "", "ends_on": "", "status": "active", "steps": "first_line", "company": "", "cost_center": "SALES", "organisation": "",
    "parameter_3": "", "parameter_4": "", "matrix_version": "1",
}  # fmt: skip


def cells(**changed):
    return list((ROW | changed).values())


HEADER = ",".join(COLUMNS)


def file_of(*rows, header=HEADER, end="\r\n"):
    return end.join([header, *[",".join(row) for row in rows], ""]).encode()


def codes(content):
    return [(each.line, each.code) for each in read_matrix_csv(content).faults]


def test_the_file_has_commas_a_byte_order_mark_and_one_row_a_mandate():
    """MXC-01: RFC 4180."""
    content = write_matrix_csv([cells(cost_center='A,"B"')])

    assert content.startswith(BYTE_ORDER_MARK)
    assert content.decode("utf-8-sig").split("\r\n")[0] == ",".join(COLUMNS)
    assert ',"A,""B""",' in content.decode("utf-8-sig")
    (row,) = read_matrix_csv(content).rows
    assert (row.number, row.cost_center, row.steps, row.version) == (2, 'A,"B"', ("first_line",), 1)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "'quoted", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula_and_comes_back_as_it_was(text):
    """MXC-07."""
    content = write_matrix_csv([cells(parameter_3=text)])

    assert f",'{text}," in content.decode("utf-8-sig")
    assert read_matrix_csv(content).rows[0].parameter_3 == text


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=CELL_LENGTH_MAX).map(str.strip))
def test_any_text_comes_back_as_it_was(text):
    """MXC-03, MXC-07."""
    file = read_matrix_csv(write_matrix_csv([cells(parameter_4=text)]))

    assert file.faults == []
    assert file.rows[0].parameter_4 == (text or None)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    for start in (b"", BYTE_ORDER_MARK, file_of()):
        file = read_matrix_csv(start + content)
        assert file.rows == [] or len(file.rows) <= content.count(b"\n") + content.count(b"\r") + 1


@pytest.mark.parametrize("header", [";".join(COLUMNS), "sep=;", "\t".join(COLUMNS)])
def test_another_separator_is_told_as_what_it_is(header):
    """MXC-04."""
    (fault,) = read_matrix_csv(file_of(header=header)).faults

    assert (fault.line, fault.code) == (1, "separator")
    assert "the separator must be a comma (“,”), not “;”" in fault.message
    assert "CSV UTF-8" in fault.remedy


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", [(None, "empty")]),
        (b"\xff\xfei\x00d\x00", [(None, "not_utf8")]),
        (file_of(cells(user="ann")) + "Zoë".encode("latin-1"), [(3, "not_utf8")]),
        (b"id,user\r\n", [(1, "header")]),
        (file_of(header=",".join((*COLUMNS[:-1], COLUMNS[0]))), [(1, "header")]),
        (file_of(cells()[:-1]), [(2, "cells")]),
        (file_of(cells(user='"ann')), [(2, "not_csv")]),
        (file_of(cells(user='"ann"x')), [(2, "not_csv")]),
        (file_of(cells(), cells(user="a" * 200_000)), [(3, "not_csv")]),
        (file_of(cells(user="a" * 201)), [(2, "cell_too_long"), (2, "missing")]),
        (file_of(cells(parameter_3="a\x00b")), [(2, "control_character")]),
        (file_of(cells(action="remove")), [(2, "action")]),
        (file_of(cells(action="delete")), [(2, "missing")]),
        (file_of(cells(id="7")), [(2, "id")]),
        (file_of(cells(steps="third_line")), [(2, "steps")]),
        (file_of(cells(steps="first_line;second_line")), [(2, "steps")]),
        (file_of(cells(starts_on="2-11-2026", ends_on="2026-02-30")), [(2, "date"), (2, "date")]),
        (file_of(cells(matrix_version="one")), [(2, "version")]),
        (file_of(cells(matrix_version="9999999999")), [(2, "version")]),
        (file_of(cells(user="", responsible="", steps="")), [(2, "missing")] * 3),
    ],
)
def test_every_fault_names_its_row(content, found):
    """MXC-05."""
    assert codes(content) == found


def test_an_id_stands_once():
    """MXC-05: duplicate mandate ids."""
    rows = [cells(id=ID.format(1)), cells(id=ID.format(2)), cells(id=ID.format(1), action="delete")]

    (fault,) = read_matrix_csv(file_of(*rows)).faults
    assert (fault.line, fault.code) == (4, "duplicate_id")
    assert fault.message == "Row 4: its id stands in row 2 already."


def test_a_row_on_delete_needs_its_id_alone():
    """MXC-02."""
    empty = dict.fromkeys(COLUMNS, "") | {"id": ID.format(1), "action": "delete", "matrix_version": "1"}
    (row,) = read_matrix_csv(file_of(list(empty.values()))).rows

    assert (row.is_deleted, row.id) == (True, ID.format(1))


def test_a_spreadsheet_may_add_empty_rows_reorder_columns_and_change_line_ends():
    columns = (*COLUMNS[3:], *COLUMNS[:3])
    values = ROW | {"cost_center": "CON"}
    content = file_of([values[name] for name in columns], [""] * len(columns), header=",".join(columns), end="\n")

    (row,) = read_matrix_csv(content).rows
    assert (row.user, row.cost_center) == ("ann", "CON")


def test_rows_count_as_a_spreadsheet_counts_them():
    """A cell of two lines is still one row."""
    rows = [cells(parameter_3='"a\r\nb"'), cells(action="remove")]

    assert codes(file_of(*rows)) == [(2, "control_character"), (3, "action")]


def test_faults_end_somewhere():
    assert len(read_matrix_csv(file_of(*[cells(action="remove")] * 1000)).faults) == FAULTS_MAX


def test_a_file_of_200_000_lines_is_read_and_one_beyond_the_limit_refused(monkeypatch):
    rows = [",".join(cells(id=str(uuid.UUID(int=number)), parameter_3=f"P{number}")) for number in range(200_000)]
    content = "\r\n".join([",".join(COLUMNS), *rows, ""]).encode()

    file = read_matrix_csv(content)
    monkeypatch.setattr("app.formats.matrix_csv.ROWS_MAX", 199_999)
    beyond = read_matrix_csv(content)

    assert ROWS_MAX >= 200_000
    assert (len(file.rows), file.rows[-1].number, file.faults) == (200_000, 200_001, [])
    assert [(each.line, each.code) for each in beyond.faults] == [(None, "too_many_rows")]
