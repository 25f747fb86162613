"""Stored states: exact values, sealed bytes, and golden states that every later version must still restore."""

import json
import re
import zlib
from collections import UserDict
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidRequest
from app.engine import Execution, StateUnreadable
from app.engine.codec import (
    COMPRESSED,
    DEPTH_MAX,
    NODES_MAX,
    PLAIN,
    PLAIN_BYTES_MAX,
    decode,
    encode,
    freeze,
    read_instant,
    seal,
    unseal,
    write_instant,
)
from app.feel.values import DateTime, DaysTimeDuration, FarDate, Range, Time, YearsMonthsDuration
from tests.engine.diagrams import Play, boundary, bpmn, catch, end, gateway, parse, ports, several, start, sub, throw, timer, user

GOLDEN = Path(__file__).parent / "golden"
VALUES = [
    None, True, 0, -(10**30), "", "é\n\x00", Decimal("1.50"), Decimal("1E+3"), Decimal("-0.000"), [], {}, [1, [2, {"a": None}]],
    date(2026, 2, 28), FarDate(year=-12, month=1, day=2), datetime(2026, 1, 1, 12, 30, 0, 123456, tzinfo=UTC),
    datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Amsterdam")), datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    time(9, 30), timedelta(days=-1, microseconds=5), Time(hour=9, minute=0, second=Decimal("1.5"), offset=3600), Time(hour=9, minute=0, zone="Europe/Paris"),
    DateTime(date=date(2026, 1, 1), time=Time(hour=1, minute=2)), DaysTimeDuration(seconds=Decimal("0.1")), YearsMonthsDuration(months=-14),
    Range(start=Decimal(1), end=None, start_included=True, end_included=False), {"$": [1], "typename": "x", "a": {"$": {"$": 1}}},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_value_is_stored_as_it_is_encoded(value):
    blob = seal({"x": value})

    assert unseal(blob) == {"x": value}
    assert json.loads(blob[20:] if blob.startswith(PLAIN) else zlib.decompress(blob[20:])) == encode({"x": value})
    assert blob.startswith(COMPRESSED if value == -(10**30) or "'$'" in repr(value) else PLAIN)


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_every_value_survives_exactly(value):
    play = Play(bpmn(start() + user("A") + end(), "S > A > E"), {"value": value, "list": [value], "context": {"value": value}})

    for _ in range(2):
        variables = play.variables
        for kept in (variables["value"], variables["list"][0], variables["context"]["value"]):
            assert kept == value
            assert type(kept) is type(value)
            assert str(kept) == str(value)
        play.do("set_variables", {"more": 1})


JSONS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.dates()
    | st.timedeltas(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["$", "typename", "a", ""]), inner, max_size=4),
    max_leaves=20,
)


@given(JSONS)
def test_whatever_is_accepted_comes_back(value):
    frozen = freeze(value, name="x")
    blob = seal({"x": frozen})

    assert decode(json.loads(json.dumps(encode(frozen)))) == value
    assert unseal(blob) == {"x": value}
    assert not blob.startswith(PLAIN) or json.loads(blob[20:]) == encode({"x": frozen})


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), b"x", {1: 2}, object(), Decimal("NaN"), Decimal("Infinity"), {"a": [{1.5}]}, lambda: 1]
)
def test_what_is_no_feel_value_is_refused(value):
    with pytest.raises(InvalidRequest):
        freeze(value, name="x")


def test_values_are_copied_bounded_and_plain():
    given_list = [1]
    frozen = freeze({"a": given_list, "b": (1, 2), "c": Colour.RED, "d": UserDict(x=1)}, name="x")
    given_list.append(2)
    assert frozen == {"a": [1], "b": [1, 2], "c": "red", "d": {"x": 1}}
    assert type(frozen["c"]) is str

    nested: list = []
    for _ in range(100):
        nested = [nested]
    with pytest.raises(InvalidRequest, match="too large"):
        freeze(nested, name="x")
    with pytest.raises(InvalidRequest, match="too large"):
        freeze([0] * 200_000, name="x")


def test_instants_are_kept_to_the_microsecond():
    moment = datetime(2026, 3, 29, 1, 30, 0, 123457, tzinfo=UTC)
    assert read_instant(write_instant(moment)) == moment
    assert read_instant(write_instant(datetime(1, 1, 1, tzinfo=UTC))) == datetime(1, 1, 1, tzinfo=UTC)


