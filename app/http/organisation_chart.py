"""Routes of who keeps the organisation chart: cost centers and their places."""

from typing import Any

from app.domain.errors import ChartCycle, NotFound, NotPermitted, UnlinkNotConfirmed
from app.http.audience import Audience, Call
from app.http.schemas.matrix import Seen
from app.http.schemas.matrix_chart import (
    ChangeCostCenter,
    Chart,
    ChartFilter,
    CostCenter,
    CostCenterFilter,
    CostCenters,
    CreateCostCenter,
    Intersection,
    IntersectionFilter,
    LinkCostCenter,
    UnlinkAll,
    Unlinked,
    UnlinkedAll,
    UnlinkedFilter,
)
from app.operations.answer import Answer
from app.operations.matrix.chart.find_intersection import find_intersection
from app.operations.matrix.chart.link_cost_center import link_cost_center
from app.operations.matrix.chart.list_unlinked import list_unlinked
from app.operations.matrix.chart.read_chart import read_chart
from app.operations.matrix.chart.unlink_all import unlink_all
from app.operations.matrix.chart.unlink_cost_center import unlink_cost_center
from app.operations.matrix.editing.change_cost_center import change_cost_center
from app.operations.matrix.editing.create_cost_center import create_cost_center
from app.operations.matrix.editing.list_cost_centers import list_cost_centers
from app.operations.matrix.editing.read_cost_center import read_cost_center

organisation_chart = Audience("organisation chart", description="People who keep cost centers and the organisation chart.")


@organisation_chart.route("/cost-centers")
@organisation_chart.signed_in()
@organisation_chart.refuses(NotPermitted)
@organisation_chart.query(CostCenterFilter)
@organisation_chart.answers(CostCenters)
def get_cost_centers(call: Call, query: dict[str, Any]) -> Answer:
    """List the cost centers in force, by key."""
    return list_cost_centers(call.system, call.caller, **query)


@organisation_chart.route("/cost-centers", methods=("POST",))
@organisation_chart.signed_in()
@organisation_chart.idempotent
@organisation_chart.refuses(NotPermitted)
@organisation_chart.body(CreateCostCenter)
@organisation_chart.answers(CostCenter, 201, location="/api/v1/cost-centers/{id}")
def post_cost_center(call: Call, body: dict[str, Any]) -> Answer:
    """Draft a new cost center; it is not linked yet."""
    return create_cost_center(call.system, call.caller, **body, request=call.request)


@organisation_chart.route("/cost-centers/<id:center_id>")
@organisation_chart.signed_in()
@organisation_chart.refuses(NotFound, NotPermitted)
@organisation_chart.query(Seen)
@organisation_chart.answers(CostCenter)
def get_cost_center(call: Call, query: dict[str, Any], center_id: str) -> Answer:
    """Read a cost center as the caller's draft, or a named one, has it; else as it is in force."""
    return read_cost_center(call.system, call.caller, center_id, **query)


@organisation_chart.route("/cost-centers/<id:center_id>", methods=("PATCH",))
@organisation_chart.signed_in()
@organisation_chart.idempotent
@organisation_chart.revised
@organisation_chart.refuses(NotFound, NotPermitted)
@organisation_chart.body(ChangeCostCenter)
@organisation_chart.answers(CostCenter)
def patch_cost_center(call: Call, body: dict[str, Any], center_id: str) -> Answer:
    """Draft another name or status of a cost center: active, dummy (a node of the chart alone) or blocked (not codable)."""
    return change_cost_center(call.system, call.caller, center_id, **body, revision=call.revision, request=call.request)


@organisation_chart.route("/cost-centers/<id:center_id>/link", methods=("POST",))
@organisation_chart.signed_in()
@organisation_chart.idempotent
@organisation_chart.revised
@organisation_chart.refuses(NotFound, NotPermitted, ChartCycle)
@organisation_chart.body(LinkCostCenter)
@organisation_chart.answers(CostCenter)
def post_cost_center_link(call: Call, body: dict[str, Any], center_id: str) -> Answer:
    """Draft the cost center, with all below it, as a child of another, or as a root."""
    return link_cost_center(call.system, call.caller, center_id, **body, revision=call.revision, request=call.request)


@organisation_chart.route("/cost-centers/<id:center_id>/unlink", methods=("POST",))
@organisation_chart.signed_in()
@organisation_chart.idempotent
@organisation_chart.revised
@organisation_chart.refuses(NotFound, NotPermitted)
@organisation_chart.answers(CostCenter)
def post_cost_center_unlink(call: Call, center_id: str) -> Answer:
    """Draft the cost center out of the chart; its sub-tree moves out with it."""
    return unlink_cost_center(call.system, call.caller, center_id, revision=call.revision, request=call.request)


@organisation_chart.route("/cost-centers/<id:center_id>/unlink-all", methods=("POST",))
@organisation_chart.signed_in()
@organisation_chart.idempotent
@organisation_chart.revised
@organisation_chart.refuses(NotFound, NotPermitted, UnlinkNotConfirmed)
@organisation_chart.body(UnlinkAll, required=False)
@organisation_chart.answers(UnlinkedAll)
def post_cost_center_unlink_all(call: Call, body: dict[str, Any], center_id: str) -> Answer:
    """Draft the cost center out of the chart and its children away from it; without confirm, say how many that would be."""
    return unlink_all(call.system, call.caller, center_id, **body, revision=call.revision, request=call.request)


@organisation_chart.route("/organisation-chart")
@organisation_chart.signed_in()
@organisation_chart.refuses(NotFound, NotPermitted, ChartCycle)
@organisation_chart.query(ChartFilter)
@organisation_chart.answers(Chart)
def get_organisation_chart(call: Call, query: dict[str, Any]) -> Answer:
    """Read the organisation chart, whole or zoomed to a cost center, its parent or its root."""
    return read_chart(call.system, call.caller, **query)


@organisation_chart.route("/organisation-chart/unlinked")
@organisation_chart.signed_in()
@organisation_chart.refuses(NotFound, NotPermitted)
@organisation_chart.query(UnlinkedFilter)
@organisation_chart.answers(Unlinked)
def get_organisation_chart_unlinked(call: Call, query: dict[str, Any]) -> Answer:
    """List the cost centers that wait to be linked, of the companies that are selected."""
    companies = query.pop("company")
    return list_unlinked(call.system, call.caller, companies=companies, **query)


@organisation_chart.route("/organisation-chart/intersection")
@organisation_chart.signed_in()
@organisation_chart.refuses(NotFound, NotPermitted, ChartCycle)
@organisation_chart.query(IntersectionFilter)
@organisation_chart.answers(Intersection)
def get_organisation_chart_intersection(call: Call, query: dict[str, Any]) -> Answer:
    """Find the lowest cost center at or above several, with the path from each to its root."""
    cost_centers = query.pop("cost_center")
    return find_intersection(call.system, call.caller, cost_centers=cost_centers, **query)
