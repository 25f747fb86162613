"""The objects of the matrix as values: read, written, and read as they were."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import count

import pytest

from app.persistence.matrix_content import (
    APPROVAL_RULE,
    COST_CENTER,
    ENTITIES,
    FINANCIAL_MANDATE,
    MANDATE,
    Change,
    apply_changes,
    find_value,
    page_values,
    plain_amount,
    read_values,
)

NOW = datetime(2026, 11, 2, tzinfo=UTC)
NUMBERS = count(1)


def new_id():
    return f"01900000-0000-7000-8000-{next(NUMBERS):012}"


@pytest.fixture
def write(system):
    """Apply changes in a transaction of their own."""

    def apply(*changes, environment=1):
        with system.database.write() as work:
            apply_changes(work, environment, changes, now=NOW, new_id=new_id)
            work.commit()

    return apply


@pytest.fixture
def read(system):
    """Read all objects of a kind."""

    def values(entity, environment=1, **more):
        with system.database.read() as reading:
            return read_values(reading, environment, entity, **more)

    return values


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
def test_what_is_written_is_read_again(entity, write, read):
    """Deleting an object and adding it back changes nothing but its birth."""
    entity_id, value = next(iter(read(entity).items()))
    changed = value | {"revision": value["revision"] + 1}

    write(Change(entity=entity.name, entity_id=entity_id, before=value, after=changed))

    assert read(entity)[entity_id] == changed
    write(Change(entity=entity.name, entity_id=entity_id, before=changed, after=value))
    assert read(entity)[entity_id] == value


def test_objects_are_added_and_deleted_parents_first(write, read):
    rule, mandate = next(iter(read(APPROVAL_RULE).items())), next(iter(read(MANDATE).items()))
    added = rule[1] | {"key": "NEW", "limits": [{"company": None, "currency": "EUR", "amount": "0.5", "unlimited": False}]}
    rule_id, mandate_id, row_id = new_id(), new_id(), new_id()
    legal = mandate[1] | {"rule_id": rule_id, "starts_on": "2026-12-01"}
    row = next(iter(read(FINANCIAL_MANDATE).values())) | {"mandate_id": mandate_id}

    write(
        Change(entity="financial_mandate", entity_id=row_id, before=None, after=row),
        Change(entity="mandate", entity_id=mandate_id, before=None, after=legal),
        Change(entity="approval_rule", entity_id=rule_id, before=None, after=added),
    )

    assert (read(APPROVAL_RULE)[rule_id], read(MANDATE)[mandate_id], read(FINANCIAL_MANDATE)[row_id]) == (added, legal, row)
    write(Change(entity="financial_mandate", entity_id=row_id, before=row, after=None))
    assert row_id not in read(FINANCIAL_MANDATE)


def test_nothing_of_another_environment_is_read(system, read):
    ids = list(read(MANDATE))

    assert read(MANDATE, environment=2) == {}
    assert read(MANDATE, environment=2, keys=ids) == {}
    with system.database.read() as reading:
        assert find_value(reading, 2, MANDATE, ids[0]) is None


def test_pages_follow_the_order_of_the_objects(system, read):
    whole = list(read(COST_CENTER).items())
    found, after = [], None
    with system.database.read() as reading:
        while page := page_values(reading, 1, COST_CENTER, where={"status": "active"}, after=after, limit=2):
            found += page.items()
            after = (found[-1][1]["key"], found[-1][0])

    assert found == whole
    assert [value["key"] for _, value in whole] == ["CON", "GM", "NEW", "SALES", "SUP", "SUP-N", "SUP-N-1"]


@pytest.mark.parametrize(("amount", "text"), [("10000.0000", "10000"), ("0.5000", "0.5"), ("0", "0"), ("100", "100"), ("1E+2", "100")])
def test_amounts_are_plain(amount, text):
    assert plain_amount(Decimal(amount)) == text
