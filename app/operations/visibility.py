"""The one visibility filter: whom a person acts for, and which transactions he may see."""

from datetime import date

from app.domain.absence import Cover, find_covers
from app.domain.cover_limits import covers_task, limits_of
from app.domain.environment_settings import all_kinds
from app.domain.errors import NotFound, NotPermitted
from app.domain.matrix.authority import Rates
from app.domain.money import Money
from app.domain.people import SEES_ALL_TRANSACTIONS, Directory
from app.operations.answer import Caller
from app.persistence import matrix, visibility
from app.persistence.database import Reading


def covers(directory: Directory, caller: Caller, *, today: date) -> list[Cover]:
    """Return for whom the caller acts today, and how far: as backup, in an absence, or as successor of who has left.

    Absences begin and end by the date, so that this is asked anew each time; the directory holds those to come as well.
    Source: ESC-05, USR-25, USR-27.
    """
    return find_covers(directory, caller.user_id, on=today)


def acting_ids(directory: Directory, caller: Caller, *, today: date) -> list[str]:
    """Return the caller's id and those of the people for whom he may do everything today."""
    return _whole(caller, covers(directory, caller, today=today))


def acting_ids_in(
    reading: Reading, directory: Directory, caller: Caller, *, today: date, process: str | None, total: Money | None
) -> list[str]:
    """Return the caller's id and those of the people for whom he may act today in a process about a document of this total, None for none."""
    found = covers(directory, caller, today=today)
    if not found:
        return [caller.user_id]
    partial = [cover for cover in found if cover.is_restricted]
    if not partial:
        return _whole(caller, found)
    rates = rates_for(reading, caller, partial)
    allowed = [cover for cover in partial if covers_task(cover, process=process, total=total, rates=rates, on=today)]
    return list(dict.fromkeys([*_whole(caller, found), *(cover.principal_id for cover in allowed)]))


def rates_for(reading: Reading, caller: Caller, covers: list[Cover]) -> Rates:
    """Return the rates by which the caps of these covers are compared; none are read where nothing is capped."""
    is_capped = any(cover.caps for cover in covers)
    return Rates(matrix.read_rates(reading, caller.environment_id) if is_capped else ())


def _whole(caller: Caller, found: list[Cover]) -> list[str]:
    return list(dict.fromkeys([caller.user_id, *(cover.principal_id for cover in found if not cover.is_restricted)]))


def sees_everything(caller: Caller) -> bool:
    """Return whether the caller sees every transaction of the environment: his role says so, and no document is above his level."""
    return caller.has_role(*SEES_ALL_TRANSACTIONS) and caller.kinds_seen >= all_kinds()


def sight_of(reading: Reading, directory: Directory, caller: Caller, *, today: date) -> visibility.Sight:
    """Return what the caller may see.

    What he or a person he acts for is involved in, he always sees. A role that sees all, or unlimited access, shows him the other
    documents up to his own security level; links to companies or cost centers those of them. Whom he acts for adds no links.
    Source: USR-23, USR-28.
    """
    sees_all = caller.has_role(*SEES_ALL_TRANSACTIONS)
    found = covers(directory, caller, today=today)
    partial = [cover for cover in found if cover.is_restricted]
    rates = rates_for(reading, caller, partial)
    return visibility.Sight(
        user_ids=_whole(caller, found),
        user_id=caller.user_id,
        kinds=caller.kinds_seen,
        reach="all" if sees_all or caller.access_level == "unlimited" else caller.access_level,
        sees_undocumented=sees_all,
        parts=[
            visibility.Part(user_id=each.principal_id, processes=each.processes, limits=limits_of(each, rates, on=today))
            for each in partial
        ],
    )


def check_may_see(
    reading: Reading,
    caller: Caller,
    directory: Directory,
    *,
    today: date,
    document_id: str | None,
    instance_id: str | None,
    what: str,
    given_id: str,
) -> None:
    """Return nothing when the caller may see the transaction; who may not see it is told that it does not exist.

    Raises:
        NotFound: the caller neither received nor started it and was never asked to act on it, and it is not of a company or cost center
            that his role or his user access shows him, or above his security level.
    Source: USR-23, USR-28.
    """
    if sees_everything(caller):
        return
    sight = sight_of(reading, directory, caller, today=today)
    if instance_id is not None:
        is_seen = visibility.is_instance_seen(reading, sight, instance_id)
    else:
        is_seen = document_id is not None and visibility.is_document_seen(reading, sight, document_id)
    if not is_seen:
        raise NotFound(what=what, id=given_id)


def require_role(caller: Caller, *roles: str, verb: str) -> None:
    """Raise NotPermitted unless the caller holds one of the roles."""
    if not caller.has_role(*roles):
        raise NotPermitted(verb=verb, roles=sorted(roles))
