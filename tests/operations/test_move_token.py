"""Moving an instance between its steps: any direction, never past an approval, the old and the new told."""

import pytest

from app.domain.errors import InstanceNotActive, InvalidRequest, MoveRefused, NotFound, NotPermitted, StaleRevision
from app.operations.answer import RequestKey
from app.operations.documents.read_timeline import read_timeline
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.list_elements import list_elements
from app.operations.instances.move_token import move_token
from app.operations.instances.start_instance import start_instance
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.tasks.approve_task import approve_task
from app.persistence import journal, tasks
from tests.operations.diagrams import chain, deploy, user_task

FIRST, SECOND = "ApproveFirstLine", "ApproveSecondLine"


@pytest.fixture
def move(office):
    """Return a function that moves an instance as the administrator of the workflow."""

    def run(instance_id: str, *, cancel=(), activate=(), reason="A changed internal wish.", who: str = "wfa", **more):
        return move_token(
            office.system, office.caller(who), instance_id, cancel=list(cancel), activate=list(activate), reason=reason, **more
        )

    return run


def open_steps(office, instance_id: str) -> dict[str, set[str]]:
    """Return who has which open task, by element."""
    with office.system.database.read() as reading:
        rows = tasks.tasks_of_instance(reading, instance_id, status="open")
        everyone = tasks.assignments_of_instance(reading, instance_id)
    return {row.element: {each.user_id for each in everyone if each.task_id == row.id and each.status == "open"} for row in rows}


@pytest.fixture
def at_second(office):
    """Give an instance that waits for its second line; Marc has signed the first."""
    instance = office.begin("invoice_sales_12000")
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    return instance["id"]


def test_back_to_the_first_line_its_approval_is_superseded_and_must_be_given_again(office, move, at_second):
    """ADM-01, ADM-02: cancelled, begun, superseded; the document is approved only when all have signed again."""
    body = move(at_second, cancel=[SECOND], activate=[FIRST]).body

    assert [each["element"] for each in body["before"]["active"]] == [SECOND]
    assert [each["element"] for each in body["after"]["active"]] == [FIRST]
    assert body["after"]["tasks"][0]["assignees"] == ["marc"]
    assert body["superseded"] == [{"step": "first_line", "username": "marc"}]
    assert list(open_steps(office, at_second)) == [FIRST]
    route = office.instance(at_second)["route"]["steps"]
    assert [slot["state"] for step in route for slot in step["slots"]] == ["now", "ahead"]
    approve_task(office.system, office.caller("marc"), office.task("marc"))
    approve_task(office.system, office.caller("claire"), office.task("claire"))
    assert office.instance(at_second)["outcome"] == "Approved for payment"


def test_skipping_a_step_that_is_not_signed_is_refused(office, move):
    """ADM-01, ADM-05: a move never approves."""
    instance_id = office.begin("invoice_sales_12000")["id"]

    for target in (SECOND, "ApprovedForPayment", "FirstOverallNeeded"):
        with pytest.raises(MoveRefused) as refusal:
            move(instance_id, cancel=[FIRST], activate=[target])
        assert {each["code"] for each in refusal.value.facts["diagnostics"]} == {"skips_unsigned_step"}
    assert list(open_steps(office, instance_id)) == [FIRST]
    assert office.instance(instance_id)["status"] == "active"


def test_a_move_past_the_resolution_of_the_role_players_is_refused(office, move):
    """ADM-05: without a route nobody would have to sign."""
    instance_id = office.begin("invoice_unlinked_cost_center")["id"]
    assert office.instance(instance_id)["route"] is None
    waiting = [each["element"] for each in office.instance(instance_id)["active"]]

    with pytest.raises(MoveRefused) as refusal:
        move(instance_id, cancel=waiting, activate=["ApprovedForPayment"])

    assert refusal.value.facts["diagnostics"][0]["code"] == "skips_resolution"


def test_who_submitted_it_may_not_move_it_past_an_approval(office, move):
    """ADM-05: adm moves his own submitted invoice to "Approved for payment": 403."""
    document_id = office.send("invoice_sales_12000", as_user="adm")
    instance = start_instance(office.system, office.caller("adm"), definition="purchase_invoice", document_id=document_id).body

    with pytest.raises(NotPermitted):
        move(instance["id"], cancel=[FIRST], activate=["ApprovedForPayment"], who="adm")


def test_a_move_to_a_rejection_is_no_approval(office, move, at_second):
    body = move(at_second, cancel=[SECOND], activate=["RejectedInFirstLine"]).body

    assert (body["status"], body["outcome"]) == ("completed", "Rejected")
    assert open_steps(office, at_second) == {}


def test_every_refusal_comes_at_once_and_nothing_has_changed(office, move, at_second):
    before = office.instance(at_second)

    with pytest.raises(MoveRefused) as refusal:
        move(at_second, cancel=["NoSuchElement", FIRST], activate=["Nowhere"])

    codes = [each["code"] for each in refusal.value.facts["diagnostics"]]
    assert codes.count("element_unknown") == 2
    assert "not_active" in codes
    assert all(each["remedy"] for each in refusal.value.facts["diagnostics"])
    assert office.instance(at_second) == before


