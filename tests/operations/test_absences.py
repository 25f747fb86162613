"""Out of office: who acts for whom on which days, and what stands in the way of entering it."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from app.domain.errors import GrantRefused, InvalidRequest, NotARolePlayer, NotFound, NotPermitted, SeparationOfDuty, StaleRevision
from app.domain.leaving_errors import AbsenceCircle, AbsenceEnded, AbsenceOverlaps, BadDateRange, StandInRefused
from app.operations.absences.change_absence import change_absence
from app.operations.absences.create_absence import create_absence
from app.operations.absences.end_absence import end_absence
from app.operations.absences.list_absences import list_absences
from app.operations.answer import CallerOutdated, RequestKey
from app.operations.documents.list_documents import list_documents
from app.operations.documents.read_document import read_document
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.read_task import read_task
from app.persistence import people
from app.persistence.tables.journal import audit_event

TODAY = date(2026, 11, 2)
DAY = timedelta(days=1)


def leave(office, username, stand_in, *, days=(0, 4), by=None, **more):
    """Enter an absence, from and to days counted from today, and return its view."""
    first, last = (TODAY + DAY * each for each in days)
    of_another = {"user_id": office.caller(username).user_id} if by else {}
    caller = office.caller(by or username)
    return create_absence(office.system, caller, stand_in=stand_in, starts_on=first, ends_on=last, **of_another, **more).body


def told(office):
    """Return what the environment's audit chain says of absences."""
    with office.system.database.read() as reading:
        rows = reading.rows(sa.select(audit_event).where(audit_event.c.kind.like("absence_%")).order_by(audit_event.c.seq))
    return [(row.kind, row.actor, row.on_behalf_of) for row in rows]


def test_a_stand_in_sees_and_approves_what_is_open_and_both_see_for_whom(office):
    """ESC-05, TSK-02, TSK-04: open tasks too; the timeline names both."""
    document = office.send("invoice_sales_12000")
    office.start(document)

    view = leave(office, "marc", "ann", note="Skiing")

    assert (view["state"], view["stand_in"]["username"], view["note"], view["revision"]) == ("in_force", "ann", "Skiing", 1)
    assert count_tasks(office.system, office.caller("ann")).body["open"] == 1
    assert read_document(office.system, office.caller("ann"), document).body["id"] == document
    approve_task(office.system, office.caller("ann"), office.task("ann"))
    (approval,) = [item for item in office.timeline(document) if item["kind"] == "task_approved"]
    assert (approval["actor"], approval["on_behalf_of"]) == ("ann", "marc")
    assert "on behalf of" in approval["text"]
    (done,) = office.inbox("marc", status="completed")
    assert done["decided_by"]["username"] == "ann"


def test_both_may_act(office):
    """ESC-05: who is away may act as well."""
    office.begin("invoice_sales_12000")
    leave(office, "marc", "ann")

    approve_task(office.system, office.caller("marc"), office.task("marc"))

    assert office.inbox("ann") == []


def test_an_absence_begins_and_ends_by_the_date_without_anybody_doing_anything(office, clock):
    """ESC-05: the caches know nothing of midnight; 23:00 UTC is the next day in Amsterdam."""
    office.begin("invoice_sales_12000")
    leave(office, "marc", "ann", days=(1, 2))

    found = []
    for hours in (0, 14.9, 0.2, 47.8, 0.2):  # 09:00, 23:54, 00:06 of the first day, 23:54 of the last, 00:06 of the day after
        clock.advance(hours=hours)
        found.append(len(office.inbox("ann")))

    assert found == [0, 0, 1, 1, 0]


def test_a_stand_in_never_plays_two_steps(office):
    """MXR-08: claire is the second line, so that she cannot act for marc on this invoice; it still waits for both."""
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    leave(office, "marc", "claire")

    with pytest.raises(SeparationOfDuty, match="already plays second line"):
        approve_task(office.system, office.caller("claire"), task)
    approve_task(office.system, office.caller("marc"), task)
    approve_task(office.system, office.caller("claire"), office.task("claire"))