def in_lists(value, depth):
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("part", [1, Decimal(1)])
def test_a_variable_may_be_as_large_and_as_deep_as_its_limits(part):
    deepest, largest = in_lists(part, DEPTH_MAX), [part] * (NODES_MAX - 1)

    assert freeze(deepest, name="x") == deepest
    assert freeze(largest, name="x") == largest
    assert freeze(in_lists([], DEPTH_MAX), name="x") == in_lists([], DEPTH_MAX)
    for too_much in (
        [deepest],
        [*largest, part],
        {"a": largest},
        in_lists(Range(start=part, end=part, start_included=True, end_included=True), DEPTH_MAX),
    ):
        with pytest.raises(InvalidRequest, match="too large"):
            freeze(too_much, name="x")


def test_a_damaged_foreign_or_newer_state_is_refused():
    play = Play(WAITING, {"approvers": ["marc"]})
    definition = play.definition
    for at in range(0, len(play.blob), 7):
        broken = play.blob[:at] + bytes([play.blob[at] ^ 1]) + play.blob[at + 1 :]
        with pytest.raises(StateUnreadable):
            Execution.restore(definition, broken, ports())
    for blob in (b"", b"CSE1", b"CSE9" + play.blob[4:], play.blob[:-1], play.blob + b"x"):
        with pytest.raises(StateUnreadable):
            Execution.restore(definition, blob, ports())
    with pytest.raises(StateUnreadable, match="version"):
        Execution.restore(definition, seal({**unseal(play.blob), "version": 99}), ports())
    with pytest.raises(StateUnreadable, match="belongs to definition"):
        Execution.restore(parse(WAITING.replace(b"P3D", b"P4D")), play.blob, ports())


class Colour(StrEnum):
    """A text of its own class."""

    RED = "red"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"a": ["ü\u2028\x7f\x00", -(2**63), 2**64 - 1, None, True]}, PLAIN),
        ({"a": 2**64}, COMPRESSED),
        ({"a": -(10**400)}, COMPRESSED),
        ({Colour.RED: 1}, COMPRESSED),
    ],
)
def test_a_short_state_is_stored_plain_where_that_is_exact(content, kind):
    blob = seal(content)

    assert unseal(blob) == content
    assert blob.startswith(kind)


def test_a_long_state_is_stored_compressed():
    short, long = {"a": "x" * (PLAIN_BYTES_MAX - 8)}, {"a": "x" * (PLAIN_BYTES_MAX - 7)}

    assert seal(short).startswith(PLAIN)
    assert seal(long).startswith(COMPRESSED)
    assert (unseal(seal(short)), unseal(seal(long))) == (short, long)


def test_a_state_that_unpacks_to_far_too_much_is_refused():
    from app.engine import codec

    packed = zlib.compress(b" " * 70_000_000, 9)
    blob = COMPRESSED + codec.blake2b(packed, digest_size=16).digest() + packed
    with pytest.raises(StateUnreadable, match="larger than"):
        unseal(blob)


def test_a_state_holds_no_part_of_the_definition():
    play = Play(bpmn(start() + user("A", label="A name that stands in the diagram alone") + end(), "S > A > E"))

    assert len(play.blob) < 600
    assert "diagram alone" not in json.dumps(encode(unseal(play.blob)))


def test_a_state_stored_before_it_has_run_goes_on():
    definition = parse(bpmn(start() + user("A") + end(), "S > A > E"))
    blob = Execution.start(definition, {}, ports()).dump()
    execution = Execution.restore(definition, blob, ports())
    task = execution.run().entered[0].element_instance
    execution.complete(task)

    assert Execution.restore(definition, execution.dump(), ports()).run().completed


WAITING = bpmn(
    start() + gateway("parallel", "F") + user("Vote", several("approvers", item="approver", output="votes", output_item="vote"))
    + boundary("Late", "Vote", timer("duration", "P3D")) + boundary("Remind", "Vote", timer("cycle", "R3/P1D"), interrupts=False)
    + sub("P", start("PS") + user("A") + end("PE"), "PS > A > PE") + catch("C", timer("date", "2026-02-01T00:00:00Z"))
    + gateway("parallel", "J") + user("Z") + end() + end("L") + end("R"),
    "S > F > Vote > J > Z > E", "F > P > J", "F > C > J", "Late > L", "Remind > R",
)  # fmt: skip


