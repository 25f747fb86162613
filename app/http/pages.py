"""The reference pages of the API: its OpenAPI document, the same as a page, and one page a problem."""

import inspect
from dataclasses import dataclass
from typing import Any

import flask
import orjson
from markupsafe import Markup

from app.domain.errors import CountersignError, NotFound
from app.http.openapi import CountersignApi
from app.http.problems import classes, register_problems, status_of
from app.http.reference import mark_up, read_reference

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemPage:
    """What the page of one kind of problem says."""

    code: str
    title: str
    status: int
    meaning: Markup
    more: Markup


def api_pages(api: CountersignApi) -> flask.Blueprint:
    """Return the routes of the reference, made from `api`."""
    pages = flask.Blueprint(
        "api_pages", __name__, url_prefix="/api", template_folder="templates", static_folder="static", static_url_path="/static"
    )
    register_problems(pages)

    @pages.get("/openapi.json")
    def read_openapi() -> flask.Response:
        """Answer the OpenAPI document."""
        text = orjson.dumps(api.document(), option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS)
        return flask.Response(text, mimetype="application/json")

    @pages.get("/docs")
    def read_docs() -> flask.Response:
        """Answer the reference by audience."""
        return _page("api/reference.html", reference=read_reference(_plain(api.document())))

    @pages.get("/problems")
    def list_problems() -> flask.Response:
        """Answer the list of all kinds of problems."""
        return _page("api/problems.html", problems=[problem_page(cls) for cls in sorted(classes(), key=lambda cls: cls.code)])

    @pages.get("/problems/<code>")
    def read_problem(code: str) -> flask.Response:
        """Answer what one kind of problem means."""
        found = next((cls for cls in classes() if cls.code == code), None)
        if found is None:
            raise NotFound(what="problem", id=code)
        return _page("api/problem.html", problem=problem_page(found))

    return pages


def problem_page(cls: type[CountersignError]) -> ProblemPage:
    """Return what the page of `cls` says: the title, the status, and the meaning from the docstring."""
    status = status_of(cls)
    assert status is not None, "only classes with a status have a page"
    meaning, _, more = inspect.cleandoc(cls.__doc__ or "").partition("\n\n")
    return ProblemPage(code=cls.code, title=cls.title, status=status, meaning=mark_up(_placeholders(meaning)), more=mark_up(more))


def _placeholders(text: str) -> str:
    """Return the message with each fact as `name`, to show that the case fills it in."""
    return text.replace("\n", " ").replace("{", "`").replace("}", "`")


def _page(template: str, **values: Any) -> flask.Response:
    response = flask.Response(flask.render_template(template, **values), mimetype="text/html")
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _plain(document: Any) -> Any:
    """Return the document as JSON reads it: names are text, schemas are objects."""
    return orjson.loads(orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS))