def test_a_cap_and_processes_bound_what_a_stand_in_sees_and_signs(office):
    """ESC-05: the invoice is 14,520.00 with tax."""
    document = office.send("invoice_sales_12000")
    office.start(document)
    task, total = office.task("marc"), office.document(document)["total"]
    view = leave(office, "marc", "ann", amount_max=total | {"amount": "1000.00"})

    with pytest.raises(NotFound):
        approve_task(office.system, office.caller("ann"), task)
    with pytest.raises(NotFound):
        read_task(office.system, office.caller("ann"), task)
    assert list_documents(office.system, office.caller("ann")).body["items"] == []
    assert (office.inbox("ann"), count_tasks(office.system, office.caller("ann")).body["open"]) == ([], 0)

    view = change(office, view, amount_max=total, processes=["purchase_invoice"])
    assert read_task(office.system, office.caller("ann"), task).body["can"]
    assert count_tasks(office.system, office.caller("ann")).body["open"] == 1
    assert [each["id"] for each in list_documents(office.system, office.caller("ann")).body["items"]] == [document]
    approve_task(office.system, office.caller("ann"), task)


def test_a_stand_in_for_another_process_may_not_act(office):
    office.begin("invoice_sales_12000")
    task = office.task("marc")
    leave(office, "marc", "carl", processes=["expense_claim"])

    with pytest.raises((NotFound, NotARolePlayer)):
        approve_task(office.system, office.caller("carl"), task)


def test_a_new_task_is_told_to_the_stand_in_who_wants_mail(office, mails):
    """TSK-03, ESC-05: ann stands in and is not told, carl stands in for her and is."""
    opt_in(office, "carl")
    leave(office, "marc", "ann")
    leave(office, "ann", "carl")
    office.tick()
    mails.clear()

    office.begin("invoice_sales_12000")
    office.tick()

    (mail,) = [each for each in mails if "carl" in each["To"]]
    assert "You stand in for Marc Anthony" in mail.get_body(("plain",)).get_content()
    assert not [each for each in mails if "ann@" in each["To"]]


def opt_in(office, username):
    """Let somebody have mail about new tasks."""
    with office.system.database.write() as work:
        people.update_user(work, office.caller(username).user_id, notify_new_task=True)
        people.raise_authority_version(work, 1)
        work.commit()


def change(office, view, by="marc", **changes):
    """Change an absence and return its view."""
    return change_absence(office.system, office.caller(by), view["id"], changes=changes).body


@pytest.mark.parametrize(
    ("stand_in", "error"),
    [
        ("nobody", InvalidRequest),
        ("marc", InvalidRequest),
        ("pia", StandInRefused),
        ("otto", StandInRefused),
        ("erp", StandInRefused),
        ("x" * 10_000, InvalidRequest),
    ],
)
def test_only_an_active_full_colleague_stands_in(office, stand_in, error):
    """ESC-05: unknown, oneself, a portal user, somebody who has left, a machine."""
    with pytest.raises(error):
        leave(office, "marc", stand_in)

    assert told(office) == []


@pytest.mark.parametrize("days", [(4, 3), (-5, -1), (0, 731)])
def test_days_in_the_wrong_order_over_or_too_many_are_refused(office, days):
    with pytest.raises(BadDateRange):
        leave(office, "marc", "ann", days=days)


@pytest.mark.parametrize("amount", ["0", "-1.00", "0.00001", "99999999999999999"])
def test_a_cap_that_no_document_has_is_refused(office, amount):
    with pytest.raises(InvalidRequest):
        leave(office, "marc", "ann", amount_max={"amount": amount, "currency": "EUR"})


def test_a_process_that_does_not_exist_and_too_many_are_refused(office):
    for processes in (["no_such"], [f"p{number}" for number in range(51)]):
        with pytest.raises(InvalidRequest):
            leave(office, "marc", "ann", processes=processes)


def test_two_absences_share_no_day(office):
    """ESC-05: an overlap names the other's days."""
    leave(office, "marc", "ann")

    with pytest.raises(AbsenceOverlaps, match="2026-11-02 to 2026-11-06"):
        leave(office, "marc", "carl", days=(4, 9))
    leave(office, "marc", "carl", days=(5, 9))


