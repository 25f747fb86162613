"""People at their desks: each sends HTTP requests, and sends them again until they are answered."""

import http.client
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tests.acceptance.books import let_leases_run_out
from tests.acceptance.tree import Tree, await_value
from tests.formats.ubl_builder import Line, build_ubl

XML = "application/xml"
REQUEST_SECONDS_MAX = 60.0
HELD_SECONDS_MAX = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: dict[str, Any]

    @property
    def problem(self) -> str:
        """The code of the problem, empty when it is none."""
        return str(self.body.get("type", "")).rpartition("/")[2] if self.status >= 400 else ""


@dataclass(frozen=True, kw_only=True)
class Office:
    """The people of fixture FX in front of one process tree."""

    tree: Tree
    database: sa.Engine
    unanswered: list[str] = field(default_factory=list)

    def ask(
        self,
        username: str,
        method: str,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        *,
        key: str | None = None,
        media_type: str = "application/json",
    ) -> Answer:
        """Send one request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.tree.port, timeout=REQUEST_SECONDS_MAX)
        try:
            return ask_on(connection, username, method, path, body, key=key, media_type=media_type)
        finally:
            connection.close()

    def insist(self, username: str, method: str, path: str, body: bytes | dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
        """Send a request until it is answered with success, as a careful client does: always with the same Idempotency-Key.

        A lost connection, a server that is not there and 503 are tried again. So is "still running"; when that lasts, the process of
        the first request has died, and the client waits for the end of its lease, which the test brings about at once.
        """
        more.setdefault("key", None if method == "GET" else uuid.uuid4().hex)
        held_since = 0.0

        def look() -> dict[str, Any] | None:
            nonlocal held_since
            try:
                answer = self.ask(username, method, path, body, **more)
            except (OSError, http.client.HTTPException):
                self.unanswered.append(path)
                return None
            if answer.problem == "idempotency_key_in_progress":
                held_since = held_since or time.monotonic()
                if time.monotonic() - held_since > HELD_SECONDS_MAX:
                    let_leases_run_out(self.database)
                return None
            if answer.status == 503:
                return None
            assert answer.status in {200, 201}, f"{method} {path}: {answer}"
            return answer.body

        return await_value(look, f"{method} {path}")

    def begin(self, number: str) -> dict[str, Any]:
        """Send an invoice over 12000 for SALES, which Marc and then Claire sign, and return its new instance."""
        invoice = build_ubl(number=number, lines=[Line(amount="12000.00", accounting_cost="SALES")])
        document = self.insist("erp", "POST", "/documents", invoice, media_type=XML, key=f"document-{number}")
        started = {"definition": "purchase_invoice", "document_id": document["id"]}
        return self.insist("erp", "POST", "/process-instances", started, key=f"instance-{number}")

    def start(self, definition: str) -> str:
        """Start an instance without a document and return its id."""
        return str(self.insist("erp", "POST", "/process-instances", {"definition": definition})["id"])

    def deploy(self, name: str, content: bytes) -> None:
        """Deploy a process definition."""
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}.bpmn"\r\nContent-Type: application/xml\r\n\r\n'
        body = head.encode() + content + b"\r\n--x--\r\n"
        self.insist("adm", "POST", "/process-definitions", body, media_type="multipart/form-data; boundary=x")

    def task(self, username: str, instance_id: str) -> str:
        """Return the id of somebody's open task in an instance, once it is there."""

        def look() -> str | None:
            items = self.insist(username, "GET", "/tasks?limit=200")["items"]
            return next((item["id"] for item in items if item["process_instance_id"] == instance_id), None)

        return await_value(look, f"a task of {username}")


def ask_on(
    connection: http.client.HTTPConnection,
    username: str,
    method: str,
    path: str,
    body: bytes | dict[str, Any] | None = None,
    *,
    key: str | None = None,
    media_type: str = "application/json",
) -> Answer:
    """Send one request on a connection."""
    headers = {"Authorization": f"Bearer demo-{username}"}
    if body is not None:
        headers["Content-Type"] = media_type
    if key is not None:
        headers["Idempotency-Key"] = key
    connection.request(method, f"/api/v1{path}", json.dumps(body) if isinstance(body, dict) else body, headers)
    response = connection.getresponse()
    return Answer(status=response.status, body=json.loads(response.read()))
