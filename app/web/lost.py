"""What the loser of a race reads: who did what and when, and that nothing was signed in his name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.errors import (
    AdditionRefused,
    Conflict,
    CountersignError,
    DelegationRefused,
    DocumentChanged,
    FilterNameInUse,
    InstanceNotActive,
    ReassignmentRefused,
    StaleRevision,
    TaskAlreadyDecided,
    TaskClaimed,
    TaskMoved,
    TaskNotOpen,
    TooManyFilters,
)
from app.domain.teamwork_errors import QuestionRefused, TaskNotOnHold, TaskOnHold
from app.operations.answer import Caller
from app.web.formatting import Calendar, person_name, username_of

# Conflicts with what was typed, such as a colleague who cannot be asked: they are said at the field, and the page stays as it is.
_OF_INPUT = (AdditionRefused, DelegationRefused, FilterNameInUse, QuestionRefused, ReassignmentRefused, TooManyFilters)
NOTHING_SIGNED = "Nothing was signed in your name."


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Head and consequence of a lost race."""

    head: str
    text: str


def is_lost(error: CountersignError) -> bool:
    """Return whether the state of the task has changed, so that nothing on the page counts any more."""
    return isinstance(error, Conflict | StaleRevision) and not isinstance(error, _OF_INPUT)


def describe_lost(error: CountersignError, *, me: Caller, calendar: Calendar, decided: str = "", latest: str = "") -> Lost:
    """Return what to tell whose decision came too late.

    Args:
        error: what was refused.
        me: who reads it.
        calendar: in whose zone times are shown.
        decided: who decided the task and when, where that is known now.
        latest: what happened last to the document, and when.
    """
    facts: Mapping[str, object] = error.facts
    if isinstance(error, TaskAlreadyDecided) and facts.get("who"):
        who, did = facts["who"], str(facts.get("did") or "decided")
        when = _moment(facts, "decided_at", calendar)
        if who == "you" or me.username in (who, username_of(who)):
            return Lost(head=f"You {did} this{when}.", text="It counts once. Nothing was signed twice.")
        return Lost(head=f"{person_name(who)} {did} this{when}, before you.", text=NOTHING_SIGNED)
    if isinstance(error, TaskMoved):
        return Lost(
            head=f"This was {facts.get('how')} to {person_name(facts.get('to'))}{_moment(facts, 'moved_at', calendar)}.",
            text=NOTHING_SIGNED,
        )
    if isinstance(error, TaskClaimed):
        who = person_name(facts.get("who"))
        return Lost(
            head=f"{who} claimed this{_moment(facts, 'claimed_at', calendar)}.", text=f"{NOTHING_SIGNED} Ask {who} to give it back."
        )
    if isinstance(error, TaskOnHold):
        return Lost(
            head=f"{facts.get('who')} put this on hold at {facts.get('at')}.", text=f"{NOTHING_SIGNED} It can be decided all the same."
        )
    if isinstance(error, TaskNotOnHold):
        return Lost(head="This is not on hold any more.", text=f"{NOTHING_SIGNED} Its clocks go on.")
    if isinstance(error, DocumentChanged):
        return Lost(
            head="The document was changed after it was shown to you.", text=f"{NOTHING_SIGNED} Look at it again before you decide."
        )
    if isinstance(error, StaleRevision):
        changed = f"This task changed after it was shown to you{f': {latest}' if latest else '.'}"
        return Lost(head=changed, text=f"{NOTHING_SIGNED} Load it again.")
    if isinstance(error, TaskNotOpen) and decided:
        return Lost(head=decided, text=NOTHING_SIGNED)
    if isinstance(error, TaskNotOpen | InstanceNotActive):
        what = "task" if isinstance(error, TaskNotOpen) else "process instance"
        return Lost(head=f"This {what} is {facts.get('state') or 'closed'} now.", text=NOTHING_SIGNED)
    text = "" if NOTHING_SIGNED in error.detail else NOTHING_SIGNED
    return Lost(head=error.detail, text=text)


def _moment(facts: Mapping[str, object], instant: str, calendar: Calendar) -> str:
    """Return " at 10:31" or " on Mon 2 Nov 17:00" from the instant, else from the ready text `at`."""
    when = calendar.clock(facts.get(instant)) if calendar.local(facts.get(instant)) else str(facts.get("at") or "")
    return f" {'at' if len(when) == 5 else 'on'} {when}" if when else ""
