"""Mails about a new status: to the owner, to the supplier's contact, to whom the process or the environment names."""

import pytest
import sqlalchemy as sa

from app.domain.environment_settings import STATUS_MAIL_RECEIVERS
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.people.change_profile import change_profile
from app.operations.settings.change_settings import change_settings
from app.operations.tasks.approve_task import approve_task
from app.persistence import people
from app.persistence.tables.journal import mail_log
from tests.formats.dmn_builder import write_decision, write_dmn, write_literal
from tests.operations.conftest import SAMPLES
from tests.operations.diagrams import chain, deploy, user_task

CONTACT = "billing@acme.example"
SELLER = "</cac:PartyLegalEntity>"
RULE = write_dmn(write_decision("Told", write_literal('{outcome: "reject", notify: ["owner", "supplier_contact"]}')), key="told")
JUDGE = """<bpmn:businessRuleTask id="Judge" name="Judge"><bpmn:extensionElements>
<spiffworkflow:calledDecisionId>told</spiffworkflow:calledDecisionId>
<spiffworkflow:properties><spiffworkflow:property name="result_variable" value="triage" /></spiffworkflow:properties>
</bpmn:extensionElements></bpmn:businessRuleTask>"""


def diagram(*elements, notify=None, name="Rejected"):
    """Return a process that ends at an end event with the property `notify`."""
    plain, rows = chain("told", *elements, end=name), f"<spiffworkflow:property name='notify' value='{notify}' />"
    extension = f"<bpmn:extensionElements><spiffworkflow:properties>{rows}</spiffworkflow:properties></bpmn:extensionElements>"
    full = f'<bpmn:endEvent id="End" name="{name}">{extension}</bpmn:endEvent>'
    return plain if notify is None else plain.replace(f'<bpmn:endEvent id="End" name="{name}" />'.encode(), full.encode())


def begin(office, content, contact=CONTACT, **files):
    """Deploy the process, send an invoice whose seller names an address, and start it; return the document's id."""
    deploy_definition(office.system, office.caller("adm"), {"told.bpmn": content, **files})
    there = f"{SELLER}<cac:Contact><cbc:ElectronicMail>{contact}</cbc:ElectronicMail></cac:Contact>" if contact else SELLER
    document = office.send_bytes((SAMPLES / "invoice_energy_480.xml").read_text().replace(SELLER, there, 1).encode())
    office.start(document, definition="told")
    office.tick()
    return document


def logged(office):
    """Return address, template and result of every mail in the system's log."""
    with office.system.database.read() as reading:
        return sorted((row.address, row.template, row.result) for row in reading.rows(sa.select(mail_log)))


def told(office, document, kind="status_mailed"):
    return [each["text"] for each in office.timeline(document) if each["kind"] == kind]


def test_a_rule_names_the_owner_and_the_supplier_contact(office, mails):
    """HND-09, BT-43."""
    document = begin(office, diagram(JUDGE, notify="triage.notify"), **{"told.dmn": RULE})

    assert logged(office) == [(CONTACT, "status_contact", "sent"), ("erp@example.com", "status", "sent")]
    assert told(office, document) == [f"Mails about Rejected: ERP, {CONTACT}."]
    of_contact, of_owner = sorted(mails, key=lambda mail: mail["To"])
    assert of_contact["Subject"].startswith("Rejected: Stroom en Gas E-2026-10"), of_contact["Subject"]
    assert "/documents/" in of_owner.get_body(("plain",)).get_content()
    assert "http" not in of_contact.as_string().replace("http-equiv", ""), "somebody without an account gets no link"


def test_approval_and_payment_are_told_as_well(office, mails):
    """HND-09, AUT-10."""
    begin(office, diagram(notify='["marc"]', name="Approved for payment"))

    assert [(mail["To"], mail["Subject"].split(":")[0]) for mail in mails] == [("marc@example.com", "Approved for payment")]


def test_each_step_is_told_where_it_says_so(office, mails):
    """HND-09: at each step."""
    document = begin(office, diagram(user_task("Look", assignees='["marc"]', notify='["role:coding"]'), notify='["owner"]'))
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    office.tick()

    assert sorted((mail["To"], mail["Subject"].split(", ")[0]) for mail in mails) == [
        ("erp@example.com", "Rejected: Stroom en Gas E-2026-10"),
        ("eva@example.com", "Look: approved: Stroom en Gas E-2026-10"),
    ]
    assert told(office, document) == ["Mails about Look: Eva.", "Mails about Rejected: ERP."]


def test_the_environment_says_it_where_the_process_does_not(office):
    """HND-09."""
    value = {"key": STATUS_MAIL_RECEIVERS, "value": "supplier_contact"}
    change_settings(office.system, office.caller("adm"), settings=[value])
    begin(office, diagram())

    assert logged(office) == [(CONTACT, "status_contact", "sent")]


def test_a_process_that_names_nobody_tells_nobody(office):
    value = {"key": STATUS_MAIL_RECEIVERS, "value": "owner supplier_contact"}
    change_settings(office.system, office.caller("adm"), settings=[value])
    begin(office, diagram(notify="[]"))

    assert logged(office) == []


def test_whoever_does_not_want_mails_about_a_status_gets_none(office):
    change_profile(office.system, office.caller("marc"), notify_status=False)
    begin(office, diagram(notify='["marc", "claire", "nobody", "otto"]'))

    assert [address for address, _, _ in logged(office)] == ["claire@example.com"]


@pytest.mark.parametrize("contact", [None, "not an address", "a@b.example&#10;Bcc: c@d.example", "x@y.example, z@y.example"])
def test_a_supplier_without_an_address_is_told_in_the_timeline(office, contact):
    document = begin(office, diagram(notify='["supplier_contact"]'), contact=contact)

    assert logged(office) == []
    assert told(office, document) == ["Mails about Rejected: nobody. Without an address: supplier_contact."]


@pytest.mark.parametrize(
    ("notify", "said"), [("document.total", "no list of names"), ("for i in 1..51 return string(i + document.total)", "more than 50")]
)
def test_a_list_that_cannot_be_read_stops_no_process(office, notify, said):
    document = begin(office, diagram(user_task("Look", assignees='["marc"]', notify=notify)))
    approve_task(office.system, office.caller("marc"), office.task("marc"))

    (text,) = told(office, document, "mail_not_sent")
    assert said in text
    assert office.document(document)["status"] == "Rejected"


def test_two_who_share_an_address_get_one_mail(office):
    with office.system.database.write() as work:
        people.update_user(work, office.caller("ann").user_id, email="erp@example.com")
        people.raise_authority_version(work, 1)
        work.commit()

    begin(office, diagram(notify='["owner", "ann", "owner"]'))

    assert len(logged(office)) == 1


def test_an_owner_who_has_left_is_told_nothing(office):
    deploy(office, chain("one", user_task("Look", assignees='["marc"]', notify='["owner"]')))
    office.start(office.send("invoice_sales_12000"), definition="one")
    with office.system.database.write() as work:
        people.update_user(work, office.caller("erp").user_id, active=False)
        people.raise_authority_version(work, 1)
        work.commit()

    approve_task(office.system, office.caller("marc"), office.task("marc"))
    office.tick()

    assert logged(office) == []
