import copy
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli.matrix import command
from app.domain.errors import InvalidInput
from app.domain.matrix.resolution import resolve_role_players
from app.formats.matrix_json import answer_line, read_case, write_case, write_route
from tests.domain.matrix import fx
from tests.domain.matrix.random_cases import ON, make_case

EXAMPLE = {
    "on": "2026-11-02",
    "approval_type": {
        "check_amount": None,
        "check_amount_additional": None,
        "threshold_1": None,
        "threshold_2": None,
        "currency": "EUR",
        "link_cost_center_required": False,
        "priority": [2, 3, 4],
        "secretary": False,
        "second_line": True,
        "first_overall": True,
        "second_overall": True,
        "chart_scope": "all",
        "exclude_submitter": True,
        "aggregate": "line",
        "approver_limit": "lowest_sufficient",
    },
    "approval_rules": {
        "DL": [{"company": "NL01", "currency": "EUR", "limit": "10000"}, {"company": None, "currency": "GBP", "limit": "unlimited"}],
        "BM": [{"company": "NL01", "currency": "EUR", "limit": "50000"}],
    },
    "mandates": [
        {
            "id": "1",
            "user": "marc",
            "rule": "DL",
            "steps": ["first_line"],
            "company": None,
            "cost_center": "SALES",
            "organisation": None,
            "parameter_3": None,
            "parameter_4": None,
            "starts_on": None,
            "ends_on": None,
        },
        {"id": "2", "user": "claire", "rule": "BM", "steps": ["second_line", "first_overall"], "cost_center": "GM"},
        {"id": "3", "user": "donald", "rule": "BM", "steps": ["second_line"], "cost_center": "GM"},
    ],
    "users": [{"id": "marc", "active": True, "kind": "full", "successor": None}, {"id": "claire"}, {"id": "donald"}],
    "chart": [{"company": None, "cost_center": "SALES", "parent": "GM"}],
    "exchange_rates": [{"from": "EUR", "to": "USD", "rate": "1.10"}],
    "base_currencies": {"NL01": "EUR"},
    "transaction": {
        "currency": "EUR",
        "submitter": None,
        "coders": [],
        "signed": [{"user": "ann", "step": "first_line"}],
        "lines": [
            {
                "amount": "10000.01",
                "company": "NL01",
                "cost_center": "SALES",
                "organisation": None,
                "parameter_3": None,
                "parameter_4": None,
            }
        ],
    },
}


def changed(path, value):
    """Return the example with another value at a place such as "mandates.0.rule"."""
    case = copy.deepcopy(EXAMPLE)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    target = case
    for part in parents:
        target = target[part]
    if value is KeyError:
        del target[last]
    else:
        target[last] = value
    return case


def answer(case):
    return json.loads(answer_line(json.dumps(case)))


def test_example_of_the_contract_is_answered_as_it_says():
    found = answer(EXAMPLE)

    assert list(found) == ["steps"]
    first, second = found["steps"]
    assert (first["step"], second["step"]) == ("first_line", "second_line")
    slot = second["slots"][0]
    assert list(slot) == ["lines", "role_player", "pool", "limit", "why"]
    assert (slot["lines"], slot["role_player"], slot["pool"], slot["limit"]) == ([0], "claire", ["claire", "donald"], "50000")
    assert first["slots"][0]["limit"] == "10000"


def test_optional_keys_may_be_left_out():
    case = {
        "on": "2026-11-02",
        "approval_rules": {"DL": [{"currency": "GBP", "limit": "unlimited"}]},
        "mandates": [{"id": "1", "user": "marc", "rule": "DL", "steps": ["first_line"]}],
        "users": [{"id": "marc"}],
        "transaction": {"currency": "GBP", "lines": [{"amount": "7"}]},
    }

    found = answer(case)

    assert found["steps"][0]["slots"][0]["role_player"] == "marc"
    assert found["steps"][0]["slots"][0]["limit"] == "unlimited"


def test_secretary_has_no_limit():
    """MXS-03, MXL-04: null is not unlimited."""
    case = changed("approval_type.secretary", True)
    case["mandates"].append({"id": "9", "user": "eva", "rule": "DL", "steps": ["secretary"]})
    case["users"].append({"id": "eva"})

    assert answer(case)["steps"][0] == {
        "step": "secretary",
        "slots": [
            {
                "lines": [0],
                "role_player": "eva",
                "pool": ["eva"],
                "limit": None,
                "why": "Secretary signs every line before first line; this is line 1 on SALES. eva holds secretary for any cost center.",
            }
        ],
    }


