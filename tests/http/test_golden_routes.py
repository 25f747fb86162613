"""Every route by audience: nobody, somebody without the right, and the right person. The golden list changes only with a reason."""

import io
import itertools
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import pytest

from app.http.audience import EXTENSION
from app.operations.people.callers import find_caller
from tests.formats.ubl_builder import read_sample
from tests.http.absence_visits import absences_of
from tests.http.access_visits import PUBLIC, access_of
from tests.http.clock_visits import clocks_of
from tests.http.inbox_visits import inbox_of
from tests.http.mail_visits import mails_of
from tests.http.matrix_visits import matrix_of
from tests.http.partner_visits import partners_of
from tests.http.people import XML, Api, invoice
from tests.http.people_visits import people_of
from tests.http.teamwork_visits import teamwork_of
from tests.http.visits import Visit
from tests.http.voting_visits import voting_of
from tests.operations.diagrams import chain

GOLDEN = Path(__file__).with_name("golden_routes.txt")
PARAMETER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
ROOT = Path(__file__).parents[2]


def documents_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to documents."""

    def held() -> str:
        first = invoice("500.00", number="H-1")
        api.document_id(first)
        return api.document_id(first.replace(b"500.00", b"500.00 ").replace(b"500.00 ", b"500.00") + b"\n")

    def approved() -> str:
        instance = api.instance(read_sample("invoice_energy_480.xml"))
        assert instance["status"] == "completed", instance
        return str(instance["document_id"])

    def uncoded() -> str:
        return str(api.instance(invoice("700.00", accounting_cost=None))["document_id"])

    def about(path: str, right: str = "erp", **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger="pia", right=right, path=path.format(id=api.document_id()), request=request)

    return {
        "POST /documents": lambda: Visit(stranger="pia", right="erp", path="/documents", request={"data": invoice(), "content_type": XML}),
        "GET /documents": about("/documents"),
        "GET /documents/<id:document_id>": about("/documents/{id}"),
        "GET /documents/<id:document_id>/original": about("/documents/{id}/original"),
        "GET /documents/<id:document_id>/timeline": about("/documents/{id}/timeline"),
        "POST /documents/<id:document_id>/status": lambda: Visit(
            stranger="marc", right="erp", path=f"/documents/{approved()}/status", request={"json": {"status": "Paid"}}
        ),
        "PATCH /documents/<id:document_id>/lines": lambda: Visit(
            stranger="marc",
            right="eva",
            path=f"/documents/{uncoded()}/lines",
            request={"json": {"lines": [{"id": "1", "cost_center": "SALES"}]}},
        ),
        "POST /documents/<id:document_id>/confirm-not-duplicate": lambda: Visit(
            stranger="marc", right="wfa", path=f"/documents/{held()}/confirm-not-duplicate"
        ),
    }


def instances_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to process instances and incidents."""

    def about(path: str, *, right: str = "wfa", stranger: str = "pia", **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger=stranger, right=right, path=path.format(id=api.instance()["id"]), request=request)

    def suspended() -> str:
        instance = api.instance()
        api.post(f"/process-instances/{instance['id']}/suspend", "wfa")
        return str(instance["id"])

    def stuck() -> str:
        instance = api.instance(invoice("900.00", accounting_cost="NEW"))
        page = api.get("/incidents?limit=200", "wfa").json["items"]
        return str(next(each["id"] for each in page if each["process_instance_id"] == instance["id"]))

    # Made before any visit, since one of them links the cost center.
    incidents = iter([stuck() for _ in range(3)])

    def incident() -> str:
        return next(incidents)

    start = {"definition": "purchase_invoice"}
    return {
        "POST /process-instances": lambda: Visit(
            stranger="marc", right="erp", path="/process-instances", request={"json": start | {"document_id": api.document_id()}}
        ),
        "GET /process-instances": about("/process-instances", right="erp"),
        "GET /process-instances/<id:instance_id>": about("/process-instances/{id}", right="erp"),
        "GET /process-instances/<id:instance_id>/elements": about("/process-instances/{id}/elements", right="marc"),
        "GET /process-instances/<id:instance_id>/scenario": lambda: Visit(
            stranger="pia",
            right="adm",
            path=f"/process-instances/{api.instance(read_sample('invoice_energy_480.xml').replace(b'E-2026-10', b'E-2026-11'))['id']}/scenario",
        ),
        "GET /process-instances/<id:instance_id>/variables": about("/process-instances/{id}/variables", right="wfa"),
        "POST /process-instances/<id:instance_id>/reset": about("/process-instances/{id}/reset", stranger="marc"),
        "POST /process-instances/<id:instance_id>/suspend": about("/process-instances/{id}/suspend", stranger="marc"),
        "POST /process-instances/<id:instance_id>/resume": lambda: Visit(
            stranger="marc", right="wfa", path=f"/process-instances/{suspended()}/resume"
        ),
        "POST /process-instances/<id:instance_id>/moves": about(
            "/process-instances/{id}/moves",
            stranger="marc",
            json={"cancel": ["ApproveFirstLine"], "activate": ["TriageInvoice"], "reason": "Once more from the beginning."},
        ),
        "POST /process-instances/<id:instance_id>/restart": about("/process-instances/{id}/restart", stranger="erp"),
        "POST /process-instances/<id:instance_id>/cancel": about("/process-instances/{id}/cancel", stranger="erp"),
        "GET /incidents": lambda: Visit(stranger="marc", right="wfa", path=f"/incidents?status=open&limit=200#{incident()}"),
        "POST /incidents/<id:incident_id>/retry": lambda: Visit(stranger="marc", right="wfa", path=f"/incidents/{incident()}/retry"),
        "POST /incidents/<id:incident_id>/resolve": lambda: Visit(stranger="erp", right="wfa", path=f"/incidents/{incident()}/resolve"),
    }


