"""Routes about who acts for whom: absences and backups, of one's own and of others."""

from typing import Any

from app.domain.errors import GrantRefused, NotFound, NotPermitted, UserProtected
from app.domain.leaving_errors import AbsenceCircle, AbsenceEnded, AbsenceOverlaps, BadDateRange, StandInRefused
from app.http.audience import Audience, Call
from app.http.schemas.absences import Absence, Absences, Backup, ChangeAbsence, ChangeBackup, CreateAbsence
from app.http.schemas.common import Page
from app.operations.absences.change_absence import change_absence
from app.operations.absences.change_backup import change_backup, read_backup
from app.operations.absences.create_absence import create_absence
from app.operations.absences.end_absence import end_absence
from app.operations.absences.list_absences import list_absences
from app.operations.answer import Answer

absences = Audience("absences", description="People who are away, and who keeps the users.")
_KEEPING = (NotFound, NotPermitted, UserProtected, GrantRefused)
_ENTERING = (BadDateRange, StandInRefused, AbsenceOverlaps, AbsenceCircle)


@absences.route("/profile/absences")
@absences.signed_in()
@absences.query(Page)
@absences.answers(Absences)
def get_profile_absences(call: Call, query: dict[str, Any]) -> Answer:
    """List your absences, the latest first; those that are over or ended too."""
    return list_absences(call.system, call.caller, **query)


@absences.route("/profile/absences", methods=("POST",))
@absences.signed_in()
@absences.idempotent
@absences.refuses(*_ENTERING)
@absences.body(CreateAbsence)
@absences.answers(Absence, 201)
def post_profile_absence(call: Call, body: dict[str, Any]) -> Answer:
    """Enter days on which a colleague acts for you, on open tasks too; both may act.

    A chain of absences ends at the one who is there. Separation of duty holds for whoever acts and for whom.
    """
    return create_absence(call.system, call.caller, **body, request=call.request)


@absences.route("/profile/absences/<id:absence_id>", methods=("PATCH",))
@absences.signed_in()
@absences.idempotent
@absences.revised
@absences.refuses(NotFound, AbsenceEnded, *_ENTERING)
@absences.body(ChangeAbsence)
@absences.answers(Absence)
def patch_profile_absence(call: Call, body: dict[str, Any], absence_id: str) -> Answer:
    """Change an absence of yours that is not over."""
    return change_absence(call.system, call.caller, absence_id, changes=body, revision=call.revision, request=call.request)


@absences.route("/profile/absences/<id:absence_id>", methods=("DELETE",))
@absences.signed_in()
@absences.idempotent
@absences.revised
@absences.refuses(NotFound, AbsenceEnded)
@absences.answers(Absence)
def delete_profile_absence(call: Call, absence_id: str) -> Answer:
    """End an absence of yours at once; it stays in the list, and what was done in it stays done."""
    return end_absence(call.system, call.caller, absence_id, revision=call.revision, request=call.request)


@absences.route("/profile/backup")
@absences.signed_in()
@absences.answers(Backup)
def get_profile_backup(call: Call) -> Answer:
    """Read your backup, and whether he acts now."""
    return read_backup(call.system, call.caller)


@absences.route("/profile/backup", methods=("PATCH",))
@absences.signed_in()
@absences.idempotent
@absences.refuses(StandInRefused)
@absences.body(ChangeBackup)
@absences.answers(Backup)
def patch_profile_backup(call: Call, body: dict[str, Any]) -> Answer:
    """Name your backup and switch him on or off; without a backup nobody is switched on."""
    return change_backup(call.system, call.caller, changes=body, request=call.request)


@absences.route("/users/<id:user_id>/absences")
@absences.signed_in()
@absences.refuses(NotFound, NotPermitted)
@absences.query(Page)
@absences.answers(Absences)
def get_user_absences(call: Call, query: dict[str, Any], user_id: str) -> Answer:
    """List the absences of a user, the latest first; those that are over or ended too."""
    return list_absences(call.system, call.caller, **query, user_id=user_id)


@absences.route("/users/<id:user_id>/absences", methods=("POST",))
@absences.signed_in()
@absences.idempotent
@absences.refuses(*_KEEPING, *_ENTERING)
@absences.body(CreateAbsence)
@absences.answers(Absence, 201)
def post_user_absence(call: Call, body: dict[str, Any], user_id: str) -> Answer:
    """Enter days on which a colleague acts for a user, on open tasks too; both may act.

    A chain of absences ends at the one who is there. Separation of duty holds for whoever acts and for whom.
    """
    return create_absence(call.system, call.caller, **body, user_id=user_id, request=call.request)


@absences.route("/users/<id:user_id>/absences/<id:absence_id>", methods=("PATCH",))
@absences.signed_in()
@absences.idempotent
@absences.revised
@absences.refuses(*_KEEPING, AbsenceEnded, *_ENTERING)
@absences.body(ChangeAbsence)
@absences.answers(Absence)
def patch_user_absence(call: Call, body: dict[str, Any], user_id: str, absence_id: str) -> Answer:
    """Change an absence of a user that is not over."""
    return change_absence(call.system, call.caller, absence_id, changes=body, user_id=user_id, revision=call.revision, request=call.request)


@absences.route("/users/<id:user_id>/absences/<id:absence_id>", methods=("DELETE",))
@absences.signed_in()
@absences.idempotent
@absences.revised
@absences.refuses(*_KEEPING, AbsenceEnded)
@absences.answers(Absence)
def delete_user_absence(call: Call, user_id: str, absence_id: str) -> Answer:
    """End an absence of a user at once; it stays in the list, and what was done in it stays done."""
    return end_absence(call.system, call.caller, absence_id, user_id=user_id, revision=call.revision, request=call.request)


@absences.route("/users/<id:user_id>/backup")
@absences.signed_in()
@absences.refuses(NotFound, NotPermitted)
@absences.answers(Backup)
def get_user_backup(call: Call, user_id: str) -> Answer:
    """Read a user's backup, and whether he acts now."""
    return read_backup(call.system, call.caller, user_id=user_id)


@absences.route("/users/<id:user_id>/backup", methods=("PATCH",))
@absences.signed_in()
@absences.idempotent
@absences.refuses(*_KEEPING, StandInRefused)
@absences.body(ChangeBackup)
@absences.answers(Backup)
def patch_user_backup(call: Call, body: dict[str, Any], user_id: str) -> Answer:
    """Name a user's backup and switch him on or off; without a backup nobody is switched on."""
    return change_backup(call.system, call.caller, changes=body, user_id=user_id, request=call.request)
