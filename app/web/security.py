"""Headers that every answer carries: what a page may load, who may frame it, what may be cached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask, Response

CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_HTTPS_HEADERS = _HEADERS | {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
_BY_SCHEME = {
    scheme: [(name.lower(), (name, value)) for name, value in headers.items()]
    for scheme, headers in (("http", _HEADERS), ("https", _HTTPS_HEADERS))
}


class SecurityHeaders:
    """Adds to every answer of an application the headers that it does not set itself."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Callable[[bytes], object]:
            there = {name.lower() for name, _ in headers}
            headers += [header for name, header in _BY_SCHEME.get(environ["wsgi.url_scheme"], _BY_SCHEME["http"]) if name not in there]
            return start_response(status, headers, *more)

        return self._application(environ, start)


def keep_pages_private(response: Response) -> Response:
    """Return the answer; a page is never stored, and another one for each person and way of asking."""
    if response.mimetype == "text/html":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("HX-Request")
        response.vary.add("Cookie")
    return response


def install_security_headers(app: Flask) -> None:
    """Add the headers to every answer of the application, the API's documentation page included."""
    app.wsgi_app = SecurityHeaders(app.wsgi_app)  # type: ignore[method-assign]
    app.after_request(keep_pages_private)
