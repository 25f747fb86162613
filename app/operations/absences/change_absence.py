"""Other days, another stand-in, or another extent of an absence."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.domain.absence import Absence
from app.domain.errors import StaleRevision
from app.domain.leaving_errors import AbsenceEnded
from app.operations.absences.entering import (
    Desk,
    absence_view,
    check_absence,
    check_keeper,
    desk_of,
    find_row,
    find_stand_in,
    read_cap,
    read_processes,
    say_extent,
    say_period,
)
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.operations.wording import instant
from app.persistence import absences


def change_absence(
    system: System,
    caller: Caller,
    absence_id: str,
    *,
    changes: Mapping[str, Any],
    user_id: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Change an absence that nobody has ended and that is not over; what is not named stays.

    Args:
        system: the clock and the database.
        caller: the user himself, or who keeps the users.
        absence_id: which.
        changes: `stand_in`, `starts_on`, `ends_on`, `amount_max` (None for any amount), `processes`, `note`.
        user_id: whose it is; None for the caller's.
        revision: the revision that the caller has seen.
        request: the key of a request that may be sent again.

    Raises:
        NotFound: he has no such absence.
        AbsenceEnded: somebody ended it, or it is over.
        StaleRevision: it changed since the caller has seen it.
    Source: ESC-05.
    """
    owner = check_keeper(caller, user_id)

    def run(remember: Remember) -> Answer:
        with desk_of(system, caller, owner) as desk:
            row = find_row(desk.work, desk, absence_id)
            check_changeable(desk, row, revision)
            before = absences.absence_of(row)
            after = _changed(desk, before, changes)
            check_absence(desk, after)
            note = changes.get("note", row.note)
            absences.update_absence(
                desk.work,
                row.id,
                stand_in_id=after.stand_in_id,
                starts_on=after.starts_on,
                ends_on=after.ends_on,
                amount_max=after.amount_max.amount if after.amount_max else None,
                currency=after.amount_max.currency if after.amount_max else None,
                processes=sorted(after.processes),
                note=note,
                revision=row.revision + 1,
            )
            answer = Answer(
                body=absence_view(find_row(desk.work, desk, row.id), desk.directory, today=desk.today), revision=row.revision + 1
            )
            stand_in = desk.directory.get(after.stand_in_id)
            text = f"{desk.user.full_name} is now away {say_period(after)}; {stand_in.full_name} stands in{say_extent(after)}."
            desk.tell("absence_changed", text, absence=row.id, stand_in=stand_in.username, note=note)
            remember(desk.work, answer)
            desk.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def check_changeable(desk: Desk, row: Any, revision: int | None) -> None:
    """Check that the absence still counts, and is as the caller has seen it."""
    if row.ended_at is not None:
        raise AbsenceEnded(absence=row.id, at=instant(row.ended_at))
    if row.ends_on < desk.today:
        raise AbsenceEnded(absence=row.id, at=row.ends_on.isoformat())
    if revision is not None and revision != row.revision:
        raise StaleRevision(what=f"absence {row.id}", expected=revision, actual=row.revision)


def _changed(desk: Desk, before: Absence, changes: Mapping[str, Any]) -> Absence:
    values: dict[str, Any] = {}
    if "stand_in" in changes:
        values["stand_in_id"] = find_stand_in(desk, changes["stand_in"], field="stand_in").id
    values |= {name: changes[name] for name in ("starts_on", "ends_on") if name in changes}
    if "amount_max" in changes:
        values["amount_max"] = read_cap(changes["amount_max"])
    if "processes" in changes:
        keys: Sequence[str] = changes["processes"]
        values["processes"] = read_processes(desk, keys)
    return replace(before, **values)
