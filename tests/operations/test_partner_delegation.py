"""Delegating to a partner environment: who gets the task, what a guest sees, and what becomes of it when the partnership ends."""

import pytest

from app.domain.errors import (
    DelegationRefused,
    InvalidRequest,
    MandateNotInForce,
    NotARolePlayer,
    NotDelegated,
    NotFound,
    NotPermitted,
    PartnershipEnded,
    PartnershipNotActive,
    SeparationOfDuty,
    TaskMoved,
)
from app.domain.people import GUEST
from app.operations.documents.code_lines import code_lines
from app.operations.documents.list_documents import list_documents
from app.operations.documents.read_document import read_document
from app.operations.documents.read_original import read_original
from app.operations.documents.read_timeline import read_timeline
from app.operations.instances.list_instances import list_instances
from app.operations.instances.read_instance import read_instance
from app.operations.instances.reset_role_players import reset_role_players
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.partners.delegates import find_outsider
from app.operations.partners.seating import as_guest
from app.operations.people.change_user import change_user
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.transfer_user import transfer_user
from app.operations.settings.change_settings import change_settings
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.return_task import return_task
from app.operations.turn import directory_of, read_environment
from app.persistence import partners
from tests.operations.partner_people import begin_partnership, end_partnership, hire
from tests.operations.test_authority import end_mandate
from tests.operations.test_separation_of_duty import make_backup


@pytest.fixture
def delegated(office):
    """Give the document and the task that marc has delegated to kim of ACC."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="kim@ACC", comment="Your client")
    return document, task


def shares(office, task, who="adm"):
    """Return who holds or held the task, with what became of it."""
    found = read_task(office.system, office.caller(who), task).body["assignments"]
    return [(each["user"]["username"], each["status"], each["cause"]) for each in found]


def test_kim_has_the_task_in_her_own_inbox_and_decides_on_behalf_of_marc(office, delegated):
    """HND-05: partnership active, so kim gets the task in ACC; the turn runs in the owning environment. HND-04: within marc's limit."""
    document, task = delegated

    (item,) = office.inbox("kim")
    assert (item["id"], item["environment"]) == (task, "main")
    assert item["on_behalf_of"]["username"] == "marc"
    assert "Your client" in item["why"]
    assert count_tasks(office.system, office.caller("kim")).body["open"] == 1
    assert office.inbox("marc") == []

    comment_task(office.system, office.caller("kim"), task, text="The contract says so.")
    approve_task(office.system, office.caller("kim"), task, comment="Right.")

    (approved,) = [each for each in office.timeline(document) if each["kind"] == "task_approved"]
    assert (approved["actor"], approved["on_behalf_of"]) == ("kim@ACC", "marc")
    assert "Kim (ACC) approved first line on behalf of Marc Anthony" in approved["text"]
    assert office.inbox("claire")[0]["step"] == "second_line"
    (done,) = office.inbox("kim", status="completed")
    assert (done["id"], done["my_status"]) == (task, "approved")


def test_a_guest_reads_the_document_and_nothing_of_how_the_other_environment_is_organised(office, delegated):
    """HND-05, PAR-02, PAR-20."""
    document, task = delegated
    kim = office.caller("kim")

    page = read_task(office.system, kim, task).body

    assert page["document"]["id"] == document
    assert page["can"] == ["approve", "reject", "delegate", "return", "claim", "comment"]
    assert page["considered"] == []
    assert all(slot["considered"] == [] for step in page["signing_route"]["steps"] for slot in step["slots"])
    assert [each["username"] for each in page["delegates"]] == ["marc@main"]
    assert all(each["facts"] == {} for each in page["timeline"])
    assert read_document(office.system, kim, document).body["can"] == []
    assert read_original(office.system, kim, document)[0].startswith(b"<?xml")
    assert all(each["facts"] == {} for each in read_timeline(office.system, kim, document).body["items"])
    with pytest.raises(NotFound):
        read_instance(office.system, kim, page["process_instance"]["id"])
    assert list_documents(office.system, kim).body["items"] == []
    assert list_instances(office.system, kim).body["items"] == []


