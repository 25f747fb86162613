"""Texts the pages show for money, instants and people. Pure: the moment "now" and the zone are passed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTHS_LONG = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
_DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
_DAYS_LONG = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_KINDS = {"credit_note": "credit note", "expense_claim": "expense claim", "other": "document"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A short word with its icon and tone (yes, no, warn, esc, you, line or plain)."""

    text: str
    icon: str
    tone: str = ""


def amount_text(value: object) -> str:
    """Return the amount with thousands separators and U+2212 for minus: "−12,000.00"; a dash when there is none."""
    amount = value.get("amount") if isinstance(value, Mapping) else value
    if amount is None or amount == "":
        return DASH
    try:
        number = Decimal(str(amount))
    except InvalidOperation:
        return str(amount)
    digits = f"{abs(number):,f}"
    return f"{MINUS}{digits}" if number < 0 else digits


def currency_of(value: object, fallback: str = "") -> str:
    """Return the currency of a money object, else `fallback`."""
    return str(value.get("currency", fallback)) if isinstance(value, Mapping) else fallback


def money_text(value: object, currency: str = "") -> str:
    """Return currency and amount for a sentence: "EUR 300,000.00"."""
    return f"{currency_of(value, currency)} {amount_text(value)}".strip()


def limit_text(value: object) -> str:
    """Return "limit 50,000.00"; None means that there is no limit."""
    return "no limit" if value is None else f"limit {amount_text(value)}"


def parse_instant(value: object) -> datetime | None:
    """Return the aware instant that `value` (RFC 3339 text or datetime) names, None when it names none."""
    if isinstance(value, datetime):
        return value if value.tzinfo else None
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None


def parse_day(value: object) -> date | None:
    """Return the date that `value` (ISO text or date) names, None when it names none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def day_text(day: date, *, today: date, weekday: bool = True) -> str:
    """Return "Mon 2 Nov", with the year when it is not this year's."""
    text = f"{day.day} {_MONTHS[day.month - 1]}"
    if weekday:
        text = f"{_DAYS[day.weekday()]} {text}"
    return text if day.year == today.year else f"{text} {day.year}"


def day_long(day: date) -> str:
    """Return "Monday 2 November"."""
    return f"{_DAYS_LONG[day.weekday()]} {day.day} {_MONTHS_LONG[day.month - 1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """One page's "now" and zone, with the texts that depend on them."""

    now: datetime
    zone: tzinfo

    @property
    def today(self) -> date:
        """The date of now in the zone."""
        return self.now.astimezone(self.zone).date()

    def local(self, value: object) -> datetime | None:
        """Return the instant in the zone, None when `value` is no instant."""
        instant = parse_instant(value)
        return instant.astimezone(self.zone) if instant else None

    def moment(self, value: object) -> str:
        """Return "Mon 2 Nov 17:00"."""
        local = self.local(value)
        return f"{day_text(local.date(), today=self.today)} {local:%H:%M}" if local else DASH

    def clock(self, value: object) -> str:
        """Return "17:00" when the instant is today, else "Mon 2 Nov 17:00"."""
        local = self.local(value)
        if local is None:
            return DASH
        return f"{local:%H:%M}" if local.date() == self.today else self.moment(value)

    def day(self, value: object) -> str:
        """Return "26 Oct 2026" for a date or an instant."""
        local = self.local(value)
        day = local.date() if local else parse_day(value)
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if day else DASH

    def due_badge(self, value: object) -> Badge | None:
        """Return the badge of a due instant: overdue by how much, today at, or the day."""
        local = self.local(value)
        if local is None:
            return None
        late = self.now - local
        if late > timedelta(0):
            return Badge(text=f"{duration_text(late)} overdue", icon="alarm-clock", tone="no")
        if local.date() == self.today:
            return Badge(text=f"Today {local:%H:%M}", icon="clock", tone="warn")
        return Badge(text=day_text(local.date(), today=self.today), icon="calendar")

    def due_group(self, value: object) -> tuple[str, str]:
        """Return key and title of the group that a due instant belongs to."""
        local = self.local(value)
        if local is None:
            return "none", "No due date"
        if self.now > local:
            return "overdue", "Overdue"
        if local.date() == self.today:
            return "today", f"Today, {day_long(self.today)}"
        if local.date() <= self.today + timedelta(days=6 - self.today.weekday()):
            return "week", "This week"
        return "later", "Later"


def duration_text(length: timedelta) -> str:
    """Return the length in its largest whole unit: "20 min", "3 h", "1 day", "4 days"."""
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return f"{max(minutes, 1)} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h"
    days = minutes // (24 * 60)
    return "1 day" if days == 1 else f"{days} days"


def person_name(value: object) -> str:
    """Return the name to show for a person object, a user name or nothing."""
    if isinstance(value, Mapping):
        return str(value.get("full_name") or value.get("name") or value.get("username") or DASH)
    return str(value) if value else DASH


def username_of(value: object) -> str:
    """Return the user name of a person object or of a plain user name."""
    return str(value.get("username") or value.get("user") or "") if isinstance(value, Mapping) else str(value or "")


def names_in(value: object, *, depth: int = 8) -> dict[str, str]:
    """Return the full names by user name of all people named anywhere in an answer's body."""
    if depth == 0:
        return {}
    found: dict[str, str] = {}
    inner: Iterable[object] = ()
    if isinstance(value, Mapping):
        inner = value.values()
        if value.get("username") and value.get("full_name"):
            found[str(value["username"])] = str(value["full_name"])
    elif isinstance(value, list | tuple):
        inner = value
    for each in inner:
        found |= names_in(each, depth=depth - 1)
    return found


def initial(name: str) -> str:
    """Return the capital that stands for a person in a round mark."""
    return next((letter.upper() for letter in name if letter.isalnum()), "?")


def words(key: object) -> str:
    """Return a key as words: "first_line" gives "First line"; text with spaces stays as it is."""
    text = str(key or "")
    text = text.replace("_", " ") if " " not in text else text
    return text[:1].upper() + text[1:]


def kind_text(kind: object) -> str:
    """Return the word for a document kind."""
    return _KINDS.get(str(kind), str(kind or "document").replace("_", " "))


def seller_name(document: Mapping[str, Any]) -> str:
    """Return the supplier's name of a document, whose seller is an object or a name."""
    seller = document.get("seller")
    name = person_name(seller) if seller else ""
    return name or words(kind_text(document.get("kind")))


def join_names(names: list[str], *, last: str = "and") -> str:
    """Return "Ann", "Ann and Carl", "Ann, Carl and Marc"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"
