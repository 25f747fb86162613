"""Every refusal becomes the problem that STYLE.md says, and every problem has its page."""

import json
from collections.abc import Callable
from typing import Any

import flask
import pytest
from flask.testing import FlaskClient

from app.domain import errors
from app.domain.diagnostics import Diagnostic
from app.domain.errors import CountersignError
from app.http import problems, refusals


def refusing_app(error: Callable[[], Exception]) -> flask.Flask:
    """Return an application whose one route raises."""
    app = flask.Flask("refusing")
    blueprint = flask.Blueprint("refusing", __name__)
    problems.register_problems(blueprint)

    @blueprint.route("/", methods=["GET", "POST"])
    def refuse() -> str:
        raise error()

    app.register_blueprint(blueprint)
    return app


def answer_to(error: Callable[[], Exception], **request: Any) -> Any:
    """Return the answer to a request that meets the error."""
    return refusing_app(error).test_client().post("/", **request)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidRequest("Faulty.", errors=[]), 422),
        (errors.NotParseable(media_type="XML", reason="it is empty"), 400),
        (errors.IdempotencyKeyReused(key="k"), 422),
        (errors.NotFound(what="task", id="42"), 404),
        (errors.NotSignedIn(), 401),
        (errors.NotPermitted(verb="approve"), 403),
        (errors.NotARolePlayer(verb="approve", task="42"), 403),
        (errors.SeparationOfDuty(person="Ann", step="second line", other_step="first line"), 403),
        (errors.TaskAlreadyDecided(verb="approve", task="42", who="Claire", did="approved", at="10:31"), 409),
        (errors.MandateNotInForce(person="Ann", step="first line", on="2026-11-02"), 409),
        (errors.DocumentChanged(document="1"), 409),
        (errors.BusinessKeyInUse(business_key="b", instance="i"), 409),
        (errors.IdempotencyKeyInProgress(key="k"), 409),
        (errors.StaleRevision(what="task", expected=1, actual=2), 412),
        (errors.TooLarge(what="document", limit="10 MB"), 413),
        (errors.UnsupportedMedia(media_type="a/b", accepted="c/d"), 415),
        (errors.NoRolePlayersFound(step="second_line", lines=[1], rejected=[]), 422),
        (errors.NoExchangeRate(source="EUR", target="USD", on="2026-11-02"), 422),
        (errors.SeveralRowsMatch(decision="d", rows=[1, 2]), 422),
        (errors.DefinitionInvalid(diagnostics=[]), 422),
        (errors.MoveRefused(diagnostics=[]), 422),
        (errors.DatabaseBusy(retry_after=3), 503),
        (refusals.PreconditionMalformed(value="7"), 400),
        (refusals.IdempotencyKeyMalformed(), 400),
    ],
)
def test_each_class_has_its_status(error: CountersignError, status: int) -> None:
    answer = answer_to(lambda: error)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["status"] == status
    assert answer.get_json()["title"] == error.title
    assert answer.get_json()["detail"] == error.detail
    assert answer.get_json()["type"] == f"/api/problems/{error.code}"


def test_every_refusal_has_a_status_but_those_that_never_answer() -> None:
    """What stops a process instance is an incident, never a response."""
    domain = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, CountersignError)}
    silent = {each for each in domain if issubclass(each, errors.ExecutionError)} | {CountersignError}

    assert {each for each in domain if problems.status_of(each) is None} == silent


def test_every_problem_has_a_page(bare_app: flask.Flask) -> None:
    client = bare_app.test_client()

    for cls in problems.classes():
        page = client.get(f"/api/problems/{cls.code}")
        assert page.status_code == 200
        assert f"<h1>{cls.title} " in page.get_data(as_text=True)
        assert page.get_data(as_text=True).count("<p>") >= 1
    assert client.get("/api/problems").status_code == 200
    assert client.get("/api/problems/nonsense").status_code == 404


