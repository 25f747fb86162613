"""What somebody may not see does not exist for him, whichever way he asks."""

import inspect

import pytest

from app.domain.errors import NotFound, NotPermitted
from app.operations.documents.code_lines import code_lines
from app.operations.documents.confirm_not_duplicate import confirm_not_duplicate
from app.operations.documents.list_documents import list_documents
from app.operations.documents.read_document import read_document
from app.operations.documents.read_original import read_original
from app.operations.documents.read_timeline import read_timeline
from app.operations.documents.set_document_status import set_document_status
from app.operations.instances.list_elements import list_elements
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.list_instances import list_instances
from app.operations.instances.read_instance import read_instance
from app.operations.instances.read_variables import read_variables
from app.operations.instances.retry_incident import retry_incident
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.matrix.resolve_matrix import resolve_matrix
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.unclaim_task import unclaim_task
from app.persistence.tables.people import user_role
from tests.operations.test_separation_of_duty import make_backup

DOCUMENT = [read_document, read_original, read_timeline]
INSTANCE = [read_instance, list_elements, read_variables]
TASK = [read_task, approve_task, reject_task, claim_task, unclaim_task, comment_task, delegate_task]
MORE = {"text": "Hello", "to": "ann", "lines": [], "status": "Paid"}
STRANGERS = ["carl", "kim", "pia"]


def call(office, name, operation, given_id):
    """Call an operation with what it needs beside the id."""
    needed = {key: MORE[key] for key in inspect.signature(operation).parameters if key in MORE and key != "status"}
    return operation(office.system, office.caller(name), given_id, **needed)


@pytest.mark.parametrize("name", STRANGERS)
def test_a_stranger_finds_nothing(office, name):
    """PAR-20: neither inside the environment nor from another."""
    document = office.send("invoice_sales_12000")
    instance = office.start(document)
    task = office.task("marc")

    for operations, given_id in ((DOCUMENT, document), (INSTANCE, instance["id"]), (TASK, task)):
        for operation in operations:
            with pytest.raises(NotFound):
                call(office, name, operation, given_id)
    assert list_documents(office.system, office.caller(name)).body["items"] == []
    assert list_instances(office.system, office.caller(name)).body["items"] == []


@pytest.mark.parametrize("given_id", ["", "x", "0190", "01a20202-ba18-7738-9281-94bc45c066bb", "' OR 1=1 --", "a\0b", "é" * 40])
def test_an_id_of_nothing_is_not_found_even_when_it_is_none(office, given_id):
    for operation in (*DOCUMENT, *INSTANCE, *TASK, suspend_instance, retry_incident):
        with pytest.raises(NotFound):
            call(office, "wfa", operation, given_id)
    with pytest.raises(NotFound):
        code_lines(office.system, office.caller("eva"), given_id, lines=[])
    with pytest.raises(NotFound):
        confirm_not_duplicate(office.system, office.caller("wfa"), given_id)
    with pytest.raises(NotFound):
        set_document_status(office.system, office.caller("erp"), given_id, status="Paid")
    with pytest.raises(NotFound):
        resolve_matrix(office.system, office.caller("wfa"), document_id=given_id)
    assert list_instances(office.system, office.caller("wfa"), document_id=given_id or "x").body["items"] == []


def test_an_administrator_of_another_environment_sees_nothing_here(office):
    """PAR-20."""
    document = office.send("invoice_unlinked_cost_center")
    instance = office.start(document)
    kim = office.caller("kim")
    with office.system.database.write() as work:
        roles = ("workflow_administrator", "matrix_administrator", "coding", "integrator", "analyst")
        work.insert(user_role, [{"user_id": kim.user_id, "role": role, "environment_id": kim.environment_id} for role in roles])
        work.commit()
    kim = office.caller("kim")
    (incident,) = office.instance(instance["id"])["incidents"]

    for operation, given_id in (
        *((each, document) for each in DOCUMENT),
        *((each, instance["id"]) for each in (*INSTANCE, suspend_instance)),
        (retry_incident, incident["id"]),
        *((each, office.task("wfa")) for each in TASK),
    ):
        with pytest.raises(NotFound):
            call(office, "kim", operation, given_id)
    with pytest.raises(NotFound):
        code_lines(office.system, kim, document, lines=[])
    with pytest.raises(NotFound):
        set_document_status(office.system, kim, document, status="Paid")
    for list_something in (list_documents, list_instances, list_incidents):
        assert list_something(office.system, kim).body["items"] == []


def test_whoever_was_asked_once_goes_on_seeing_the_document(office):
    """HND-04: the delegator keeps visibility."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    delegate_task(office.system, office.caller("marc"), office.task("marc"), to="carl")

    for name in ("marc", "carl", "erp", "wfa", "adm"):
        assert read_document(office.system, office.caller(name), document).body["id"] == document
    with pytest.raises(NotFound):
        read_document(office.system, office.caller("claire"), document)


def test_a_backup_sees_what_his_principal_sees_while_he_stands_in(office):
    """USR-25."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    make_backup(office, of="marc", backup="carl")

    assert read_document(office.system, office.caller("carl"), document).body["id"] == document


def test_what_a_page_offers_is_what_its_reader_may_do(office):
    office.send("invoice_sales_12000")
    held = office.send("invoice_sales_12000", **{"Keizersgracht 1": "Keizersgracht 2"})

    can = {name: read_document(office.system, office.caller(name), held).body["can"] for name in ("erp", "wfa")}

    assert can == {"erp": [], "wfa": ["confirm_not_duplicate"]}
    with pytest.raises(NotPermitted):
        confirm_not_duplicate(office.system, office.caller("erp"), held)
