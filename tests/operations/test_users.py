"""Users with all their fields: searched, created and changed by who keeps them, and by nobody who would get more that way."""

import itertools
from dataclasses import replace

import pytest
import sqlalchemy as sa

from app.domain.errors import EmailInUse, GrantRefused, InvalidRequest, NotFound, NotPermitted, StaleRevision, UsernameInUse, UserProtected
from app.operations.answer import CallerOutdated, RequestKey
from app.operations.people.change_profile import change_profile
from app.operations.people.change_user import change_user
from app.operations.people.create_user import create_user
from app.operations.people.give_role import give_role
from app.operations.people.list_companies import list_companies
from app.operations.people.list_roles import list_roles
from app.operations.people.list_users import list_colleagues, list_users
from app.operations.people.read_profile import read_profile
from app.operations.people.read_user import read_user
from app.operations.settings.change_settings import change_settings
from app.operations.turn import directory_of, read_environment
from app.persistence.tables.journal import audit_event
from app.persistence.tables.people import company, user
from tests.http.people import Api

EVERYTHING = {
    "first_name": "Bo",
    "middle_name": "van",
    "last_name": "Dam",
    "title": "Dr.",
    "initials": "B.",
    "gender": "female",
    "email": "bo@example.com",
    "phone": "+31 20 123 4567",
    "company": "NL01",
    "cost_center": "SALES",
    "organisation": "Acme",
    "external_code": "E-7",
    "function": "Buyer",
    "function_description": "Buys paper\nand pens",
    "internal_note": "Works on Mondays",
    "manager": "claire",
    "login_type": ["username", "email"],
    "language": "nl",
    "security_level": 40,
    "access_level": "companies",
    "notify_new_task": True,
}


def search(office, by="adm", **wanted):
    """Return the user names that a search finds."""
    return [each["username"] for each in list_users(office.system, office.caller(by), **wanted).body["items"]]


def create(office, username="bo", by="adm", **given):
    """Create a user and return the answer's body."""
    return create_user(office.system, office.caller(by), username=username, **({"last_name": "Dam"} | given)).body


def change(office, username, by="adm", **given):
    """Change a user and return the answer's body."""
    return change_user(office.system, office.caller(by), id_of(office, username), **given).body


def id_of(office, username):
    """Return the id of a user, active or not."""
    with office.system.database.read() as reading:
        row = reading.row(sa.select(user.c.id).where(user.c.username == username))
    return row.id


def told(office, kind):
    """Return the facts of every entry of a kind on the audit chain of the environment."""
    with office.system.database.read() as reading:
        return [row.facts for row in reading.rows(sa.select(audit_event).where(audit_event.c.kind == kind))]


def test_a_new_user_has_all_fields_and_is_not_active_yet(office):
    """USR-13, USR-15, USR-17, USR-19, USR-20, USR-22, USR-23, USR-24."""
    links = {"companies": ["NL01"], "cost_centers": [{"company": None, "cost_center": "SUP"}]}
    body = create(office, "Bo.Dam", roles=["coding"], kind="portal", access=links, **EVERYTHING)

    stored = read_user(office.system, office.caller("adm"), body["id"]).body
    assert {name: stored[name] for name in EVERYTHING} == EVERYTHING
    assert (stored["username"], stored["full_name"], stored["kind"], stored["active"]) == ("bo.dam", "Bo van Dam", "portal", False)
    assert (stored["roles"], stored["access"], stored["revision"]) == (["coding"], links, 1)
    assert told(office, "user_created")[0]["user"] == "bo.dam"


def test_what_is_left_out_has_its_default(office):
    """USR-23, TSK-03: no level and no mail unless the environment says so."""
    body = create(office)
    assert (body["security_level"], body["access_level"], body["notify_new_task"], body["kind"]) == (0, "cost_centers", False, "full")

    change_settings(office.system, office.caller("adm"), settings=[{"key": "Users.NotifyNewTask.Default", "value": True}])
    assert create(office, "cy")["notify_new_task"] is True


