"""Pictures of people next to their names."""

from __future__ import annotations

from flask import g

from app.web.context import pages
from app.web.people import face_url


def picture_of(username: str) -> str | None:
    """Return where the picture of somebody is, None where he has none; a page asks for all of them once."""
    if "faces" not in g:
        g.faces = pages().call("read_faces")
    return face_url(g.faces.get(username))
