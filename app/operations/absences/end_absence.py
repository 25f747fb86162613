"""Back before the last day, or not away after all."""

from app.operations.absences.change_absence import check_changeable
from app.operations.absences.entering import absence_view, check_keeper, desk_of, find_row, say_period
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.persistence import absences


def end_absence(
    system: System,
    caller: Caller,
    absence_id: str,
    *,
    user_id: str | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """End an absence at once; it stays as history, and what was done in it stays done.

    Raises:
        NotFound: the user has no such absence.
        AbsenceEnded: it was ended before, or is over.
        StaleRevision: it changed since the caller has seen it.
    Source: ESC-05.
    """
    owner = check_keeper(caller, user_id)

    def run(remember: Remember) -> Answer:
        with desk_of(system, caller, owner) as desk:
            row = find_row(desk.work, desk, absence_id)
            check_changeable(desk, row, revision)
            absence = absences.absence_of(row)
            absences.update_absence(desk.work, row.id, ended_at=system.clock(), ended_by=caller.user_id, revision=row.revision + 1)
            answer = Answer(
                body=absence_view(find_row(desk.work, desk, row.id), desk.directory, today=desk.today), revision=row.revision + 1
            )
            stand_in = desk.directory.get(absence.stand_in_id)
            text = f"The absence of {desk.user.full_name} {say_period(absence)} was ended; {stand_in.full_name} stands in no more."
            desk.tell("absence_ended", text, absence=row.id, stand_in=stand_in.username)
            remember(desk.work, answer)
            desk.work.commit()
            return answer

    return answer_once(system, caller, request, run)
