"""What cannot go on is parked, never lost, and goes on when the reason is gone."""

import pytest
import sqlalchemy as sa

from app.domain.errors import IncidentResolved, NotPermitted
from app.operations.instances.list_incidents import list_incidents
from app.operations.instances.resolve_incident import resolve_incident
from app.operations.instances.retry_incident import retry_incident
from app.persistence.tables.matrix import cost_center
from app.persistence.tables.people import environment


def link(office, child, parent):
    """Link a cost center into the chart, as a new version of the matrix."""
    with office.system.database.write() as work:
        work.execute(sa.update(cost_center).where(cost_center.c.key == child).values(parent=parent))
        work.execute(sa.update(environment).values(matrix_version=environment.c.matrix_version + 1))
        work.commit()


def only_incident(office):
    (incident,) = list_incidents(office.system, office.caller("adm"), status="open").body["items"]
    return incident


def test_an_unlinked_cost_center_parks_the_document_with_a_task_for_the_administrator(office):
    """MXR-09, COD-04, MXO-03."""
    instance = office.begin("invoice_unlinked_cost_center")

    incident = only_incident(office)

    assert instance["status"] == "incident"
    assert incident["code"] == "no_role_players_found"
    assert "NEW" in incident["detail"]
    for name in ("adm", "wfa"):
        (task,) = office.inbox(name)
        assert task["kind"] == "incident"
        assert task["why"] == incident["detail"]


def test_a_retry_goes_on_once_the_matrix_has_an_answer(office):
    """MXO-07."""
    instance = office.begin("invoice_unlinked_cost_center")
    link(office, "NEW", "SALES")

    answer = retry_incident(office.system, office.caller("adm"), only_incident(office)["id"])

    assert answer.body["process_instance"]["status"] == "active"
    assert office.instance(instance["id"])["route"]["steps"][0]["slots"][0]["role_player"]["username"] == "marc"
    assert [item["kind"] for item in office.inbox("adm")] == []
    assert len(office.inbox("marc")) == 1


def test_a_retry_that_fails_again_is_a_new_incident(office):
    office.begin("invoice_unlinked_cost_center")
    first = only_incident(office)

    retry_incident(office.system, office.caller("adm"), first["id"])

    second = only_incident(office)
    assert second["id"] != first["id"]
    with pytest.raises(IncidentResolved):
        retry_incident(office.system, office.caller("adm"), first["id"])


def test_approvers_do_not_deal_with_incidents(office):
    office.begin("invoice_unlinked_cost_center")

    with pytest.raises(NotPermitted):
        resolve_incident(office.system, office.caller("marc"), only_incident(office)["id"])
    with pytest.raises(NotPermitted):
        list_incidents(office.system, office.caller("marc"))
