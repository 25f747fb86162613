"""How the routes of partnerships are visited: adm invites, kim of ACC accepts."""

from collections.abc import Callable
from typing import Any

from tests.http.people import Api
from tests.http.visits import Visit


def partners_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to partnerships, and to what their guests share with everybody: giving back, and the status history."""

    def live() -> dict[str, Any] | None:
        items = api.get("/partnerships?limit=200", "adm").json["items"]
        return next((each for each in items if each["status"] != "revoked"), None)

    def end() -> None:
        there = live()
        if there is not None:
            api.post(f"/partnerships/{there['id']}/revoke", "adm")

    def invite() -> str:
        end()
        return str(api.post("/partnerships", "adm", json={"partner": "ACC"}).json["id"])

    def invited() -> Visit:
        end()
        return Visit(stranger="wfa", right="adm", path="/partnerships", request={"json": {"partner": "ACC"}})

    def returned() -> Visit:
        task = api.task("marc")
        api.post(f"/tasks/{task['id']}/delegate", "marc", json={"to": "carl"})
        return Visit(stranger="wfa", right="carl", path=f"/tasks/{task['id']}/return", request={"json": {"comment": "Yours."}})

    one = "/partnerships/<id:partnership_id>"
    return {
        "GET /partnerships": lambda: Visit(stranger="wfa", right="kim", path="/partnerships"),
        "POST /partnerships": invited,
        f"POST {one}/accept": lambda: Visit(stranger="adm", right="kim", path=f"/partnerships/{invite()}/accept"),
        f"POST {one}/revoke": lambda: Visit(stranger="wfa", right="adm", path=f"/partnerships/{invite()}/revoke"),
        "POST /tasks/<id:task_id>/return": returned,
        "GET /documents/<id:document_id>/status-history": lambda: Visit(
            stranger="pia", right="erp", path=f"/documents/{api.document_id()}/status-history"
        ),
    }
