"""What a user sees besides what he is involved in: his security level, his links to companies and cost centers, his roles."""

import itertools
import random

import orjson
import pytest
import sqlalchemy as sa

from app.domain.environment_settings import kinds_within, values_in_force
from app.domain.errors import NotFound
from app.operations.documents.code_lines import code_lines
from app.operations.documents.list_documents import list_documents
from app.operations.documents.read_document import read_document
from app.operations.documents.read_timeline import read_timeline
from app.operations.documents.receive_document import receive_document
from app.operations.instances.list_instances import list_instances
from app.operations.instances.read_instance import read_instance
from app.operations.people.change_user import change_user
from app.operations.people.give_role import give_role
from app.operations.settings.change_settings import change_settings
from app.operations.tasks.add_approver import add_approver
from app.operations.tasks.change_task import change_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.reassign_task import reassign_task
from app.persistence.tables.people import user, user_role

NOTHING = {"companies": [], "cost_centers": []}


def link(*centers, companies=()):
    """Return links to cost centers, written as SALES or NL01/SALES, and to companies."""
    split = [center.rpartition("/") for center in centers]
    return {"companies": [*companies], "cost_centers": [{"company": key or None, "cost_center": center} for key, _, center in split]}


def let_see(office, username, *, level=20, access_level="cost_centers", access=None):
    """Set what somebody may see."""
    given = {"security_level": level, "access_level": access_level, "access": access or NOTHING}
    change_user(office.system, office.caller("adm"), office.caller(username).user_id, **given)


def send(office, kind="other", *, number="X-1", company="NL01", centers=("SALES",), as_user="erp"):
    """Send a document and return its id."""
    lines = [{"amount": "30.00", "cost_center": center, "description": "Something", "type": "travel"} for center in centers]
    content = orjson.dumps(
        {"kind": kind, "number": number, "issued_on": "2026-11-01", "currency": "EUR", "company": company, "lines": lines}
    )
    return receive_document(office.system, office.caller(as_user), content=content, media_type="application/json").body["id"]


def sees(office, username, document_id):
    """Return whether somebody sees a document, by reading it; the list must say the same."""
    try:
        read_document(office.system, office.caller(username), document_id)
    except NotFound:
        found = False
    else:
        found = True
    assert (document_id in listed(office, username)) is found
    return found


def listed(office, username, operation=list_documents, limit=200):
    """Return the ids of a list."""
    return [each["id"] for each in operation(office.system, office.caller(username), limit=limit).body["items"]]


def test_a_user_of_level_20_sees_invoices_and_no_expense_claims_unless_involved(office):
    """USR-23."""
    let_see(office, "carl", level=20, access_level="unlimited")
    invoice, claim = office.send("invoice_sales_12000"), send(office, "expense_claim")

    assert (sees(office, "carl", invoice), sees(office, "carl", claim)) == (True, False)
    with pytest.raises(NotFound):
        read_timeline(office.system, office.caller("carl"), claim)
    own = send(office, "expense_claim", number="X-2", as_user="carl")
    assert sees(office, "carl", own)
    let_see(office, "carl", level=40, access_level="unlimited")
    assert sees(office, "carl", claim)
    let_see(office, "carl", level=0, access_level="unlimited")
    assert (sees(office, "carl", invoice), sees(office, "carl", own)) == (False, True)


