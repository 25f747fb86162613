"""Random partnerships and delegations: a guest never sees a row of another environment that was not delegated to him."""

import random

import pytest

from app.domain.errors import CountersignError, NotFound, PartnershipEnded
from app.operations.documents.list_documents import list_documents
from app.operations.documents.read_document import read_document
from app.operations.documents.read_original import read_original
from app.operations.documents.read_status_history import read_status_history
from app.operations.documents.read_timeline import read_timeline
from app.operations.instances.list_instances import list_instances
from app.operations.instances.read_instance import read_instance
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.return_task import return_task
from tests.operations.partner_people import begin_partnership, end_partnership, hire

STEPS = 24
INVOICES = 3
GUESTS = ("kim", "kay")
PARTNERS_DO = ("delegate", "delegate", "delegate", "hand_on", "return", "comment", "approve", "partnership", "tick")
OTHERS_TRY = ("partnership", "partnership", "delegate", "comment", "tick")
READ = (read_document, read_original, read_timeline, read_status_history)


class World:
    """What the model knows: who was handed which task, and whether the partnership is active."""

    def __init__(self, office, seed):
        self.office, self.random = office, random.Random(seed)
        self.active = True
        self.ever = {name: set() for name in GUESTS}
        self.transactions = []
        hire(office, "kay")
        for number in range(INVOICES):
            document = office.send("invoice_sales_12000", **{"A-2026-1201": f"R-{seed}-{number}"})
            instance = office.start(document)["id"]
            (task,) = [item["id"] for item in office.inbox("marc") if item["process_instance_id"] == instance]
            self.transactions.append((document, instance, task))

    def step(self):
        """Do something at random; refusals change nothing."""
        verb = self.random.choice(PARTNERS_DO if self.active else OTHERS_TRY)
        document, _, task = self.random.choice(self.transactions)
        guest = self.random.choice(GUESTS)
        office = self.office
        if verb == "tick":
            office.tick()
        elif verb == "partnership":
            (end_partnership if self.active else begin_partnership)(office)
            self.active = not self.active
        else:
            try:
                self.act(verb, task, guest)
            except CountersignError:
                return
            if verb in ("delegate", "hand_on"):
                self.ever[guest].add(document)

    def act(self, verb, task, guest):
        """Act as somebody who may or may not."""
        office = self.office
        other = GUESTS[1 - GUESTS.index(guest)]
        match verb:
            case "delegate":
                delegate_task(office.system, office.caller("marc"), task, to=f"{guest}@ACC")
            case "hand_on":
                delegate_task(office.system, office.caller(other), task, to=guest)
            case "return":
                return_task(office.system, office.caller(guest), task)
            case "comment":
                comment_task(office.system, office.caller(guest), task, text="Hello")
            case "approve":
                approve_task(office.system, office.caller(guest), task)

    def check(self):
        """Ask for everything as each guest: only what was handed to him is there, and nothing while there is no partnership."""
        for guest in GUESTS:
            seen = self.ever[guest] if self.active else set()
            office, caller = self.office, self.office.caller(guest)
            shown = {row["document"]["id"] for status in ("open", "completed", "escalated") for row in office.inbox(guest, status=status)}
            assert shown <= seen, f"{guest} is shown what was not delegated to him"
            counts = count_tasks(office.system, caller).body
            assert sum(counts[name] for name in ("open", "completed", "escalated")) <= 2 * len(seen)
            assert list_documents(office.system, caller).body["items"] == list_instances(office.system, caller).body["items"] == []
            for document, instance, task in self.transactions:
                for operation, given in (*((each, document) for each in READ), (read_task, task)):
                    self.check_one(operation, caller, given, is_seen=document in seen, was_his=document in self.ever[guest])
                with pytest.raises(NotFound):
                    read_instance(office.system, caller, instance)

    def check_one(self, operation, caller, given, *, is_seen, was_his):
        """Check that an object is there, is closed, or does not exist."""
        if is_seen:
            operation(self.office.system, caller, given)
            return
        with pytest.raises(PartnershipEnded if was_his else NotFound):
            operation(self.office.system, caller, given)


@pytest.mark.parametrize("seed", range(2))
def test_a_guest_never_sees_what_was_not_delegated_to_him(office, seed):
    """PAR-20, PAR-10, HND-05."""
    world = World(office, seed)

    for number in range(STEPS):
        world.step()
        if number % 4 == 3:
            world.check()

    assert any(world.ever.values()), "the run did delegate something"
