"""The people of an environment as of one authority version, with their roles and who stands in for whom."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from app.domain.absence import Absence

ADMINISTRATOR = "administrator"
WORKFLOW_ADMINISTRATOR = "workflow_administrator"
MATRIX_ADMINISTRATOR = "matrix_administrator"
APPLICATION_MANAGER = "application_manager"
CONSULTANT = "consultant"
CODING = "coding"
ANALYST = "analyst"
INTEGRATOR = "integrator"

ROLES = frozenset(
    {ADMINISTRATOR, WORKFLOW_ADMINISTRATOR, MATRIX_ADMINISTRATOR, APPLICATION_MANAGER, CONSULTANT, CODING, ANALYST, INTEGRATOR}
)
SEES_ALL_TRANSACTIONS = frozenset({ADMINISTRATOR, WORKFLOW_ADMINISTRATOR, MATRIX_ADMINISTRATOR, APPLICATION_MANAGER})
SUCCESSORS_MAX = 20
NO_LICENCE = "none"
"""The kind of a user who acts on no task, such as a program that sends documents: an administrator makes its tokens."""
GUEST = "guest"
"""The kind of a person of a partner environment: never a colleague, a role player, a backup or a successor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user, as the rules see him."""

    id: str
    username: str
    full_name: str
    email: str | None = None
    kind: str = "full"
    active: bool = True
    roles: frozenset[str] = frozenset()
    manager_id: str | None = None
    successor_id: str | None = None
    backup_id: str | None = None
    backup_active: bool = False
    notify_new_task: bool = False
    notify_reminders: bool = True
    notify_status: bool = True
    phone: str | None = None
    language: str = "en"
    avatar: str | None = None
    wants_digest: bool = False  # one mail a day instead of one for each thing that happens
    partner: str | None = None  # the key of a guest's own environment

    @property
    def acts(self) -> bool:
        """Return whether tasks can be given to him: active, and of a kind that acts on any."""
        return self.active and self.kind != NO_LICENCE

    @property
    def may_stand_in(self) -> bool:
        """Return whether he may act for others: active, a full user, and a human being."""
        return self.active and self.kind == "full" and INTEGRATOR not in self.roles


class Directory:
    """All people of an environment, found by id, by user name and by role.

    Guests, the people of partners who hold or held shares of tasks here, stand apart: known by id, so that whatever they did has a name,
    and not among the people, so that nothing but a delegation reaches them.
    """

    def __init__(
        self,
        people: Iterable[Person],
        absences: Iterable[Absence] = (),
        *,
        guests: Iterable[Person] = (),
        groups: Mapping[str, Iterable[str]] = MappingProxyType({}),
    ) -> None:
        self._by_id: Mapping[str, Person] = {person.id: person for person in people}
        self._by_username = {person.username: person for person in self._by_id.values()}
        self._guests: Mapping[str, Person] = {person.id: person for person in guests}
        self._guests_by_username = {person.username: person for person in self._guests.values()}
        self._by_role: dict[str, list[Person]] = defaultdict(list)
        self._covered: dict[str, list[Person]] = defaultdict(list)
        self._groups = {key: frozenset(user_ids) for key, user_ids in groups.items()}
        self._preceded: dict[str, list[Person]] = defaultdict(list)
        self._absences: dict[str, list[Absence]] = defaultdict(list)
        self._absences_covered: dict[str, list[Absence]] = defaultdict(list)
        for person in sorted(self._by_id.values(), key=lambda each: each.username):
            for role in person.roles:
                self._by_role[role].append(person)
            if person.active and person.backup_active and person.backup_id:
                self._covered[person.backup_id].append(person)
            if not person.active and person.successor_id:
                self._preceded[person.successor_id].append(person)
        for absence in absences:
            if self._by_id[absence.user_id].active:
                self._absences[absence.user_id].append(absence)
                self._absences_covered[absence.stand_in_id].append(absence)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_id.values())

    def get(self, user_id: str) -> Person:
        """Return the person with this id, a guest included; every id in a row is one of them."""
        person = self._by_id.get(user_id)
        return self._guests[user_id] if person is None else person

    def find(self, username: str) -> Person | None:
        """Return the person with this user name, or None; a guest is none of them."""
        return self._by_username.get(username)

    def find_named(self, username: str) -> Person | None:
        """Return whoever this user name stands for where something has happened: a person, else a guest (`kim@ACC`), or None."""
        return self._by_username.get(username) or self._guests_by_username.get(username)

    def guests(self) -> tuple[Person, ...]:
        """Return the guests, by user name."""
        return tuple(sorted(self._guests.values(), key=lambda each: each.username))

    def name(self, user_id: str | None) -> str | None:
        """Return the user name of an id, None for none."""
        return self.get(user_id).username if user_id else None

    def with_role(self, role: str) -> tuple[Person, ...]:
        """Return the people who hold the role and act, by user name."""
        return tuple(person for person in self._by_role.get(role, ()) if person.acts)

    def members_of(self, group: str) -> tuple[Person, ...] | None:
        """Return everybody in the group with this key, by user name; None when there is no such group."""
        user_ids = self._groups.get(group)
        if user_ids is None:
            return None
        return tuple(sorted((self._by_id[user_id] for user_id in user_ids), key=lambda each: each.username))

    def in_group(self, group: str) -> tuple[Person, ...] | None:
        """Return the people in the group with this key who act, by user name; None when there is no such group."""
        members = self.members_of(group)
        return None if members is None else tuple(person for person in members if person.acts)

    def stands_alone(self, user_id: str) -> bool:
        """Return whether this user is nobody's backup, successor or stand-in, on whatever day; so it is with nearly everybody."""
        return user_id not in self._covered and user_id not in self._preceded and user_id not in self._absences_covered

    def covered_by(self, user_id: str) -> tuple[Person, ...]:
        """Return the people who named this user as their backup, and switched him on."""
        return tuple(self._covered.get(user_id, ()))

    def preceded_by(self, user_id: str) -> tuple[Person, ...]:
        """Return the people who are not active any more and named this user as their successor."""
        return tuple(self._preceded.get(user_id, ()))

    def absences_of(self, user_id: str, on: date) -> tuple[Absence, ...]:
        """Return the absences of the user that are in force on the day."""
        return _in_force(self._absences.get(user_id), on)

    def absences_covered_by(self, user_id: str, on: date) -> tuple[Absence, ...]:
        """Return the absences in force on the day in which this user stands in."""
        return _in_force(self._absences_covered.get(user_id), on)

    def acting_for(self, person: Person) -> Person | None:
        """Return the active person at the end of the chain of successors; None where it ends with nobody or turns in a circle."""
        seen: set[str] = set()
        while not person.active:
            if person.id in seen or person.successor_id is None or len(seen) >= SUCCESSORS_MAX:
                return None
            seen.add(person.id)
            person = self._by_id[person.successor_id]
        return person


def _in_force(absences: Iterable[Absence] | None, on: date) -> tuple[Absence, ...]:
    """Return those of the absences that are in force on the day; nearly nobody has any."""
    return tuple(each for each in absences if each.is_in_force(on)) if absences else ()
