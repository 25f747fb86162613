"""Filters that people keep of their inbox."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.errors import BadPeriod, FilterNameInUse, InvalidRequest, NotFound, StaleRevision, TooManyFilters
from app.operations.answer import RequestKey
from app.operations.tasks.change_filter import change_filter
from app.operations.tasks.count_tasks import count_tasks
from app.operations.tasks.delete_filter import delete_filter
from app.operations.tasks.list_filters import list_filters
from app.operations.tasks.save_filter import save_filter
from app.operations.tasks.saved_filters import FILTERS_MAX
from tests.operations.test_list_tasks import receive


def save(office, name="Acme", username="marc", **query):
    """Save a filter and return it."""
    position = query.pop("position", None)
    return save_filter(office.system, office.caller(username), name=name, query=query, position=position).body


def kept(office, username="marc"):
    """Return somebody's filters."""
    return list_filters(office.system, office.caller(username)).body["items"]


def test_a_filter_is_kept_with_what_it_finds(office):
    """TSK-09."""
    receive(office, "B-1")
    receive(office, "B-2")
    query = {
        "organisation": "Acme",
        "received_from": date(2026, 11, 1),
        "amount_from": Decimal("100.50"),
        "whose": "mine",
        "overdue": False,
    }

    made = save(office, " Acme, mine ", **query)
    save(office, "None", q="nothing like it")
    save(office, "Done", status="completed")

    assert made["query"] == {
        "organisation": "Acme",
        "received_from": "2026-11-01",
        "amount_from": "100.50",
        "for": "mine",
        "overdue": False,
    }
    assert [(each["name"], each["position"], each["count"]) for each in kept(office)] == [
        ("Acme, mine", 1, 2),
        ("None", 2, 0),
        ("Done", 3, 0),
    ]
    counted = count_tasks(office.system, office.caller("marc"), filters=True).body
    assert [each["count"] for each in counted["filters"]] == [2, 0, 0]
    assert "filters" not in count_tasks(office.system, office.caller("marc")).body
    assert kept(office, "claire") == []


def test_filters_are_moved_renamed_and_deleted(office):
    """TSK-09: the others make room."""
    one, two, three = (save(office, name) for name in ("One", "Two", "Three"))
    marc = office.caller("marc")

    change_filter(office.system, marc, three["id"], position=1)
    assert [each["name"] for each in kept(office)] == ["Three", "One", "Two"]
    changed = change_filter(office.system, marc, one["id"], name="Uno", query={"status": "escalated"}, revision=1).body
    assert (changed["name"], changed["query"], changed["revision"]) == ("Uno", {"status": "escalated"}, 2)
    save(office, "Between", position=2)
    delete_filter(office.system, marc, three["id"])
    assert [(each["name"], each["position"]) for each in kept(office)] == [("Between", 1), ("Uno", 2), ("Two", 3)]

    with pytest.raises(StaleRevision):
        change_filter(office.system, marc, one["id"], name="Ein", revision=1)
    with pytest.raises(StaleRevision):
        delete_filter(office.system, marc, one["id"], revision=1)
    with pytest.raises(NotFound):
        delete_filter(office.system, marc, three["id"])
    for verb in (change_filter, delete_filter):
        with pytest.raises(NotFound):
            verb(office.system, office.caller("claire"), two["id"])


def test_names_are_unique_to_their_owner_and_there_are_not_too_many(office):
    """TSK-09."""
    first = save(office, "Acme")
    save(office, "Acme", username="claire")
    other = save(office, "Other")

    with pytest.raises(FilterNameInUse, match="Acme is one of them"):
        save(office, "Acme ")
    with pytest.raises(FilterNameInUse):
        change_filter(office.system, office.caller("marc"), other["id"], name="Acme")
    change_filter(office.system, office.caller("marc"), first["id"], name="Acme")
    for number in range(FILTERS_MAX - 2):
        save(office, f"Filter {number}")
    with pytest.raises(TooManyFilters):
        save(office, "One more")
    assert [each["position"] for each in kept(office)] == list(range(1, FILTERS_MAX + 1))


def test_the_same_request_saves_once(office):
    marc, request = office.caller("marc"), RequestKey(key="k", route="POST /profile/filters", digest="d")

    answers = [save_filter(office.system, marc, name="Acme", query={}, request=request) for _ in range(2)]

    assert answers[0].body == answers[1].body
    assert len(kept(office)) == 1


def test_conditions_that_no_list_would_take_are_not_kept(office):
    """TSK-09."""
    with pytest.raises(BadPeriod):
        save(office, received_from=date(2026, 11, 2), received_to=date(2026, 11, 1))
    with pytest.raises(InvalidRequest):
        save(office, sort="colour")
    for name in ("  ", "x" * 61):
        with pytest.raises(InvalidRequest, match="another name"):
            save(office, name)
    assert kept(office) == []
