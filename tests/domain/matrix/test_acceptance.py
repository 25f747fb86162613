"""The worked examples of REQUIREMENTS.md that concern resolution, one row each, on fixture FX; `test_resolution.py` looks closer."""

import re
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.domain.errors import RuleError
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.snapshot import ChartNode, Line, MandateRow, Snapshot
from tests.domain.matrix.fx import CHART, L1, L2, MANDATES, O1, RULES, SNAPSHOT, TODAY, limit, line, make_snapshot, mandate, transaction

SHORT = {"secretary": "SEC", "first_line": "L1", "second_line": "L2", "first_overall": "O1", "second_overall": "O2"}
LEDGER = mandate("carl", "DL", [L1], parameter_4="4500")
P7 = mandate("eva", "DL", [L1], parameter_3="P7")
BY_ORGANISATION = mandate("ann", "DL", [L1], organisation="Informatique")
OTHERS = tuple(row for row in MANDATES if row.user not in {"jeremy", "ann"})
ON_GM = mandate("eva", "DL", [L1], "GM", organisation="Informatique")
DATED = mandate("eva", "DL", [L1], "NEW", starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 31))
BRANCHES = (mandate("jeremy", "BM", [L2], "SALES"), mandate("ann", "BM", [L2], "CON"))
SWAP = (mandate("marc", "DL", [L1], "SALES"), mandate("marc", "MT", [L2, O1], "GM"), mandate("claire", "DL", [L1], "GM"))
BOTH_COMPANIES = make_snapshot(
    mandates=[
        *(mandate(user, "DL", [L1], "SALES", company=company) for user, company in (("marc", "NL01"), ("ann", "DE01"))),
        *(mandate(user, "BM", [O1], "GM", company=company) for user, company in (("claire", "NL01"), ("donald", "DE01"))),
    ],
    chart=[replace(node, company=company) for company in ("NL01", "DE01") for node in CHART],
    rules=[*RULES, limit("DL", "10000", "DE01"), limit("BM", "50000", "DE01")],
    chart_scope="company",
    second_line=False,
)


@dataclass(frozen=True)
class Example:
    requirement: str
    says: str
    expected: str
    lines: list[Line]
    snapshot: Snapshot = SNAPSHOT
    on: date = TODAY
    values: dict[str, Any] = field(default_factory=dict)


def at(requirement: str, says: str, expected: str, *lines: Line, snapshot: Snapshot = SNAPSHOT, on: date = TODAY, **values: Any) -> Example:
    return Example(requirement, says, expected, list(lines), snapshot, on, values)


def settings(**values: Any) -> Snapshot:
    return make_snapshot(**{name: Decimal(value) if type(value) is int else value for name, value in values.items()})


def with_rows(*rows: MandateRow, **values: Any) -> Snapshot:
    return make_snapshot(added=rows, **values)