def test_a_guest_sees_only_what_was_delegated_to_him_even_as_administrator_of_his_own_environment(office, delegated):
    """PAR-20."""
    other = office.send("invoice_sales_12000", **{"A-2026-1201": "other"})
    office.start(other)
    (theirs,) = office.inbox("marc")
    kim = office.caller("kim")
    assert "administrator" in kim.roles

    for operation, given in ((read_document, other), (read_original, other), (read_timeline, other), (read_task, theirs["id"])):
        with pytest.raises(NotFound):
            operation(office.system, kim, given)
    for verb in (approve_task, reject_task, claim_task, return_task):
        with pytest.raises(NotFound):
            verb(office.system, kim, theirs["id"])
    with pytest.raises(NotFound):
        delegate_task(office.system, kim, theirs["id"], to="marc")
    assert len(office.inbox("kim")) == 1


def test_a_backup_of_a_guest_is_nobody_in_the_other_environment(office, delegated):
    """PAR-20: what was delegated to kim was not delegated to kay."""
    hire(office, "kay")
    make_backup(office, of="kim", backup="kay")

    assert office.inbox("kay") == []
    assert count_tasks(office.system, office.caller("kay")).body["open"] == 0
    with pytest.raises(NotFound):
        read_task(office.system, office.caller("kay"), delegated[1])


def test_whoever_stands_in_for_a_guest_still_sees_his_own_tasks_as_a_guest(office, delegated):
    hire(office, "kay")
    make_backup(office, of="kay", backup="kim")

    assert [each["id"] for each in office.inbox("kim")] == [delegated[1]]