def test_a_dry_run_says_exactly_what_would_be_and_stores_nothing(office, move, at_second):
    before = office.instance(at_second)

    dry = move(at_second, cancel=[SECOND], activate=[FIRST], dry_run=True).body

    assert office.instance(at_second) == before
    wet = move(at_second, cancel=[SECOND], activate=[FIRST]).body
    for body in (dry, wet):
        for each in (*body["after"]["active"], *body["active"]):
            each.pop("since")
    assert {**dry, "dry_run": False} == wet


def test_the_old_and_the_new_role_players_are_told(office, move, at_second, mails):
    office.tick()
    mails.clear()

    move(at_second, cancel=[SECOND], activate=[FIRST], reason="Wrong cost center.")
    office.tick()

    told = {(mail["To"].partition("@")[0], mail["Subject"].partition(":")[0]) for mail in mails}
    assert told == {("claire", "No longer with you"), ("donald", "No longer with you"), ("marc", "To sign")}
    assert "Wrong cost center." in next(mail for mail in mails if mail["To"].startswith("claire")).get_body(("plain",)).get_content()


def test_the_audit_tells_before_after_and_why(office, move, at_second):
    """ADM-04: the reason is stored."""
    move(at_second, cancel=[SECOND], activate=[FIRST], reason="Wrong cost center.")

    document_id = office.instance(at_second)["document_id"]
    [told] = [
        each for each in read_timeline(office.system, office.caller("adm"), document_id).body["items"] if each["kind"] == "instance_moved"
    ]
    assert told["text"].endswith("moved the process instance from Approve second line to Approve first line: Wrong cost center.")
    assert [each["element"] for each in told["facts"]["before"]["active"]] == [SECOND]
    assert [each["element"] for each in told["facts"]["after"]["active"]] == [FIRST]


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_move_needs_a_reason_and_something_to_do(office, move, at_second, reason):
    """ADM-04: empty is refused."""
    with pytest.raises(InvalidRequest):
        move(at_second, cancel=[SECOND], activate=[FIRST], reason=reason)
    with pytest.raises(InvalidRequest):
        move(at_second)
    with pytest.raises(InvalidRequest):
        move(at_second, cancel=["X"] * 101)


@pytest.mark.parametrize("who", ["marc", "erp", "pia"])
def test_only_administrators_move(office, move, at_second, who):
    with pytest.raises(NotPermitted):
        move(at_second, cancel=[SECOND], activate=[FIRST], who=who)


def test_an_instance_of_another_environment_is_not_there(office, move, at_second):
    with pytest.raises((NotFound, NotPermitted)):
        move(at_second, cancel=[SECOND], activate=[FIRST], who="kim")


def test_a_move_of_an_old_picture_is_stale(office, move, at_second):
    with pytest.raises(StaleRevision):
        move(at_second, cancel=[SECOND], activate=[FIRST], revision=1)


def test_the_same_move_twice_is_done_once(office, move, at_second):
    key = RequestKey(key="once", route="POST moves", digest="same")

    first, second = (move(at_second, cancel=[SECOND], activate=[FIRST], request=key) for _ in range(2))

    assert first.body == second.body
    with pytest.raises(MoveRefused):
        move(at_second, cancel=[SECOND], activate=[FIRST])


def test_what_has_ended_or_is_suspended_is_not_moved(office, move, at_second):
    suspend_instance(office.system, office.caller("wfa"), at_second)
    with pytest.raises(InstanceNotActive):
        move(at_second, cancel=[SECOND], activate=[FIRST])
    cancel_instance(office.system, office.caller("wfa"), at_second)
    with pytest.raises(InstanceNotActive):
        move(at_second, cancel=[SECOND], activate=[FIRST])


def test_a_move_away_from_an_incident_ends_it(office, move):
    instance_id = office.begin("invoice_unlinked_cost_center")["id"]
    stuck = [each for each in office.instance(instance_id)["active"] if each["state"] == "failed"]
    assert stuck

    body = move(instance_id, cancel=[stuck[0]["element"]], activate=["RejectedInFirstLine"]).body

    assert body["outcome"] == "Rejected"
    assert office.instance(instance_id)["incidents"] == []


def test_variables_come_with_the_move(office, move):
    deploy(office, chain("two", user_task("One", assignees='["marc"]'), user_task("Two", assignees="[who]")))
    instance = office.start(None, definition="two")

    move(instance["id"], cancel=["One"], activate=["Two"], variables={"who": "claire"})

    assert office.inbox("marc") == []
    assert [each["element"] for each in office.inbox("claire")] == ["Two"]


def test_elements_tell_what_became_of_each(office, move, at_second):
    move(at_second, cancel=[SECOND], activate=[FIRST])

    found = {each["element"]: each for each in list_elements(office.system, office.caller("adm"), at_second).body["items"]}
    assert (found[FIRST]["state"], found[FIRST]["count"]) == ("active", 2)
    assert (found[SECOND]["state"], found[SECOND]["count"]) == ("cancelled", 1)
    assert found[SECOND]["ended_at"] is not None


def test_a_dry_run_sends_no_mail(office, move, at_second, mails):
    office.tick()
    mails.clear()

    move(at_second, cancel=[SECOND], activate=[FIRST], dry_run=True)

    assert office.tick() == 0
    assert mails == []
    with office.system.database.read() as reading:
        assert (
            journal.read_timeline(reading, environment_id=1, document_id=office.instance(at_second)["document_id"], limit=500)[-1].kind
            != "instance_moved"
        )