def test_the_language_is_the_companys_until_the_user_has_one(office):
    """USR-24."""
    with office.system.database.write() as work:
        work.execute(sa.update(company).where(company.c.key == "NL01").values(language="nl"))
        work.commit()

    assert read_profile(office.system, office.caller("ann")).body["language_in_force"] == "nl"
    body = change_profile(office.system, office.caller("ann"), language="de").body
    assert (body["language"], body["language_in_force"]) == ("de", "de")
    with office.system.database.read() as reading:
        directory = directory_of(office.system, reading, read_environment(reading, 1))
    assert (directory.find("ann").language, directory.find("marc").language, directory.find("pia").language) == ("de", "nl", "en")


def test_a_name_in_use_is_refused_in_whatever_case(office):
    """USR-19: duplicate 409."""
    for name in ("marc", "MARC", " Marc "):
        with pytest.raises(UsernameInUse, match="marc"):
            create(office, name)


def test_two_users_never_sign_in_with_one_address(office):
    """USR-18."""
    create(office, email="BO@example.com", login_type=["email"])

    with pytest.raises(EmailInUse, match="bo signs in"):
        create(office, "cy", email="bo@EXAMPLE.com", login_type=["username", "email"])
    assert create(office, "cy", email="bo@example.com", login_type=["username"])["messages"] == []
    with pytest.raises(EmailInUse):
        change(office, "cy", login_type=["email"])


def test_no_login_type_is_told_and_no_error(office):
    """USR-18: empty -> informational message at save."""
    assert "directory" in create(office, login_type=[])["messages"][0]
    assert "has none" in create(office, "cy", login_type=["email"])["messages"][0]
    assert change(office, "ann", login_type=[])["messages"] != []
    assert change(office, "ann", login_type=["username"])["messages"] == []


BAD_FIELDS = [
    ("first_name", "Ann\u202e"),
    ("last_name", "x" * 10_000),
    ("last_name", "\u0301"),
    ("full_name", "\u200b"),
    ("email", "ann"),
    ("email", "a@b.nl\nBcc: all@example.com"),
    ("phone", "call me"),
    ("phone", "+31 20 123 4567'; --"),
    ("gender", "x"),
    ("company", "XX99"),
    ("cost_center", "NOPE"),
    ("organisation", "Nobody"),
    ("manager", "nobody"),
    ("manager", "ann"),
    ("security_level", 30),
    ("access_level", "everything"),
    ("language", "english"),
    ("internal_note", "x" * 4001),
    ("access", {"companies": ["XX99"], "cost_centers": []}),
    ("access", {"companies": [], "cost_centers": [{"company": "NL01", "cost_center": "NOPE"}]}),
]


def test_a_bad_field_is_named_and_changes_nothing(office):
    """USR-15..24: hostile names, 10,000 characters, what does not exist."""
    before = read_user(office.system, office.caller("adm"), id_of(office, "ann")).body

    for field, value in BAD_FIELDS:
        with pytest.raises(InvalidRequest) as refusal:
            change(office, "ann", **{field: value})
        assert next(iter(refusal.value.facts["errors"])).startswith(field), (field, value)
    assert read_user(office.system, office.caller("adm"), before["id"]).body == before


def test_all_faults_are_named_at_once(office):
    with pytest.raises(InvalidRequest) as refusal:
        create(office, last_name=None, company="XX", email="x", phone="?")

    assert set(refusal.value.facts["errors"]) == {"last_name", "company", "email", "phone"}


def test_a_cost_center_needs_its_company(office):
    """USR-17."""
    with pytest.raises(InvalidRequest, match="company too"):
        change(office, "pia", cost_center="SALES")
    assert change(office, "pia", cost_center="SALES", company="NL01")["cost_center"] == "SALES"
    with pytest.raises(InvalidRequest, match="company too"):
        change(office, "pia", company=None)


