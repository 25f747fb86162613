"""Texts and view models: money, dates, reasons, route."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.document import show_document
from app.web.formatting import Calendar, amount_text, duration_text, join_names, names_in, person_name, seller_name, words
from app.web.inbox import outcome_badge, step_text, why_short
from app.web.instance import show_marks, show_variables
from app.web.route import lines_text, show_rail
from app.web.task import show_task
from app.web.timeline import show_timeline
from tests.web.cast import NOW, ROUTE, make_task, person

CALENDAR = Calendar(now=NOW, zone=ZoneInfo("Europe/Amsterdam"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"amount": "300000.00", "currency": "EUR"}, "300,000.00"),
        ({"amount": "-12000.00", "currency": "EUR"}, "−12,000.00"),
        ({"amount": "1500", "currency": "JPY"}, "1,500"),
        ({"amount": "0.001", "currency": "KWD"}, "0.001"),
        (None, "–"),
    ],
)
def test_amounts_are_exact_with_separators(value: object, text: str) -> None:
    assert amount_text(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15))
def test_no_amount_loses_a_digit(amount: object) -> None:
    shown = amount_text({"amount": f"{amount:f}", "currency": "EUR"})

    assert shown.replace(",", "").replace("−", "-") == f"{amount:f}".replace("-0.00", "0.00")


@pytest.mark.parametrize(
    ("due", "text", "group"),
    [
        (timedelta(minutes=-20), "20 min overdue", "overdue"),
        (timedelta(hours=-3), "3 h overdue", "overdue"),
        (timedelta(days=-1), "1 day overdue", "overdue"),
        (timedelta(hours=8), "Today 17:00", "today"),
        (timedelta(days=6), "Sun 8 Nov", "week"),
        (timedelta(days=7), "Mon 9 Nov", "later"),
        (timedelta(days=80), "Thu 21 Jan 2027", "later"),
    ],
)
def test_due_dates_say_what_matters(due: timedelta, text: str, group: str) -> None:
    at = (NOW + due).isoformat()

    badge = CALENDAR.due_badge(at)

    assert badge is not None
    assert badge.text == text
    assert CALENDAR.due_group(at)[0] == group


def test_times_are_shown_in_the_zone_across_the_change_of_the_clock() -> None:
    assert CALENDAR.moment("2026-10-25T00:30:00Z") == "Sun 25 Oct 02:30"
    assert CALENDAR.moment("2026-10-25T01:30:00Z") == "Sun 25 Oct 02:30"
    assert CALENDAR.moment("2026-10-25T02:30:00Z") == "Sun 25 Oct 03:30"
    assert CALENDAR.moment("not an instant") == "–"
    assert CALENDAR.moment("2026-10-25T02:30:00") == "–"


def test_names_and_words() -> None:
    assert join_names(["Ann", "Carl", "Marc"]) == "Ann, Carl and Marc"
    assert words("first_line") == "First line"
    assert person_name({"username": "ann", "full_name": ""}) == "ann"
    assert duration_text(timedelta(seconds=1)) == "1 min"
    assert seller_name({"seller": None, "kind": "expense_claim"}) == "Expense claim"
    assert names_in({"a": [{"b": person("ann")}, person("carl")]}) == {"ann": "Ann", "carl": "Carl"}


def test_the_step_says_who_else_may_sign_and_for_whom() -> None:
    pool = [person(name) for name in ("claire", "donald", "ann", "carl", "frank")]

    assert step_text(make_task("1", "A", "1.00", pool=pool[:2]), me="claire") == "Second line, you or Donald"
    assert step_text(make_task("1", "A", "1.00", pool=pool), me="claire") == "Second line, you, Donald, Ann or 2 others"
    assert step_text(make_task("1", "A", "1.00", on_behalf_of=person("donald")), me="claire") == "Second line, on behalf of Donald"


def test_a_share_that_was_handed_on_names_to_whom() -> None:
    item = make_task("1", "A", "1.00", my_status="delegated", delegated_to=person("donald"), status="open")

    assert outcome_badge(item, me="claire", calendar=CALENDAR).text == "Delegated to Donald"


def test_the_route_shows_signed_now_and_ahead_and_what_follows() -> None:
    rail = show_rail(ROUTE, me="claire", calendar=CALENDAR, lines_total=2)

    assert [slot.state for slot in rail.slots] == ["done", "done", "now", ""]
    assert [slot.who for slot in rail.slots] == ["Marc Anthony", "Ann", "You", "Frank"]
    assert rail.slots[0].meta == "Fri 30 Oct 14:20"
    assert rail.slots[3].lines == "whole document"
    assert rail.following == "first overall, Frank"
    assert show_rail(None, me="claire", calendar=CALENDAR).slots == ()


def test_lines_are_named_shortly() -> None:
    assert lines_text({"lines": [1]}, 3) == "line 1"
    assert lines_text({"lines": [1, 3]}, 3) == "lines 1 and 3"
    assert lines_text({"lines": list(range(1, 31))}, 40) == "30 lines"


def test_a_share_that_is_given_is_no_longer_open_though_the_task_is() -> None:
    task = make_task(
        "1",
        "A",
        "1.00",
        my_status="approved",
        can=[],
        assignments=[{"user": person("claire"), "status": "approved", "decided_at": "2026-11-02T07:31:00Z"}],
    )

    view = show_task(task, me="claire", calendar=CALENDAR)

    assert not view.is_open
    assert view.decided == "You approved this at 08:31."


def test_an_escalated_share_says_to_whom() -> None:
    task = make_task("1", "A", "1.00", my_status="escalated", escalated_to=person("donald"), assignments=[])

    assert show_task(task, me="claire", calendar=CALENDAR).decided == "This was escalated to Donald."


def test_a_task_without_document_can_be_shown() -> None:
    view = show_task(make_task("1", "A", "1.00") | {"document": None, "to_sign": None, "step": None}, me="claire", calendar=CALENDAR)

    assert view.document.id == ""
    assert not view.is_signature


def test_claiming_is_offered_only_where_somebody_else_could_act() -> None:
    alone = make_task("1", "A", "1.00", can=["approve", "claim"])
    shared = alone | {"pool": [person("claire"), person("donald")]}

    assert "claim" not in show_task(alone, me="claire", calendar=CALENDAR).can
    assert "claim" in show_task(shared, me="claire", calendar=CALENDAR).can


def test_the_timeline_stands_newest_first_also_within_one_instant() -> None:
    items = [
        {"at": "2026-11-02T08:00:00Z", "kind": "document_received", "text": "first"},
        {"at": "2026-11-02T08:00:00Z", "kind": "comment", "text": "second", "actor": "ann"},
    ]

    day = show_timeline(items, calendar=CALENDAR, names={"ann": "Ann"})[0]

    assert [(entry.actor, entry.text) for entry in day.entries] == [("Ann", "second"), ("", "first")]


def test_marks_and_variables_are_plain_data() -> None:
    assert show_marks([{"element": "A", "state": "failed", "count": 2}, {"element": "B", "state": "waiting"}]) == [
        {"element": "A", "mark": "failed", "count": 2}
    ]
    assert show_variables({"b": {"x": 1}, "a": "é"}) == (("a", '"é"'), ("b", '{"x": 1}'))


def test_facts_are_not_said_twice() -> None:
    facts = {"vat": {"amount": "21.00", "currency": "EUR"}, "payable": "121.00", "due_on": "2026-11-25", "note": "Thanks"}

    shown = show_document(
        {"number": "A", "kind": "invoice", "total": {"amount": "100.00", "currency": "EUR"}, "facts": facts}, calendar=CALENDAR
    ).facts

    assert [label for label, _ in shown] == ["Kind", "Net", "VAT", "Note"]


def test_an_instant_of_python_is_shown_too() -> None:
    assert CALENDAR.clock(datetime(2026, 11, 2, 9, 31, tzinfo=UTC)) == "10:31"


@pytest.mark.parametrize(
    ("mode", "text", "step"),
    [
        ("any", "You or Donald: one signature is enough.", "Second line, you or Donald"),
        ("all", "You and Donald: everybody signs.", "Second line, you and Donald"),
        ("2 of", "You and Donald: 2 signatures are needed.", "Second line, you and Donald"),
        ("60 %", "You and Donald: 60 % must sign.", "Second line, you and Donald"),
    ],
)
def test_the_voting_mode_is_said_as_it_is(mode: str, text: str, step: str) -> None:
    """MUL-02."""
    task = make_task("1", "A", "1.00", mode=mode, pool=[person("claire"), person("donald")])

    assert show_task(task, me="claire", calendar=CALENDAR).pool == text
    assert step_text(task, me="claire") == step


def test_a_row_gives_the_sentence_that_decides() -> None:
    why = "Line 1 on SALES is EUR 12,000.00. That is higher than Marc's limit of 10,000.00, so second line signs too."

    assert why_short({"why": why}) == "That is higher than Marc's limit of 10,000.00, so second line signs too."
    assert why_short({"why": "You hold the role coding."}) == "You hold the role coding."


def test_a_rejected_route_ends_where_it_ended() -> None:
    route = {
        "steps": [
            {
                "step": "first_line",
                "slots": [{"lines": [1], "role_player": person("marc"), "state": "rejected", "decided_by": person("marc")}],
            }
        ]
    }

    rail = show_rail(route, me="claire", calendar=CALENDAR, lines_total=1, outcome="Rejected")

    assert (rail.slots[0].state, rail.slots[0].meta, rail.ends, rail.following) == ("not", "rejected", "Rejected", "")


def test_a_rejected_line_never_looks_signed() -> None:
    slot = {"lines": [1], "role_player": person("claire"), "state": "rejected", "decided_by": person("claire")}
    route = {"steps": [{"step": "second_line", "slots": [slot]}]}
    lines = [{"id": "1", "amount": {"amount": "1.00", "currency": "EUR"}, "signed_by": [person("claire")]}]
    task = make_task("1", "A", "1.00", my_status="rejected", signing_route=route, lines=lines)

    view = show_task(task, me="claire", calendar=CALENDAR)

    assert view.lines[0].badge is not None
    assert view.lines[0].badge.text == "You rejected"
    assert view.rail.following == ""