@pytest.mark.parametrize("is_involved", [False, True])
@pytest.mark.parametrize(
    ("access_level", "access", "seen"),
    [
        ("cost_centers", NOTHING, []),
        ("cost_centers", link("SALES"), ["NL01/SALES", "UK01/SALES", "NL01/both"]),
        ("cost_centers", link("NL01/SALES"), ["NL01/SALES", "NL01/both"]),
        ("cost_centers", link(companies=["NL01"]), []),
        ("companies", NOTHING, []),
        ("companies", link(companies=["NL01"]), ["NL01/SALES", "NL01/CON", "NL01/both", "NL01/none"]),
        ("companies", link("SALES", "CON"), []),
        ("companies", link("SALES", companies=["UK01"]), ["UK01/SALES"]),
        ("unlimited", NOTHING, ["NL01/SALES", "NL01/CON", "NL01/both", "NL01/none", "UK01/SALES"]),
    ],
)
def test_three_levels_of_access_by_involvement(office, access_level, access, seen, is_involved):
    """USR-28: matrix of 3 levels x involvement."""
    let_see(office, "carl", access_level=access_level, access=access)
    sent = {
        "NL01/SALES": send(office, number="1"),
        "NL01/CON": send(office, number="2", centers=["CON"], as_user="carl" if is_involved else "erp"),
        "NL01/both": send(office, number="3", centers=["CON", "SALES"]),
        "NL01/none": send(office, number="4", centers=[None]),
        "UK01/SALES": send(office, number="5", company="UK01"),
    }

    expected = {*seen, *(["NL01/CON"] if is_involved else [])}
    assert {name for name, document_id in sent.items() if sees(office, "carl", document_id)} == expected


def test_another_coding_shows_it_to_others(office):
    """USR-28, COD-02."""
    let_see(office, "carl", access=link("CON"))
    document = office.send("invoice_without_cost_center")
    assert not sees(office, "carl", document)
    office.start(document)

    lines = [{"id": line["id"], "cost_center": "CON"} for line in office.document(document)["lines"]]
    code_lines(office.system, office.caller("eva"), document, lines=lines)
    assert sees(office, "carl", document)
    code_lines(office.system, office.caller("eva"), document, lines=[line | {"cost_center": "SUP"} for line in lines])
    assert not sees(office, "carl", document)


def test_an_instance_is_seen_with_its_document(office):
    """USR-28."""
    let_see(office, "carl", access=link("SALES"))
    instance = office.begin("invoice_sales_12000")

    assert read_instance(office.system, office.caller("carl"), instance["id"]).body["id"] == instance["id"]
    assert listed(office, "carl", list_instances) == [instance["id"]]
    let_see(office, "carl", access=link("CON"))
    with pytest.raises(NotFound):
        read_instance(office.system, office.caller("carl"), instance["id"])
    assert listed(office, "carl", list_instances) == []


def test_a_role_that_sees_all_sees_up_to_its_level(office):
    """USR-23: of an instance without a document it sees everything."""
    let_see(office, "wfa", level=20)
    invoice, claim = office.send("invoice_sales_12000"), send(office, "expense_claim")
    assert (sees(office, "wfa", invoice), sees(office, "wfa", claim)) == (True, False)
    let_see(office, "wfa", level=40)
    assert sees(office, "wfa", claim)


def test_the_level_of_a_kind_is_a_setting(office):
    """USR-23."""
    let_see(office, "carl", level=20, access_level="unlimited")
    invoice, claim = office.send("invoice_sales_12000"), send(office, "expense_claim")
    settings = [
        {"key": "Documents.SecurityLevel.Invoice", "value": 90},
        {"key": "Documents.SecurityLevel.ExpenseClaim", "value": 0},
    ]
    change_settings(office.system, office.caller("adm"), settings=settings)

    assert (sees(office, "carl", invoice), sees(office, "carl", claim)) == (False, True)
    assert kinds_within(100, values_in_force({})) == {"invoice", "credit_note", "order", "expense_claim", "other"}
    assert kinds_within(0, values_in_force({})) == set()


def test_links_of_another_environment_show_nothing(office):
    """PAR-20, USR-28."""
    document = office.send("invoice_sales_12000")
    kim = office.caller("kim")
    change_user(office.system, kim, kim.user_id, access_level="unlimited")

    assert not sees(office, "kim", document)


def test_who_was_there_before_there_were_levels_sees_what_he_saw(office):
    """USR-23: the columns' own defaults, of a database of before."""
    defaults = {name: user.c[name].server_default.arg for name in ("security_level", "access_level", "login_type", "revision")}
    assert defaults == {"security_level": "100", "access_level": "cost_centers", "login_type": "username", "revision": "1"}


CENTERS = ("SALES", "CON", "SUP", None)
COMPANIES = ("NL01", "DE01", "UK01")
KINDS = {"order": 20, "expense_claim": 40, "other": 20}


