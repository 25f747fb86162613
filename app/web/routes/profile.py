"""One's own profile: fields, mails and the picture."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import InvalidRequest
from app.operations.absences.change_backup import read_backup
from app.operations.digests.change_digest import change_digest
from app.operations.digests.read_digest import read_digest
from app.operations.people.change_profile import change_profile
from app.operations.people.read_profile import read_profile
from app.web.context import new_key, render_part, request_key
from app.web.forms import NOTHING_SENT, Sent, answer_form, perform, seen_revision, typed
from app.web.people import KINDS, LEVELS, badges_of, colleagues, face_url, languages_for

NOTICES = (
    ("notify_new_task", "A new task comes to you"),
    ("notify_reminders", "A task still waits, is due soon or overdue"),
    ("notify_status", "A document of yours has a new status"),
)
HOURS = (("", "A mail for each thing that happens"), *((str(hour), f"One mail a day at {hour:02}:00") for hour in range(24)))


def add_profile_routes(blueprint: Blueprint) -> None:
    """Add the own profile."""
    blueprint.add_url_rule("/profile", "profile", show_profile)
    blueprint.add_url_rule("/profile", "change_profile", change_fields, methods=["POST"])
    blueprint.add_url_rule("/profile/notifications", "change_notices", change_notices, methods=["POST"])
    blueprint.add_url_rule("/profile/digest", "change_digest", change_hour, methods=["POST"])


def show_profile(sent: Sent = NOTHING_SENT) -> str:
    """Show the own profile."""
    profile = perform(read_profile)
    return render_part(
        "profile/profile.html",
        area="profile",
        tab="profile",
        user=profile,
        face=face_url(profile["avatar"]),
        badges=badges_of(profile),
        kinds=dict(KINDS),
        levels=dict(LEVELS),
        languages=languages_for(profile["language"]),
        notices=NOTICES,
        hours=HOURS,
        digest=perform(read_digest),
        backup=perform(read_backup),
        colleagues=colleagues(besides=profile["username"]),
        owner_id=None,
        sent=sent,
        key=new_key,
    )


def change_fields() -> BaseResponse:
    """Store the own phone number and language."""

    def change() -> str:
        perform(change_profile, phone=typed("phone"), language=typed("language") or None, revision=seen_revision(), request=request_key())
        return "Your profile is saved."

    return _answer("fields", change)


def change_notices() -> BaseResponse:
    """Store about what mails are wanted."""

    def change() -> str:
        wanted = {name: name in request.form for name, _ in NOTICES}
        perform(change_profile, **wanted, revision=seen_revision(), request=request_key())
        return "Your choice of mails is saved."

    return _answer("notices", change)


def change_hour() -> BaseResponse:
    """Store whether one mail a day is wanted, and when."""

    def change() -> str:
        hour = typed("hour")
        if hour not in dict(HOURS):
            raise InvalidRequest("Choose an hour of the list.", errors={"hour": ["Choose an hour of the list."]})
        perform(change_digest, hour=int(hour) if hour else None, request=request_key())
        return f"You get one mail a day, at {int(hour):02}:00." if hour else "You get a mail for each thing that happens."

    return _answer("digest", change)


def _answer(part: str, change: Callable[[], str]) -> BaseResponse:
    return answer_form(part, change, target=url_for("web.profile"), show=show_profile)
