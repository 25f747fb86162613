"""How the routes of who keeps the approval matrix are visited; wfa drafts, adm looks at it, marc may not."""

from collections.abc import Callable
from typing import Any

from tests.http.people import Api
from tests.http.visits import Visit

TYPE: dict[str, Any] = {"description": "Orders", "currency": "EUR"}
MANDATE: dict[str, Any] = {
    "user": "ann",
    "approval_type": "PI",
    "rule": "DL",
    "responsible": "frank",
    "financial": [{"steps": ["first_line"], "cost_center": "NEW"}],
}
Visits = dict[str, Callable[[], Visit]]


def first_id(api: Api, path: str, key: str | None = None, who: str = "wfa") -> str:
    """Return the id of an object in force, of the first when no key is given."""
    query = "" if key is None else f"?key={key}"
    return str(api.get(f"{path}{query}", who).json["items"][0]["id"])


def masterdata_of(api: Api) -> Visits:
    """Return the visits to types, rules, mandates, organisations and cost centers."""
    bodies: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
        "approval-types": ("max", {"key": "ORDER", **TYPE}, {"description": "Invoices"}),
        "approval-rules": ("wfa", {"approval_type": "PI", "key": "NEW", "description": "New", "limits": []}, {"description": "Leader"}),
        "mandates": ("wfa", MANDATE, {"ends_on": "2027-12-31"}),
        "organisations": ("wfa", {"key": "Bolt", "name": "Bolt"}, {"name": "Acme Ltd"}),
        "cost-centers": ("wfa", {"key": "FIN", "name": "Finance"}, {"status": "blocked"}),
    }
    names = {"approval-types": "type_id", "approval-rules": "rule_id", "mandates": "mandate_id"}
    names |= {"organisations": "organisation_id", "cost-centers": "center_id"}
    visits: Visits = {}
    for name, (right, post, patch) in bodies.items():
        stranger = "adm" if right == "max" else "marc"

        def visit(path: str, stranger: str, right: str, **request: Any) -> Callable[[], Visit]:
            return lambda: Visit(
                stranger=stranger, right=right, path=path.format(id=first_id(api, path.split("/{", maxsplit=1)[0])), request=request
            )

        one = f"/{name}/<id:{names[name]}>"
        visits[f"GET /{name}"] = visit(f"/{name}", "marc", right)
        visits[f"POST /{name}"] = visit(f"/{name}", stranger, right, json=post)
        visits[f"GET {one}"] = visit(f"/{name}/{{id}}", "marc", right)
        visits[f"PATCH {one}"] = visit(f"/{name}/{{id}}", stranger, right, json=patch)
    return visits


def chart_of(api: Api) -> Visits:
    """Return the visits to the organisation chart."""

    def center(path: str, key: str, **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(
            stranger="eva", right="wfa", path=f"/cost-centers/{first_id(api, '/cost-centers', key)}/{path}", request=request
        )

    def chart(path: str) -> Callable[[], Visit]:
        return lambda: Visit(stranger="eva", right="wfa", path=f"/organisation-chart{path}")

    one = "/cost-centers/<id:center_id>"
    return {
        f"POST {one}/link": center("link", "NEW", json={"parent": "GM"}),
        f"POST {one}/unlink": center("unlink", "SUP"),
        f"POST {one}/unlink-all": center("unlink-all", "SUP", json={"confirm": True}),
        "GET /organisation-chart": chart("?cost_center=SUP-N&show_from=root"),
        "GET /organisation-chart/unlinked": chart("/unlinked?company=NL01"),
        "GET /organisation-chart/intersection": chart("/intersection?cost_center=CON&cost_center=SALES"),
    }


def drafts_of(api: Api) -> Visits:
    """Return the visits to drafts, versions, settings and the CSV file."""
    csv = "text/csv"

    def export() -> bytes:
        return bytes(api.get("/approval-matrix/export.csv", "adm").data)

    def of_draft(verb: str, *, right: str = "adm", **request: Any) -> Callable[[], Visit]:
        def visit() -> Visit:
            close_drafts(api)
            draft = api.post("/mandates", "wfa", json=MANDATE).json["draft"]
            return Visit(stranger="marc", right=right, path=f"/approval-matrix/drafts/{draft}{verb}", request=request)

        return visit

    def on(path: str, right: str = "adm", stranger: str = "marc", **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger=stranger, right=right, path=f"/approval-matrix{path}", request=request)

    def listed() -> Visit:
        of_draft("")()
        return Visit(stranger="marc", right="adm", path="/approval-matrix/drafts")

    def of_file() -> Visit:
        return Visit(
            stranger="marc", right="adm", path="/approval-matrix/import?dry_run=true", request={"data": export(), "content_type": csv}
        )

    def fresh() -> Visit:
        close_drafts(api)
        return Visit(stranger="marc", right="wfa", path="/approval-matrix/drafts", request={"json": {"title": "New year"}})

    one = "/approval-matrix/drafts/<id:draft_id>"
    return {
        "GET /approval-matrix/drafts": listed,
        "POST /approval-matrix/drafts": fresh,
        f"GET {one}": of_draft(""),
        f"POST {one}/activate": of_draft("/activate", json={"revision": 1}),
        f"POST {one}/discard": of_draft("/discard"),
        f"POST {one}/request-review": of_draft("/request-review", right="wfa", json={"reviewer": "adm"}),
        f"POST {one}/rebase": of_draft("/rebase", right="wfa"),
        "GET /approval-matrix/versions": on("/versions"),
        "GET /approval-matrix/versions/<int(max=2147483647):version>": on("/versions/1"),
        "GET /approval-matrix/settings": on("/settings"),
        "PATCH /approval-matrix/settings": on("/settings", right="max", stranger="wfa", json={"four_eyes": True}),
        "GET /approval-matrix/export.csv": on("/export.csv"),
        "POST /approval-matrix/import": of_file,
    }


def close_drafts(api: Api) -> None:
    """Discard the drafts that are still open."""
    for draft in api.get("/approval-matrix/drafts?limit=200", "adm").json["items"]:
        if draft["closed_at"] is None:
            api.post(f"/approval-matrix/drafts/{draft['id']}/discard", "adm")


def matrix_of(api: Api) -> Visits:
    """Return all visits of who keeps the approval matrix."""
    return masterdata_of(api) | chart_of(api) | drafts_of(api)
