"""Stand-ins for the operations: each reads or changes the stage, as the real one of its name would the database."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields
from types import SimpleNamespace
from typing import Any

from flask import Flask

from app.domain.errors import InvalidRequest, NotFound, NotSignedIn, StaleRevision, TaskAlreadyDecided
from app.operations.answer import Answer, Caller
from app.web import register_pages
from app.web.ports import Operations
from tests.web.cast import BPMN, CONSIDERED, ELEMENTS, LINES, NOW, PEOPLE, ROUTE, TIMELINE, Stage, caller_of, person

PAGE = 10
PASSWORD = "right"
ORIGINAL = b'<?xml version="1.0"?>\n<Invoice>\n  <ID>A-2026-1187</ID>\n  <Note><script>alert(1)</script></Note>\n</Invoice>\n'
DOCUMENTS = (("A-2026-1187", "In process"), ("A-2026-1150", "Approved for payment"), ("A-2026-1144", "Rejected"), ("A-2026-1143", "Held"))
VARIABLES = {"amount": 301480, "currency": "EUR", "company": "NL01", "second_line_needed": True, "matrix_version": 41}
LOST_AT = "2026-11-02T09:31:00Z"


def answer(body: Mapping[str, Any]) -> Answer:
    """Return a copy of the body as an answer."""
    return Answer(body=deepcopy(dict(body)))


class StandIns:
    """One method for each operation that the pages call."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def list_tasks(
        self, caller: Caller, *, status: str = "open", organisation: str | None = None, cursor: str | None = None, **_: Any
    ) -> Answer:
        items = {"open": list(self.stage.tasks.values()), "completed": self.stage.completed, "escalated": []}[status]
        items = [item for item in items if organisation in (None, item["document"]["seller"]["name"])]
        start = int(cursor or 0)
        following = str(start + PAGE) if len(items) > start + PAGE else None
        return answer({"items": items[start : start + PAGE], "next_cursor": following, "organisations": ["Acme", "Informatique"]})

    def count_tasks(self, caller: Caller) -> Answer:
        return answer({"open": len(self.stage.tasks), "completed": len(self.stage.completed), "escalated": 0})

    def find(self, task_id: str) -> dict[str, Any]:
        task = self.stage.tasks.get(task_id) or next((one for one in self.stage.completed if one["id"] == task_id), None)
        if task is None:
            raise NotFound(what="task", id=task_id)
        return task

    def read_task(self, caller: Caller, task_id: str) -> Answer:
        task = deepcopy(self.find(task_id))
        is_open = task["status"] == "open"
        verbs = ["approve", "reject", "delegate", "claim", "comment"] if is_open else ["comment"]
        more = {
            "document": self.stage.document(task["document"]["number"]),
            "lines": LINES if is_open else [line | {"mine": False} for line in LINES],
            "signing_route": ROUTE,
            "considered": CONSIDERED,
            "timeline": TIMELINE,
            "comments_list": self.stage.comments.get(task_id, []),
            "can": verbs,
            "reason_required": True,
            "delegates": [person("donald"), person("frank")],
            "process_instance": {"id": "i-1", "status": "active"},
        }
        return answer(more | task | {"document": more["document"]})

    def decide(self, caller: Caller, task_id: str, done: str, revision: int | None) -> Answer:
        task = self.find(task_id)
        winner = self.stage.lost_to
        if revision is not None and revision != task["revision"]:
            raise StaleRevision(what=f"task {task_id}", expected=revision, actual=task["revision"])
        self.stage.tasks.pop(task_id, None)
        outcome = {"status": "completed", "outcome": "approved" if winner else done, "decided_by": person(winner or caller.username)}
        self.stage.completed.insert(0, task | outcome | {"decided_at": LOST_AT if winner else "2026-11-02T08:00:00Z"})
        if winner:
            raise TaskAlreadyDecided(verb="decide", task=task_id, who=PEOPLE[winner], did="approved", at="10:31", decided_at=LOST_AT)
        return answer({"task": task})

    def approve_task(self, caller: Caller, task_id: str, *, revision: int | None = None, **_: Any) -> Answer:
        return self.decide(caller, task_id, "approved", revision)

    def reject_task(self, caller: Caller, task_id: str, *, reason: str | None = None, revision: int | None = None, **_: Any) -> Answer:
        if not reason:
            raise InvalidRequest("Say why; everybody on this document will read it.", errors={"reason": ["A rejection needs a reason."]})
        return self.decide(caller, task_id, "rejected", revision)

    def delegate_task(self, caller: Caller, task_id: str, *, to: str, revision: int | None = None, **_: Any) -> Answer:
        return self.decide(caller, task_id, "delegated", revision)

    def claim_task(self, caller: Caller, task_id: str, **_: Any) -> Answer:
        return answer({"task": self.find(task_id)})

    unclaim_task = claim_task

    def comment_task(self, caller: Caller, task_id: str, *, text: str, **_: Any) -> Answer:
        said = {"at": "2026-11-02T08:00:00Z", "actor": caller.username, "text": text, "kind": "comment"}
        self.stage.comments.setdefault(task_id, []).append(said)
        return answer({})

    def list_documents(self, caller: Caller, **_: Any) -> Answer:
        items = [self.stage.document(number) | {"seller": "Acme", "status": status} for number, status in DOCUMENTS]
        return answer({"items": items, "next_cursor": None})

    def read_document(self, caller: Caller, document_id: str) -> Answer:
        if not document_id.startswith("d-"):
            raise NotFound(what="document", id=document_id)
        return answer(self.stage.document(document_id[2:]))

    def read_timeline(self, caller: Caller, document_id: str) -> Answer:
        return answer({"items": TIMELINE})

    def read_original(self, caller: Caller, document_id: str) -> tuple[bytes, str, str]:
        return ORIGINAL, "application/xml", "A-2026-1187.xml"

    def confirm_not_duplicate(self, caller: Caller, document_id: str, **_: Any) -> Answer:
        return answer({})

    def code_lines(self, caller: Caller, document_id: str, *, lines: list[dict[str, Any]], **_: Any) -> Answer:
        wrong = [index for index, line in enumerate(lines) if line["cost_center"] == "NOWHERE"]
        if wrong:
            errors = {f"lines.{index}.cost_center": ["Cost center NOWHERE is unknown, blocked or only structural."] for index in wrong}
            raise InvalidRequest("The coding cannot be accepted.", errors=errors)
        return answer({})

    def list_instances(self, caller: Caller, **_: Any) -> Answer:
        done = {"id": "i-2", "status": "completed", "outcome": "Approved for payment", "active": []}
        return answer({"items": [self.stage.instance(), self.stage.instance() | done], "next_cursor": None})

    def read_instance(self, caller: Caller, instance_id: str) -> Answer:
        return answer(self.stage.instance())

    def list_elements(self, caller: Caller, instance_id: str) -> Answer:
        failed = [("EscalateSecondLine", "Escalate", "serviceTask", "failed", 1)] if self.stage.incidents else []
        at = "2026-10-30T13:20:00Z"
        items = [
            {"element": element, "name": name, "kind": kind, "state": state, "count": count, "started_at": at}
            | ({"ended_at": None, "with": [person("claire")]} if state == "active" else {"ended_at": at, "with": []})
            for element, name, kind, state, count in [*ELEMENTS, *failed]
        ]
        return answer({"items": items})

    def read_variables(self, caller: Caller, instance_id: str) -> Answer:
        return answer(VARIABLES)

    def suspend_instance(self, caller: Caller, instance_id: str, **_: Any) -> Answer:
        return answer({})

    resume_instance = cancel_instance = suspend_instance

    def retry_incident(self, caller: Caller, incident_id: str, **_: Any) -> Answer:
        self.stage.incidents.clear()
        self.stage.instance_status = "active"
        return answer({})

    resolve_incident = retry_incident

    def read_bpmn(self, caller: Caller, key: str, version: int) -> bytes:
        return BPMN.read_bytes()


