"""Filters of the inbox in the address, and those that somebody keeps."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient

from app.web.inbox_filters import describe_filters, read_filters, stored_arguments
from tests.web.cast import Stage
from tests.web.conftest import send

ALL = {
    "q": "1187",
    "organisation": "Acme",
    "process": "purchase_invoice",
    "step": "second_line",
    "received_from": "2026-10-01",
    "received_to": "2026-10-31",
    "amount_from": "1000",
    "amount_to": "50000.00",
    "currency": "eur",
    "overdue": "true",
    "held": "false",
    "claimed": "true",
    "for": "covered",
    "sort": "amount-desc",
}


def test_every_filter_of_the_list_can_stand_in_the_address(claire: FlaskClient, stage: Stage) -> None:
    """TSK-09."""
    page = claire.get("/inbox", query_string=ALL)

    _, _, options = next(call for call in stage.calls if call[0] == "list_tasks")
    assert {name: value for name, value in options.items() if name not in ("status", "limit", "cursor")} == {
        "q": "1187",
        "organisation": "Acme",
        "process": "purchase_invoice",
        "step": "second_line",
        "received_from": date(2026, 10, 1),
        "received_to": date(2026, 10, 31),
        "amount_from": Decimal(1000),
        "amount_to": Decimal("50000.00"),
        "currency": "EUR",
        "overdue": True,
        "held": False,
        "claimed": True,
        "whose": "covered",
        "sort": "amount",
        "order": "desc",
    }
    assert "Filter · 11" in page.text
    assert 'scope="rowgroup"' not in page.text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("received_to", "2026-13-01"),
        ("amount_from", "lots"),
        ("amount_to", "NaN"),
        ("currency", "euros"),
        ("overdue", "perhaps"),
        ("step", "third_line"),
        ("for", "everybody"),
        ("sort", "colour"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_field(claire: FlaskClient, stage: Stage, name: str, text: str) -> None:
    page = claire.get("/inbox", query_string={name: text}).text

    assert f'id="{name}-error"' in page
    assert not any(call[0] == "list_tasks" for call in stage.calls)


def test_an_empty_result_names_the_filters_in_words(claire: FlaskClient) -> None:
    page = claire.get("/inbox?organisation=Nobody&overdue=true&for=mine").text

    assert 'No task matches <em>Nobody, overdue, only mine</em>. <a href="/inbox">Clear the filter</a>.' in page


def test_saved_filters_are_counted_chips_and_the_shown_one_is_marked(claire: FlaskClient) -> None:
    """TSK-09."""
    page = claire.get("/inbox?organisation=Acme").text

    assert re.search(r'<a class="chip" href="/inbox\?organisation=Acme" aria-current="true">Acme <span>6</span>', page)
    assert re.search(r'<a class="chip" href="/inbox\?overdue=true">Overdue <span>2</span>', page)
    assert "Rename or delete" in page
    assert "Save this filter" not in page
    assert "Save this filter" in claire.get("/inbox?q=1187").text


def test_the_filter_that_is_shown_is_saved_as_the_api_keeps_it(claire: FlaskClient, stage: Stage) -> None:
    """TSK-09."""
    answer = send(claire, "/inbox/filters?amount_from=50000&for=covered&sort=received-desc&status=completed", name="Large")

    assert answer.location == "/inbox?status=completed&amount_from=50000&for=covered&sort=received-desc"
    _, _, options = next(call for call in stage.calls if call[0] == "save_filter")
    assert options["name"] == "Large"
    assert options["query"] == {
        "status": "completed",
        "amount_from": Decimal(50000),
        "whose": "covered",
        "sort": "received",
        "order": "desc",
    }
    assert "Saved as Large." in claire.get("/inbox").text


def test_a_name_that_is_in_use_and_a_filter_of_nothing_are_refused(claire: FlaskClient, stage: Stage) -> None:
    send(claire, "/inbox/filters?q=1187", name="Acme")
    assert "Acme" in re.search(r'class="note no".*?</div>', claire.get("/inbox").text, re.DOTALL).group()

    send(claire, "/inbox/filters", name="All")

    assert "Filter the inbox first" in claire.get("/inbox").text
    assert len(stage.filters) == 2


def test_a_filter_is_renamed_and_deleted_and_one_that_is_gone_says_so(claire: FlaskClient, stage: Stage) -> None:
    send(claire, "/inbox/filters/f-1?organisation=Acme", name="Acme only", revision="3")
    assert stage.filters[0]["name"] == "Acme only"

    send(claire, "/inbox/filters/f-1/delete", revision="3")
    assert [each["id"] for each in stage.filters] == ["f-2"]

    send(claire, "/inbox/filters/f-1", name="Again", revision="3")
    assert "That filter is gone already." in claire.get("/inbox").text


def test_a_stored_filter_and_its_address_say_the_same() -> None:
    stored = {"status": "open", "overdue": True, "amount_from": "50000", "for": "mine", "sort": "amount", "order": "desc"}

    arguments = stored_arguments(stored)

    assert arguments == {"overdue": "true", "amount_from": "50000", "for": "mine", "sort": "amount-desc"}
    assert read_filters(arguments).errors == {}
    assert describe_filters(arguments) == "overdue, from 50000, only mine"
