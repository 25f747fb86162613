"""How the routes of working together on tasks are visited."""

import io
from collections.abc import Callable
from typing import Any

from tests.http.people import Api
from tests.http.visits import Visit

PNG = b"\x89PNG\r\n\x1a\n"


def teamwork_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to what people do with a task besides deciding it."""

    def about(path: str, *, stranger: str = "pia", **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger=stranger, right="marc", path=path.format(id=api.task("marc")["id"]), request=request)

    def released() -> Visit:
        task = api.task("marc")
        api.post(f"/tasks/{task['id']}/hold", "marc")
        return Visit(stranger="pia", right="marc", path=f"/tasks/{task['id']}/release")

    def asked(verb: str, *, stranger: str, right: str, **request: Any) -> Callable[[], Visit]:
        def visit() -> Visit:
            task = api.task("marc")
            made = api.post(f"/tasks/{task['id']}/ask", "marc", json={"whom": "ann", "question": "Is it here?"})
            return Visit(stranger=stranger, right=right, path=f"/tasks/{made.json['question']}/{verb}", request=request)

        return visit

    def attached(*, is_one: bool) -> Callable[[], Visit]:
        def visit() -> Visit:
            task = api.task("marc")
            made = api.post(f"/tasks/{task['id']}/attachments?name=photo.png", "marc", data=PNG, content_type="image/png")
            path = f"/documents/{task['document']['id']}/attachments" + (f"/{made.json['id']}" if is_one else "")
            return Visit(stranger="pia", right="marc", path=path)

        return visit

    def created() -> Visit:
        body = {"document_id": api.document_id(), "assignees": ["marc"], "mode": "any", "name": "Check the delivery"}
        return Visit(stranger="marc", right="wfa", path="/tasks", request={"json": body})

    def upload() -> Visit:
        file = {"data": {"file": (io.BytesIO(PNG), "photo.png")}, "content_type": "multipart/form-data"}
        return Visit(stranger="pia", right="marc", path=f"/tasks/{api.task('marc')['id']}/attachments", request=file)

    return {
        "POST /tasks": created,
        "PATCH /tasks/<id:task_id>": about("/tasks/{id}", json={"priority": 70}),
        "POST /tasks/<id:task_id>/hold": about("/tasks/{id}/hold", json={"reason": "Not here yet"}),
        "POST /tasks/<id:task_id>/release": released,
        "POST /tasks/<id:task_id>/ask": about("/tasks/{id}/ask", json={"whom": "ann", "question": "Is it here?"}),
        "POST /tasks/<id:task_id>/answer": asked("answer", stranger="marc", right="ann", json={"answer": "Yes"}),
        "POST /tasks/<id:task_id>/withdraw-question": asked("withdraw-question", stranger="ann", right="marc"),
        "POST /tasks/<id:task_id>/attachments": upload,
        "POST /tasks/bulk": lambda: Visit(
            stranger="pia", right="marc", path="/tasks/bulk", request={"json": {"action": "claim", "ids": [api.task("marc")["id"]]}}
        ),
        "GET /documents/<id:document_id>/attachments": attached(is_one=False),
        "GET /documents/<id:document_id>/attachments/<id:attachment_id>": attached(is_one=True),
    }
