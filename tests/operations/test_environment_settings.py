"""The settings of an environment: what there is, what each takes, and that a change counts at once everywhere."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.domain.environment_settings import SETTINGS, SHOW_PHONE_NUMBER, Setting, values_in_force
from app.domain.errors import InvalidRequest, NotPermitted
from app.operations.answer import CallerOutdated, RequestKey
from app.operations.environment_settings import settings_of
from app.operations.settings.change_settings import change_settings
from app.operations.settings.read_settings import read_settings
from app.operations.turn import read_environment
from app.persistence.tables.journal import audit_event
from tests.http.people import Api

HOPS = "Tasks.Delegation.HopsMax"


def change(office, by="adm", request=None, **values):
    """Change settings, `.` of their keys written as `__`, and return their values."""
    given = [{"key": key.replace("__", "."), "value": value} for key, value in values.items()]
    items = change_settings(office.system, office.caller(by), settings=given, request=request).body["items"]
    return {each["key"]: each["value"] for each in items}


def in_force(office, environment_id=1):
    """Return what operations see."""
    with office.system.database.read() as reading:
        return settings_of(office.system, reading, read_environment(reading, environment_id))


def test_nothing_is_set_at_first():
    assert values_in_force({}) == {key: setting.default for key, setting in SETTINGS.items()}
    assert values_in_force({"Gone.Long.Ago": 1}) == values_in_force({})
    assert all(setting.fault(setting.default) is None and setting.description for setting in SETTINGS.values())


def test_a_change_counts_at_once_and_in_this_environment_alone(office):
    """USR-16."""
    assert in_force(office)[SHOW_PHONE_NUMBER] is False

    assert change(office, Users__RolePlayersSummary__ShowPhoneNumber=True, Tasks__Delegation__HopsMax=3)[HOPS] == 3

    assert (in_force(office)[SHOW_PHONE_NUMBER], in_force(office)[HOPS]) == (True, 3)
    assert in_force(office, 2)[HOPS] == 10
    listed = {each["key"]: each for each in read_settings(office.system, office.caller("adm")).body["items"]}
    assert (listed[HOPS]["value"], listed[HOPS]["default"], listed[HOPS]["most"]) == (3, 10, 100)


def test_the_same_value_again_is_no_change(office):
    change(office, Tasks__Delegation__HopsMax=3)
    change(office, Tasks__Delegation__HopsMax=3)

    with office.system.database.read() as reading:
        told = reading.rows(sa.select(audit_event.c.facts).where(audit_event.c.kind == "settings_changed"))
    assert [row.facts for row in told] == [{"before": {HOPS: 10}, "after": {HOPS: 3}}]


def test_a_request_sent_twice_is_done_once(office):
    key = RequestKey(key="k", route="PATCH /settings", digest="d")

    assert change(office, request=key, Tasks__Delegation__HopsMax=3) == change(office, request=key, Tasks__Delegation__HopsMax=3)


def test_only_an_administrator_changes_settings(office):
    for name in ("marc", "wfa", "max", "pia"):
        with pytest.raises(NotPermitted):
            change(office, by=name, Tasks__Delegation__HopsMax=3)
        with pytest.raises(NotPermitted):
            read_settings(office.system, office.caller(name))


def test_who_is_no_administrator_any_more_is_out(office):
    stale = replace(office.caller("adm"), authority_version=0)
    with pytest.raises(CallerOutdated):
        change_settings(office.system, stale, settings=[{"key": HOPS, "value": 4}])


BAD_VALUES = [
    (HOPS, 0),
    (HOPS, 101),
    (HOPS, True),
    (HOPS, "3"),
    (SHOW_PHONE_NUMBER, 1),
    ("Documents.SecurityLevel.Invoice", 30),
    ("Users.Nothing", 1),
    ("x" * 64, 1),
]


def test_a_value_that_a_setting_does_not_take_changes_nothing(office):
    for key, value in BAD_VALUES:
        given = [{"key": "Users.NotifyNewTask.Default", "value": True}, {"key": key, "value": value}]
        with pytest.raises(InvalidRequest) as refusal:
            change_settings(office.system, office.caller("adm"), settings=given)
        assert next(iter(refusal.value.facts["errors"])).startswith("settings[1]."), (key, value)
    assert in_force(office) == values_in_force({})


def test_texts_are_one_of_their_choices():
    setting = Setting(key="A", default="x", description="", choices=("x", "y"))

    assert [setting.fault(value) for value in ("y", "z", 1)] == [None, "Expected one of: x, y.", "Expected text."]


def test_hostile_values_over_http(app, client):
    api = Api(app=app, client=client)
    for value in ("x" * 10_000, 1.5, None, [], {}, 10**30):
        answer = api.call("PATCH", "/settings", "adm", json={"settings": [{"key": HOPS, "value": value}]})
        assert answer.status_code == 422, value
    for settings in ([], [{"key": HOPS}], [{"key": HOPS, "value": 3}] * 2, [{"key": HOPS, "value": 3}] * 101):
        assert api.call("PATCH", "/settings", "adm", json={"settings": settings}).status_code == 422
    assert api.call("PATCH", "/settings", "adm", json={"settings": [{"key": HOPS, "value": 4}]}).status_code == 200
