"""What entering and changing an absence have in common: whose it is, and whether it can be."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.absence import Absence, find_circle, find_overlap
from app.domain.audit import AuditEntry
from app.domain.errors import GrantRefused, InvalidRequest, NotFound
from app.domain.leaving_errors import AbsenceCircle, AbsenceOverlaps, BadDateRange, StandInRefused
from app.domain.money import Money, round_down
from app.domain.people import Directory, Person
from app.domain.roles import KEEPERS
from app.operations.answer import Caller, JsonObject
from app.operations.environment_story import tell_environment
from app.operations.instances.view import person_view
from app.operations.matrix.snapshots import resolution_day
from app.operations.people.keeping import find_kept
from app.operations.system import Environment, System
from app.operations.turn import check_current, directory_of, read_environment
from app.operations.visibility import require_role
from app.operations.wording import instant, join_names
from app.persistence import absences, definitions, people
from app.persistence.database import Reading, UnitOfWork
from app.persistence.types import AMOUNT_DECIMALS, AMOUNT_MAX

KEEP = "keep the absences and the backup of another user"
DAYS_MAX = 731
PROCESSES_MAX = 50
PLANNED_MAX = 100
STANDS_IN_MAX = 50
NOTE_LENGTH_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The people of the environment, locked, and the user whose absences or backup are kept."""

    system: System
    work: UnitOfWork
    caller: Caller
    environment: Environment
    directory: Directory
    user: Person
    today: date

    def tell(self, kind: str, text: str, **facts: Any) -> None:
        """Raise the authority version and tell the environment's audit chain; call it last, before the commit."""
        people.raise_authority_version(self.work, self.environment.id)
        facts = {"user": self.user.username, **facts}
        on_behalf_of = self.user.username if self.user.id != self.caller.user_id else None
        entry = AuditEntry(at=self.system.clock(), kind=kind, text=text, actor=self.caller.username, on_behalf_of=on_behalf_of, facts=facts)
        tell_environment(self.system, self.work, self.environment.id, entry)


def check_keeper(caller: Caller, user_id: str | None) -> str:
    """Return whose absences are meant: the caller's own for None, another's for who keeps the users."""
    if user_id is None or user_id == caller.user_id:
        return caller.user_id
    require_role(caller, *KEEPERS, verb=KEEP)
    return user_id


@contextmanager
def desk_of(system: System, caller: Caller, user_id: str) -> Iterator[Desk]:
    """Lock the people of the caller's environment, and give the user.

    Raises:
        NotFound: there is no such user in it.
        UserProtected: it is another who has a role that the caller could not give.
    """
    with system.database.write() as work:
        people.lock_environment(work, caller.environment_id)
        environment = read_environment(work, caller.environment_id)
        check_current(caller, environment)
        directory = directory_of(system, work, environment)
        if user_id != caller.user_id:
            find_kept(work, caller, user_id, verb=KEEP)
        yield Desk(
            system=system,
            work=work,
            caller=caller,
            environment=environment,
            directory=directory,
            user=find_person(directory, user_id),
            today=resolution_day(environment, system.clock()),
        )


def find_person(directory: Directory, user_id: str) -> Person:
    """Return the user of the environment.

    Raises:
        NotFound: there is none with this id.
    """
    person = next((each for each in directory if each.id == user_id), None)
    if person is None:
        raise NotFound(what="user", id=user_id)
    return person


def find_stand_in(desk: Desk, username: str, *, field: str) -> Person:
    """Return the colleague of this name who may act for the user.

    Raises:
        InvalidRequest: there is no such user, or it is the user himself.
        StandInRefused: he is not active, no full user, or no human being.
        GrantRefused: it is the caller, for somebody else: nobody takes authority that way.
    """
    person = desk.directory.find(username)
    if person is None:
        raise InvalidRequest(
            f"There is no user {username}.", errors={field: [f"Expected the user name of a colleague, but got {username!r}."]}
        )
    if person.id == desk.user.id:
        raise InvalidRequest("Nobody can stand in for himself.", errors={field: ["Name a colleague."]})
    if person.id == desk.caller.user_id:
        raise GrantRefused(what=f"yourself the place of {desk.user.full_name}", reason="the user or another administrator has to do it")
    if not person.may_stand_in:
        raise StandInRefused(stand_in=person.full_name, user=desk.user.full_name, reason="only an active full user can act for others")
    return person


def read_cap(amount: Mapping[str, str] | None) -> Money | None:
    """Return the cap of an absence.

    Raises:
        InvalidRequest: it is not above zero, or more exact or larger than any document.
    """
    if amount is None:
        return None
    cap = Money(Decimal(amount["amount"]), amount["currency"])
    if not 0 < cap.amount < AMOUNT_MAX or cap.amount != round_down(cap.amount, digits=AMOUNT_DECIMALS):
        detail = f"Expected an amount above 0 and below {AMOUNT_MAX:f}, with at most {AMOUNT_DECIMALS} decimals."
        raise InvalidRequest(detail, errors={"amount_max": [detail]})
    return cap


