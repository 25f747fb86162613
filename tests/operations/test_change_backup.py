"""The backup of a user: permanent, and switched on or off."""

import pytest

from app.domain.errors import GrantRefused, InvalidRequest, NotFound, NotPermitted
from app.domain.leaving_errors import StandInRefused
from app.operations.absences.change_backup import change_backup, read_backup
from app.operations.answer import RequestKey
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.count_tasks import count_tasks
from tests.http.people import Api


def set_backup(office, username, by=None, **changes):
    """Change somebody's backup and return the answer's body."""
    of_another = {"user_id": office.caller(username).user_id} if by else {}
    return change_backup(office.system, office.caller(by or username), changes=changes, **of_another).body


def test_an_active_backup_sees_counts_and_approves_on_behalf(office):
    """ESC-05, USR-25, USR-26, TSK-04: both may act."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    set_backup(office, "marc", backup="ann")
    assert office.inbox("ann") == []

    assert set_backup(office, "marc", active=True) == {"backup": {"username": "ann", "full_name": "Ann"}, "active": True}

    assert count_tasks(office.system, office.caller("ann")).body["open"] == 1
    approve_task(office.system, office.caller("ann"), office.task("ann"))
    (approval,) = [item for item in office.timeline(document) if item["kind"] == "task_approved"]
    assert (approval["actor"], approval["on_behalf_of"]) == ("ann", "marc")


def test_both_go_on_seeing_what_was_done_on_whose_behalf(office):
    """ESC-05: the backup also when he is switched off again."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    set_backup(office, "marc", backup="ann", active=True)
    task = office.task("ann")
    approve_task(office.system, office.caller("ann"), task)

    for is_on in (True, False):
        set_backup(office, "marc", active=is_on)
        (of_ann,), (of_marc,) = office.inbox("ann", status="completed"), office.inbox("marc", status="completed")
        assert (of_ann["on_behalf_of"]["username"], of_ann["decided_by"]["username"]) == ("marc", "ann")
        assert of_marc["stand_in"]["username"] == "ann"


def test_clearing_the_backup_switches_him_off(office):
    """USR-26."""
    set_backup(office, "marc", backup="ann", active=True)

    assert set_backup(office, "marc", backup=None) == {"backup": None, "active": False}
    assert set_backup(office, "marc", backup="carl") == {"backup": {"username": "carl", "full_name": "Carl"}, "active": False}


def test_nobody_is_switched_on_without_a_backup(office):
    """USR-26: active only available when backup filled."""
    for changes in ({"active": True}, {"backup": None, "active": True}):
        with pytest.raises(InvalidRequest):
            set_backup(office, "marc", **changes)

    assert read_backup(office.system, office.caller("marc")).body == {"backup": None, "active": False}


def test_another_backup_of_an_active_one_stays_switched_on(office):
    set_backup(office, "marc", backup="ann", active=True)

    assert set_backup(office, "marc", backup="carl")["active"] is True
    assert set_backup(office, "marc", backup="carl")["active"] is True


@pytest.mark.parametrize(
    ("backup", "error"),
    [("nobody", InvalidRequest), ("marc", InvalidRequest), ("pia", StandInRefused), ("otto", StandInRefused), ("erp", StandInRefused)],
)
def test_only_an_active_full_colleague_is_a_backup(office, backup, error):
    with pytest.raises(error):
        set_backup(office, "marc", backup=backup)


def test_administrators_keep_the_backups_of_others_but_take_nobodys_place(office):
    """USR-25."""
    assert set_backup(office, "marc", by="adm", backup="ann", active=True)["active"] is True
    with pytest.raises(GrantRefused):
        set_backup(office, "marc", by="adm", backup="adm")
    with pytest.raises(NotPermitted):
        set_backup(office, "marc", by="claire", backup="ann")
    for verb in (read_backup, change_backup):
        more = {"changes": {}} if verb is change_backup else {}
        with pytest.raises(NotPermitted):
            verb(office.system, office.caller("claire"), user_id=office.caller("marc").user_id, **more)
        with pytest.raises(NotFound):
            verb(office.system, office.caller("adm"), user_id=office.caller("kim").user_id, **more)


def test_a_request_sent_twice_is_answered_twice(office):
    key = RequestKey(key="k", route="PATCH /profile/backup", digest="a")

    answers = [change_backup(office.system, office.caller("marc"), changes={"backup": "ann"}, request=key) for _ in range(2)]

    assert answers[0] == answers[1]


def test_hostile_bodies_are_refused(app, client):
    api = Api(app=app, client=client)

    for body in ({"backup": 1}, {"backup": ""}, {"active": "yes"}, {"active": None}, {"x": 1}, {"backup": "\x00"}, []):
        assert api.call("PATCH", "/profile/backup", "marc", json=body).status_code == 422
    for body in (
        {},
        {"stand_in": "ann", "starts_on": "2026-11-31", "ends_on": "2026-12-01"},
        {"stand_in": "ann", "starts_on": "2026-11-03", "ends_on": "2026-11-02"},
        {"stand_in": "ann", "starts_on": "2026-11-03", "ends_on": "2026-11-04", "note": "x" * 1_000_000},
        {"stand_in": "ann", "starts_on": "2026-11-03", "ends_on": "2026-11-04", "amount_max": 5},
        {"stand_in": "ann", "starts_on": "2026-11-03", "ends_on": "2026-11-04", "processes": ["x"] * 51},
    ):
        assert api.post("/profile/absences", "marc", json=body).status_code == 422
    bad_days = api.post("/profile/absences", "marc", json={"stand_in": "ann", "starts_on": "2026-11-03", "ends_on": "2026-11-02"})
    assert bad_days.json["type"] == "/api/problems/bad_date_range"
    for path in ("deactivate", "transfer", "activate"):
        assert api.post(f"/users/x/{path}", "adm", json={}).status_code in (404, 422)
