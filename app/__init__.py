"""Countersign: approval workflows that are right about money and authority."""

from dataclasses import asdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import flask

    from app.operations.system import System
    from app.settings import Settings


def create_app(settings: "Settings | None" = None, system: "System | None" = None) -> "flask.Flask":
    """Return the web application: API and pages over one system, made from the settings unless given.

    Imports stand inside, so that importing a sub-package (FEEL in a script, a command's help) does not load the web.
    """
    from werkzeug.middleware.proxy_fix import ProxyFix

    from app.http import register_http
    from app.settings import Settings
    from app.web import Provider, register_pages
    from app.wiring import Application, build_system

    settings = settings or Settings.from_environment()
    app = Application("app", static_folder=None)
    app.secret_key = settings.secret_key
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.public_url.startswith("https://"),
        TESTING=settings.testing,
    )
    system = system or build_system(settings, app)
    app.extensions["countersign"] = system
    register_http(app, system)
    provider = Provider(**asdict(settings.oidc), public_url=settings.public_url) if settings.oidc else None
    register_pages(app, system, provider=provider)
    if settings.proxies:
        # Flask's own way to put something around an application; around all the others, so that each of them sees whom it serves.
        proxied = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=0)
        app.wsgi_app = proxied  # type: ignore[method-assign]  # Flask's own way to put something around it
    return app