def read_processes(desk: Desk, keys: Collection[str]) -> frozenset[str]:
    """Return the keys of the process definitions, every one of them deployed.

    Raises:
        InvalidRequest: too many, or one that does not exist.
    """
    if len(keys) > PROCESSES_MAX:
        raise InvalidRequest("There are too many processes.", errors={"processes": [f"Expected at most {PROCESSES_MAX}."]})
    for key in sorted(set(keys)):
        if definitions.newest_process(desk.work, environment_id=desk.environment.id, key=key) is None:
            raise InvalidRequest(
                f"There is no process {key}.", errors={"processes": [f"Expected keys of process definitions, not {key!r}."]}
            )
    return frozenset(keys)


def check_absence(desk: Desk, new: Absence) -> None:
    """Check that the absence can be entered beside all others.

    Raises:
        BadDateRange: its days are in the wrong order, over, or too many.
        AbsenceOverlaps: the user is away on some of these days already.
        StandInRefused: the stand-in covers too many people on these days.
        AbsenceCircle: everybody in a circle would be away on one day, each covered by the next.
    """
    if new.ends_on < new.starts_on:
        raise BadDateRange(reason="the last day is before the first", starts_on=new.starts_on.isoformat(), ends_on=new.ends_on.isoformat())
    if new.ends_on < desk.today:
        raise BadDateRange(reason="the last day is over", starts_on=new.starts_on.isoformat(), ends_on=new.ends_on.isoformat())
    if (new.ends_on - new.starts_on).days >= DAYS_MAX:
        raise BadDateRange(reason=f"it has more than {DAYS_MAX} days", starts_on=new.starts_on.isoformat(), ends_on=new.ends_on.isoformat())
    others = [each for each in absences.read_absences(desk.work, desk.environment.id, since=desk.today) if each.id != new.id]
    overlap = find_overlap(others, new)
    if overlap is not None:
        raise AbsenceOverlaps(
            user=desk.user.full_name,
            absence=overlap.id,
            starts_on=overlap.starts_on.isoformat(),
            ends_on=overlap.ends_on.isoformat(),
            stand_in=desk.directory.get(overlap.stand_in_id).full_name,
        )
    if sum(each.user_id == new.user_id for each in others) >= PLANNED_MAX:
        raise InvalidRequest(f"There are {PLANNED_MAX} absences to come already.", errors={"starts_on": ["End one of them first."]})
    stand_in = desk.directory.get(new.stand_in_id)
    same_days = [each for each in others if each.stand_in_id == new.stand_in_id and _share_a_day(each, new)]
    if len(same_days) >= STANDS_IN_MAX:
        reason = f"{stand_in.full_name} stands in for {len(same_days)} people on these days already"
        raise StandInRefused(stand_in=stand_in.full_name, user=desk.user.full_name, reason=reason)
    circle = find_circle(others, new)
    if circle:
        names = [desk.directory.get(user_id).full_name for user_id in circle]
        raise AbsenceCircle(circle=" → ".join([*names, names[0]]), people=[desk.directory.get(each).username for each in circle])


def say_period(absence: Absence) -> str:
    """Return the days of an absence in words."""
    return f"from {absence.starts_on.isoformat()} to {absence.ends_on.isoformat()}"


def say_extent(absence: Absence) -> str:
    """Return in words what the stand-in may act on; nothing where it is everything."""
    parts = []
    if absence.amount_max is not None:
        money = absence.amount_max.to_json()
        parts.append(f"up to {money['amount']} {money['currency']}")
    if absence.processes:
        parts.append(f"in {join_names(sorted(absence.processes))}")
    return f" ({', '.join(parts)})" if parts else ""


def absence_view(row: Any, directory: Directory, *, today: date) -> JsonObject:
    """Return an absence as callers see it."""
    absence = absences.absence_of(row)
    return {
        "id": row.id,
        "user": person_view(directory, row.user_id),
        "stand_in": person_view(directory, row.stand_in_id),
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "amount_max": absence.amount_max.to_json() if absence.amount_max else None,
        "processes": sorted(absence.processes),
        "note": row.note,
        "state": _state(row, absence, today),
        "created_by": person_view(directory, row.created_by),
        "created_at": instant(row.created_at),
        "ended_by": person_view(directory, row.ended_by),
        "ended_at": instant(row.ended_at),
        "revision": row.revision,
    }


def find_row(reading: Reading, desk: Desk, absence_id: str) -> Any:
    """Return the row of the user's absence.

    Raises:
        NotFound: he has none with this id.
    """
    row = absences.find_absence(reading, desk.environment.id, absence_id)
    if row is None or row.user_id != desk.user.id:
        raise NotFound(what="absence", id=absence_id)
    return row


def _state(row: Any, absence: Absence, today: date) -> str:
    if row.ended_at is not None:
        return "ended"
    if absence.is_in_force(today):
        return "in_force"
    return "planned" if absence.starts_on > today else "over"


def _share_a_day(one: Absence, other: Absence) -> bool:
    return one.starts_on <= other.ends_on and other.starts_on <= one.ends_on