def test_codes_are_unique() -> None:
    codes = [cls.code for cls in problems.classes()]

    assert len(codes) == len(set(codes))


def test_facts_stand_beside_the_members() -> None:
    fault = Diagnostic(severity="error", file="a.bpmn", line=3, element="Approve", code="c", message="m", remedy="r")

    body = answer_to(lambda: errors.DefinitionInvalid(diagnostics=[fault])).get_json()

    assert body["diagnostics"] == [fault.to_json()]


def test_a_fact_never_hides_a_member() -> None:
    body = answer_to(lambda: errors.TaskNotOpen(verb="approve", task="42", status="completed")).get_json()

    assert body["status"] == 409
    assert body["case_status"] == "completed"


def test_field_errors_of_operations_get_pointers() -> None:
    body = answer_to(lambda: errors.InvalidRequest("No.", errors={"lines[0].amount": ["Too much."]})).get_json()

    assert body["errors"] == [{"pointer": "#/lines/0/amount", "code": "invalid", "detail": "Too much."}]


def test_nobody_signed_in_is_told_how() -> None:
    without = answer_to(errors.NotSignedIn)
    wrong = answer_to(errors.NotSignedIn, headers={"Authorization": "Bearer nonsense"})

    assert without.headers["WWW-Authenticate"] == 'Bearer realm="countersign"'
    assert wrong.headers["WWW-Authenticate"] == 'Bearer realm="countersign", error="invalid_token"'


def test_a_busy_database_says_when_to_come_back() -> None:
    assert answer_to(lambda: errors.DatabaseBusy(retry_after=3)).headers["Retry-After"] == "3"


@pytest.mark.parametrize(
    "error", [RuntimeError("the password is hunter2"), errors.ServiceTaskFailed(element="E", reason="hunter2"), KeyError("hunter2")]
)
def test_a_fault_of_ours_says_nothing_but_the_request_id(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    answer = answer_to(lambda: error)

    assert answer.status_code == 500
    assert set(answer.get_json()) == {"type", "title", "status", "instance"}
    assert "hunter2" not in answer.get_data(as_text=True)
    assert "hunter2" not in capsys.readouterr().out


def test_the_log_of_a_fault_names_its_causes_and_places(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> Exception:
        try:
            raise KeyError("secret")
        except KeyError as error:
            raise ValueError("secret") from error

    answer_to(fail)

    printed = capsys.readouterr().out
    assert "ValueError" in printed
    assert "KeyError" in printed
    assert "secret" not in printed.replace("secret_", "")


def test_what_flask_refuses_is_a_problem_too(bare_app: flask.Flask) -> None:
    client = bare_app.test_client()

    nowhere = client.get("/api/v1/nowhere")
    method = client.delete("/api/v1/incidents")

    assert (nowhere.status_code, nowhere.get_json()["type"]) == (404, "/api/problems/not_found")
    assert (method.status_code, method.get_json()["type"]) == (405, "/api/problems/method_not_allowed")
    assert set(method.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert client.get("/health/nowhere").mimetype == "application/problem+json"


def test_pages_outside_the_api_answer_their_own_errors(bare_app: flask.Flask) -> None:
    assert bare_app.test_client().get("/inbox/nowhere").mimetype == "text/html"


def test_a_problem_is_json() -> None:
    answer = answer_to(lambda: errors.NotFound(what="task", id="42"))

    assert json.loads(answer.data)["id"] == "42"
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_pages_do_not_answer_for_the_api(client: FlaskClient) -> None:
    """Beside the pages, what leads nowhere below /api is still a problem."""
    for path in ("/api/v1/nowhere", "/api/static/nowhere.css", "/api/problems/nowhere", "/api/nowhere", "/health/nowhere"):
        assert client.get(path).mimetype == "application/problem+json", path
    assert client.post("/api/docs").mimetype == "application/problem+json"
    assert client.get("/nowhere").mimetype == "text/html"
