"""How the routes of voting and of groups are visited."""

import io
import itertools
from collections.abc import Callable
from typing import Any

from tests.http.people import Api
from tests.http.visits import Visit
from tests.operations.diagrams import chain, user_task


def voting_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to what changes who votes; wfa keeps the groups and re-routes, marc votes."""
    numbers = itertools.count(1)

    def about(path: str, *, stranger: str, right: str, **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger=stranger, right=right, path=path.format(id=api.task("marc")["id"]), request=request)

    def voted() -> Visit:
        content = chain("voting", user_task("Vote", assignees='["marc", "ann"]', mode="all"))
        upload = {"data": {"file": (io.BytesIO(content), "x.bpmn")}, "content_type": "multipart/form-data"}
        assert api.post("/process-definitions", "adm", **upload).status_code == 201
        started = api.post("/process-instances", "erp", json={"definition": "voting", "document_id": api.document_id()}).json
        items = api.get("/tasks?limit=200", "marc").json["items"]
        task = next(item for item in items if item["process_instance_id"] == started["id"])
        assert api.post(f"/tasks/{task['id']}/approve", "marc").status_code == 200
        return Visit(stranger="wfa", right="marc", path=f"/tasks/{task['id']}/withdraw", request={"json": {"comment": "Too early."}})

    def group() -> str:
        made = api.post("/groups", "wfa", json={"key": f"g{next(numbers)}", "name": "Buyers", "members": ["marc"]})
        assert made.status_code == 201, made.text
        return f"/groups/{made.json['id']}"

    def grouped(**request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger="marc", right="wfa", path=group(), request=request)

    def listed() -> Visit:
        group()
        return Visit(stranger="marc", right="wfa", path="/groups")

    return {
        "POST /tasks/<id:task_id>/withdraw": voted,
        "POST /tasks/<id:task_id>/reassign": about(
            "/tasks/{id}/reassign", stranger="marc", right="wfa", json={"to": "ann", "reason": "On leave."}
        ),
        "POST /tasks/<id:task_id>/approvers": about("/tasks/{id}/approvers", stranger="eva", right="marc", json={"user": "ann"}),
        "GET /groups": listed,
        "POST /groups": lambda: Visit(stranger="marc", right="wfa", path="/groups", request={"json": {"key": "new", "name": "New"}}),
        "GET /groups/<id:group_id>": grouped(),
        "PATCH /groups/<id:group_id>": grouped(json={"name": "Those who buy", "members": ["ann"]}),
        "DELETE /groups/<id:group_id>": grouped(),
    }
