"""The JSON API by audience, its reference pages, health and metrics."""

import flask
from werkzeug.exceptions import HTTPException

from app.http.absences import absences
from app.http.access import access
from app.http.administrators import administrators
from app.http.analysts import analysts
from app.http.approvers import approvers
from app.http.audience import EXTENSION
from app.http.calendars import calendars
from app.http.digests import digests
from app.http.groups import groups
from app.http.health import health_blueprint
from app.http.inbox import inbox
from app.http.integrators import integrators
from app.http.leaving import leaving
from app.http.mail_templates import mail_templates
from app.http.masterdata import masterdata
from app.http.matrix_drafts import matrix_drafts
from app.http.observe import register_observation
from app.http.openapi import open_api
from app.http.organisation_chart import organisation_chart
from app.http.pages import api_pages
from app.http.partners import partners
from app.http.people import people
from app.http.problems import answer_raised
from app.http.settings import settings
from app.http.short_way import ShortWay
from app.http.simulation import simulation
from app.http.teamwork import teamwork
from app.http.voting import voting
from app.operations.system import System

BLUEPRINTS = (
    integrators,
    approvers,
    analysts,
    administrators,
    masterdata,
    organisation_chart,
    matrix_drafts,
    simulation,
    teamwork,
    people,
    absences,
    leaving,
    settings,
    calendars,
    digests,
    groups,
    voting,
    access,
    partners,
    inbox,
    mail_templates,
)
OWN_PATHS = ("/api/", "/health/", "/metrics")


def register_http(app: flask.Flask, system: System) -> None:
    """Add the API, its documentation, health and metrics to `app`, all working on `system`."""
    app.extensions[EXTENSION] = system
    app.wsgi_app = ShortWay(app)  # type: ignore[method-assign]  # Flask's own way to put something around it
    registry = register_observation(app)
    app.register_error_handler(404, _answer_unrouted)
    app.register_error_handler(405, _answer_unrouted)
    api = open_api(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(api_pages(api))
    app.register_blueprint(health_blueprint(registry))


def _answer_unrouted(error: HTTPException) -> flask.Response | HTTPException:
    """Answer paths below the API that lead nowhere with a problem; other paths are for the pages to answer."""
    return answer_raised(error) if flask.request.path.startswith(OWN_PATHS) else error
