"""Properties of reading: sums are exact, hostile bytes end in our own errors, large documents end soon."""

import time
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import CountersignError
from app.formats.ubl import UblSettings, read_ubl
from app.formats.ubl_context import ubl_context
from tests.formats.ubl_builder import Allowance, Line, build_ubl, read_sample

amounts = st.decimals(min_value=-100_000, max_value=100_000, places=2).map(str)
SAMPLE = read_sample("invoice_two_branches.xml")


@given(lines=st.lists(amounts, min_size=1, max_size=12), allowances=st.lists(st.tuples(amounts, st.booleans()), max_size=4))
def test_the_lines_always_add_up_to_the_total(lines: list[str], allowances: list[tuple[str, bool]]) -> None:
    """DOC-04."""
    parts = [Allowance(amount=amount, is_charge=is_charge) for amount, is_charge in allowances]

    document = read_ubl(build_ubl(lines=[Line(amount=amount) for amount in lines], allowances=parts))

    assert sum((line.amount for line in document.lines), Decimal(0)) == document.total
    assert all(line.amount == round(line.amount, 2) for line in document.lines)
    assert not [finding for finding in document.findings if finding.area == "lines"]


@given(
    position=st.integers(0, len(SAMPLE)),
    length=st.integers(0, 40),
    put=st.binary(max_size=20) | st.sampled_from([b"<", b"-", b"9" * 30, b"NaN", b"&x;"]),
)
def test_damaged_bytes_end_in_our_own_errors(position: int, length: int, put: bytes) -> None:
    content = SAMPLE[:position] + put + SAMPLE[position + length :]

    for read in (read_ubl, ubl_context):
        try:
            read(content)
        except CountersignError as error:
            assert error.detail  # noqa: PT017 - most damage is refused, some is not


def test_thousands_of_faulty_lines_end_soon() -> None:
    lines = [Line(amount="1.0000001", accounting_cost="S" * 65, currency="USD")] * 4_000
    content = build_ubl(lines=lines)
    dated = content.replace(b"1.0000001", b"1.001").replace(b"S" * 65, b"S")
    started = time.process_time()

    for document in (content, dated):
        try:
            findings = read_ubl(document, settings=UblSettings()).findings
        except CountersignError as error:
            assert len(error.facts["errors"]) == 100  # type: ignore[arg-type]  # noqa: PT017
        else:
            assert len(findings) <= 100

    assert time.process_time() - started < 10  # seconds of computing