def test_delegated_back_by_name_and_without(office):
    """HND-06: eva, kim, eva: the chain is recorded and kim's task closed as delegated back."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    task = office.task("marc")
    for who, to in (("marc", "jeremy"), ("jeremy", "kim@ACC"), ("kim", "jeremy")):
        delegate_task(office.system, office.caller(who), task, to=to)

    assert shares(office, task) == [
        ("marc", "delegated", "route"),
        ("jeremy", "delegated", "delegation"),
        ("kim@ACC", "delegated_back", "delegation"),
        ("jeremy", "open", "return"),
    ]
    (closed,) = office.inbox("kim", status="completed")
    assert (closed["my_status"], closed["delegated_to"]["username"]) == ("delegated_back", "jeremy")
    return_task(office.system, office.caller("jeremy"), task, comment="Not mine after all")

    assert shares(office, task)[-2:] == [("jeremy", "delegated_back", "return"), ("marc", "open", "return")]
    assert "Not mine after all" in office.inbox("marc")[0]["why"]
    assert office.inbox("marc")[0]["on_behalf_of"] is None
    texts = [each["text"] for each in office.timeline(document) if each["kind"] == "task_delegated"]
    assert texts[2] == "Kim (ACC) delegated Approve first line back to Jeremy."
    with pytest.raises(NotDelegated):
        return_task(office.system, office.caller("marc"), task)


def test_returning_twice_is_refused_and_returning_needs_no_hop(office, delegated):
    """HND-07: whoever was handed a task for the tenth time can give it back."""
    _, task = delegated

    return_task(office.system, office.caller("kim"), task)

    with pytest.raises(TaskMoved, match="Marc Anthony"):
        return_task(office.system, office.caller("kim"), task)
    with pytest.raises(TaskMoved):
        approve_task(office.system, office.caller("kim"), task)
    for _ in range(4):
        delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")
        return_task(office.system, office.caller("kim"), task)
    with pytest.raises(DelegationRefused, match="10 times"):
        delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")


def test_a_guest_hands_on_to_colleagues_and_back_and_to_nobody_else(office, delegated):
    """HND-05."""
    _, task = delegated
    hire(office, "kay")
    hire(office, "marc")
    kim = office.caller("kim")

    with pytest.raises(InvalidRequest, match="marc@main or marc@ACC"):
        delegate_task(office.system, kim, task, to="marc")
    for stranger in ("carl", "carl@main", "nobody"):
        with pytest.raises(InvalidRequest):
            delegate_task(office.system, kim, task, to=stranger)
    with pytest.raises(PartnershipNotActive):
        delegate_task(office.system, kim, task, to="joe@OTHER")
    with pytest.raises(InvalidRequest, match="oneself"):
        delegate_task(office.system, kim, task, to="kim")
    delegate_task(office.system, kim, task, to="kay")

    assert office.inbox("kay")[0]["on_behalf_of"]["username"] == "marc"
    approve_task(office.system, office.caller("kay"), task)
    with pytest.raises(TaskMoved, match="Kay \\(ACC\\)"):
        approve_task(office.system, kim, task)


@pytest.mark.parametrize(
    ("to", "error"),
    [
        ("kim", InvalidRequest),
        ("nobody@ACC", InvalidRequest),
        ("kim@NOWHERE", PartnershipNotActive),
        ("@ACC", InvalidRequest),
        ("kim@", PartnershipNotActive),
    ],
)
def test_a_partner_is_named_with_the_key_of_his_environment(office, to, error):
    """HND-05: a bare name is a colleague, so that nobody sends a document outside by a slip of the pen."""
    office.begin("invoice_sales_12000")

    with pytest.raises(error):
        delegate_task(office.system, office.caller("marc"), office.task("marc"), to=to)


@pytest.mark.parametrize(("who", "error"), [("wfa", NotARolePlayer), ("ann", NotFound), ("pia", NotFound)])
def test_only_who_has_a_task_learns_who_is_at_a_partner_and_lets_somebody_in(office, who, error):
    """PAR-20: whoever has no share is told the same of everybody there, and nobody becomes a guest by it."""
    office.begin("invoice_sales_12000")
    for to in ("kim@ACC", "nobody@ACC"):
        with pytest.raises(error):
            delegate_task(office.system, office.caller(who), office.task("marc"), to=to)

    with office.system.database.read() as reading:
        assert partners.read_guests(reading, 1) == []


@pytest.mark.parametrize("more", [{"kind": "portal"}, {"active": False}, {"kind": "none", "roles": ("integrator",)}])
def test_an_unfit_person_of_a_partner_is_refused(office, more):
    hire(office, "kay", **more)
    office.begin("invoice_sales_12000")

    with pytest.raises(DelegationRefused, match="active full user"):
        delegate_task(office.system, office.caller("marc"), office.task("marc"), to="kay@ACC")


def test_without_an_active_partnership_nobody_delegates_outside(office):
    """HND-05: revoked, so 403."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    end_partnership(office)

    with pytest.raises(PartnershipNotActive, match="no active partnership with ACC"):
        delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")

    assert office.task("marc") == task


@pytest.mark.parametrize("who", ["adm", "kim"])
def test_when_the_partnership_ends_the_task_returns_to_the_delegator(office, delegated, who):
    """HND-05, PAR-10: open delegated tasks return, the guest is told why he is out, and history keeps his name."""
    document, task = delegated
    comment_task(office.system, office.caller("kim"), task, text="Looking at it.")

    end_partnership(office, who=who)

    assert office.inbox("kim") == office.inbox("kim", status="completed") == []
    for operation in (approve_task, read_task, return_task):
        with pytest.raises(PartnershipEnded, match="Countersign demo has ended"):
            operation(office.system, office.caller("kim"), task)
    with pytest.raises(PartnershipEnded):
        read_document(office.system, office.caller("kim"), document)
    assert office.inbox("marc") == []
    assert office.tick() > 0
    assert office.tick() == 0
    assert shares(office, task) == [("marc", "delegated", "route"), ("kim@ACC", "delegated_back", "delegation"), ("marc", "open", "return")]
    assert "The partnership with ACC has ended." in office.inbox("marc")[0]["why"]
    assert [each["actor"] for each in office.timeline(document) if each["kind"] == "comment"] == ["kim@ACC"]
    approve_task(office.system, office.caller("marc"), task)
    assert office.inbox("claire")[0]["step"] == "second_line"


