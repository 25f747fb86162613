"""Plays as JSON lines: what to play in, what happened out, numbers exact both ways."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from app.domain.deadlines import CalendarDuration, add_duration, parse_duration, parse_instant, to_instant
from app.domain.errors import CountersignError, InvalidInput
from app.feel.errors import FeelError
from app.feel.json import loads
from app.feel.values import DaysTimeDuration
from app.formats.json_fields import JsonObject, read_list, read_mapping, read_text

LINE_BYTES_MAX: Final = 5 * 1024 * 1024
MESSAGES_MAX: Final = 10_000
DEFAULT_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_KEYS: Final = frozenset({"process", "variables", "until", "start", "answers", "hold", "messages"})
_MESSAGE_KEYS: Final = frozenset({"name", "at", "correlation", "payload"})
_AN_INSTANT: Final = 'an instant such as "2026-01-03T09:00:00Z", or a duration from the start such as "P2D"'


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedMessage:
    """A message (or signal) that comes in at an instant."""

    name: str
    at: datetime
    correlation: Mapping[str, Any]
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is to be played.

    Attributes:
        process: id of the process; None for the only executable one.
        until: the instant up to which timers fire and messages come; the last message when nothing else is said.
        answers: by element id: what a task returns; a list answers visit after visit.
        hold: user tasks that are left waiting.
        messages: in the order in which they come.
    """

    process: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    start: datetime = DEFAULT_START
    until: datetime = DEFAULT_START
    answers: Mapping[str, Any] = field(default_factory=dict)
    hold: frozenset[str] = frozenset()
    messages: tuple[PlayedMessage, ...] = ()


def read_question(line: bytes) -> Question:
    """Return what a line of JSON asks for.

    Raises:
        InvalidInput: the line is no JSON object of this form; the detail names the place.
    """
    if len(line) > LINE_BYTES_MAX:
        raise InvalidInput(reason=f"the line has more than {LINE_BYTES_MAX} bytes")
    try:
        value = loads(line.decode())
    except (ValueError, FeelError) as error:
        raise InvalidInput(f"The line is no JSON: {error}") from error
    asked = JsonObject(value, (), _KEYS)
    start = to_instant(asked.find("start", _read_moment) or DEFAULT_START, UTC)
    messages = _read_messages(asked, start)
    until = asked.find("until", _read_span)
    last = max((message.at for message in messages), default=start)
    return Question(
        process=asked.find("process", read_text),
        variables=asked.get("variables", read_mapping, {}),
        start=start,
        until=last if until is None else _resolve(until, start, "until"),
        answers=asked.get("answers", read_mapping, {}),
        hold=frozenset(asked.find("hold", _read_ids) or ()),
        messages=messages,
    )


def _read_messages(asked: JsonObject, start: datetime) -> tuple[PlayedMessage, ...]:
    if len(asked.find("messages", read_list) or ()) > MESSAGES_MAX:
        raise InvalidInput(reason=f"messages has more than {MESSAGES_MAX} messages")

    def build(message: JsonObject) -> PlayedMessage:
        at = message.find("at", _read_span)
        return PlayedMessage(
            name=message.require("name", read_text),
            at=start if at is None else _resolve(at, start, "at"),
            correlation=message.get("correlation", read_mapping, {}),
            payload=message.get("payload", _read_anything, None),
        )

    found = asked.list_objects("messages", _MESSAGE_KEYS, build)
    return tuple(sorted(found, key=lambda message: message.at))


def _resolve(span: CalendarDuration | datetime | date, start: datetime, where: str) -> datetime:
    try:
        return add_duration(start, span, UTC) if isinstance(span, CalendarDuration) else to_instant(span, UTC)
    except OverflowError as error:
        raise InvalidInput(reason=f"{where} is beyond the calendar") from error


def _read_moment(value: object) -> datetime | date:
    try:
        return parse_instant(value if isinstance(value, str) else "")
    except ValueError as error:
        raise ValueError('an instant such as "2026-01-03T09:00:00Z"') from error


def _read_span(value: object) -> CalendarDuration | datetime | date:
    text = value.strip() if isinstance(value, str) else ""
    try:
        return parse_duration(text) if text.lstrip("-").startswith("P") else parse_instant(text)
    except ValueError as error:
        raise ValueError(_AN_INSTANT) from error


def _read_ids(value: object) -> tuple[str, ...]:
    return tuple(map(read_text, [value] if isinstance(value, str) else read_list(value)))


def _read_anything(value: object) -> object:
    return value


def write_elapsed(start: datetime, at: datetime) -> str:
    """Return the time from `start` to `at` as an ISO 8601 duration, such as P2DT3H."""
    return str(DaysTimeDuration.from_timedelta(at - start))


def write_error(error: CountersignError, *, element: str | None = None) -> dict[str, Any]:
    """Return an error with its code and its sentence, and the element where it stands."""
    place = {} if element is None else {"element": element}
    is_input = isinstance(error, InvalidInput) and "reason" in error.facts
    return {"code": error.code, **place, "detail": f"The line cannot be played: {error.facts['reason']}." if is_input else error.detail}