def test_overall_slot_has_all_lines_and_slots_follow_the_first_line_of_their_coding():
    case = changed("approval_type.threshold_1", "1")
    line = case["transaction"]["lines"][0]
    case["transaction"]["lines"] = [line, {**line, "parameter_3": "P7"}, {**line, "amount": "5"}]

    steps = {step["step"]: [slot["lines"] for slot in step["slots"]] for step in answer(case)["steps"]}

    assert steps == {"first_line": [[0, 2], [1]], "second_line": [[0, 2], [1]], "first_overall": [[0, 1, 2]]}


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("transaction.lines.0.amount", "60000", "no_role_players_found"),
        ("transaction.currency", "CHF", "no_exchange_rate"),
        ("chart", [{"cost_center": "SALES", "parent": "GM"}, {"cost_center": "GM", "parent": "SALES"}], "chart_cycle"),
        ("approval_type.threshold_2", "1", "no_role_players_found"),
    ],
)
def test_errors_have_their_codes(path, value, code):
    error = answer(changed(path, value))["error"]

    assert error["code"] == code
    assert error["detail"]


def test_step_that_is_off_but_forced_is_an_error():
    """MXT-11."""
    case = changed("approval_type.threshold_2", "1")
    case["approval_type"]["second_overall"] = False

    assert answer(case)["error"] == {
        "code": "step_not_active",
        "step": "second_overall",
        "setting": "threshold_2",
        "detail": "The amount forces step second_overall, but that step is switched off.",
    }


def test_nobody_found_names_step_lines_and_rejected():
    """MXR-04."""
    case = changed("mandates", [{**EXAMPLE["mandates"][0], "steps": ["first_line", "second_line"]}])

    error = answer(case)["error"]

    assert (error["step"], error["lines"]) == ("second_line", [0])
    assert error["rejected"] == [{"user": "marc", "reason": "plays first_line"}]


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        ("surprise", 1, "surprise is not known"),
        ("approval_type.surprise", 1, "approval_type.surprise is not known"),
        ("transaction.lines.0.surprise", 1, "transaction.lines[0].surprise is not known"),
        ("mandates.0.surprise", 1, "mandates[0].surprise is not known"),
        ("users.0.surprise", 1, "users[0].surprise is not known"),
        ("approval_rules.DL.0.surprise", 1, "approval_rules.DL[0].surprise is not known"),
        ("on", KeyError, "on is missing"),
        ("on", "2026-02-30", "on is"),
        ("on", "20261102", "on is"),
        ("transaction", KeyError, "transaction is missing"),
        ("transaction.lines", [], "expected 1 to"),
        ("transaction.lines", KeyError, "expected 1 to"),
        ("transaction.lines.0.amount", 10, "transaction.lines[0].amount is 10"),
        ("transaction.lines.0.amount", "1e3", "transaction.lines[0].amount"),
        ("transaction.lines.0.amount", "1,5", "transaction.lines[0].amount"),
        ("transaction.lines.0.amount", "NaN", "transaction.lines[0].amount"),
        ("transaction.lines.0.amount", KeyError, "transaction.lines[0].amount is missing"),
        ("transaction.currency", "euro", "transaction.currency"),
        ("transaction.signed.0.step", "third_line", "transaction.signed[0].step"),
        ("transaction.signed", [{"user": "ann", "step": "first_line"}, {"user": "ann", "step": "second_line"}], "ann signed"),
        ("approval_type.priority", [2, 2, 3], "priority"),
        ("approval_type.priority", [2, 3], "approval_type.priority"),
        ("approval_type.secretary", 1, "approval_type.secretary"),
        ("approval_type.aggregate", "total", "approval_type.aggregate"),
        ("approval_type.check_amount", "-1", "check_amount"),
        ("approval_rules.DL.0.limit", "-1", "limit of rule DL for NL01 and EUR"),
        ("approval_rules.DL.0.limit", None, "approval_rules.DL[0].limit"),
        ("approval_rules.DL.1", {"company": "NL01", "currency": "EUR", "limit": "1"}, "one line of rule DL for NL01 and EUR"),
        ("mandates.0.rule", "XX", "names rule XX"),
        ("mandates.0.user", "nobody", "names user nobody"),
        ("mandates.1.id", "1", "1 stands twice"),
        ("mandates.0.steps", "first_line", "mandates[0].steps"),
        ("mandates.0.steps", ["first"], "mandates[0].steps"),
        ("mandates.0.cost_center", "", "mandates[0].cost_center"),
        ("users", [*EXAMPLE["users"], {"id": "marc"}], "marc stands twice"),
        ("users.0.kind", "robot", "users[0].kind"),
        ("users.0.successor", "nobody", "successor of marc"),
        ("chart", [{"cost_center": "A", "parent": "B"}, {"cost_center": "A", "parent": "C"}], "one parent for cost center A"),
        ("exchange_rates.0.rate", "0", "positive rate"),
        ("exchange_rates.0.to", "EUR", "between two currencies"),
        (
            "exchange_rates",
            [{"from": "EUR", "to": "USD", "rate": "1"}, {"from": "EUR", "to": "USD", "rate": "2"}],
            "one rate from EUR to USD",
        ),
        ("base_currencies.NL01", "E", "base_currencies.NL01"),
        ("mandates", {}, "mandates is {}"),
        ("approval_type", [], "approval_type is []"),
    ],
)
def test_bad_input_is_told_with_its_place(path, value, place):
    """MXP-08, MXL-04."""
    error = answer(changed(path, value))["error"]

    assert error["code"] == "invalid_input"
    assert place in error["reason"]
    assert place in error["detail"]