EXAMPLES = [
    at("MXS-02", "3 lines SALES 4,000: per line", "L1 marc", *[line("4000")] * 3),
    at("MXS-02", "3 lines SALES 4,000: in sum", "L1 marc, L2 claire", *[line("4000")] * 3, snapshot=settings(aggregate="coding")),
    at("MXS-03", "secretary active, no mandate", "no role players .* secretary", line("1"), snapshot=settings(secretary=True)),
    at("MXS-04", "0.01", "L1 marc", line("0.01")),
    at("MXS-04", "zero", "L1 marc", line("0")),
    at("MXS-05", "second line off, 12,000", "L1 marc, O1 claire", line("12000"), snapshot=settings(second_line=False)),
    at("MXS-06", "equal is sufficient", "L1 marc", line("10000.00")),
    at("MXS-06", "a cent more", "L1 marc, L2 claire", line("10000.01")),
    at("MXS-07", "300,000", "L1 marc, L2 claire, O1 frank", line("300000")),
    at("MXS-08", "branches", "L1 marc, L1 carl, L2 jeremy, L2 ann", line("12000"), line("12000", "CON"), snapshot=with_rows(*BRANCHES)),
    at("MXS-09", "60,000 + 60,000", "L1 marc, L1 carl, L2 donald, L2 donald", line("60000"), line("60000", "CON")),
    at("MXS-10", "+60,000/-55,000", "L1 marc, O1 donald", line("60000"), line("-55000"), snapshot=settings(second_line=False)),
    at("MXS-11", "net 9,900, gross 11,979: net counts", "L1 marc", line("9900", tax_percent=Decimal(21))),
    at("MXS-11", "gross counts", "L1 marc, L2 claire", line("9900", tax_percent=Decimal(21)), snapshot=settings(amount_basis="gross")),
    at("MXS-11", "gross, no tax told", "L1 marc", line("9900"), snapshot=settings(amount_basis="gross")),
    at("MXS-12", "-12,000", "L1 marc, L2 claire", line("-12000")),
    at(
        "MXS-14",
        "another type, lower limits",
        "L1 marc, L2 claire",
        line("9000"),
        snapshot=make_snapshot(rules=[limit("DL", "1"), *RULES[1:]]),
    ),
    at("MXP-02", "ledger 4500", "L1 carl", line("500", parameter_4="4500"), snapshot=with_rows(LEDGER)),
    at("MXP-03", "SUP + Informatique", "L1 jeremy", line("500", "SUP", organisation="Informatique")),
    at("MXP-03", "CON + Informatique", "L1 carl", line("500", "CON", organisation="Informatique")),
    at("MXP-03", "SUP + Acme", "L1 ann", line("500", "SUP", organisation="Acme")),
    at(
        "MXP-04",
        "organisation before project",
        "L1 ann",
        line("500", organisation="Informatique", parameter_3="P7"),
        snapshot=make_snapshot(mandates=[BY_ORGANISATION, P7, *OTHERS], priority=(2, 3, 4)),
    ),
    at(
        "MXP-04",
        "project before organisation",
        "L1 eva",
        line("500", organisation="Informatique", parameter_3="P7"),
        snapshot=make_snapshot(mandates=[BY_ORGANISATION, P7, *OTHERS], priority=(3, 2, 4)),
    ),
    at("MXP-05", "no parameter row", "L1 marc", line("500", organisation="Acme", parameter_3="P1", parameter_4="L1")),
    at(
        "MXP-06",
        "GM + Informatique beats SUP",
        "L1 eva",
        line("500", "SUP", organisation="Informatique"),
        snapshot=make_snapshot(mandates=[ON_GM, *OTHERS, mandate("ann", "DL", [L1], "SUP")]),
    ),
    at("MXP-07", "line without a project", "L1 marc", line("500"), snapshot=with_rows(P7)),
    at(
        "MXR-01",
        "only marc on both steps",
        "no role players .* second line",
        line("20000"),
        snapshot=make_snapshot(mandates=[mandate("marc", "DL", [L1], "SALES"), mandate("marc", "MT", [L2], "GM")]),
    ),
    at("MXR-02", "marc twice on SALES", "L1 marc, L1 marc", line("1"), line("2", parameter_3="P7")),
    at("MXR-03", "claire first, marc second", "L1 claire, L2 marc", line("20000"), snapshot=make_snapshot(mandates=SWAP)),
    at("MXR-04", "message names step and coding", "first line, line 1 on NL01/NEW", line("500", "NEW")),
    at("MXR-05", "submitter marc", "Marc Anthony: submitted this transaction", line("500"), submitter="marc"),
    at("MXR-06", "30,000", "L1 marc, L2 claire|donald", line("30000")),
    at("MXU-01", "pia is a portal user", "Pia: portal user", line("1", "NEW"), snapshot=with_rows(mandate("pia", "DL", [L1], "NEW"))),
    at("MXU-03", "otto is inactive", "L1 marc", line("1", "NEW"), snapshot=with_rows(mandate("otto", "DL", [L1], "NEW"))),
    at("MXT-04", "8,000", "L1 marc, L2 claire", line("8000"), snapshot=settings(check_amount=5000)),
    at("MXT-04", "5,000 exactly", "L1 marc", line("5000"), snapshot=settings(check_amount=5000)),
    at("MXT-05", "8,000", "L1 marc, L2 claire, O1 donald", line("8000"), snapshot=settings(check_amount_additional=5000)),
    at("MXT-06", "60,000", "no role players .* second line", line("60000"), snapshot=settings(link_cost_center_required=True)),
    at("MXT-07", "8,000, no second line", "L1 marc, O1 claire", line("8000"), snapshot=settings(threshold_1=5000)),
    at("MXT-11", "forced, but off", "step_not_active", line("8000"), snapshot=settings(threshold_1=5000, first_overall=False)),
    at("MXL-02", "UK01 GBP 8,500", "L1 marc, L2 claire", line("8500", company="UK01"), currency="GBP"),
    at("MXL-03", "USD 11,000", "L1 marc", line("11000"), currency="USD"),
    at("MXL-03", "USD 11,000.01", "L1 marc, L2 claire", line("11000.01"), currency="USD"),
    at("MXL-03", "no rate", "no exchange rate", line("1"), currency="CHF"),
    at("MXL-04", "unlimited", "L1 marc", line("999999999"), snapshot=make_snapshot(rules=[limit("DL", None)])),
    at("MXO-02", "60,000: donald at GM", "L1 marc, L2 donald", line("60000")),
    at("MXO-03", "NEW 500", "NEW is not in the chart", line("500", "NEW")),
    at("MXO-03", "NEW with its own mandate", "L1 eva", line("500", "NEW"), snapshot=with_rows(mandate("eva", "DL", [L1], "NEW"))),
    at(
        "MXO-06",
        "20,000 + 20,000 without second line",
        "L1 marc, L1 carl, O1 claire",
        line("20000"),
        line("20000", "CON"),
        snapshot=settings(second_line=False),
    ),
    at(
        "MXO-07",
        "NEW linked to GM",
        "L1 eva",
        line("500", "NEW"),
        snapshot=with_rows(mandate("eva", "DL", [L1], "GM"), chart=[*CHART, ChartNode(cost_center="NEW", parent="GM")]),
    ),
    at("MXO-13", "two companies", "NL01/SALES and DE01/SALES", line("12000"), line("12000", company="DE01"), snapshot=BOTH_COMPANIES),
    at("MXM-04", "the day before", "starts on 2026-12-01", line("1", "NEW"), snapshot=with_rows(DATED), on=date(2026, 11, 30)),
    at("MXM-04", "the first day", "L1 eva", line("1", "NEW"), snapshot=with_rows(DATED), on=date(2026, 12, 1)),
    at("MXM-04", "the last day", "L1 eva", line("1", "NEW"), snapshot=with_rows(DATED), on=date(2026, 12, 31)),
    at("MXM-08", "expired", "Eva: mandate expired", line("1", "NEW"), snapshot=with_rows(mandate("eva", "DL", [L1], "NEW", expired=True))),
    at("MXM-09", "10,000 and 50,000", "L1 marc", line("50000"), snapshot=with_rows(mandate("marc", "BM", [L1], "SALES"))),
    at(
        "MXM-10",
        "NL01 + GM does not beat SALES",
        "L1 marc",
        line("1"),
        snapshot=with_rows(mandate("eva", "DL", [L1], "GM", company="NL01")),
    ),
    at(
        "MXM-10",
        "NL01 + SALES beats SALES",
        "L1 eva",
        line("1"),
        snapshot=with_rows(mandate("eva", "DL", [L1], "SALES", company="NL01")),
    ),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.requirement} {example.says}")
def test_worked_example_is_answered_as_the_requirement_says(example):
    """The id of each example stands in the name of its test."""
    asked = transaction(*example.lines, **example.values)
    if not example.expected.startswith(("L1", "SEC")):
        with pytest.raises(RuleError) as caught:
            resolve_role_players(example.snapshot, asked, on=example.on)
        said = f"{caught.value.code}: {caught.value.detail}"
        assert re.search(example.expected, said, re.IGNORECASE), said
        return

    route = resolve_role_players(example.snapshot, asked, on=example.on)

    shown = []
    for wanted, (step, slot) in zip(example.expected.split(", "), [(s.step, slot) for s in route.steps for slot in s.slots], strict=True):
        people = "|".join(slot.pool) if "|" in wanted else slot.role_player
        shown.append(f"{SHORT[step]} {people}")
    assert ", ".join(shown) == example.expected
