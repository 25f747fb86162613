"""Whose authority an approval rests on is asked when it is given, not when the route was made."""

from datetime import date

import pytest
import sqlalchemy as sa

from app.domain.errors import DocumentChanged, MandateNotInForce, NotSignedIn
from app.operations.tasks.acting import content_mark
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.reject_task import reject_task
from app.persistence import documents
from app.persistence.tables.documents import document
from app.persistence.tables.matrix import mandate
from app.persistence.tables.people import environment
from tests.operations.test_incidents import set_active


def end_mandate(office, username, **values):
    """Change the mandate of somebody, as a new version of the matrix."""
    with office.system.database.write() as work:
        work.execute(sa.update(mandate).where(mandate.c.user_id == office.caller(username).user_id).values(**values))
        work.execute(sa.update(environment).values(matrix_version=environment.c.matrix_version + 1))
        work.commit()


@pytest.mark.parametrize("values", [{"ends_on": date(2026, 11, 1)}, {"starts_on": date(2026, 11, 3)}, {"status": "expired"}])
@pytest.mark.parametrize("act", [approve_task, reject_task])
def test_a_mandate_that_is_not_in_force_today_signs_nothing(office, act, values):
    """MXR-07."""
    office.begin("invoice_sales_12000")
    end_mandate(office, "marc", **values)
    note = {"reason": "No"} if act is reject_task else {}

    with pytest.raises(MandateNotInForce, match="Marc Anthony"):
        act(office.system, office.caller("marc"), office.task("marc"), **note)


def test_the_last_day_of_a_mandate_ends_at_midnight_in_amsterdam(office, clock):
    """MXR-07, ESC-06."""
    office.begin("invoice_sales_12000")
    end_mandate(office, "marc", ends_on=date(2026, 11, 2))
    task = office.task("marc")
    clock.advance(hours=15)

    with pytest.raises(MandateNotInForce):
        approve_task(office.system, office.caller("marc"), task)
    clock.advance(seconds=-2)
    approve_task(office.system, office.caller("marc"), task)


def test_a_delegate_signs_with_the_mandate_of_the_principal(office):
    """HND-04: it ends with his."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="ann")
    end_mandate(office, "marc", status="expired")

    with pytest.raises(MandateNotInForce, match="Marc Anthony"):
        approve_task(office.system, office.caller("ann"), task)


def test_nobody_signs_for_a_principal_who_has_left(office):
    """MXR-07."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="ann")
    set_active(office, "marc", active=False)

    with pytest.raises(MandateNotInForce):
        approve_task(office.system, office.caller("ann"), task)


def test_who_is_deactivated_between_sign_in_and_click_signs_nothing(office):
    """MXR-07: the authority version is read with the lock."""
    document_id = office.send("invoice_sales_12000")
    office.start(document_id)
    task, marc, erp = office.task("marc"), office.caller("marc"), office.caller("erp")
    for name in ("marc", "erp"):
        set_active(office, name, active=False)

    with pytest.raises(NotSignedIn):
        approve_task(office.system, marc, task)
    with pytest.raises(NotSignedIn):
        office_start(office, erp)


def office_start(office, caller):
    """Start a process as somebody who was a caller before."""
    from app.operations.instances.start_instance import start_instance

    return start_instance(office.system, caller, definition="expense_claim", document_id=None)


def test_a_document_coded_otherwise_than_shown_is_refused(office):
    """HND-01."""
    document_id = office.send("invoice_sales_12000")
    office.start(document_id)
    with office.system.database.read() as reading:
        shown = content_mark(documents.find_document(reading, 1, document_id))
    with office.system.database.write() as work:
        work.execute(sa.update(document).values(revision=document.c.revision + 1))
        work.commit()

    with pytest.raises(DocumentChanged):
        approve_task(office.system, office.caller("marc"), office.task("marc"), document_hash=shown)
