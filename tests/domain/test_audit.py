"""The hash chain: every byte of every entry, and its place, is in the head."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.audit import CHAIN_START, SYSTEM_ACTOR, AuditEntry, Chain

AT = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
ENTRY = AuditEntry(at=AT, kind="task_approved", text="Marc approved.", actor="marc", on_behalf_of="ann", element="Approve", facts={"a": 1})


def head(*entries):
    """Return the head of a chain of these entries."""
    chain = Chain("c")
    for entry in entries:
        chain.append(entry)
    return chain.head


@pytest.mark.parametrize(
    "change",
    [
        {"at": AT + timedelta(microseconds=1)},
        {"kind": "task_rejected"},
        {"text": "Marc approved"},
        {"actor": "claire"},
        {"on_behalf_of": None},
        {"element": None},
        {"facts": {"a": "1"}},
        {"facts": {}},
    ],
)
def test_any_change_of_an_entry_changes_the_head(change):
    assert head(ENTRY._replace(**change)) != head(ENTRY)


def test_dropping_and_swapping_change_the_head():
    first, second = ENTRY, ENTRY._replace(text="Second.")

    assert len({head(first, second), head(second, first), head(first), head(second), head()}) == 5


def test_a_chain_goes_on_from_where_it_stood():
    chain = Chain("c")
    chain.append(ENTRY)
    later = Chain("c", seq=chain.seq, head=chain.head)
    later.append(ENTRY._replace(text="Second."))

    assert later.head == head(ENTRY, ENTRY._replace(text="Second."))
    assert [seq for seq, _, _ in later.entries] == [2]
    assert Chain("c").head == CHAIN_START


def test_the_order_of_facts_does_not_count():
    assert head(ENTRY._replace(facts={"a": 1, "b": 2})) == head(ENTRY._replace(facts={"b": 2, "a": 1}))


def test_what_nobody_did_the_system_did():
    assert AuditEntry(at=AT, kind="k", text="t").actor == SYSTEM_ACTOR


@given(st.text(), st.dictionaries(st.text(), st.one_of(st.text(), st.integers(-(2**53), 2**53), st.booleans(), st.none())))
def test_facts_read_back_from_json_have_the_same_hash(text, facts):
    if any("\ud800" <= letter <= "\udfff" for each in (text, *facts, *map(str, facts.values())) for letter in each):
        return
    entry = ENTRY._replace(text=text, facts=facts)

    assert head(entry._replace(facts=json.loads(json.dumps(facts)))) == head(entry)