def test_a_change_is_a_revision_told_without_what_is_private(office):
    """USR-33: twice; the second time nothing changes."""
    body = change(office, "ann", phone="020 123", internal_note="Often ill", function="Boss", security_level=40)
    again = change(office, "ann", phone="020 123", security_level=40)

    assert (body["revision"], again["revision"]) == (2, 2)
    (facts,) = told(office, "user_changed")
    assert (facts["before"], facts["after"]) == (
        {"function": "Department leader SUP", "security_level": 20},
        {"function": "Boss", "security_level": 40},
    )
    assert {"phone", "internal_note"} <= set(facts["fields"])
    assert "ill" not in str(facts)


def test_who_saw_an_older_revision_is_told(office):
    change(office, "ann", title="Dr.")
    with pytest.raises(StaleRevision):
        change(office, "ann", title="Prof.", revision=1)
    assert change(office, "ann", title="Prof.", revision=2)["title"] == "Prof."
    with pytest.raises(StaleRevision):
        change_profile(office.system, office.caller("ann"), phone="1", revision=2)


def test_a_request_sent_twice_makes_one_user(office):
    key = RequestKey(key="k", route="POST /users", digest="d")

    assert create(office, request=key) == create(office, request=key)


def test_a_caller_of_yesterday_is_asked_for_again(office):
    stale = replace(office.caller("adm"), authority_version=0)
    for run in (
        lambda: create_user(office.system, stale, username="x", last_name="X"),
        lambda: change_user(office.system, stale, id_of(office, "ann"), title="x"),
        lambda: change_profile(office.system, stale, phone="1"),
    ):
        with pytest.raises(CallerOutdated):
            run()


def test_nobody_else_keeps_users(office):
    ann = id_of(office, "ann")
    runs = (
        lambda name: search(office, by=name),
        lambda name: create(office, by=name),
        lambda name: change(office, "ann", by=name, title="x"),
        lambda name: read_user(office.system, office.caller(name), ann),
        lambda name: list_roles(office.system, office.caller(name)),
    )
    for run, name in itertools.product(runs, ("marc", "wfa", "max", "eva", "pia", "erp")):
        with pytest.raises(NotPermitted):
            run(name)


def test_nobody_keeps_the_users_of_another_environment(office):
    for run in (
        lambda: change(office, "ann", by="kim", title="x"),
        lambda: read_user(office.system, office.caller("kim"), id_of(office, "ann")),
    ):
        with pytest.raises(NotFound):
            run()
    assert search(office, by="kim", kind=["full", "portal", "none"]) == ["kim"]
    assert list_companies(office.system, office.caller("kim")).body["items"] == []


def manager(office):
    """Make ann an application manager of level 20 who is nothing else."""
    give_role(office.system, office.caller("adm"), id_of(office, "ann"), role="application_manager", apply_to_running=False)


def test_an_application_manager_gives_nothing_that_he_has_not(office):
    """USR-23, USR-29: no way to more rights than one has."""
    manager(office)

    for given in ({"security_level": 40}, {"roles": ["administrator"]}, {"roles": ["consultant"]}, {"roles": ["application_manager"]}):
        with pytest.raises(GrantRefused):
            create(office, "new", by="ann", **given)
    for given in (
        {"security_level": 0},
        {"access_level": "unlimited"},
        {"kind": "none"},
        {"access": {"companies": [], "cost_centers": []}},
    ):
        with pytest.raises(GrantRefused):
            change(office, "ann", by="ann", **given)
    with pytest.raises(GrantRefused, match="your own is 20"):
        change(office, "marc", by="ann", security_level=90)
    assert create(office, "new", by="ann", security_level=20, roles=["coding"])["roles"] == ["coding"]
    assert change(office, "marc", by="ann", security_level=0)["security_level"] == 0
    assert change(office, "ann", by="ann", security_level=20, phone="1")["phone"] == "1"


def test_an_application_manager_gets_no_hold_of_the_account_of_who_may_more(office):
    """USR-29: whoever sets somebody's e-mail address gets his next password."""
    manager(office)

    for name in ("adm", "max"):
        with pytest.raises(UserProtected, match="administrator may change this user"):
            change(office, name, by="ann", email="ann@example.com")


