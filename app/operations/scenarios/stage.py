"""Where a scenario is played: a system of its own, a clock that stands until it is moved, a mail server that keeps what it gets."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

from app.domain.errors import CountersignError
from app.operations.answer import Caller
from app.operations.people.callers import find_caller
from app.operations.schedules.claim_due import claim_due
from app.operations.schedules.do_due_work import do_due_work
from app.operations.system import System
from app.persistence import instances

ROUNDS_MAX = 1_000


class VirtualClock:
    """A clock that shows what it was set to."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        """Return the instant it shows."""
        return self.at


@dataclass(kw_only=True)
class Stage:
    """One throw-away system.

    Attributes:
        system: made with `clock` as its clock and `mails.append` as its way to send mail.
        read_file: returns a file beside the scenario's own, by its name.
    """

    system: System
    clock: VirtualClock
    mails: list[EmailMessage]
    read_file: Callable[[str], bytes]
    callers: dict[str, Caller] = field(default_factory=dict)

    def caller(self, username: str) -> Caller:
        """Return the person of this user name.

        Raises:
            NotFound: there is no active user of this name.
        """
        if username not in self.callers:
            self.callers[username] = find_caller(self.system, username)
        return self.callers[username]

    def do_due_work(self) -> None:
        """Do all work that is due now, until nothing is: timers, start events, mails, messages and signals on their way."""
        for _ in range(ROUNDS_MAX):
            due = claim_due(self.system)
            if not due:
                return
            for work in due:
                do_due_work(self.system, work)
        raise WorkNeverEnds(rounds=ROUNDS_MAX)

    def advance(self, until: datetime, instance_id: str) -> None:
        """Let time pass; what falls due on the way happens at its own time, in its order."""
        for _ in range(ROUNDS_MAX):
            with self.system.database.read() as reading:
                waiting = [row.due_at for row in instances.waiting_timers(reading, instance_id)]
            due = min((at for at in waiting if at <= until), default=None)
            if due is None:
                self.clock.at = until
                self.do_due_work()
                return
            self.clock.at = max(self.clock.at, due)
            self.do_due_work()
        raise WorkNeverEnds(rounds=ROUNDS_MAX)


class WorkNeverEnds(CountersignError):
    """There is still due work after {rounds} rounds: timers seem to start each other."""
