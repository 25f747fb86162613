"""Out of office: on some days a colleague acts for a user."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.domain.absence import Absence
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
from app.operations.mailing import write_letter
from app.operations.system import System
from app.persistence import absences


def create_absence(
    system: System,
    caller: Caller,
    *,
    stand_in: str,
    starts_on: date,
    ends_on: date,
    amount_max: Mapping[str, str] | None = None,
    processes: Sequence[str] = (),
    note: str | None = None,
    user_id: str | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Enter days on which a colleague acts for a user, on open tasks and on new ones; both may act.

    Args:
        system: the clock and the database.
        caller: the user himself, or who keeps the users.
        stand_in: the user name of the colleague.
        starts_on: the first day, in the environment's time zone.
        ends_on: the last day, inclusive.
        amount_max: the most that the total of a document may come to; None for any amount.
        processes: keys of the process definitions; none for all.
        note: words for whoever reads it.
        user_id: who is away; None for the caller.
        request: the key of a request that may be sent again.

    Raises:
        NotPermitted: another user's, and the caller does not keep the users.
        NotFound: there is no such user.
        InvalidRequest: an unknown stand-in or process, oneself, an amount that no document has; BadDateRange: bad days.
        StandInRefused, AbsenceOverlaps, AbsenceCircle, GrantRefused: it cannot stand beside what there is.
    Source: ESC-05.
    """
    owner = check_keeper(caller, user_id)

    def run(remember: Remember) -> Answer:
        with desk_of(system, caller, owner) as desk:
            absence = Absence(
                id=system.new_id(),
                user_id=desk.user.id,
                stand_in_id=find_stand_in(desk, stand_in, field="stand_in").id,
                starts_on=starts_on,
                ends_on=ends_on,
                amount_max=read_cap(amount_max),
                processes=read_processes(desk, processes),
            )
            check_absence(desk, absence)
            answer = _enter(desk, absence, note=note)
            remember(desk.work, answer)
            desk.work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _enter(desk: Desk, absence: Absence, *, note: str | None) -> Answer:
    """Store the absence, and tell the stand-in and the environment's audit chain."""
    system, stand_in = desk.system, desk.directory.get(absence.stand_in_id)
    absences.insert_absence(
        desk.work,
        id=absence.id,
        environment_id=desk.environment.id,
        user_id=absence.user_id,
        stand_in_id=absence.stand_in_id,
        starts_on=absence.starts_on,
        ends_on=absence.ends_on,
        amount_max=absence.amount_max.amount if absence.amount_max else None,
        currency=absence.amount_max.currency if absence.amount_max else None,
        processes=sorted(absence.processes),
        note=note,
        created_by=desk.caller.user_id,
        revision=1,
        created_at=system.clock(),
    )
    text = f"{desk.user.full_name} is away {say_period(absence)}; {stand_in.full_name} stands in{say_extent(absence)}."
    if stand_in.notify_new_task:
        key = f"standing_in:{absence.id}:1"
        facts = {"why": text}
        write_letter(
            system,
            desk.work,
            environment_id=desk.environment.id,
            person=stand_in,
            template="standing_in",
            facts=facts,
            path="/inbox",
            key=key,
        )
    row = find_row(desk.work, desk, absence.id)
    answer = Answer(body=absence_view(row, desk.directory, today=desk.today), status=201, revision=1)
    desk.tell("absence_entered", text, absence=absence.id, stand_in=stand_in.username, note=note)
    return answer