def test_everybody_changes_of_himself_what_is_his(office):
    """USR-15, TSK-03."""
    body = change_profile(office.system, office.caller("pia"), phone="020 1", notify_new_task=True).body

    assert (body["phone"], body["notify_new_task"], body["revision"]) == ("020 1", True, 2)
    assert "internal_note" not in body
    assert told(office, "profile_changed") == [{"user": "pia", "fields": ["phone", "notify_new_task"]}]
    with pytest.raises(InvalidRequest):
        change_profile(office.system, office.caller("pia"), phone="x")


def test_the_search_begins_with_active_full_and_portal_users(office):
    """USR-07, USR-08, USR-11: Clear -> Type={full,portal}, Active={active}."""
    found = list_users(office.system, office.caller("adm")).body

    names = [each["full_name"] for each in found["items"]]
    assert found["defaults"] == {"kind": ["full", "portal"], "active": ["active"], "company": None}
    assert names == sorted(names)
    assert {"pia", "marc"} <= set(search(office))
    assert not {"erp", "otto", "kim"} & set(search(office))
    assert search(office, kind=["none"]) == ["erp"]
    assert search(office, active=["inactive"]) == ["otto"]
    assert "otto" in search(office, active=["active", "inactive"])


def test_the_only_company_is_prefilled(office):
    """USR-05."""
    with office.system.database.write() as work:
        work.execute(sa.delete(company).where(company.c.key != "NL01"))
        work.commit()

    assert list_users(office.system, office.caller("adm")).body["defaults"]["company"] == "NL01"


SEARCHES = [
    ({"name": "anth"}, ["marc"]),
    ({"name": "ÁNTHONY"}, ["marc"]),
    ({"name": "example"}, []),
    ({"username": "ar"}, ["carl", "marc"]),
    ({"username": "anthony"}, []),
    ({"email": "RC@exam"}, ["marc"]),
    ({"role": "coding"}, ["eva"]),
    ({"role": "nothing"}, []),
    ({"company": "NL01", "function": "department leader s"}, ["ann", "marc"]),
    ({"name": "%"}, []),
    ({"name": "_"}, []),
    ({"username": "\\"}, []),
    ({"name": "' OR 1=1 --"}, []),
    ({"company": "DE01"}, []),
]


def test_each_filter_of_the_search(office):
    """USR-01, USR-02, USR-03, USR-04, USR-05, USR-09, USR-10."""
    for wanted, found in SEARCHES:
        assert sorted(search(office, **wanted)) == found, wanted


def test_a_user_nobody_saved_since_is_found_all_the_same(office):
    """USR-01: of an older database."""
    with office.system.database.write() as work:
        work.execute(sa.update(user).where(user.c.username == "marc").values(folded=None))
        work.commit()

    assert search(office, name="ANTH") == search(office, username="mar") == search(office, email="marc@") == ["marc"]


def test_a_cost_center_is_searched_with_its_company_and_within_ones_access(office):
    """USR-06."""
    with pytest.raises(InvalidRequest, match="choose the company"):
        search(office, cost_center="SALES")
    with pytest.raises(InvalidRequest, match="user access"):
        search(office, company="NL01", cost_center="SALES")
    for access_level, access in (
        ("cost_centers", {"companies": [], "cost_centers": [{"company": None, "cost_center": "SALES"}]}),
        ("companies", {"companies": ["NL01"], "cost_centers": []}),
        ("unlimited", {"companies": [], "cost_centers": []}),
    ):
        change(office, "adm", access_level=access_level, access=access)
        assert search(office, company="NL01", cost_center="SALES") == ["marc"]
    change(office, "adm", access_level="companies")
    with pytest.raises(InvalidRequest, match="user access"):
        search(office, company="DE01", cost_center="SALES")


