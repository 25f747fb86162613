"""What people do with a task besides deciding it: happy, refused, and too late."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from app.domain.access_errors import PinNotSet, PinWrong
from app.domain.errors import AdditionRefused, InvalidRequest, MandateNotInForce, TaskNotOpen, TooLarge, VoteStands
from app.domain.teamwork_errors import QuestionRefused, TaskNotOnHold, TaskOnHold
from app.web.attachments import size_text
from app.web.conversation import show_conversation
from app.web.formatting import Calendar
from app.web.why import due_words
from tests.web.cast import NOW, Stage, person
from tests.web.conftest import send, token_of

SENT = {
    "hold": ("hold_task", {"until": "2026-11-05T09:00", "reason": "On leave"}),
    "release": ("release_task", {}),
    "ask": ("ask_question", {"whom": "donald", "question": "Ours?"}),
    "answer": ("answer_question", {"answer": "Yes."}),
    "withdraw": ("withdraw_task", {}),
    "return": ("return_task", {"comment": "Not mine."}),
    "approvers": ("add_approver", {"user": "frank", "comment": "Large"}),
    "change": ("change_task", {"due_at": "2026-11-05T09:00", "due_shown": "2026-11-01T09:00", "priority": "50", "priority_shown": "50"}),
    "reassign": ("reassign_task", {"group": "finance", "reason": "Away"}),
}


@pytest.fixture
def wouter(visitor: FlaskClient, stage: Stage) -> FlaskClient:
    """A browser with the administrator of the workflow, who has no share of the tasks."""
    for task in stage.tasks.values():
        task |= {"my_status": None, "can": ["reassign", "add_approver"], "assignees": [person("claire")]}
    send(visitor, "/login", page="/login", username="wfa", password="right")
    return visitor


def call_of(stage: Stage, name: str) -> dict[str, object]:
    """Return what the operation was last given."""
    return [options for called, _, options in stage.calls if called == name][-1]


@pytest.mark.parametrize("verb", SENT)
def test_each_verb_is_its_operation_with_revision_and_key(claire: FlaskClient, stage: Stage, verb: str) -> None:
    operation, fields = SENT[verb]

    answer = send(claire, f"/tasks/42/{verb}", page="/tasks/42", revision="11", idempotency_key="k-1", **fields)

    assert (answer.status_code, answer.location) == (303, "/tasks/42")
    options = call_of(stage, operation)
    assert options["revision"] == 11
    assert options["request"].key == "k-1"


@pytest.mark.parametrize("verb", SENT)
@pytest.mark.parametrize("htmx", [True, False])
def test_the_loser_of_a_race_reads_who_when_and_that_nothing_was_signed(claire: FlaskClient, stage: Stage, verb: str, htmx: bool) -> None:
    """HND-01: the same for every verb, with and without scripts."""
    stage.lost_to = "donald"

    answer = send(claire, f"/tasks/42/{verb}", page="/tasks/42", htmx=htmx, revision="11", **SENT[verb][1])

    assert answer.status_code == 409
    assert "Donald approved this at 10:31, before you." in answer.text
    assert "Nothing was signed in your name." in answer.text
    assert "Next task" in answer.text


@pytest.mark.parametrize(
    ("verb", "error", "words"),
    [
        ("hold", TaskOnHold(task="42", who="Donald", at="10:31"), "Donald put this on hold at 10:31."),
        ("release", TaskNotOnHold(task="42"), "This is not on hold any more."),
        ("withdraw", VoteStands(task="42", reason="Donald decided the step"), "but Donald decided the step. It stands."),
        ("ask", TaskNotOpen(verb="ask", task="42", state="completed"), "This task is completed now."),
        ("reassign", MandateNotInForce(person="Frank", step="second line", on="2026-11-02"), "the mandate for it is not in force"),
    ],
)
def test_other_conflicts_say_what_changed_and_make_the_page_stale(
    claire: FlaskClient, stage: Stage, verb: str, error: Exception, words: str
) -> None:
    stage.refusal = error

    answer = send(claire, f"/tasks/42/{verb}", page="/tasks/42", htmx=True, revision="11", **SENT[verb][1])

    assert answer.status_code == 409
    assert 'class="decide lost"' in answer.text
    assert words in answer.text
    assert "Nothing was signed in your name." in answer.text


@pytest.mark.parametrize(
    ("verb", "error", "status"),
    [
        ("ask", QuestionRefused(task="42", whom="Donald", reason="your question is still open there"), 409),
        ("ask", InvalidRequest("There is no user x.", errors={"whom": ["Expected a user name."]}), 422),
        ("approvers", AdditionRefused(person="Frank", task="42", reason="he is asked already"), 409),
        ("change", InvalidRequest("The task cannot be changed like this.", errors={"due_at": ["Expected an instant after now."]}), 422),
    ],
)
def test_a_refusal_stands_in_its_form_which_stays_open_with_what_was_typed(
    claire: FlaskClient, stage: Stage, verb: str, error: Exception, status: int
) -> None:
    stage.refusal = error

    answer = send(claire, f"/tasks/42/{verb}", page="/tasks/42", htmx=True, revision="11", **SENT[verb][1])

    assert answer.status_code == status
    assert answer.headers["HX-Retarget"] == "#task"
    opened = re.search(r"<details[^>]* open>.*?</details>", answer.text, re.DOTALL)
    assert opened
    assert error.detail in opened.group().replace("&#39;", "'")
    assert {"ask": "Ours?", "approvers": "Large", "change": "2026-11-05T09:00"}[verb] in opened.group()
    assert 'class="decide lost"' not in answer.text


def test_a_hold_is_seen_with_who_and_until_when_and_can_be_released(claire: FlaskClient, stage: Stage) -> None:
    """ESC-07."""
    answer = send(claire, "/tasks/42/hold", page="/tasks/42", htmx=True, revision="11", **SENT["hold"][1])

    assert "You put this on hold at 09:00 until Thu 5 Nov 09:00." in answer.text
    assert "On leave" in answer.text
    assert "its clock stands still" in answer.text
    assert "On hold" in claire.get("/inbox").text
    assert "1 day overdue" not in claire.get("/tasks/42").text

    assert "Released." in send(claire, "/tasks/42/release", page="/tasks/42", htmx=True, revision="11").text
    assert "/tasks/42/hold" in claire.get("/tasks/42").text


@pytest.mark.parametrize("until", ["tomorrow", "9999-99-99T00:00"])
def test_a_moment_that_is_none_changes_nothing(claire: FlaskClient, stage: Stage, until: str) -> None:
    answer = send(claire, "/tasks/42/hold", page="/tasks/42", htmx=True, revision="11", until=until)

    assert answer.status_code == 422
    assert "Write the moment as 2026-11-02 17:00." in answer.text
    assert not any(name == "hold_task" for name, _, _ in stage.calls)


def test_a_question_is_answered_in_the_bar_and_nothing_is_signed(claire: FlaskClient, stage: Stage) -> None:
    stage.tasks["42"] |= {
        "kind": "question",
        "step": None,
        "name": "Question: Approve second line",
        "can": ["answer", "ask", "comment"],
        "question": {"text": "Is this ours?", "asker": person("donald"), "task_id": "43"},
    }
    assert "Donald asks" in claire.get("/inbox").text

    page = claire.get("/tasks/42").text

    assert "<b>Donald asks:</b> Is this ours?" in page
    assert 'href="/tasks/43">The task it is about' in page
    assert '/tasks/42/approve"' not in page
    quick = claire.get("/tasks/42/decide?verb=approve", headers={"HX-Request": "true"}).text
    assert "Open the task to answer." in quick


def test_who_asked_withdraws_the_question_from_the_page_of_his_task(claire: FlaskClient, stage: Stage) -> None:
    asked = {"at": "2026-11-02T08:00:00Z", "actor": "claire", "kind": "question_asked", "text": "Claire asked Donald: Ours?"}
    stage.comments["42"].append(asked | {"facts": {"question": "77", "whom": "donald", "comment": "Ours?"}})
    page = claire.get("/tasks/42").text
    assert 'action="/tasks/77/withdraw-question"' in page

    answer = send(claire, "/tasks/77/withdraw-question", page="/tasks/42", about="42", idempotency_key="k-1")

    assert answer.location == "/tasks/42"
    assert "revision" not in call_of(stage, "withdraw_question")


def test_an_answered_question_is_not_offered_to_be_withdrawn() -> None:
    asked = {"actor": "claire", "kind": "question_asked", "at": None, "facts": {"question": "77", "whom": "donald", "comment": "Ours?"}}
    answered = {
        "actor": "donald",
        "kind": "question_answered",
        "at": None,
        "facts": {"question": "77", "whom": "claire", "comment": "Yes."},
    }
    calendar, names = Calendar(now=NOW, zone=UTC), {"donald": "Donald", "claire": "Claire"}

    first, second = show_conversation([asked, answered], me="claire", calendar=calendar, names=names)
    (open_one,) = show_conversation([asked], me="frank", calendar=calendar, names=names, may_withdraw=True)

    assert (first.name, first.about, first.text, first.question) == ("You", "asked Donald", "Ours?", "")
    assert (second.name, second.about, second.text) == ("Donald", "answered you", "Yes.")
    assert open_one.question == "77"
    assert show_conversation([asked], me="frank", calendar=calendar, names=names)[0].question == ""


def test_a_change_sends_only_what_is_different(claire: FlaskClient, stage: Stage) -> None:
    """ESC-07."""
    send(claire, "/tasks/42/change", page="/tasks/42", revision="11", **SENT["change"][1] | {"priority": "80"})
    assert call_of(stage, "change_task")["changes"] == {"due_at": datetime(2026, 11, 5, 8, tzinfo=UTC), "priority": 80}

    same = SENT["change"][1] | {"due_at": "2026-11-01T09:00"}
    answer = send(claire, "/tasks/42/change", page="/tasks/42", htmx=True, revision="11", **same)

    assert answer.status_code == 422
    assert "Change the due date or the priority first." in answer.text
    assert send(claire, "/tasks/42/change", page="/tasks/42", revision="11", **same | {"priority": "much"}).status_code == 422


def test_delegating_to_a_partner_sends_the_written_name(claire: FlaskClient, stage: Stage) -> None:
    """HND-04."""
    assert send(claire, "/tasks/42/delegate", page="/tasks/42", htmx=True, revision="11").status_code == 422

    send(claire, "/tasks/42/delegate", page="/tasks/42", revision="11", to="", partner="kim@ACC")

    assert call_of(stage, "delegate_task")["to"] == "kim@ACC"


@pytest.mark.parametrize("verb", ["approve", "reject"])
@pytest.mark.parametrize("origin", ["", "inbox"])
def test_a_wrong_pin_keeps_the_bar_with_the_tries_that_are_left(
    claire: FlaskClient, stage: Stage, monkeypatch: pytest.MonkeyPatch, verb: str, origin: str
) -> None:
    """USR-41."""
    monkeypatch.setattr("tests.web.stand_ins.StandIns.decide", refuse_with(PinWrong(tries_left=2)))

    fields = {"pin": "1111", "comment": "Fine.", "reason": "No.", "from": origin}
    answer = send(claire, f"/tasks/42/{verb}", page="/tasks/42", htmx=True, revision="11", **fields)

    assert answer.status_code == 401
    assert "That is not your PIN. Tries left: 2." in answer.text
    assert re.search(r'name="pin"[^>]*aria-invalid="true" autofocus', answer.text)
    assert {"approve": "Fine.", "reject": "No."}[verb] in answer.text
    assert call_of(stage, f"{verb}_task")["pin"] == "1111"


def test_who_has_no_pin_yet_is_led_to_where_it_is_set(claire: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """USR-41."""
    monkeypatch.setattr("tests.web.stand_ins.StandIns.decide", refuse_with(PinNotSet()))

    answer = send(claire, "/tasks/42/approve", page="/tasks/42", htmx=True, revision="11")

    assert '<a href="/security">Set your PIN</a>' in answer.text


def refuse_with(error: Exception):
    """Return a stand-in that always refuses."""

    def refuse(*_arguments: object, **_options: object) -> None:
        raise error

    return refuse


def test_the_page_tells_hand_by_hand_how_the_task_came_and_how_much_time_there_is(claire: FlaskClient) -> None:
    """MXR-10."""
    page = claire.get("/tasks/43").text

    assert "By the approval matrix · Donald, limit 250,000.00" in page
    assert "Delegated · You" in page
    assert "You know them." in page
    assert "Matrix version 41, for 28 Oct 2026" in page
    assert "Was due Mon 2 Nov 06:00, 1 h of working time ago." in page
    assert "Due Wed 4 Nov 17:00, 3 working days from today." in claire.get("/tasks/47").text


@pytest.mark.parametrize(
    ("minutes", "days", "text"),
    [
        (90, 0, "Due X, 1 h 30 min of working time left."),
        (0, 0, "Due X, no working time left."),
        (480, 1, "Due X, 1 working day from today."),
        (-5, 0, "Was due X, 5 min of working time ago."),
        (None, None, "Due X."),
    ],
)
def test_due_dates_are_said_in_working_time(minutes: int | None, days: int | None, text: str) -> None:
    """ESC-06."""
    assert due_words({"working_minutes": minutes, "working_days": days}, due_at="X", paused=False) == text


def test_who_has_no_share_reads_why_not_and_an_administrator_may_reassign(wouter: FlaskClient, stage: Stage) -> None:
    """MXR-10, ADM-03."""
    page = wouter.get("/tasks/42").text

    assert "Why not you" in page
    assert "which is EUR 290,000.00 too low." in page
    assert "Second line, with Claire" in page
    assert '/tasks/42/approve"' not in page
    form = page[page.index('action="/tasks/42/reassign"') :]
    assert 'name="revision" value="77"' in form[: form.index("</form>")]
    assert '<option value="finance">Finance</option>' in form

    send(wouter, "/tasks/42/reassign", page="/tasks/42", revision="77", to="frank", reason="Away")

    options = call_of(stage, "reassign_task")
    assert (options["to"], options["reason"], options["revision"]) == ("frank", "Away", 77)


def test_a_file_is_attached_listed_and_taken_away_harmlessly(claire: FlaskClient, stage: Stage) -> None:
    """TSK-07."""
    page = claire.get("/tasks/42").text
    assert "order 6001.pdf" in page
    token = token_of(page)

    answer = claire.post(
        "/tasks/42/attachments", data={"csrf_token": token, "idempotency_key": "k-1", "file": (io.BytesIO(b"a,b"), "lines.csv")}
    )

    assert answer.location == "/tasks/42#document"
    options = call_of(stage, "attach_file")
    assert (options["name"], options["content"], options["request"].key) == ("lines.csv", b"a,b", "k-1")
    assert "lines.csv is attached" in claire.get("/tasks/42").text
    assert "lines.csv" in claire.get("/documents/d-A-2026-1187").text
    file = claire.get("/documents/d-A-2026-1187/attachments/a-2")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_another_file_under_the_same_key_is_another_request(claire: FlaskClient, stage: Stage) -> None:
    token = token_of(claire.get("/tasks/42").text)
    for content in (b"one", b"two"):
        claire.post("/tasks/42/attachments", data={"csrf_token": token, "idempotency_key": "k-1", "file": (io.BytesIO(content), "a.txt")})

    first, second = [options["request"].digest for name, _, options in stage.calls if name == "attach_file"]
    assert first != second


def test_no_file_and_one_that_is_too_large_are_refused(claire: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert send(claire, "/tasks/42/attachments", page="/tasks/42").status_code == 303
    assert "Choose a file first." in claire.get("/tasks/42").text
    monkeypatch.setattr("tests.web.stand_ins.StandIns.attach_file", refuse_with(TooLarge(what="file", limit="10 MiB")))
    token = token_of(claire.get("/tasks/42").text)
    claire.post("/tasks/42/attachments", data={"csrf_token": token, "file": (io.BytesIO(b"x"), "a.txt")})
    assert "10 MiB" in claire.get("/tasks/42").text

    huge = claire.post("/tasks/42/comments", data={"csrf_token": token, "text": "x" * (2 * 1024 * 1024)})

    assert huge.status_code == 413


@pytest.mark.parametrize(("size", "text"), [(10, "1 kB"), (24_000, "23 kB"), (2_621_440, "2.5 MB"), (None, "")])
def test_sizes_are_said_in_round_numbers(size: int | None, text: str) -> None:
    assert size_text(size) == text


def test_an_administrator_makes_a_task_about_a_document(wouter: FlaskClient, stage: Stage) -> None:
    """TSK-06."""
    assert "/documents/d-A-2026-1187/tasks/new" in wouter.get("/documents/d-A-2026-1187").text
    address = "/documents/d-A-2026-1187/tasks"
    wrong = {"name": "Call them", "person": ["eva"], "others": "nobody, marc", "due_at": "2026-11-05T09:00", "instructions": "Ask."}

    refused = send(wouter, address, page=f"{address}/new", **wrong)
    assert refused.status_code == 422
    assert "There is no user nobody." in refused.text
    assert 'value="Call them"' in refused.text
    assert '<option value="eva" selected>' in refused.text
    made = send(wouter, address, page=f"{address}/new", idempotency_key="k-1", **wrong | {"others": "marc"})

    assert made.location == "/documents/d-A-2026-1187"
    options = call_of(stage, "create_task")
    assert (options["name"], options["assignees"], options["mode"], options["priority"]) == ("Call them", ["eva", "marc"], "any", 50)
    assert options["due_at"] - NOW == timedelta(days=3)
    assert "Call them: now with Eva, Marc Anthony." in wouter.get("/documents/d-A-2026-1187").text


def test_nobody_else_is_offered_a_new_task(claire: FlaskClient) -> None:
    assert "tasks/new" not in claire.get("/documents/d-A-2026-1187").text
    assert claire.get("/documents/d-A-2026-1187/tasks/new").status_code == 403
