"""The page of a task, and decisions with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from app.domain.errors import DocumentChanged, NotARolePlayer, TaskMoved
from app.web.ports import Operations
from tests.web.cast import Stage
from tests.web.conftest import send, token_of


def test_the_page_says_whose_how_much_and_why(claire: FlaskClient) -> None:
    page = claire.get("/tasks/42").text

    assert "<h1>Acme <span>A-2026-1187</span></h1>" in page
    assert "1 of 2 is yours" in page
    assert "<b>Sign second line</b> for line 1, EUR 300,000.00" in page
    assert "Then: first overall, Frank. A signature cannot be undone." in page
    assert "higher than Marc&#39;s limit of 10,000.00" in page
    assert "lowest limit that is enough for second line" in page
    assert "Marc Anthony approved first line for line 1." in page
    assert "1 of 11" in page
    assert "limit 1,000,000.00" in page


def test_pictures_stand_next_to_names(claire: FlaskClient, stage: Stage) -> None:
    """USR-14: in the shell, beside who was considered and who said something; a letter stands for who has none."""
    assert 'class="face"' not in claire.get("/tasks/42").text

    stage.faces = {"claire": "/users/u-claire/avatar?v=12ab", "marc": "/users/u-marc/avatar?v=<34>"}
    page = claire.get("/tasks/42").text

    assert page.count('<img class="face" src="/avatars/u-claire?v=12ab" alt=""') > 1
    assert 'src="/avatars/u-marc?v=&lt;34&gt;"' in page
    assert '<span class="mark" aria-hidden="true">D</span>' in page


def test_what_was_shown_travels_with_the_decision(claire: FlaskClient, stage: Stage) -> None:
    page = claire.get("/tasks/42").text
    assert 'name="revision" value="11"' in page
    assert 'name="document_hash" value="9f2c"' in page
    key = re.search(r'name="idempotency_key" value="([^"]+)"', page)
    assert key

    send(claire, "/tasks/42/approve", revision="11", document_hash="9f2c", comment="Fine.", idempotency_key=key.group(1))

    _, arguments, options = next(call for call in stage.calls if call[0] == "approve_task")
    assert arguments == ("42",)
    assert (options["revision"], options["document_hash"], options["comment"], options["request"].key) == (
        11,
        "9f2c",
        "Fine.",
        key.group(1),
    )


def test_a_double_click_sends_the_same_key_and_digest(claire: FlaskClient, stage: Stage) -> None:
    token = token_of(claire.get("/tasks/42").text)
    for _ in range(2):
        claire.post("/tasks/42/approve", data={"csrf_token": token, "revision": "11", "idempotency_key": "k-1"})

    first, second = [options["request"] for name, _, options in stage.calls if name == "approve_task"]
    assert first == second


def test_without_javascript_a_decision_is_post_redirect_get(claire: FlaskClient, stage: Stage) -> None:
    answer = send(claire, "/tasks/42/approve", revision="11")

    assert (answer.status_code, answer.location) == (303, "/tasks/42")
    page = claire.get("/tasks/42").text
    assert "You approved this at 09:00." in page
    assert 'href="/tasks/43"' in page
    assert "42" not in stage.tasks


def test_with_htmx_the_whole_task_is_shown_anew_with_the_next_at_hand(claire: FlaskClient) -> None:
    answer = send(claire, "/tasks/42/approve", htmx=True, revision="11")

    assert answer.status_code == 200
    assert answer.headers["HX-Retarget"] == "#task"
    assert answer.text.lstrip().startswith('<div id="task"')
    assert '<hx-partial hx-target="#count-nav" hx-swap="innerHTML">10</hx-partial>' in answer.text
    assert "autofocus" in answer.text


def test_from_the_inbox_the_row_goes_in_the_same_answer(claire: FlaskClient) -> None:
    shown = claire.get("/tasks/42/decide?verb=approve", headers={"HX-Request": "true"}).text
    assert "autofocus" in shown
    assert "Then: first overall, Frank." in shown

    answer = send(claire, "/tasks/42/approve", htmx=True, revision="11", **{"from": "inbox"})

    assert '<hx-partial hx-target="#t42" hx-swap="delete">' in answer.text
    assert '<hx-partial hx-target="#count-open" hx-swap="innerHTML">10</hx-partial>' in answer.text


@pytest.mark.parametrize("verb", ["approve", "reject", "delegate"])
@pytest.mark.parametrize("origin", ["", "inbox"])
def test_the_loser_of_a_race_reads_who_when_and_that_nothing_was_signed(claire: FlaskClient, stage: Stage, verb: str, origin: str) -> None:
    """HND-01."""
    stage.lost_to = "donald"

    answer = send(claire, f"/tasks/46/{verb}", htmx=True, revision="11", reason="No.", to="frank", **{"from": origin})

    assert answer.status_code == 409
    assert "Donald approved this at 10:31, before you." in answer.text
    assert "Nothing was signed in your name." in answer.text
    assert '<hx-partial hx-target="#count-nav" hx-swap="innerHTML">10</hx-partial>' in answer.text
    if not origin:
        assert 'class="decide lost"' in answer.text
        assert "Next task" in answer.text


def test_the_loser_without_javascript_gets_the_page_with_the_same_words(claire: FlaskClient, stage: Stage) -> None:
    stage.lost_to = "donald"

    answer = send(claire, "/tasks/46/approve", revision="11")

    assert answer.status_code == 409
    assert "<!doctype html>" in answer.text
    assert 'class="columns" inert' in answer.text
    assert "Donald approved this at 10:31, before you." in answer.text


def test_an_old_revision_is_told_as_such(claire: FlaskClient) -> None:
    answer = send(claire, "/tasks/42/approve", htmx=True, revision="10")

    assert answer.status_code == 409
    assert "This task changed after it was shown to you: Reminder mailed to Claire: 3 days open. (09:00)" in answer.text
    assert "Nothing was signed in your name. Load it again." in answer.text


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (DocumentChanged(document="A-2026-1187"), 409, "The document was changed after it was shown to you."),
        (
            TaskMoved(verb="approve", task="42", how="escalated", to="Donald", at="10:31", moved_at="2026-11-02T09:31:00Z"),
            409,
            "This was escalated to Donald at 10:31.",
        ),
        (NotARolePlayer(verb="approve", task="42"), 403, "it is not assigned to you"),
    ],
)
def test_other_refusals_say_what_happened(
    error: Exception, status: int, words: str, claire: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = claire.application.extensions["countersign_pages"]

    def refuse(*_arguments: object, **_options: object) -> None:
        raise error

    changed = {name: getattr(pages.operations, name) for name in Operations.__dataclass_fields__} | {"approve_task": refuse}
    monkeypatch.setitem(
        claire.application.extensions, "countersign_pages", type(pages)(system=pages.system, operations=Operations(**changed))
    )

    answer = send(claire, "/tasks/42/approve", htmx=True, revision="11")

    assert answer.status_code == status
    assert words in answer.text


def test_a_rejection_without_its_reason_says_so_at_the_field_and_keeps_the_panel_open(claire: FlaskClient, stage: Stage) -> None:
    """HND-03."""
    answer = send(claire, "/tasks/42/reject", htmx=True, revision="11", reason=" ")

    assert answer.status_code == 422
    assert re.search(r'<details class="pop" name="decide-[^"]+" open>', answer.text)
    assert "Say why; everybody on this document will read it." in answer.text
    assert 'aria-describedby="reason-error"' in answer.text
    assert "42" in stage.tasks


def test_delegating_offers_colleagues_by_name(claire: FlaskClient, stage: Stage) -> None:
    """HND-04."""
    assert '<option value="donald">Donald</option>' in claire.get("/tasks/42").text

    send(claire, "/tasks/42/delegate", revision="11", to="donald", comment="You know them.")

    _, _, options = next(call for call in stage.calls if call[0] == "delegate_task")
    assert (options["to"], options["comment"]) == ("donald", "You know them.")


def test_a_pooled_task_says_that_one_signature_is_enough_and_can_be_claimed(claire: FlaskClient, stage: Stage) -> None:
    page = claire.get("/tasks/46").text
    assert "You or Donald: one signature is enough." in page
    assert "/tasks/46/claim" in page

    assert send(claire, "/tasks/46/claim", revision="11").status_code == 303
    assert any(name == "claim_task" for name, _, _ in stage.calls)


def test_a_comment_joins_the_conversation(claire: FlaskClient, stage: Stage) -> None:
    answer = send(claire, "/tasks/42/comments", htmx=True, text="<b>Is this ours?</b>")

    assert "&lt;b&gt;Is this ours?&lt;/b&gt;" in answer.text
    assert stage.comments["42"][-1]["text"] == "<b>Is this ours?</b>"
    assert send(claire, "/tasks/42/comments", htmx=True, text=" ").status_code == 422


def test_the_timeline_can_be_filtered(claire: FlaskClient) -> None:
    part = claire.get("/tasks/42/timeline?timeline=decisions", headers={"HX-Request": "true"}).text

    assert "Ann approved first line" in part
    assert "Triage invoice" not in part
    assert claire.get("/tasks/42/timeline?timeline=checks").location == "/tasks/42?timeline=checks#timeline"


def test_a_task_that_may_not_be_seen_does_not_exist(claire: FlaskClient) -> None:
    answer = claire.get("/tasks/4711")

    assert answer.status_code == 404
    assert "There is no task 4711 that you may see." in answer.text


def test_a_coder_fills_in_the_lines_on_the_task(visitor: FlaskClient, stage: Stage) -> None:
    """COD-01, COD-02."""
    stage.tasks["42"] |= {"step": None, "name": "Code invoice", "kind": "task"}
    send(visitor, "/login", page="/login", username="eva", password="right")
    assert 'name="cost_center-1" value="SALES"' in visitor.get("/tasks/42").text

    coded = {"line": ["1", "2"], "cost_center-1": "CON", "cost_center-2": "NOWHERE", "task": "42", "next": "/tasks/42"}
    answer = send(visitor, "/documents/d-A-2026-1187/lines", page="/tasks/42", **coded)

    page = answer.text
    assert answer.status_code == 422
    assert "The coding cannot be accepted." in page
    assert "Cost center NOWHERE is unknown" in page
    assert 'name="cost_center-1" value="CON"' in page
    assert 'aria-describedby="cost_center-2-error"' in page

    send(visitor, "/documents/d-A-2026-1187/lines", page="/tasks/42", **coded | {"cost_center-2": "SUP"})

    _, arguments, options = [call for call in stage.calls if call[0] == "code_lines"][-1]
    assert arguments == ("d-A-2026-1187",)
    assert options["lines"][1] == {"id": "2", "cost_center": "SUP", "parameter_3": None, "parameter_4": None}
    assert "Coding saved." in visitor.get("/tasks/42").text


def test_what_was_typed_on_many_lines_stays_too(visitor: FlaskClient, stage: Stage) -> None:
    """COD-02: a page keeps it, for no cookie is large enough; and no line is left out."""
    stage.tasks["42"] |= {"step": None, "name": "Code invoice", "kind": "task"}
    send(visitor, "/login", page="/login", username="eva", password="right")
    coded = {f"cost_center-{line}": f"UNIT {line * 7919}" for line in range(1, 1201)} | {
        "cost_center-2": "NOWHERE",
        "cost_center-1": "CON 17",
    }

    lines = [str(line) for line in range(1, 1201)]
    answer = send(visitor, "/documents/d-A-2026-1187/lines", page="/tasks/42", **coded, line=lines, task="42", next="/tasks/42")

    assert answer.status_code == 422
    assert 'name="cost_center-1" value="CON 17"' in answer.text
    assert "Cost center NOWHERE is unknown" in answer.text
    assert max(len(cookie) for cookie in answer.headers.getlist("Set-Cookie")) < 1000

    send(visitor, "/documents/d-A-2026-1187/lines", page="/tasks/42", **coded | {"cost_center-2": "SUP"}, line=lines, task="42")

    _, _, options = [call for call in stage.calls if call[0] == "code_lines"][-1]
    assert options["lines"][-1]["id"] == "1200"


def test_nobody_else_is_offered_the_coding(claire: FlaskClient, stage: Stage) -> None:
    stage.tasks["42"] |= {"step": None, "name": "Code invoice", "kind": "task"}

    assert 'id="coding"' not in claire.get("/tasks/42").text
