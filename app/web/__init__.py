"""The pages: server-rendered HTML on the same operations as the API."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, request
from flask_login import current_user
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException, NotFound

from app.domain.errors import CountersignError
from app.web import formatting
from app.web.assets import bundle
from app.web.context import EXTENSION, Pages, keys_on, theme
from app.web.errors import csrf_page, error_page, install_error_pages, refusal_page
from app.web.faces import picture_of
from app.web.forms import check_typed
from app.web.navigation import menu_values
from app.web.oidc import Provider, add_oidc_routes, install_oidc
from app.web.page_sessions import PageSessions
from app.web.ports import Operations, load_operations
from app.web.routes.access import add_access_routes
from app.web.routes.administration import add_administration_routes
from app.web.routes.attachments import UPLOAD_BYTES_MAX, add_attachment_routes
from app.web.routes.bulk import add_bulk_routes
from app.web.routes.coding import add_coding_routes
from app.web.routes.decisions import add_decision_routes
from app.web.routes.documents import add_document_routes
from app.web.routes.help import add_help_routes
from app.web.routes.inbox import add_inbox_routes
from app.web.routes.instances import add_instance_routes
from app.web.routes.mail_actions import PAGE as MAIL_PAGE
from app.web.routes.mail_actions import add_mail_action_routes
from app.web.routes.new_task import add_new_task_routes
from app.web.routes.tasks import add_task_routes
from app.web.security import install_security_headers
from app.web.session import add_session_routes, install_login, require_login

__all__ = ["Provider", "create_web_blueprint", "register_pages"]

FORM_BYTES_MAX = 1024 * 1024
_YEAR_SECONDS = 365 * 24 * 3600


def register_pages(app: Flask, system: Any, operations: Operations | None = None, *, provider: Provider | None = None) -> None:
    """Add the pages to the application, which must have been made with `static_folder=None`.

    Args:
        app: with a secret key; handlers for /api addresses are registered before this is called.
        system: what operations work with.
        operations: the real ones unless given.
        provider: with whose accounts people can sign in, besides passwords.
    """
    app.extensions[EXTENSION] = Pages(system=system, operations=operations or load_operations())
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the API has bearer tokens; the pages' blueprint asks for the token itself
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", 12 * 3600)
    csrf = CSRFProtect(app)
    app.session_interface = PageSessions()
    install_login(app)
    install_oidc(app, provider)
    install_security_headers(app)
    install_error_pages(app)
    app.register_blueprint(create_web_blueprint(csrf))


def create_web_blueprint(csrf: CSRFProtect) -> Blueprint:
    """Return the blueprint of all pages and of /static."""
    blueprint = Blueprint("web", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
    add_session_routes(blueprint)
    add_inbox_routes(blueprint)
    add_bulk_routes(blueprint)
    add_task_routes(blueprint)
    add_decision_routes(blueprint)
    add_attachment_routes(blueprint)
    add_new_task_routes(blueprint)
    add_document_routes(blueprint)
    add_coding_routes(blueprint)
    add_instance_routes(blueprint)
    add_help_routes(blueprint)
    add_access_routes(blueprint)
    add_oidc_routes(blueprint)
    add_mail_action_routes(blueprint)
    add_administration_routes(blueprint)

    @blueprint.before_request
    def check_form() -> Any:
        request.max_content_length = UPLOAD_BYTES_MAX if request.endpoint == "web.attach_file" else FORM_BYTES_MAX
        check_typed()
        if request.endpoint not in (
            "web.static",
            MAIL_PAGE,
        ):  # the address of that page is a secret itself, and its browser sends no referrer
            csrf.protect()
        return require_login()

    @blueprint.after_request
    def cache_bundles(response: Response) -> Response:
        if request.endpoint == "web.static" and request.path.startswith("/static/dist/") and response.status_code == 200:
            response.headers["Cache-Control"] = f"public, max-age={_YEAR_SECONDS}, immutable"
        return response

    @blueprint.app_context_processor
    def shell_values() -> dict[str, Any]:
        me = getattr(current_user, "caller", None)
        return {
            "theme": theme(),
            "keys_on": keys_on(),
            "bundle": bundle,
            "fmt": formatting,
            "picture_of": picture_of,
            "me": me,
        } | menu_values(me)

    blueprint.register_error_handler(CSRFError, csrf_page)
    blueprint.register_error_handler(CountersignError, refusal_page)
    blueprint.register_error_handler(NotFound, lambda _error: error_page(404))
    blueprint.register_error_handler(500, lambda _error: error_page(500))
    blueprint.register_error_handler(HTTPException, lambda error: error_page(error.code or 500))
    return blueprint
