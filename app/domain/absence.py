"""Who stands in for whom on a day: active backups, absences with their dates, and the successors of who has left.

A backup acts for whom he was named for, and no further. Whoever stands in for an absent person also acts for those whom that person
stands in for, so that a chain ends at the one who is there; a successor likewise. What one link leaves out, the whole chain leaves out.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from app.domain.money import Money

if TYPE_CHECKING:
    from app.domain.people import Directory, Person

CHAIN_MAX = 20
EVERY_PROCESS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """Days on which somebody else acts for a user; both days are inclusive, in the environment's time zone.

    `amount_max` bounds the total of the documents that the stand-in acts on; `processes` are keys of process definitions, none for all.
    """

    id: str
    user_id: str
    stand_in_id: str
    starts_on: date
    ends_on: date
    amount_max: Money | None = None
    processes: frozenset[str] = EVERY_PROCESS

    def is_in_force(self, on: date) -> bool:
        """Return whether the user is away on that day."""
        return self.starts_on <= on <= self.ends_on


class Cover(NamedTuple):
    """Somebody for whom a person may act now, and how far.

    Attributes:
        principal_id: for whom.
        caps: the most that a document may come to, at most one amount a currency, by currency; each of them holds. None: any amount.
        processes: keys of the process definitions; empty for all.
    """

    principal_id: str
    caps: tuple[Money, ...] = ()
    processes: frozenset[str] = EVERY_PROCESS

    @property
    def is_restricted(self) -> bool:
        """Return whether the cover leaves out some tasks of the principal."""
        return bool(self.caps or self.processes)


def find_covers(directory: "Directory", user_id: str, *, on: date) -> list[Cover]:
    """Return for whom the user acts on that day, himself left out; by the shortest chain first.

    The same principal comes twice where two ways lead to him and neither allows all that the other does.
    """
    if directory.stands_alone(user_id):
        return []
    found: dict[str, list[Cover]] = {}
    chains: dict[str, list[Cover]] = {}
    queue = deque([(Cover(principal_id=user_id), 0)])
    while queue:
        reached, length = queue.popleft()
        for cover, goes_on in _links_to(directory, reached, on=on):
            if cover.principal_id == user_id:
                continue
            _add_widest(found.setdefault(cover.principal_id, []), cover)
            if not goes_on or length == CHAIN_MAX or directory.stands_alone(cover.principal_id):
                continue
            # A backup may allow more, but leads no further: the chain is followed all the same.
            if _add_widest(chains.setdefault(cover.principal_id, []), cover):
                queue.append((cover, length + 1))
    return [cover for covers in found.values() for cover in covers]


def find_stand_ins(directory: "Directory", user_id: str, *, on: date) -> list[tuple["Person", Cover]]:
    """Return who acts for the user on that day and is there, himself left out, each with how far."""
    user = directory.get(user_id)
    has_backup = user.backup_active and user.backup_id is not None
    if user.active and not has_backup and not directory.absences_of(user_id, on):  # as nearly always
        return []
    return [
        (person, cover)
        for person in _reached_from(directory, user_id, on=on)
        if person.active and not directory.absences_of(person.id, on)
        for cover in find_covers(directory, person.id, on=on)
        if cover.principal_id == user_id
    ]


def find_circle(absences: Iterable[Absence], new: Absence) -> list[str]:
    """Return the ids of the users who would all be away on one day, each covered by the next; empty when the new absence closes no circle."""
    by_user: dict[str, list[Absence]] = {}
    for each in absences:
        if each.id != new.id:
            by_user.setdefault(each.user_id, []).append(each)
    paths: list[tuple[Absence, list[str]]] = [(new, [new.user_id])]
    while paths:
        common, path = paths.pop()
        if common.stand_in_id == new.user_id:
            return path
        if len(path) > CHAIN_MAX or common.stand_in_id in path:
            continue
        for each in by_user.get(common.stand_in_id, ()):
            narrowed = _common_part(common, each)
            if narrowed is not None:
                paths.append((narrowed, [*path, each.user_id]))
    return []


def find_overlap(absences: Iterable[Absence], new: Absence) -> Absence | None:
    """Return another absence of the same user for the same days and processes, or None."""
    for each in absences:
        if each.id != new.id and each.user_id == new.user_id and _common_part(replace(new, stand_in_id=each.stand_in_id), each):
            return each
    return None


def _links_to(directory: "Directory", reached: Cover, *, on: date) -> Iterator[tuple[Cover, bool]]:
    """Give whom the person at the end so far stands in for, and whether the chain goes on from there."""
    person = directory.get(reached.principal_id)
    for predecessor in directory.preceded_by(person.id):
        yield _reach_further(reached, predecessor.id), True
    if person.active and not person.may_stand_in:
        return
    for principal in directory.covered_by(person.id):
        yield _reach_further(reached, principal.id), False
    for absence in directory.absences_covered_by(person.id, on):
        narrowed = _narrow(reached, absence)
        if narrowed is not None:
            yield narrowed, True


def _reach_further(reached: Cover, principal_id: str) -> Cover:
    return Cover(principal_id=principal_id, caps=reached.caps, processes=reached.processes)


def _reached_from(directory: "Directory", user_id: str, *, on: date) -> Iterator["Person"]:
    """Give everybody whom the links from the user lead to, the nearest first."""
    first = directory.get(user_id)
    queue = deque([(user_id, 0)])
    if first.active and first.backup_active and first.backup_id:
        queue.append((first.backup_id, 1))
    seen = {user_id, *(each for each, _ in queue)}
    while queue:
        current, length = queue.popleft()
        person = directory.get(current)
        if current != user_id:
            yield person
        following = [each.stand_in_id for each in directory.absences_of(current, on)] if person.active else [person.successor_id]
        for each in following:
            if each is not None and each not in seen and length < CHAIN_MAX:
                seen.add(each)
                queue.append((each, length + 1))


def _narrow(reached: Cover, absence: Absence) -> Cover | None:
    """Return the cover of the absent person by whoever the chain has reached; None when it would leave out everything."""
    processes = _both(reached.processes, absence.processes)
    if processes is None:
        return None
    caps = {cap.currency: cap for cap in reached.caps}
    cap = absence.amount_max
    if cap is not None and (cap.currency not in caps or cap < caps[cap.currency]):
        caps[cap.currency] = cap
    return Cover(principal_id=absence.user_id, caps=tuple(caps[currency] for currency in sorted(caps)), processes=processes)


def _both(some: frozenset[str], others: frozenset[str]) -> frozenset[str] | None:
    """Return the processes that both allow, empty for all; None when there are none."""
    if not some or not others:
        return some or others
    return some & others or None


def _common_part(one: Absence, other: Absence) -> Absence | None:
    """Return the days and processes for which both hold, with the stand-in of the other; None when there are none."""
    starts_on, ends_on = max(one.starts_on, other.starts_on), min(one.ends_on, other.ends_on)
    processes = _both(one.processes, other.processes)
    if starts_on > ends_on or processes is None:
        return None
    return replace(other, starts_on=starts_on, ends_on=ends_on, processes=processes)


def _add_widest(known: list[Cover], cover: Cover) -> bool:
    """Add a cover unless one of those known allows as much, drop those that it makes needless, and return whether it was added."""
    if known:
        if any(_allows_all_of(each, cover) for each in known):
            return False
        known[:] = [each for each in known if not _allows_all_of(cover, each)]
    known.append(cover)
    return True


def _allows_all_of(one: Cover, other: Cover) -> bool:
    """Return whether every task that `other` allows is allowed by `one` too."""
    caps = {cap.currency: cap for cap in other.caps}
    within = all(cap.currency in caps and caps[cap.currency].amount <= cap.amount for cap in one.caps)
    return within and (not one.processes or (bool(other.processes) and other.processes <= one.processes))