@pytest.mark.parametrize("seed", range(3))
def test_random_grants_show_in_lists_what_they_show_one_by_one(office, seed):
    """DESIGN 15, USR-23, USR-28: the list of the API == a filter written anew, on random grants; page by page too."""
    chance = random.Random(seed)
    names = ("carl", "ann", "pia")
    documents = {}
    for number in range(24):
        kind, company = chance.choice([*KINDS]), chance.choice(COMPANIES)
        centers = chance.choices(CENTERS, k=chance.randint(1, 3))
        sender = chance.choice(("erp", "erp", *names))
        documents[send(office, kind, number=f"R-{number}", company=company, centers=centers, as_user=sender)] = (
            kind,
            company,
            centers,
            sender,
        )

    for name in names:
        level, access_level = chance.choice((0, 20, 40, 90)), chance.choice(("cost_centers", "companies", "unlimited"))
        companies = chance.sample(COMPANIES, k=chance.randint(0, 2))
        pairs = [*itertools.product((None, *COMPANIES), CENTERS[:3])]
        centers = chance.sample(pairs, k=chance.randint(0, 4))
        access = {"companies": companies, "cost_centers": [{"company": key, "cost_center": center} for key, center in centers]}
        let_see(office, name, level=level, access_level=access_level, access=access)
        expected = {
            document_id
            for document_id, (kind, company, of_lines, sender) in documents.items()
            if sender == name
            or (
                level >= KINDS[kind]
                and (
                    access_level == "unlimited"
                    or (access_level == "companies" and company in companies)
                    or (access_level == "cost_centers" and any(key in (None, company) and center in of_lines for key, center in centers))
                )
            )
        }
        assert {document_id for document_id in documents if sees(office, name, document_id)} == expected
        assert pages(office, name) == sorted(expected, reverse=True)


def pages(office, username):
    """Return the ids of all pages of the documents that somebody sees."""
    found, cursor = [], None
    for _ in range(50):
        body = list_documents(office.system, office.caller(username), limit=5, cursor=cursor).body
        found += [each["id"] for each in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            return found
    raise AssertionError("a list has an end")


def test_the_phone_of_a_role_player_is_shown_where_the_environment_wants_it(office):
    """USR-16: setting off -> phone absent from the role players."""
    instance = office.begin("invoice_sales_12000")

    def players():
        route = read_instance(office.system, office.caller("marc"), instance["id"]).body["route"]
        return [slot["role_player"] for step in route["steps"] for slot in step["slots"]]

    assert all("phone" not in each for each in players())
    settings = [{"key": "Users.RolePlayersSummary.ShowPhoneNumber", "value": True}]
    change_settings(office.system, office.caller("adm"), settings=settings)
    assert players()[0] == {"username": "marc", "full_name": "Marc Anthony", "phone": "+31 20 555 01 11"}


def test_a_role_that_sees_all_is_seen_at_once(office):
    """USR-28."""
    document = office.send("invoice_sales_12000")
    assert not sees(office, "carl", document)
    give_role(office.system, office.caller("adm"), office.caller("carl").user_id, role="workflow_administrator")

    assert sees(office, "carl", document)
    with office.system.database.write() as work:
        work.execute(sa.delete(user_role).where(user_role.c.user_id == office.caller("carl").user_id))
        work.commit()
    assert not sees(office, "carl", document)


@pytest.mark.parametrize(
    "verb",
    [
        lambda office, wfa, task: reassign_task(office.system, wfa, task, to="ann", reason="On leave"),
        lambda office, wfa, task: add_approver(office.system, wfa, task, user="ann"),
        lambda office, wfa, task: hold_task(office.system, wfa, task),
        lambda office, wfa, task: change_task(office.system, wfa, task, changes={"priority": 90}),
    ],
    ids=["reassign", "add_approver", "hold", "change"],
)
def test_who_steers_tasks_finds_none_above_his_level(office, verb):
    """USR-23: what he may not see does not exist for him, whatever he wants to do with it."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    let_see(office, "wfa", level=0)

    with pytest.raises(NotFound):
        verb(office, office.caller("wfa"), task)

    let_see(office, "wfa", level=20)
    verb(office, office.caller("wfa"), task)
