"""What is hashed is written as the standard library writes it, whatever it is."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.canonical import PlainJson, canonical_instant, canonical_json, instant_text


class Colour(StrEnum):
    """A text of its own class."""

    RED = "red"


class Level(IntEnum):
    """A number of its own class."""

    HIGH = 3


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from([Colour.RED, Level.HIGH])
KEYS = st.text() | st.sampled_from([Colour.RED])
CONTENT = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(KEYS, inner) | st.dictionaries(st.integers(), inner),
    max_leaves=20,
)


def standard(content):
    """Return what the standard library writes."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(CONTENT)
@example({"\U0001f600": 1, "\uffff": 2, "é": 3, "e": 4, "Z": 5, "": 6})
@example({"text": "".join(map(chr, range(0x100))) + "\u2028\u2029\ufeff\ud7ff\ue000\U0010ffff/<>&"})
@example([2**63 - 1, 2**63, 2**64 - 1, 2**64, -(2**63), -(2**63) - 1, 10**400])
@example([1e16, 1e-5, 1.0, -0.0, float("nan"), float("inf")])
@example({True: 1, False: 2})
@example({None: 1})
def test_the_bytes_are_those_of_the_standard_library(content):
    assert canonical_json(content) == standard(content)


@given(st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.text() | st.integers(), st.lists)))
def test_what_is_known_to_be_plain_is_written_alike_alone_and_within(content):
    assert canonical_json(PlainJson(content)) == standard(content)
    assert canonical_json({"facts": [PlainJson(content)]}) == standard({"facts": [content]})


def test_deep_content_is_written_too():
    content = 0
    for _ in range(300):
        content = {"deeper": [content]}

    assert canonical_json(content) == standard(content)


@pytest.mark.parametrize(
    "content",
    [datetime(2026, 11, 2, tzinfo=UTC), Decimal(1), UUID(int=1), b"bytes", {"a", "b"}, {"key": [object()]}, {(1, 2): 3}, {1: 2, "a": 3}],
)
def test_what_the_standard_library_refuses_is_refused(content):
    with pytest.raises(TypeError):
        canonical_json(content)


@pytest.mark.parametrize("content", ["\ud800", {"\udfff": 1}, ["a", {"b": "\ud800\ud800"}]])
def test_half_a_character_is_refused(content):
    with pytest.raises(UnicodeEncodeError):
        canonical_json(content)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=30)), None])))
@example(datetime(1, 1, 1, tzinfo=UTC))
@example(datetime(2026, 11, 2, 8, 0, 0, 10, tzinfo=UTC))
def test_an_instant_is_written_as_the_standard_library_writes_it(moment):
    assert canonical_instant(moment) == moment.isoformat()
    assert instant_text(moment) == moment.isoformat().replace("+00:00", "Z")
