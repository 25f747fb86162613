"""Short verbs for the tests of who leaves or hands over, and otto with his work."""

import sqlalchemy as sa

from app.operations.instances.start_instance import start_instance
from app.operations.matrix.drafts.activate_draft import activate_draft
from app.operations.matrix.drafts.read_draft import read_draft
from app.operations.matrix.editing.create_mandate import create_mandate
from app.operations.matrix.editing.list_mandates import list_mandates
from app.operations.people.activate_user import activate_user
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.transfer_user import transfer_user
from app.persistence import people, users
from app.persistence.tables.tasks import assignment
from tests.http.people import invoice
from tests.operations.diagrams import chain, deploy, user_task


def user_id(office, username):
    """Return the id of a user, active or not."""
    with office.system.database.read() as reading:
        (row,) = people.find_users(reading, username=username, environment=1)
    return row.id


def deactivate(office, username, successor, by="adm", **more):
    """Deactivate a user and return the answer's body."""
    return deactivate_user(office.system, office.caller(by), user_id(office, username), successor=successor, **more).body


def transfer(office, username, to, by="adm", **more):
    """Hand over a user's work and return the answer's body."""
    return transfer_user(office.system, office.caller(by), user_id(office, username), to=to, **more).body


def mandates(office, username):
    """Return status, rule and origin of each mandate of a user."""
    items = list_mandates(office.system, office.caller("wfa"), user=username).body["items"]
    return [(each["status"], each["rule"], each["copied_from"]) for each in items]


def give_mandate(office, username, cost_center, rule="DL", steps=("first_line",)):
    """Give somebody a mandate, by the draft of one administrator that another activates."""
    line = {"steps": list(steps), "cost_center": cost_center}
    facts = {"user": username, "approval_type": "PI", "rule": rule, "responsible": "frank", "financial": [line]}
    made = create_mandate(office.system, office.caller("wfa"), **facts).body
    revision = read_draft(office.system, office.caller("adm"), made["draft"]).body["revision"]
    activate_draft(office.system, office.caller("adm"), made["draft"], revision=revision)


def begin(office, cost_center, amount="700.00", **facts):
    """Send an invoice for a cost center and start its process instance."""
    return office.start(office.send_bytes(invoice(amount, accounting_cost=cost_center, **facts)))


def put_otto_to_work(office):
    """Return the office with otto at work: he may sign for SUP-N, codes, and has five tasks, two of them approvals."""
    activate_user(office.system, office.caller("adm"), user_id(office, "otto"))
    with office.system.database.write() as work:
        users.add_roles(work, 1, user_id(office, "otto"), ["coding"])
        people.raise_authority_version(work, 1)
        work.commit()
    give_mandate(office, "otto", "SUP-N-1")
    deploy(office, chain("errand", user_task("Ask", assignees='["otto"]')))
    for _ in range(3):
        start_instance(office.system, office.caller("erp"), definition="errand", document_id=None)
    for _ in range(2):
        begin(office, "SUP-N-1")
    assert len(office.inbox("otto")) == 5
    office.tick()
    return office


def open_shares(office, username):
    """Return how many open shares a user has himself."""
    with office.system.database.read() as reading:
        found = sa.select(assignment.c.id).where(assignment.c.user_id == user_id(office, username), assignment.c.status == "open")
        return len(reading.rows(found))
