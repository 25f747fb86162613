"""What somebody asks of an inbox, and whose tasks stand in it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from app.domain.cover_limits import limits_of
from app.domain.errors import BadPeriod, InvalidRequest
from app.domain.people import Directory
from app.operations.answer import Caller
from app.operations.matrix.snapshots import resolution_day
from app.operations.partners.seating import find_guest
from app.operations.system import Environment, System
from app.operations.tasks.view import INBOX_STATUSES
from app.operations.visibility import covers, rates_for
from app.persistence.database import Reading
from app.persistence.inbox_conditions import SORTS, InboxQuery
from app.persistence.types import AMOUNT_DECIMALS, AMOUNT_MAX
from app.persistence.visibility import Part

WHOSE = ("mine", "covered")
ORDERS = ("asc", "desc")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilters:
    """Which tasks of an inbox are wanted; all filters together.

    Attributes:
        received_from, received_to: days in the environment's time zone, both inclusive.
        process: key of a process definition.
        amount_from, amount_to: bound the document's total, both inclusive, in `currency`, else in the base currency of the environment.
        q: is part of the document's number, of its seller, or of the task's name.
        held, overdue, claimed: whether the task is on hold, is past its due date, or has been claimed by anybody.
        whose: `mine`, or `covered`: those of the people whom the caller stands in for; None for both.
    """

    organisation: str | None = None
    received_from: date | None = None
    received_to: date | None = None
    process: str | None = None
    amount_from: Decimal | None = None
    amount_to: Decimal | None = None
    currency: str | None = None
    step: str | None = None
    q: str | None = None
    held: bool | None = None
    overdue: bool | None = None
    claimed: bool | None = None
    whose: str | None = None

    def check(self) -> None:
        """Refuse what could never match or is too exact to compare.

        Raises:
            BadPeriod: the days are in the wrong order.
            InvalidRequest: the amounts are, or have more than 4 decimals, or are beyond all amounts.
        """
        if self.received_from and self.received_to and self.received_from > self.received_to:
            raise BadPeriod(starts_on=self.received_from.isoformat(), ends_on=self.received_to.isoformat())
        for name, amount in (("amount_from", self.amount_from), ("amount_to", self.amount_to)):
            if amount is not None and (abs(amount) >= AMOUNT_MAX or amount != round(amount, AMOUNT_DECIMALS)):
                bounds = f"Expected an amount below {AMOUNT_MAX:,} with at most {AMOUNT_DECIMALS} decimals."
                raise InvalidRequest(f"No document comes to {amount}.", errors={name: [bounds]})
        if self.amount_from is not None and self.amount_to is not None and self.amount_from > self.amount_to:
            message = f"Expected amount_from to be at most amount_to, but {self.amount_from} is more than {self.amount_to}."
            raise InvalidRequest(message, errors={"amount_to": ["Expected an amount that is not below amount_from."]})


UNFILTERED = TaskFilters()


def build_query(
    system: System,
    reading: Reading,
    caller: Caller,
    environment: Environment,
    directory: Directory,
    *,
    filters: TaskFilters,
    status: str = "open",
    sort: str = "due",
    order: str | None = None,
    after: Sequence[object] | None = None,
    limit: int = 1,
) -> InboxQuery:
    """Return the filters as the inbox is asked for them, today, for this caller."""
    now = system.clock()
    people = find_people(reading, directory, caller, today=resolution_day(environment, now), whose=filters.whose)
    is_filtered = filters is not UNFILTERED  # as an inbox nearly always is not
    return InboxQuery(
        environment_id=environment.id,
        people=people,
        guest=find_guest(caller, list(people)),
        statuses=INBOX_STATUSES[status],
        now=now,
        given=_values_of(filters, environment) if is_filtered else {},
        flags=_flags_of(filters) if is_filtered else {},
        texts=_spellings(filters.q),
        sort=sort,
        descending=is_descending(status, order),
        after=after,
        limit=limit,
    )


def _values_of(filters: TaskFilters, environment: Environment) -> dict[str, object]:
    is_priced = filters.amount_from is not None or filters.amount_to is not None
    values = {
        "organisation": filters.organisation,
        "received_from": _day_start(filters.received_from, environment),
        "received_before": _day_start(filters.received_to, environment, days=1),
        "amount_from": filters.amount_from,
        "amount_to": filters.amount_to,
        "currency": filters.currency or (environment.base_currency if is_priced else None),
        "process": filters.process,
        "step": filters.step,
    }
    return {name: value for name, value in values.items() if value is not None}


def _flags_of(filters: TaskFilters) -> dict[str, bool]:
    flags = {"is_held": filters.held, "is_overdue": filters.overdue, "is_claimed": filters.claimed}
    return {name: wanted for name, wanted in flags.items() if wanted is not None}


def is_descending(status: str, order: str | None) -> bool:
    """Return in which direction an inbox is sorted: soonest first what is open, newest first what is done, unless somebody says otherwise."""
    return order == "desc" if order else status != "open"


def check_choice(name: str, value: str | None, choices: Collection[str]) -> None:
    """Raise InvalidRequest unless the value is one of the choices, or None."""
    if value is not None and value not in choices:
        raise InvalidRequest(f"There is no {name} {value}.", errors={name: [f"Expected one of {', '.join(choices)}."]})


def check_order(*, status: str, sort: str, order: str | None) -> None:
    """Raise InvalidRequest for a tab, a sort or an order that there is none of."""
    check_choice("status", status, INBOX_STATUSES)
    check_choice("sort", sort, SORTS)
    check_choice("order", order, ORDERS)


def find_people(
    reading: Reading, directory: Directory, caller: Caller, *, today: date, whose: str | None = None
) -> Mapping[str, Sequence[Part]]:
    """Return whose tasks the caller sees today: his own, and of those whom he stands in for the parts that he does.

    Whoever covers nobody, which is nearly everybody, costs nothing here.
    """
    found = [] if whose == "mine" else covers(directory, caller, today=today)
    if not found:
        return {} if whose == "covered" else {caller.user_id: ()}
    rates = rates_for(reading, caller, [cover for cover in found if cover.is_restricted])
    people: dict[str, list[Part]] = defaultdict(list)
    if whose != "covered":
        people[caller.user_id] = []
    for cover in found:
        parts = people[cover.principal_id]
        if cover.is_restricted:
            parts.append(Part(user_id=cover.principal_id, processes=cover.processes, limits=limits_of(cover, rates, on=today)))
    return people


def _spellings(text: str | None) -> tuple[str, ...]:
    """Return what to look for: databases know small and capital letters of ASCII alone for certain, so that others are spelt out."""
    if text is None:
        return ()
    return (text,) if text.isascii() else tuple(dict.fromkeys((text, text.lower(), text.upper(), text.title())))


def _day_start(day: date | None, environment: Environment, *, days: int = 0) -> datetime | None:
    """Return the first moment of the day, `days` later; None for no day, and beyond the ends of the calendar, where no day bounds anything."""
    if day is None:
        return None
    try:
        return datetime.combine(day + timedelta(days=days), time.min, tzinfo=environment.zone).astimezone(UTC)
    except OverflowError:
        return None