def sign_in(_system: Any, username: str, password: str, **_: Any) -> Caller:
    """Return the caller when the password is right."""
    if username not in PEOPLE or password != PASSWORD:
        raise NotSignedIn
    return caller_of(username)


def load_caller(_system: Any, user_id: str) -> Caller:
    """Return the caller of a session."""
    username = user_id.removeprefix("u-")
    if username not in PEOPLE:
        raise NotSignedIn
    return caller_of(username)


def make_operations(stage: Stage) -> Operations:
    """Return stand-ins for all operations; each call is noted on the stage."""
    stand_ins = StandIns(stage)

    def noted(name: str) -> Any:
        def call(_system: Any, caller: Caller, *arguments: Any, **options: Any) -> Any:
            stage.calls.append((name, arguments, options))
            return getattr(stand_ins, name)(caller, *arguments, **options)

        return call

    names = [field.name for field in fields(Operations) if field.name not in ("sign_in", "load_caller")]
    return Operations(sign_in=sign_in, load_caller=load_caller, **{name: noted(name) for name in names})


def make_app(stage: Stage) -> Flask:
    """Return an application of the pages alone."""
    app = Flask("pages_under_test", static_folder=None)
    app.secret_key = "a secret of the tests"
    register_pages(app, SimpleNamespace(clock=lambda: NOW, demo=True), make_operations(stage))
    return app
