"""The short way of a request to the API: its route, its view, its answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException

from app.http.audience import API, EXTENSION, Answering, short_way_of
from app.http.problems import answer_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any
    from wsgiref.types import StartResponse, WSGIEnvironment

    import flask
    from werkzeug.routing import Rule

_BELOW_API = f"{API}/"
_USUAL_HOST = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}(:[0-9]{1,5})?\Z")
_ID = re.compile(r"/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=/|\Z)")


class ShortWay:
    """Answers requests that lead to the view of an Audience, without what Flask does around each view and only pages need.

    Views of an Audience, and the problems of their errors, are given the request: there is no context, session, signal or hook. All else
    goes the way of Flask, on which the same views are reached as well: whatever leads nowhere or elsewhere, asks which methods there are,
    wants another protocol, or names its host in an unusual way.

    Werkzeug finds a route segment by segment. What it has found for a path holds for every path that differs in its ids alone, and is not
    looked for again.
    """

    def __init__(self, app: flask.Flask) -> None:
        self._app = app
        self._ordinary_way = app.wsgi_app
        self._routes = app.url_map.bind("")
        self._found: dict[tuple[str, ...], tuple[Rule, Answering, tuple[str, ...]]] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        found = self._find(environ)
        if found is None:
            return self._ordinary_way(environ, start_response)
        request, answer, path = found
        with request:
            try:
                response = answer(request, self._app.extensions[EXTENSION], path)
            except Exception as error:  # noqa: BLE001 - the border of the problem table: whatever it is, it is answered and logged there
                response = answer_error(error, request)
            try:
                return response(environ, start_response)
            finally:
                environ["werkzeug.request"] = None  # else the two hold each other, and wait for the garbage collector

    def _find(self, environ: WSGIEnvironment) -> tuple[flask.Request, Answering, Mapping[str, Any]] | None:
        """Return the request, what answers it and what its path names; None for what goes the way of Flask."""
        is_usual = _USUAL_HOST.match(environ.get("HTTP_HOST", "")) and "HTTP_UPGRADE" not in environ
        if not (is_usual and environ.get("PATH_INFO", "").startswith(_BELOW_API)):
            return None
        request = self._app.request_class(environ)
        pieces = _ID.split(request.path)
        form, ids = (request.method, *pieces[::2]), pieces[1::2]
        route = self._found.get(form)
        if route is not None:
            request.url_rule, answer, names = route
            return request, answer, dict(zip(names, ids, strict=True))
        try:
            rule, path = self._routes.match(request.path, request.method, return_rule=True)
        except HTTPException:
            return None
        found = short_way_of(self._app.view_functions[rule.endpoint])
        if found is None or request.method == "OPTIONS":
            return None
        if list(path.values()) == ids:  # nothing else in it varies
            self._found[form] = rule, found, tuple(path)
        request.url_rule = rule
        return request, found, path