def tasks_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to tasks; wfa sees them all, but they are not his."""

    def about(path: str, *, stranger: str = "wfa", **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger=stranger, right="marc", path=path.format(id=api.task("marc")["id"]), request=request)

    def claimed() -> Visit:
        task = api.task("marc")
        api.post(f"/tasks/{task['id']}/claim", "marc")
        return Visit(stranger="wfa", right="marc", path=f"/tasks/{task['id']}/unclaim")

    return {
        "GET /tasks": about("/tasks", stranger="pia"),
        "GET /tasks/count": about("/tasks/count", stranger="pia"),
        "GET /tasks/<id:task_id>": about("/tasks/{id}", stranger="pia"),
        "POST /tasks/<id:task_id>/approve": about("/tasks/{id}/approve", json={"comment": "Right.", "pin": "1234"}),
        "POST /tasks/<id:task_id>/reject": about("/tasks/{id}/reject", json={"reason": "Not ordered."}),
        "POST /tasks/<id:task_id>/delegate": about("/tasks/{id}/delegate", json={"to": "ann"}),
        "POST /tasks/<id:task_id>/claim": about("/tasks/{id}/claim"),
        "POST /tasks/<id:task_id>/unclaim": claimed,
        "POST /tasks/<id:task_id>/comments": about("/tasks/{id}/comments", stranger="pia", json={"text": "See the contract."}),
    }


def definitions_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to definitions, decisions and the matrix."""
    key = "/process-definitions/<string(maxlength=128):key>"
    version = f"{key}/versions/<int(max=2147483647):version>"

    def files() -> dict[str, Any]:
        content = (ROOT / "processes" / "expense_claim" / "expense_claim.bpmn").read_bytes()
        return {"data": {"file": (io.BytesIO(content), "expense_claim.bpmn")}, "content_type": "multipart/form-data"}

    def visit(path: str, stranger: str, right: str, **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger=stranger, right=right, path=path, request=request)

    numbers = itertools.count(1)

    def unused() -> str:
        """Deploy two versions of a definition that nobody starts, and return its address."""
        name = f"unused_{next(numbers)}"
        for label in ("One", "Two"):
            content = chain(name, f'<bpmn:task id="Work" name="{label}" />')
            upload = {"data": {"file": (io.BytesIO(content), "x.bpmn")}, "content_type": "multipart/form-data"}
            assert api.post("/process-definitions", "adm", **upload).status_code == 201
        return f"/process-definitions/{name}"

    def other(path: str, stranger: str, right: str, **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger=stranger, right=right, path=unused() + path, request=request)

    def migration() -> str:
        definition = unused()
        plan = {"from_version": 1, "to_version": 2, "reason": "New names."}
        made = api.post(f"{definition}/migrations", "wfa", json=plan).json
        return f"{definition}/migrations/{made['id']}"

    transaction = {"currency": "EUR", "lines": [{"amount": "12000.00", "company": "NL01", "cost_center": "SALES"}]}
    return {
        "POST /process-definitions": lambda: Visit(stranger="wfa", right="adm", path="/process-definitions", request=files()),
        "POST /process-definitions/check": lambda: Visit(stranger="wfa", right="adm", path="/process-definitions/check", request=files()),
        "GET /process-definitions": visit("/process-definitions", "pia", "adm"),
        f"GET {version}/bpmn": visit("/process-definitions/purchase_invoice/versions/1/bpmn", "kim", "marc"),
        f"GET {key}/versions": visit("/process-definitions/purchase_invoice/versions", "kim", "marc"),
        f"GET {version}/diff/<int(max=2147483647):other_version>": other("/versions/1/diff/2", "kim", "marc"),
        f"DELETE {version}": other("/versions/2", "wfa", "adm"),
        f"POST {version}/deactivate": other("/versions/1/deactivate", "wfa", "adm"),
        f"POST {version}/activate": other("/versions/1/activate", "wfa", "adm"),
        f"POST {key}/migrations": other("/migrations", "marc", "wfa", json={"from_version": 1, "to_version": 2, "reason": "New names."}),
        f"GET {key}/migrations/<id:migration_id>": lambda: Visit(stranger="marc", right="wfa", path=migration()),
        "POST /messages": visit("/messages", "marc", "erp", json={"name": "Nobody waits", "correlation": {}}),
        "POST /signals": visit("/signals", "marc", "erp", json={"name": "Nobody waits"}),
        "POST /decisions/<string(maxlength=128):key>/evaluate": visit(
            "/decisions/invoice_triage/evaluate", "kim", "adm", json={"context": {"document": {}, "ubl": {}}}
        ),
        "POST /approval-matrix/resolve": visit("/approval-matrix/resolve", "kim", "adm", json={"transaction": transaction}),
        "POST /approval-matrix/check": visit("/approval-matrix/check", "marc", "wfa", json={}),
        "POST /approval-matrix/simulate": visit("/approval-matrix/simulate", "marc", "wfa", json={"transaction": transaction}),
        "POST /approval-matrix/what-if": visit(
            "/approval-matrix/what-if", "marc", "wfa", json={"matrix": {}, "transactions": [transaction]}
        ),
    }


