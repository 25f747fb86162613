from datetime import date

import pytest

from app.domain.errors import NoExchangeRate
from app.domain.matrix.in_force import is_mandate_in_force
from tests.domain.matrix.fx import L1, L2, O1, SNAPSHOT, TODAY, limit, line, make_snapshot, mandate, transaction

TWO_LINES = transaction(line("100"), line("100", "CON"))


@pytest.mark.parametrize(
    ("user", "step", "lines", "expected"),
    [
        ("marc", L1, [0], True),
        ("marc", L1, [1], False),
        ("marc", L1, [0, 1], False),
        ("marc", L2, [0], False),
        ("claire", L2, [0, 1], True),
        ("frank", O1, [0, 1], True),
        ("marc", O1, [0, 1], False),
        ("marc", L1, [7], False),
        ("nobody", L1, [0], False),
    ],
)
def test_mandate_must_cover_all_lines_of_the_slot(user, step, lines, expected):
    """MXR-07."""
    assert is_mandate_in_force(SNAPSHOT, TWO_LINES, user=user, step=step, lines=lines, on=TODAY) is expected


@pytest.mark.parametrize(("on", "expected"), [(date(2026, 11, 2), True), (date(2026, 11, 3), False)])
def test_mandate_ends_with_its_last_day(on, expected):
    """MXR-07, MXM-04: it ends tonight."""
    snapshot = make_snapshot(mandates=[mandate("marc", "DL", [L1], "SALES", ends_on=date(2026, 11, 2))])

    assert is_mandate_in_force(snapshot, transaction(line("1")), user="marc", step=L1, lines=[0], on=on) is expected


def test_limit_is_not_asked_again():
    assert is_mandate_in_force(SNAPSHOT, transaction(line("999999")), user="marc", step=L1, lines=[0], on=TODAY)


def test_a_rate_that_is_missing_for_one_line_is_told_though_another_has_no_mandate():
    """MXL-03: else the mandate would be called lost, for a reason that is not the true one."""
    snapshot = make_snapshot(mandates=[mandate("frank", "BM", [O1], "CON")], rules=(limit("BM", "5"),))
    in_francs = transaction(line("100"), line("100", "CON"), currency="CHF")

    with pytest.raises(NoExchangeRate):
        is_mandate_in_force(snapshot, in_francs, user="frank", step=O1, lines=[0, 1], on=TODAY)
