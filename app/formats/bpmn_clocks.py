"""Checks the clocks of a user task: its due date, reminders and escalation, and that each has what it hangs on."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from app.domain.deadlines import CalendarDuration, parse_duration, parse_repeat
from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_expressions import Form

DEADLINES: Final = ("due", "remind_after", "escalate_after")
CLOCKS: Final = frozenset({*DEADLINES, "remind_every", "remind_before_due", "on_overdue", "escalate_to", "escalate_mode", "calendar"})
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "calendar": ("calendar", "business"),
    "on_overdue": ("remind", "escalate"),
    "escalate_mode": ("move", "share"),
}
REPEATS_MAX: Final = 30
_LOOKS_LIKE_DURATION: Final = re.compile(r"-?P(\d|T)")
_ESCALATE_REMEDY: Final = (
    'Add escalate_to: manager, backup, matrix, a user name, or a FEEL list such as ["manager", "role:coding"], tried in order.'
)


class Checked(Protocol):
    """A user task under check."""

    @property
    def properties(self) -> Mapping[str, str]:
        """Its properties."""

    def fault(self, code: str, message: str, remedy: str) -> Diagnostic:
        """Return a fault of the task."""

    def expression(self, name: str, *, form: Form = "feel") -> Iterator[Diagnostic]:
        """Give the faults of the FEEL expression, or the ISO 8601 text, of a property."""


def check_clocks(check: Checked) -> Iterator[Diagnostic]:
    """Give what is wrong with the due date, the reminders and the escalation of a user task."""
    for name in DEADLINES:
        if name in check.properties:
            yield from _check_deadline(check, name)
    yield from _check_reminders(check)
    yield from _check_overdue(check)
    yield from _check_escalation(check)


def _check_deadline(check: Checked, name: str) -> Iterator[Diagnostic]:
    faults = list(check.expression(name, form="duration"))
    yield from faults
    text = check.properties[name].strip()
    if not faults and _LOOKS_LIKE_DURATION.match(text) and not parse_duration(text).is_positive:
        yield check.fault("time_invalid", f"has {name} {text}, which is over at once.", "Write a duration such as P3D or PT48H.")


def _check_reminders(check: Checked) -> Iterator[Diagnostic]:
    properties = check.properties
    if "remind_every" in properties:
        text = properties["remind_every"]
        fault = _repeat_fault(text)
        if fault:
            remedy = "Write an interval such as P1D, or one that says how often, such as R3/P1D; FEEL is not read here."
            yield check.fault("time_invalid", f'has remind_every "{text}": {fault}', remedy)
        if "remind_after" not in properties and properties.get("on_overdue") != "remind":
            message = "has remind_every, but no reminder that could come again."
            yield check.fault("deadline_incomplete", message, "Add remind_after such as P3D, or on_overdue with the value remind.")
    if "remind_before_due" in properties:
        text = properties["remind_before_due"]
        if _read_duration(text) is None:
            message = f'has remind_before_due "{text}", which is no duration.'
            yield check.fault("time_invalid", message, "Write an ISO 8601 duration such as P1D or PT4H; FEEL is not read here.")
        if "due" not in properties:
            message = "reminds before its due date, but has none."
            yield check.fault("deadline_incomplete", message, "Add due, such as P5D, or remove remind_before_due.")


def _check_overdue(check: Checked) -> Iterator[Diagnostic]:
    if "on_overdue" in check.properties and "due" not in check.properties:
        message = "says what happens when it is overdue, but has no due date."
        yield check.fault("deadline_incomplete", message, "Add due, such as P5D, or remove on_overdue.")


def _check_escalation(check: Checked) -> Iterator[Diagnostic]:
    properties = check.properties
    when_overdue = properties.get("on_overdue") == "escalate"
    escalates = "escalate_after" in properties or when_overdue
    if "escalate_after" in properties and when_overdue:
        message = "escalates after a time and when it is overdue."
        yield check.fault("deadline_incomplete", message, "Keep escalate_after, or on_overdue with the value escalate.")
    if escalates and "escalate_to" not in properties:
        yield check.fault("escalation_incomplete", "escalates to nobody.", _ESCALATE_REMEDY)
    for name in ("escalate_to", "escalate_mode"):
        if name in properties and not escalates:
            remedy = "Add escalate_after, such as P5D, or on_overdue with the value escalate."
            yield check.fault("escalation_incomplete", f"has {name} but never escalates.", remedy)
    if re.search(r"\bmatrix\b", properties.get("escalate_to", "")) and "approval_step" not in properties:
        message = "escalates to the matrix, which knows nobody for it: it is no approval step."
        yield check.fault("escalation_incomplete", message, "Name somebody else, such as manager, or add approval_step.")


def _repeat_fault(text: str) -> str:
    """Return what is wrong with a repeating interval, "" for nothing."""
    text = text.strip()
    try:
        repeat = parse_repeat(text if text.startswith("R") else f"R/{text}")
    except ValueError as error:
        return str(error)
    if repeat.start is not None:
        return "it begins with the reminder, not at a time of its own."
    if repeat.times is not None and not 1 <= repeat.times <= REPEATS_MAX:
        return f"it comes again once to {REPEATS_MAX} times."
    return ""


def _read_duration(text: str) -> CalendarDuration | None:
    try:
        duration = parse_duration(text)
    except ValueError:
        return None
    return duration if duration.is_positive else None