def test_mandate_that_ends_before_it_starts_is_refused():
    case = changed("mandates.0.starts_on", "2026-12-01")
    case["mandates"][0]["ends_on"] = "2026-11-30"

    assert "before it starts" in answer(case)["error"]["reason"]


@pytest.mark.parametrize(
    "text", ["", "nope", "[]", "1", '{"on": 1.5}', '{"on": NaN}', '{"on": "2026-11-02", "on": "2026-11-03"}', "[" * 100_000, b"\xff{}"]
)
def test_text_that_is_no_case_is_refused(text):
    assert json.loads(answer_line(text))["error"]["code"] == "invalid_input"


def test_case_survives_writing_and_reading():
    for seed in range(300):
        snapshot, transaction = make_case(seed)
        first, asked, on = read_case(write_case(snapshot, transaction, on=ON))
        second = read_case(json.loads(json.dumps(write_case(first, asked, on=on))))

        assert second == (first, asked, on)


def test_route_can_be_written_with_its_evidence():
    """MXR-10."""
    route = resolve_role_players(fx.SNAPSHOT, fx.transaction(fx.line("60000")), on=fx.TODAY)

    considered = write_route(route, evidence=True)["steps"][1]["slots"][0]["considered"]

    assert [(found["user"], found["outcome"], found["limit"]) for found in considered] == [
        ("donald", "chosen", "250000"),
        ("claire", "not_chosen", "50000"),
    ]
    assert json.loads(json.dumps(considered)) == considered


def test_command_answers_line_by_line_in_order(tmp_path: Path):
    lines = [json.dumps(EXAMPLE), "nope", "", json.dumps(changed("transaction.lines.0.amount", "1"))]
    (tmp_path / "cases.jsonl").write_text("\n".join(lines))

    piped = CliRunner().invoke(command, ["resolve"], input="\n".join(lines) + "\n")
    from_file = CliRunner().invoke(command, ["resolve", str(tmp_path / "cases.jsonl")])

    answers = [json.loads(line) for line in piped.output.splitlines()]
    assert piped.exit_code == 0
    assert [len(found["steps"]) if "steps" in found else found["error"]["code"] for found in answers] == [2, "invalid_input", 1]
    assert from_file.output == piped.output


def test_rate_of_the_other_direction_is_used_without_rounding():
    """MXL-03: 10,000 EUR at 3 EUR a unit; the inverse is compared by cross-multiplication."""
    case = changed("exchange_rates", [{"from": "CHF", "to": "EUR", "rate": "3"}])
    case["transaction"]["currency"] = "CHF"
    case["transaction"]["lines"][0]["amount"] = "3333.333333333333333333"
    more = copy.deepcopy(case)
    more["transaction"]["lines"][0]["amount"] = "3333.333333333333333334"

    assert [step["step"] for step in answer(case)["steps"]] == ["first_line"]
    assert answer(case)["steps"][0]["slots"][0]["limit"] == "3333.33"
    assert [step["step"] for step in answer(more)["steps"]] == ["first_line", "second_line"]


def test_missing_rate_names_both_currencies():
    """MXL-03."""
    error = answer(changed("transaction.currency", "CHF"))["error"]

    assert (error["code"], error["source"], error["target"]) == ("no_exchange_rate", "EUR", "CHF")


def test_portal_user_is_told_as_the_reason():
    """MXU-01."""
    error = answer(changed("users.0.kind", "portal"))["error"]

    assert error["rejected"] == [{"user": "marc", "reason": "portal user"}]


def test_longest_amounts_keep_their_digits():
    case = changed("approval_rules.DL.0.limit", "999999999999999999.999999999999999999")
    case["transaction"]["lines"][0]["amount"] = "-999999999999999999.999999999999999999"

    slot = answer(case)["steps"][0]["slots"][0]

    assert len(answer(case)["steps"]) == 1
    assert slot["limit"] == "999999999999999999.999999999999999999"


def test_reader_refuses_what_is_no_object():
    with pytest.raises(InvalidInput, match="the case is \\[\\]; expected an object"):
        read_case([])