def test_a_circle_is_refused_and_named(office):
    """ESC-05."""
    leave(office, "marc", "ann")
    leave(office, "ann", "carl", days=(2, 9))

    with pytest.raises(AbsenceCircle, match="Carl.* → Marc.* → Ann.* → Carl"):
        leave(office, "carl", "marc", days=(3, 12))
    view = leave(office, "carl", "marc", days=(10, 12))
    with pytest.raises(AbsenceCircle):
        change(office, view, by="carl", starts_on=TODAY + DAY * 4)


def test_an_absence_is_ended_once_and_counts_no_more(office):
    """ESC-05: twice is refused, and so is a change of what was ended."""
    office.begin("invoice_sales_12000")
    view = leave(office, "marc", "ann")

    ended = end_absence(office.system, office.caller("marc"), view["id"]).body

    assert (ended["state"], ended["ended_by"]["username"], office.inbox("ann")) == ("ended", "marc", [])
    with pytest.raises(AbsenceEnded):
        end_absence(office.system, office.caller("marc"), view["id"])
    with pytest.raises(AbsenceEnded):
        change(office, view, note="x")
    assert told(office) == [("absence_entered", "marc", None), ("absence_ended", "marc", None)]
    leave(office, "marc", "carl")


def test_what_is_over_cannot_be_changed(office, clock):
    view = leave(office, "marc", "ann", days=(0, 0))
    clock.advance(days=1)

    with pytest.raises(AbsenceEnded):
        change(office, view, ends_on=TODAY + DAY * 5)


def test_a_change_of_what_somebody_else_changed_is_stale(office):
    view = leave(office, "marc", "ann")
    change(office, view, note="Later")

    for verb in (end_absence, change_absence):
        more = {"changes": {}} if verb is change_absence else {}
        with pytest.raises(StaleRevision):
            verb(office.system, office.caller("marc"), view["id"], revision=1, **more)


def test_nobody_but_who_keeps_the_users_enters_it_for_others(office):
    """ESC-05."""
    with pytest.raises(NotPermitted):
        leave(office, "marc", "ann", by="claire")
    view = leave(office, "marc", "ann", by="adm")

    for verb, more in ((end_absence, {}), (change_absence, {"changes": {"note": "x"}})):
        with pytest.raises(NotFound):
            verb(office.system, office.caller("claire"), view["id"], **more)
        with pytest.raises(NotFound):
            verb(office.system, office.caller("adm"), view["id"], user_id=office.caller("claire").user_id, **more)
    with pytest.raises(NotFound):
        create_absence(
            office.system, office.caller("adm"), stand_in="ann", starts_on=TODAY, ends_on=TODAY, user_id=office.caller("kim").user_id
        )
    with pytest.raises(NotFound):
        list_absences(office.system, office.caller("adm"), user_id=office.caller("kim").user_id)
    with pytest.raises(GrantRefused):
        leave(office, "claire", "adm", by="adm")
    assert told(office) == [("absence_entered", "adm", "marc")]


def test_one_request_sent_twice_enters_one_absence(office):
    key = RequestKey(key="k", route="POST /profile/absences", digest="a")

    first, second = (leave(office, "marc", "ann", request=key) for _ in range(2))

    assert first == second
    assert len(list_absences(office.system, office.caller("marc")).body["items"]) == 1


def test_who_was_read_before_the_people_changed_is_read_again(office):
    """The authority version of a cached caller is compared inside the lock."""
    known = replace(office.caller("marc"), authority_version=1)
    leave(office, "claire", "ann")

    with pytest.raises(CallerOutdated):
        create_absence(office.system, known, stand_in="ann", starts_on=TODAY, ends_on=TODAY)


def test_absences_are_listed_the_latest_first_in_pages(office):
    for number in range(3):
        leave(office, "marc", "ann", days=(number, number))

    first = list_absences(office.system, office.caller("marc"), limit=2).body
    rest = list_absences(office.system, office.caller("marc"), limit=2, cursor=first["next_cursor"]).body

    assert [each["starts_on"] for each in first["items"] + rest["items"]] == ["2026-11-04", "2026-11-03", "2026-11-02"]
    assert [each["state"] for each in first["items"]] == ["planned", "planned"]
    assert rest["next_cursor"] is None
    with pytest.raises(InvalidRequest):
        list_absences(office.system, office.caller("marc"), cursor="x")