def users_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to users."""
    eva = find_caller(api.app.extensions[EXTENSION], "eva").user_id
    return {
        "PATCH /users/<id:user_id>": lambda: Visit(stranger="wfa", right="adm", path=f"/users/{eva}", request={"json": {"kind": "portal"}})
    }


def visits(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return how each route is visited."""
    return (
        documents_of(api)
        | instances_of(api)
        | tasks_of(api)
        | definitions_of(api)
        | matrix_of(api)
        | users_of(api)
        | people_of(api)
        | absences_of(api)
        | clocks_of(api)
        | teamwork_of(api)
        | partners_of(api)
        | voting_of(api)
        | inbox_of(api)
        | access_of(api)
        | mails_of(api)
    )


def served(app: flask.Flask) -> list[str]:
    """Return every method and rule of the API."""
    return sorted(
        f"{method} {rule.rule.removeprefix('/api/v1')}"
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def outcome(api: Api, method: str, visit: Visit, username: str | None) -> str:
    """Return the status, and the number of items where a list is answered."""
    request = {**visit.request}
    if "data" in request and isinstance(request["data"], dict):
        request["data"] = {name: (io.BytesIO(file.getvalue()), file_name) for name, (file, file_name) in request["data"].items()}
    if isinstance(request.get("data"), bytes):
        request["data"] += b"\n" * sum((username or "").encode())
    answer = api.call(method, visit.path, username, **request)
    items = answer.json.get("items") if answer.mimetype == "application/json" else None
    return str(answer.status_code) + ("" if items is None else " empty" if not items else " items")


def test_every_route_asks_who_is_there(api: Api, app: flask.Flask) -> None:
    """401 for nobody, 403 or 404 for the wrong person, 2xx for the right one, route by route."""
    prepared = visits(api)
    lines = []
    for route in served(app):
        assert route in prepared, f"{route} has no visit: add one, and its line to {GOLDEN.name}"
        method = route.split(" ")[0]
        visit = prepared[route]()
        nobody, stranger, right = (outcome(api, method, visit, who) for who in (None, visit.stranger, visit.right))
        name = PARAMETER.sub(r"{\1}", route)
        lines.append(f"{name:<60} nobody {nobody}   {visit.stranger} {stranger:<9}   {visit.right} {right}")

    assert lines == GOLDEN.read_text().splitlines()


def test_no_visit_is_left_over(api: Api, app: flask.Flask) -> None:
    assert set(visits(api)) == set(served(app))


@pytest.mark.parametrize("column", ["nobody 401"])
def test_the_list_lets_nobody_in(column: str) -> None:
    assert all(column in line or " ".join(line.split()[:2]) in PUBLIC for line in GOLDEN.read_text().splitlines())
