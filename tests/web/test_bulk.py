"""The same on many tasks of the inbox: the question, the result, and what stops it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.web.bulk import totals_text
from tests.web.cast import Stage, money
from tests.web.conftest import send

MARKS = ["43.11", "44.11", "46.11"]


def act(client: FlaskClient, action: str = "approve", *, htmx: bool = True, **fields: str | list[str]):
    """Answer the question with yes."""
    labels = {"label-43": "INF-20874", "label-44": "A-2026-1191", "label-46": "INF-UK-3107"}
    return send(client, "/inbox/bulk", page="/inbox", htmx=htmx, action=action, id=MARKS, idempotency_key="k-1", **labels, **fields)


def test_each_row_can_be_selected_with_the_revision_that_was_shown(claire: FlaskClient) -> None:
    page = claire.get("/inbox").text

    assert '<input type="checkbox" form="bulk" name="id" value="42.11" aria-label="Select A-2026-1187">' in page
    assert 'name="id"' not in claire.get("/inbox?status=completed").text


def test_the_question_names_which_and_how_much_by_currency_and_changes_nothing(claire: FlaskClient, stage: Stage) -> None:
    """HND-01."""
    answer = send(claire, "/inbox/bulk/confirm", page="/inbox", htmx=True, action="approve", id=MARKS)

    assert "Approve 3 tasks: EUR 25,840.00 and GBP 8,500.00" in answer.text
    for number in ("INF-20874", "A-2026-1191", "INF-UK-3107"):
        assert number in answer.text
    assert 'name="id" value="46.11"' in answer.text
    assert len(stage.tasks) == 11


def test_what_is_not_in_the_inbox_any_more_is_said_before(claire: FlaskClient) -> None:
    answer = send(claire, "/inbox/bulk/confirm", page="/inbox", htmx=True, action="approve", id=["43.11", "4711.2"])

    assert "Approve 1 task:" in answer.text
    assert "1 of what you selected is not in your inbox any more." in answer.text


def test_n_items_have_n_outcomes_with_failures_first(claire: FlaskClient, stage: Stage) -> None:
    """HND-01: who loses one of many reads who, when, and that nothing was signed."""
    stage.lost_in_bulk = {"46"}

    answer = act(claire, text="All fine.")

    assert answer.headers["HX-Retarget"] == "#inbox"
    assert "2 approved, 1 not." in answer.text
    failed, done = answer.text.index("INF-UK-3107</a>: Donald approved this at 10:31, before you."), answer.text.index(">A-2026-1191</a>")
    assert failed < done
    assert "Nothing was signed in your name." in answer.text
    assert "2 done: EUR 25,840.00" in answer.text
    assert '<hx-partial hx-target="#count-open" hx-swap="innerHTML">8</hx-partial>' in answer.text
    _, _, options = next(call for call in stage.calls if call[0] == "act_in_bulk")
    assert (options["action"], options["ids"], options["revisions"]) == ("approve", ["43", "44", "46"], {"43": 11, "44": 11, "46": 11})
    assert options["arguments"]["comment"] == "All fine."
    assert options["request"].key == "k-1"


def test_an_old_revision_fails_for_its_task_alone(claire: FlaskClient, stage: Stage) -> None:
    stage.tasks["44"]["revision"] = 12

    answer = act(claire)

    assert "2 approved, 1 not." in answer.text
    assert "A-2026-1191</a>: This task changed after it was shown to you." in answer.text
    assert "44" in stage.tasks


def test_without_scripts_the_question_and_the_result_are_pages(claire: FlaskClient) -> None:
    question = send(claire, "/inbox/bulk/confirm", page="/inbox", action="reject", id=MARKS)
    assert "<!doctype html>" in question.text
    assert "<h1>Reject</h1>" in question.text

    answer = act(claire, "reject", htmx=False, text="Not ordered.")

    assert "3 rejected." in answer.text
    assert "<!doctype html>" in answer.text
    assert claire.get("/inbox/bulk").location == "/inbox"


def test_a_wrong_pin_stops_all_and_the_question_stays_with_what_was_typed(claire: FlaskClient, stage: Stage) -> None:
    """USR-41."""
    answer = act(claire, pin="0000", text="Fine.")

    assert answer.status_code == 401
    assert "Tries left: 2." in answer.text
    assert 'value="Fine."' in answer.text
    assert len(stage.tasks) == 11


@pytest.mark.parametrize(
    ("action", "said"), [("hold", "put on hold"), ("release", "released"), ("claim", "claimed"), ("unclaim", "given back")]
)
def test_hold_release_and_claim_are_for_many_too(claire: FlaskClient, stage: Stage, action: str, said: str) -> None:
    assert f"3 {said}." in act(claire, action, until="2026-11-05T09:00" if action == "hold" else "").text

    _, _, options = next(call for call in stage.calls if call[0] == "act_in_bulk")
    assert set(options["arguments"]) == ({"until", "reason"} if action == "hold" else set())
    if action == "hold":
        assert options["arguments"]["until"].isoformat() == "2026-11-05T08:00:00+00:00"


def test_delegating_many_needs_somebody(claire: FlaskClient, stage: Stage) -> None:
    """HND-04."""
    nobody = act(claire, "delegate")
    assert nobody.status_code == 422
    assert "Choose a colleague" in nobody.text
    assert '<option value="donald">Donald</option>' in nobody.text

    act(claire, "delegate", partner="kim@ACC")

    _, _, options = next(call for call in stage.calls if call[0] == "act_in_bulk")
    assert options["arguments"] == {"to": "kim@ACC", "comment": None}


@pytest.mark.parametrize("fields", [{"action": "approve"}, {"action": "destroy", "id": ["42.11"]}, {"id": ["42.11"]}])
def test_nothing_selected_or_an_unknown_action_is_refused(claire: FlaskClient, stage: Stage, fields: dict[str, str | list[str]]) -> None:
    for path in ("/inbox/bulk", "/inbox/bulk/confirm"):
        assert send(claire, path, page="/inbox", htmx=True, **fields).status_code == 422
    assert not any(name == "act_in_bulk" for name, _, _ in stage.calls)


def test_hostile_names_and_marks_are_only_text(claire: FlaskClient, stage: Stage) -> None:
    stage.lost_in_bulk = {"42"}
    answer = send(
        claire,
        "/inbox/bulk",
        page="/inbox",
        htmx=True,
        action="approve",
        id=["42.11", "x" * 5000],
        **{"label-42": "<script>alert(1)</script>"},
    )

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
    assert not re.search(r"<script>alert", answer.text)


def test_different_currencies_are_never_added_up() -> None:
    amounts = [money("1.10"), money("2.205"), money("-3.00", "GBP"), None, {"amount": "x", "currency": "EUR"}]

    assert totals_text(amounts) == "EUR 3.305 and GBP −3.00"
