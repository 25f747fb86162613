"""Stand-ins for the operations: each reads or changes the stage, as the real one of its name would the database."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from flask import Flask

from app.domain.access_errors import PinWrong
from app.domain.errors import CountersignError, FilterNameInUse, InvalidRequest, NotFound, NotSignedIn, StaleRevision, TaskAlreadyDecided
from app.operations.answer import Answer, Caller
from app.web import register_pages
from app.web.ports import Operations
from tests.web.cast import BPMN, CONSIDERED, ELEMENTS, LINES, NOW, PEOPLE, ROUTE, TIMELINE, WHY_SHARES, Stage, caller_of, person

PAGE = 10  # of the inbox, so that a few tasks make two pages
LIMIT = 200
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
        self,
        caller: Caller,
        *,
        status: str = "open",
        organisation: str | None = None,
        q: str | None = None,
        limit: int = PAGE,
        cursor: str | None = None,
        **_: Any,
    ) -> Answer:
        items = {"open": list(self.stage.tasks.values()), "completed": self.stage.completed, "escalated": []}[status]
        items = [item for item in items if organisation in (None, item["document"]["seller"]["name"])]
        items = [item for item in items if (q or "").lower() in item["document"]["number"].lower()]
        start, size = int(cursor or 0), PAGE if limit < LIMIT else limit
        following = str(start + size) if len(items) > start + size else None
        return answer({"items": items[start : start + size], "next_cursor": following, "organisations": ["Acme", "Informatique"]})

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
        verbs = ["approve", "reject", "delegate", "claim", "comment", "hold", "ask", "add_approver"] if is_open else ["comment"]
        if is_open and task.get("hold"):
            verbs[verbs.index("hold")] = "release"
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
            "attachments": self.stage.attachments,
            "process_instance": {"id": "i-1", "status": "active", "revision": 77},
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

    def steer(self, caller: Caller, task_id: str, **given: Any) -> Answer:
        """Do what changes nothing that the pages of a stand-in show, or lose it."""
        task = self.find(task_id)
        if self.stage.refusal is not None:
            raise self.stage.refusal
        if self.stage.lost_to:
            return self.decide(caller, task_id, "approved", given.get("revision"))
        return answer({"task": task})

    ask_question = answer_question = withdraw_task = return_task = add_approver = change_task = reassign_task = steer

    def withdraw_question(self, caller: Caller, task_id: str, **_: Any) -> Answer:
        if self.stage.refusal is not None:
            raise self.stage.refusal
        return answer({})

    def hold_task(self, caller: Caller, task_id: str, *, until: Any = None, reason: str | None = None, **given: Any) -> Answer:
        done = self.steer(caller, task_id, **given)
        hold = {"at": "2026-11-02T08:00:00Z", "by": person(caller.username), "until": until and until.isoformat(), "reason": reason}
        self.stage.tasks[task_id] |= {"hold": hold, "paused_at": hold["at"]}
        return done

    def release_task(self, caller: Caller, task_id: str, **given: Any) -> Answer:
        done = self.steer(caller, task_id, **given)
        self.stage.tasks[task_id] |= {"hold": None, "paused_at": None}
        return done

    def act_in_bulk(
        self, caller: Caller, *, action: str, ids: list[str], arguments: Any, revisions: Any, describe: Any, request: Any
    ) -> Answer:
        """Decide each; those that the stage names are lost to Donald, and a wrong PIN stops all."""
        if arguments.get("pin") == "0000":
            refused = describe(PinWrong(tries_left=2))
            return answer({"results": [{"id": each, "status": refused["status"], "problem": refused} for each in ids], "totals": []})
        results: list[dict[str, Any]] = []
        totals: dict[str, Decimal] = {}
        for task_id in ids:
            self.stage.lost_to = "donald" if task_id in self.stage.lost_in_bulk else None
            total = self.find(task_id)["document"]["total"]
            try:
                self.decide(caller, task_id, {"approve": "approved", "reject": "rejected"}.get(action, action), revisions.get(task_id))
            except CountersignError as error:
                problem = describe(error)
                results.append({"id": task_id, "status": problem["status"], "problem": problem})
            else:
                results.append({"id": task_id, "status": 200})
                totals[total["currency"]] = totals.get(total["currency"], Decimal(0)) + Decimal(total["amount"])
        summed = [{"count": 1, "total": {"amount": f"{total:f}", "currency": currency}} for currency, total in sorted(totals.items())]
        return answer({"results": results, "totals": summed})

    def read_why(self, caller: Caller, task_id: str) -> Answer:
        return answer({"task_id": task_id, "is_mine": True, "matrix": {"version": 41, "resolved_on": "2026-10-28"}, "shares": WHY_SHARES})

    def read_why_not(self, caller: Caller, task_id: str) -> Answer:
        text = "Line 1: insufficient: limit 10,000.00 for EUR 300,000.00, which is EUR 290,000.00 too low."
        return answer({"task_id": task_id, "is_mine": False, "asked": [person("donald")], "reasons": [{"text": text}]})

    def read_due(self, caller: Caller, task_id: str) -> Answer:
        late = str(self.find(task_id)["due_at"]) < NOW.isoformat()
        return answer({"task_id": task_id, "working_minutes": -60 if late else 1440, "working_days": 0 if late else 3})

    def list_filters(self, caller: Caller) -> Answer:
        return answer({"items": self.stage.filters})

    def save_filter(self, caller: Caller, *, name: str, query: Mapping[str, Any], **_: Any) -> Answer:
        if any(each["name"] == name for each in self.stage.filters):
            raise FilterNameInUse(name=name)
        kept = {"for" if key == "whose" else key: value for key, value in query.items() if value is not None}
        saved = {"id": f"f-{len(self.stage.filters) + 1}", "name": name, "query": kept, "count": 6, "revision": 1, "position": 1}
        self.stage.filters.append(saved)
        return answer(saved)

    def change_filter(self, caller: Caller, filter_id: str, *, name: str, **_: Any) -> Answer:
        found = next((each for each in self.stage.filters if each["id"] == filter_id), None)
        if found is None:
            raise NotFound(what="saved filter", id=filter_id)
        found["name"] = name
        return answer(found)

    def delete_filter(self, caller: Caller, filter_id: str, **_: Any) -> Answer:
        self.stage.filters = [each for each in self.stage.filters if each["id"] != filter_id]
        return answer({})

    def list_colleagues(self, caller: Caller, **_: Any) -> Answer:
        return answer({"items": [person(username) for username in PEOPLE]})

    def list_groups(self, caller: Caller, **_: Any) -> Answer:
        return answer({"items": [{"key": "finance", "name": "Finance"}]})

    def attach_file(self, caller: Caller, task_id: str, *, content: bytes, name: str, **_: Any) -> Answer:
        added = {"id": "a-2", "name": name, "size": len(content), "is_embedded": False, "added_by": person(caller.username)}
        self.stage.attachments.append(added | {"added_at": "2026-11-02T08:00:00Z"})
        return answer(added)

    def list_attachments(self, caller: Caller, document_id: str) -> Answer:
        return answer({"items": self.stage.attachments})

    def read_attachment(self, caller: Caller, document_id: str, attachment_id: str) -> tuple[bytes, str, str]:
        return b"<script>alert(1)</script>", "text/html", "order.html"

    def create_task(self, caller: Caller, *, name: str, assignees: list[str], **_: Any) -> Answer:
        unknown = [number for number, each in enumerate(assignees) if each not in PEOPLE]
        if unknown:
            errors = {f"assignees.{number}": [f"There is no user {assignees[number]}."] for number in unknown}
            raise InvalidRequest("The task cannot be created.", errors=errors)
        return answer({"id": "60", "task": {"name": name, "assignments": [{"user": person(each)} for each in assignees]}})

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

    names = [field.name for field in fields(Operations) if field.name not in ("sign_in", "load_caller", "read_faces")]
    return Operations(
        sign_in=sign_in, load_caller=load_caller, read_faces=lambda *_: answer(stage.faces), **{name: noted(name) for name in names}
    )


def make_app(stage: Stage) -> Flask:
    """Return an application of the pages alone."""
    app = Flask("pages_under_test", static_folder=None)
    app.secret_key = "a secret of the tests"
    register_pages(app, SimpleNamespace(clock=lambda: NOW, demo=True), make_operations(stage))
    return app
