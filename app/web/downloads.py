"""Files that came from outside, given as files."""

from __future__ import annotations

from flask import Response, make_response


def give_file(content: bytes, media_type: str, name: str) -> Response:
    """Return the answer that saves a file: a hostile one can do nothing on this site, and no browser keeps it for who sits down next."""
    response = make_response(content)
    response.mimetype = media_type.split(";", maxsplit=1)[0].strip() or "application/octet-stream"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response
