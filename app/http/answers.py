"""Responses: the JSON of an operation's answer, files, pictures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

import flask
from werkzeug.http import HTTP_STATUS_CODES

from app.http.json_text import write_json
from app.operations.answer import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

JSON = "application/json"
PICTURE_SECONDS = 86_400
_SAFE_IN_ADDRESSES = "%!#$&'()*+,/:;=?@"
_STATUS_LINES = {code: f"{code} {words.upper()}" for code, words in HTTP_STATUS_CODES.items()}


@dataclass(slots=True)
class CompleteResponse:
    """A response that is complete when it is made: nothing is to be added to it or found out about it when it is sent."""

    status: str
    headers: list[tuple[str, str]]
    content: bytes

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Send the headers and the content as they are."""
        start_response(self.status, self.headers)
        return () if environ["REQUEST_METHOD"] == "HEAD" else (self.content,)


class PictureResponse(flask.Response):
    """A response that says no more than that the picture is still the same to a browser that has it."""

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Send what the browser does not have."""
        self.make_conditional(environ)
        return super().__call__(environ, start_response)


def write_answer(answer: Answer, *, location: str | None = None) -> CompleteResponse:
    """Return the response of an operation's answer."""
    content = write_json(answer.body)
    headers = [("Content-Type", JSON), ("Content-Length", str(len(content))), ("Cache-Control", "no-store")]
    if answer.revision is not None:
        headers.append(("ETag", f'"{answer.revision}"'))
    if location is not None and answer.status == 201:
        headers.append(("Location", quote(location.format_map(answer.body), safe=_SAFE_IN_ADDRESSES)))
    return CompleteResponse(_STATUS_LINES[answer.status], headers, content)


def write_download(file: tuple[bytes, str, str]) -> flask.Response:
    """Return the response that saves the content of a media type under a file name; a browser that opens it anyway runs nothing in it."""
    content, media_type, file_name = file
    response = flask.Response(content, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=file_name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


def write_picture(picture: tuple[bytes, str, str]) -> flask.Response:
    """Return the response that shows the content of a media type, or says that the browser's own is still the same by the mark of it."""
    content, media_type, mark = picture
    response = PictureResponse(content, mimetype=media_type)
    response.set_etag(mark)
    response.headers["Cache-Control"] = f"private, max-age={PICTURE_SECONDS}"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