@pytest.mark.parametrize("sort", ["name", "-name", "username", "-username"])
def test_pages_are_the_whole_list_in_its_order(office, sort):
    """USR-10: keyset pages, also where several have one name."""
    for number in range(7):
        create(office, f"dup{number}", full_name="Same Name", last_name=None)
    everybody = {"kind": ["full", "portal", "none"], "active": ["active", "inactive"], "sort": sort}
    whole = search(office, limit=200, **everybody)

    paged, cursor = [], None
    for _ in range(20):
        answer = list_users(office.system, office.caller("adm"), limit=3, cursor=cursor, **everybody).body
        paged += [each["username"] for each in answer["items"]]
        cursor = answer["next_cursor"]
        if cursor is None:
            break
    assert paged == whole
    assert len(set(whole)) == len(whole) == 21
    with pytest.raises(InvalidRequest, match="cursor"):
        list_users(office.system, office.caller("adm"), sort="username" if sort != "username" else "name", cursor=_cursor(office, sort))


def _cursor(office, sort):
    return list_users(office.system, office.caller("adm"), limit=1, sort=sort).body["next_cursor"]


def test_colleagues_are_those_who_can_act_and_no_more_than_their_names(office):
    """HND-04: the short directory."""
    found = list_colleagues(office.system, office.caller("marc"), q="AN").body["items"]

    assert [each["username"] for each in found] == ["ann", "adm", "frank", "marc"]
    assert set(found[0]) == {"username", "full_name", "avatar"}
    everybody = {each["username"] for each in list_colleagues(office.system, office.caller("marc"), limit=200).body["items"]}
    assert not everybody & {"pia", "otto", "erp", "kim"}
    first = list_colleagues(office.system, office.caller("marc"), limit=4).body
    second = list_colleagues(office.system, office.caller("marc"), limit=4, cursor=first["next_cursor"]).body
    assert first["items"] != second["items"]
    with pytest.raises(NotPermitted):
        list_colleagues(office.system, office.caller("pia"))


def test_the_roles_say_what_they_are_for_and_who_holds_them(office):
    """USR-29."""
    found = {each["role"]: each for each in list_roles(office.system, office.caller("adm")).body["items"]}

    assert (found["coding"]["users"], found["analyst"]["users"], found["matrix_administrator"]["users"]) == (1, 1, 2)
    assert all(each["description"] and each["can_give"] for each in found.values())


def test_users_over_http(app, client, office):
    """USR-01..11, USR-13, USR-18: hostile searches and bodies are 422, never a fault of ours."""
    api = Api(app=app, client=client)
    created = api.post("/users", "adm", json={"username": "Zoë", "first_name": "Zoë", "last_name": "Dam", "login_type": []})
    assert (created.status_code, created.json["username"], len(created.json["messages"])) == (201, "zoë", 1)
    assert api.post("/users", "adm", json={"username": "zoë", "last_name": "x"}).status_code == 409
    assert api.get("/users?name=zoe&active=inactive,active&kind=full", "adm").json["items"][0]["full_name"] == "Zoë Dam"
    assert api.get("/users?assignable=true&q=marc", "carl").json["items"][0]["username"] == "marc"

    for query in (
        "kind=all",
        "kind=",
        "active=yes",
        "cost_center=X",
        "sort=email",
        "limit=0",
        "cursor=x",
        "name=",
        "x=1",
        "assignable=maybe",
    ):
        assert api.get(f"/users?{query}", "adm").status_code == 422, query
    for body in ({}, {"username": "x"}, {"username": "x", "last_name": "x" * 10_000}, {"username": "x", "last_name": "y", "active": True}):
        assert api.post("/users", "adm", json=body).status_code == 422, body
    path = f"/users/{created.json['id']}"
    assert api.call("PATCH", path, "adm", json={"title": "Dr."}, headers={"If-Match": '"9"'}).status_code == 412
    assert api.call("PATCH", path, "adm", json={"username": "other"}).status_code == 422
    assert api.get("/users/00000000-0000-0000-0000-000000000000", "adm").status_code == 404