UNDONE = (
    '<userTask id="Book"/><boundaryEvent id="OnBook" attachedToRef="Book"><compensateEventDefinition/></boundaryEvent>'
    '<userTask id="Undo" isForCompensation="true"/><association id="L" sourceRef="OnBook" targetRef="Undo"/>'
)
COMPENSATING = bpmn(
    start()
    + gateway("parallel", "F")
    + sub("P", start("PS") + UNDONE + end("PE"), "PS > Book > PE", inner=several("items", item="i", sequential=True))
    + sub("Free", user("X") + user("Y") + "<completionCondition>done</completionCondition>", tag="adHocSubProcess")
    + throw("T", "<compensateEventDefinition/>")
    + '<complexGateway id="J"><activationCondition>activationCount >= 1</activationCondition></complexGateway>'
    + end(),
    "S > F > P > T > J > E", "F > Free > J", "F > J",
)  # fmt: skip


def numbered():
    """Return a source of ids that gives the same ones each time."""
    numbers = iter(range(1, 1_000))
    return lambda: f"00000000-0000-4000-8000-{next(numbers):012d}"


def make_golden():
    """Return the states of golden/, by name."""
    settings = {"new_id": numbered()}
    variables = {"approvers": ["marc", "claire"], "amount": Decimal("1250.00"), "on": date(2026, 1, 1), "form": {"$": 1, "typename": "x"}}
    play = Play(WAITING, variables, **settings)
    states = {"waiting": play.blob}
    states["voted"] = play.complete("Vote", {"vote": "ok"}).blob
    states["reminded"] = play.later(days=1).blob
    undo = Play(COMPENSATING, {"items": ["a", "b"], "done": False}, **settings).complete("Book").complete("Book")
    states["compensating"] = undo.blob
    return states


@pytest.mark.parametrize("name", ["compensating", "compensating-2"])
def test_a_golden_state_that_compensates_goes_on(name):
    """A sub-process is open again, a complex gateway waits to be ready, and an ad-hoc sub-process is in its round."""
    play = Play(COMPENSATING, {"items": [], "done": False})
    play.blob = (GOLDEN / f"{name}.state").read_bytes()
    assert sorted(play.tasks) == ["Undo", "X", "Y"]
    assert next(task.variables["i"] for task in play.restore().user_tasks() if task.element == "Undo") == "b"

    play.path.clear()
    play.complete("Undo").complete("X").complete("Undo").complete("Y", {"done": True})
    assert play.path == ["Undo", "OnBook", "X", "Undo", "T", "Y", "Free"]
    assert play.progress.completed


@pytest.mark.parametrize("name", ["waiting", "voted", "reminded", "waiting-2", "voted-2", "reminded-2"])
def test_golden_states_still_restore_and_complete(name):
    """States stored by earlier versions go on in this one.

    They are never rewritten: a new format gets new files beside them. To write the files of a new format, run
    `python -c "from tests.engine.test_state import *; [(GOLDEN / f'{n}-2.state').write_bytes(b) for n, b in make_golden().items()]"`
    in the project folder, with the format's number in the names.
    """
    play = Play(WAITING, {"approvers": []})
    play.blob = (GOLDEN / f"{name}.state").read_bytes()

    assert play.variables["amount"] == Decimal("1250.00")
    assert play.variables["form"] == {"$": 1, "typename": "x"}
    assert "Vote" in play.tasks
    for task in play.tasks:
        play.complete(task, {"vote": "ok"})
    play.after = timedelta(days=31)
    play.do("fire_timers").complete("Z")
    assert play.progress.completed
    assert play.variables["votes"] == ["ok", "ok"]


def test_golden_states_are_what_is_stored_today():
    for name, blob in make_golden().items():
        for file in (f"{name}.state", f"{name}-2.state"):
            assert with_ids_counted((GOLDEN / file).read_bytes()) == with_ids_counted(blob)


def with_ids_counted(blob):
    """Return the content of a state, its ids numbered in the order in which they stand there: how many a version draws is its own affair."""
    numbers: dict[str, str] = {}
    text = re.sub("00000000-[0-9-]{27}", lambda found: numbers.setdefault(found[0], f"id {len(numbers)}"), json.dumps(encode(unseal(blob))))
    return json.loads(text)