def test_a_stranger_of_an_ended_partner_is_told_nothing(office, delegated):
    """PAR-10."""
    other = office.send("invoice_sales_12000", **{"A-2026-1201": "other"})
    office.start(other)
    end_partnership(office)

    for operation, given in ((read_document, other), (read_task, office.inbox("marc")[0]["id"])):
        with pytest.raises(NotFound):
            operation(office.system, office.caller("kim"), given)


def test_what_goes_back_finds_who_can_sign(office):
    """PAR-10: where the delegator has left meanwhile, his successor has it."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")
    delegate_task(office.system, office.caller("kim"), task, to="marc@main")
    delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")

    end_partnership(office)
    begin_partnership(office)
    office.tick()

    assert shares(office, task)[-1] == ("marc", "open", "return")
    assert shares(office, task)[-2][:2] == ("kim@ACC", "delegated_back")


def test_a_new_partnership_lets_guests_in_again_and_leaves_what_is_delegated_in_it(office, delegated):
    _, task = delegated
    end_partnership(office)
    begin_partnership(office)
    office.tick()
    delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")

    office.tick()

    assert [each["id"] for each in office.inbox("kim")] == [task]
    assert [each["my_status"] for each in office.inbox("kim", status="completed")] == ["delegated_back"]


def test_who_is_no_full_user_any_more_holds_nothing_as_a_guest(office, delegated):
    """PAR-10, USR-31: his share goes back to who delegated it, not to his successor, who is nobody there."""
    _, task = delegated
    hire(office, "boss", roles=("administrator", "application_manager"))

    change_user(office.system, office.caller("boss"), office.caller("kim").user_id, kind="portal")

    with pytest.raises(NotFound):
        delegate_task(office.system, office.caller("kim"), task, to="marc")
    office.tick()
    assert shares(office, task)[-1] == ("marc", "open", "return")


@pytest.mark.parametrize("verb", [deactivate_user, transfer_user])
def test_who_leaves_holds_nothing_as_a_guest_any_more(office, delegated, verb):
    """PAR-10, USR-39: whoever takes over at home is nobody in the other environment."""
    _, task = delegated
    hire(office, "boss", roles=("administrator", "application_manager"))
    hire(office, "kay")
    to = {deactivate_user: "successor", transfer_user: "to"}[verb]

    verb(office.system, office.caller("boss"), office.caller("kim").user_id, **{to: "kay"})

    assert office.inbox("kay") == []
    office.tick()
    assert shares(office, task)[-1] == ("marc", "open", "return")


def test_a_partnership_that_ends_while_somebody_delegates_is_seen_in_the_turn(office, monkeypatch):
    """HND-05: whatever was asked before the lock is asked again under it."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")

    def find_and_end(*arguments):
        found = find_outsider(*arguments)
        end_partnership(office)
        return found

    monkeypatch.setattr("app.operations.tasks.delegate_task.find_outsider", find_and_end)
    with pytest.raises(PartnershipNotActive):
        delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")

    assert office.task("marc") == task


def test_a_guest_who_leaves_while_somebody_delegates_to_him_is_refused_in_the_turn(office, monkeypatch):
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    hire(office, "boss", roles=("administrator", "application_manager"))

    def find_and_change(*arguments):
        found = find_outsider(*arguments)
        change_user(office.system, office.caller("boss"), office.caller("kim").user_id, kind="portal")
        return found

    monkeypatch.setattr("app.operations.tasks.delegate_task.find_outsider", find_and_change)
    with pytest.raises(DelegationRefused, match="active full user"):
        delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")


