"""The pages about people, one's own first, and those of who administers."""

from __future__ import annotations

from flask import Blueprint

from app.web.routes.absences import add_absence_routes
from app.web.routes.avatars import add_avatar_routes
from app.web.routes.calendars import add_calendar_routes
from app.web.routes.groups import add_group_routes
from app.web.routes.leaving import add_leaving_routes
from app.web.routes.partnerships import add_partnership_routes
from app.web.routes.people import add_people_routes
from app.web.routes.profile import add_profile_routes
from app.web.routes.settings import add_setting_routes
from app.web.routes.tokens import add_token_routes
from app.web.routes.user import add_user_routes

_AREAS = (
    add_profile_routes,
    add_absence_routes,
    add_token_routes,
    add_avatar_routes,
    add_people_routes,
    add_user_routes,
    add_leaving_routes,
    add_group_routes,
    add_calendar_routes,
    add_setting_routes,
    add_partnership_routes,
)


def add_administration_routes(blueprint: Blueprint) -> None:
    """Add the profile, people, groups, calendars, settings and partnerships."""
    for add_routes in _AREAS:
        add_routes(blueprint)
