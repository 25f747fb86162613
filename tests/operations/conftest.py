"""Short verbs for the tests of operations: send, start, inbox, approve."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.operations.answer import Caller
from app.operations.documents.read_document import read_document
from app.operations.documents.read_timeline import read_timeline
from app.operations.documents.receive_document import receive_document
from app.operations.instances.read_instance import read_instance
from app.operations.instances.start_instance import start_instance
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.do_due_work import do_due_work
from app.operations.system import System
from app.operations.tasks.list_tasks import list_tasks

SAMPLES = Path(__file__).parents[1] / "data" / "ubl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """The system with its people at their desks."""

    system: System
    caller: Callable[[str], Caller]

    def send(self, name: str, *, as_user: str = "erp", **replaced: str) -> str:
        """Send a sample invoice, with texts replaced, and return the document's id."""
        text = (SAMPLES / f"{name}.xml").read_text()
        for old, new in replaced.items():
            assert old in text, f"{old} does not occur in {name}"
            text = text.replace(old, new)
        return self.send_bytes(text.encode(), as_user=as_user)

    def send_bytes(self, content: bytes, *, as_user: str = "erp") -> str:
        """Send a UBL document and return its id."""
        answer = receive_document(self.system, self.caller(as_user), content=content, media_type="application/xml")
        return str(answer.body["id"])

    def start(self, document_id: str, *, definition: str = "purchase_invoice", **more: Any) -> dict[str, Any]:
        """Start a process instance for a document."""
        return start_instance(self.system, self.caller("erp"), definition=definition, document_id=document_id, **more).body

    def begin(self, name: str, **replaced: str) -> dict[str, Any]:
        """Send a sample invoice and start its process instance."""
        return self.start(self.send(name, **replaced))

    def inbox(self, username: str, **filters: Any) -> list[dict[str, Any]]:
        """Return the first page of somebody's inbox."""
        items: list[dict[str, Any]] = list_tasks(self.system, self.caller(username), **filters).body["items"]
        return items

    def task(self, username: str) -> str:
        """Return the id of somebody's only open task."""
        (item,) = self.inbox(username)
        return str(item["id"])

    def instance(self, instance_id: str) -> dict[str, Any]:
        """Return a process instance as an administrator sees it."""
        return read_instance(self.system, self.caller("adm"), instance_id).body

    def document(self, document_id: str) -> dict[str, Any]:
        """Return a document as an administrator sees it."""
        return read_document(self.system, self.caller("adm"), document_id).body

    def timeline(self, document_id: str) -> list[dict[str, Any]]:
        """Return a document's timeline."""
        items: list[dict[str, Any]] = read_timeline(self.system, self.caller("adm"), document_id).body["items"]
        return items

    def tick(self) -> int:
        """Do all work that is due, as ticker and worker would, and return how much it was."""
        done = 0
        while due := claim_due(self.system):
            for work in due:
                done += do_due_work(self.system, work)
        return done


@pytest.fixture
def office(system: System, caller: Callable[[str], Caller]) -> Office:
    """Give the office."""
    return Office(system=system, caller=caller)