def test_a_guest_who_is_out_since_he_took_his_seat_decides_nothing(office, delegated):
    """PAR-10: the turn looks again, under its lock."""
    seated = as_guest(office.caller("kim"), 1, home_key="ACC")
    end_partnership(office)

    with pytest.raises(PartnershipEnded):
        approve_task(office.system, seated, delegated[1])


def test_a_signature_of_a_guest_is_kept_when_role_players_are_determined_again(office):
    """ADM-07: given on behalf of marc."""
    document = office.send("invoice_two_branches")
    instance = office.start(document)
    for item in office.inbox("marc"):
        delegate_task(office.system, office.caller("marc"), item["id"], to="kim@ACC")
        approve_task(office.system, office.caller("kim"), item["id"])

    reset_role_players(office.system, office.caller("wfa"), instance["id"])

    assert office.inbox("marc") == office.inbox("kim") == []
    assert office.instance(instance["id"])["status"] == "active"


def test_reminders_and_escalations_reach_past_a_guest(office, delegated, clock, mails):
    """ESC-01, ESC-02: kim is reminded at home; what she leaves is escalated in the owning environment."""
    clock.advance(days=3, minutes=1)
    office.tick()
    assert [mail["To"] for mail in mails] == ["kim@example.com"]

    clock.advance(days=30)
    office.tick()

    assert office.instance(read_task(office.system, office.caller("adm"), delegated[1]).body["process_instance"]["id"])["incidents"] == []


def test_the_number_of_hops_is_a_setting(office):
    """HND-07."""
    settings = [{"key": "Tasks.Delegation.HopsMax", "value": 1}]
    change_settings(office.system, office.caller("adm"), settings=settings)
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    delegate_task(office.system, office.caller("marc"), task, to="kim@ACC")

    with pytest.raises(DelegationRefused, match="1 times"):
        delegate_task(office.system, office.caller("kim"), task, to="marc")


def test_a_guest_plays_one_role_in_a_transaction_like_anybody(office, delegated):
    """HND-04, MXR-08: kim signs the first line; the second line cannot be delegated to her."""
    _, task = delegated
    approve_task(office.system, office.caller("kim"), task)

    with pytest.raises(SeparationOfDuty, match="Kim \\(ACC\\)"):
        delegate_task(office.system, office.caller("claire"), office.task("claire"), to="kim@ACC")


def test_a_guest_acts_within_the_mandate_of_the_delegator(office, delegated):
    """HND-04: strict mode: when marc's mandate ends, nobody signs on his behalf."""
    end_mandate(office, "marc", status="expired")

    with pytest.raises(MandateNotInForce, match="Marc Anthony"):
        approve_task(office.system, office.caller("kim"), delegated[1])


def test_guests_are_never_among_the_people(office, delegated):
    """HND-05: not found by name, by role, or as a role player."""
    with office.system.database.read() as reading:
        directory = directory_of(office.system, reading, read_environment(reading, 1))
    kim = office.caller("kim").user_id

    assert (directory.get(kim).kind, directory.get(kim).username, directory.get(kim).partner) == (GUEST, "kim@ACC", "ACC")
    assert kim not in {person.id for person in directory}
    assert directory.find("kim@ACC") is directory.find("kim") is None
    assert [guest.username for guest in directory.guests()] == ["kim@ACC"]
    assert "kim@ACC" not in {person.username for person in directory.with_role("administrator")}


def test_a_guest_may_not_what_needs_a_role(office, delegated):
    """PAR-02: her roles count in her own environment alone."""
    document, task = delegated
    instance = read_task(office.system, office.caller("kim"), task).body["process_instance"]["id"]

    for refused in (
        lambda: suspend_instance(office.system, office.caller("kim"), instance),
        lambda: code_lines(office.system, office.caller("kim"), document, lines=[]),
    ):
        with pytest.raises((NotFound, NotPermitted)):
            refused()
