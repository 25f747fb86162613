"""What programs begin lets go first what people sit and wait for."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from app.operations.documents.receive_document import receive_document
from app.operations.instances.start_instance import start_instance
from app.operations.tasks.approve_task import approve_task
from app.persistence.turnstile import Rank
from tests.operations.conftest import SAMPLES
from tests.persistence.test_line import WAIT_SECONDS, await_that


def test_an_approval_goes_before_documents_and_instances_that_came_earlier(office, monkeypatch):
    system, entered = office.system, []
    office.begin("invoice_sales_12000")
    document, task, erp, marc = office.send("invoice_energy_480"), office.task("marc"), office.caller("erp"), office.caller("marc")
    content = (SAMPLES / "invoice_two_branches.xml").read_bytes()
    line = system.database._turnstile._line
    line._patience_seconds = WAIT_SECONDS
    begun = {
        "document": (Rank.UNHURRIED, partial(receive_document, system, erp, content=content, media_type="application/xml")),
        "instance": (Rank.UNHURRIED, partial(start_instance, system, erp, definition="purchase_invoice", document_id=document)),
        "approval": (Rank.AWAITED, partial(approve_task, system, marc, task)),
    }
    enter = line.enter

    def enter_and_note(rank):
        visit = enter(rank)
        entered.append(rank)
        return visit

    with ThreadPoolExecutor(max_workers=len(begun)) as threads:
        with system.database.read():
            monkeypatch.setattr(line, "enter", enter_and_note)
            waiting = []
            for rank, do in begun.values():
                before = len(line._lines[rank])
                waiting.append(threads.submit(do))
                await_that(lambda rank=rank, before=before: len(line._lines[rank]) == before + 1)
        for done in waiting:
            done.result(WAIT_SECONDS)

    assert entered[0] is Rank.AWAITED
