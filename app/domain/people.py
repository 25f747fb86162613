"""The people of an environment as of one authority version, with their roles and who stands in for whom."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

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


class Directory:
    """All people of an environment, found by id, by user name and by role."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._by_id: Mapping[str, Person] = {person.id: person for person in people}
        self._by_username = {person.username: person for person in self._by_id.values()}
        self._by_role: dict[str, list[Person]] = defaultdict(list)
        self._covered: dict[str, list[Person]] = defaultdict(list)
        for person in sorted(self._by_id.values(), key=lambda each: each.username):
            for role in person.roles:
                self._by_role[role].append(person)
            if person.backup_active and person.backup_id:
                self._covered[person.backup_id].append(person)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._by_id.values())

    def get(self, user_id: str) -> Person:
        """Return the person with this id; every id in a row is one of them."""
        return self._by_id[user_id]

    def find(self, username: str) -> Person | None:
        """Return the person with this user name, or None."""
        return self._by_username.get(username)

    def name(self, user_id: str | None) -> str | None:
        """Return the user name of an id, None for none."""
        return self._by_id[user_id].username if user_id else None

    def with_role(self, role: str) -> tuple[Person, ...]:
        """Return the active people who hold the role, by user name."""
        return tuple(person for person in self._by_role.get(role, ()) if person.active)

    def covered_by(self, user_id: str) -> tuple[Person, ...]:
        """Return the people for whom this user acts now as their active backup."""
        return tuple(self._covered.get(user_id, ()))

    def stands_in(self, acting_id: str, principal_id: str) -> bool:
        """Return whether the acting user is the active backup of the principal."""
        principal = self._by_id[principal_id]
        return principal.backup_active and principal.backup_id == acting_id

    def acting_for(self, person: Person) -> Person | None:
        """Return the active person at the end of the chain of successors; None where it ends with nobody or turns in a circle."""
        seen: set[str] = set()
        while not person.active:
            if person.id in seen or person.successor_id is None or len(seen) >= SUCCESSORS_MAX:
                return None
            seen.add(person.id)
            person = self._by_id[person.successor_id]
        return person
