"""Sessions of the pages alone: the API has bearer tokens, and its requests pay for no cookie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

if TYPE_CHECKING:
    from flask import Flask, Request

OTHERS = ("/api/", "/health/", "/metrics", "/static/")


class PageSessions(SecureCookieSessionInterface):
    """Signed cookies for the pages; addresses below OTHERS have no session, and setting a value there is an error."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the session of the cookie; None, which Flask makes a session that cannot be changed, where there is none."""
        return None if request.path.startswith(OTHERS) else super().open_session(app, request)
