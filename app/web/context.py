"""What every page needs: the system, who is signed in, the time, and how to answer a full page or a part of one."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, cast
from zoneinfo import ZoneInfo

from flask import current_app, g, render_template, request
from flask_login import UserMixin, current_user

from app.domain.errors import CountersignError
from app.operations.answer import Caller, RequestKey
from app.web.formatting import Calendar
from app.web.ports import Operations

EXTENSION = "countersign_pages"
DEFAULT_ZONE = "Europe/Amsterdam"
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The system and the operations that the pages of this application use."""

    system: Any
    operations: Operations

    def call(self, name: str, /, *arguments: Any, **options: Any) -> Any:
        """Run the operation `name` for the signed-in caller and return its body."""
        answer = getattr(self.operations, name)(self.system, caller(), *arguments, **options)
        return getattr(answer, "body", answer)


class SignedIn(UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """The caller in the form that Flask-Login keeps in the session."""

    def __init__(self, caller: Caller, *, since: int) -> None:
        self.caller = caller
        self.since = since

    def get_id(self) -> str:
        """Return what the session and the remember-cookie store: who he is, under which number his sessions run, and since which second."""
        return f"{self.caller.user_id}.{self.caller.session_epoch}.{self.since}"


def pages() -> Pages:
    """Return the value that `register_pages` put into the application."""
    return cast(Pages, current_app.extensions[EXTENSION])


def caller() -> Caller:
    """Return who is signed in; only pages behind the sign-in call it."""
    return cast(Caller, current_user.caller)


def calendar() -> Calendar:
    """Return the moment of this request and the zone its times are shown in; one moment a request."""
    if "calendar" not in g:
        system = pages().system
        now: datetime = system.clock()
        g.calendar = Calendar(now=now, zone=_zone(system))
    return cast(Calendar, g.calendar)


def _zone(system: Any) -> tzinfo:
    zone = getattr(system, "zone", None) or getattr(getattr(system, "settings", None), "zone", None) or DEFAULT_ZONE
    return zone if isinstance(zone, tzinfo) else ZoneInfo(str(zone))


def wants_partial() -> bool:
    """Return whether htmx asks for a part of the page; restoring history asks for the whole page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-History-Restore-Request") != "true"


def theme() -> str:
    """Return the theme this browser asked for: auto, light or dark."""
    chosen = request.cookies.get("theme", "auto")
    return chosen if chosen in THEMES else "auto"


def keys_on() -> bool:
    """Return whether single keys do something on this browser."""
    return request.cookies.get("keys", "on") != "off"


def counts() -> dict[str, int | None]:
    """Return how many tasks the caller has, by tab; asked once a request and again after `forget_counts`."""
    if "counts" not in g:
        body = pages().call("count_tasks")
        g.counts = {name: body.get(name) for name in ("open", "completed", "escalated")}
    return cast("dict[str, int | None]", g.counts)


def forget_counts() -> None:
    """Ask for the counts again: a decision has changed them."""
    g.pop("counts", None)


def new_key() -> str:
    """Return a fresh Idempotency-Key for a form, so that a double click is one decision."""
    return secrets.token_urlsafe(18)


def request_key() -> RequestKey | None:
    """Return the Idempotency-Key of the sent form with the digest of its other fields."""
    key = request.form.get("idempotency_key", "").strip()
    if not key:
        return None
    fields = {name: request.form.getlist(name) for name in sorted(request.form) if name not in ("csrf_token", "idempotency_key", "pin")}
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
    return RequestKey(key=key[:200], route=f"pages:{request.path}", digest=digest)


def filter_arguments(*names: str) -> dict[str, str]:
    """Return the filters of this page that the address sets, without empty ones."""
    return {name: value for name in names if (value := request.args.get(name, "").strip()[:200])}


def render_part(template: str, **values: Any) -> str:
    """Return the template with what all templates may use."""
    return render_template(template, cal=calendar(), counts=counts, **values)


def fact(error: CountersignError, name: str) -> Any:
    """Return a fact of the error, None when it has none."""
    facts: Mapping[str, object] = error.facts
    return facts.get(name)
