"""Working together on tasks, as programs see it: forms, statuses, downloads."""

import io

import pytest

from tests.http.people import Api
from tests.http.teamwork_visits import PNG


def test_two_browsers_that_approve_the_same_pooled_task_get_one_approval(api: Api):
    """HND-01: one 200, one 409 that says who was first; the timeline has one approval."""
    task = api.task("marc")
    assert api.post(f"/tasks/{task['id']}/approve", "marc").status_code == 200
    items = api.get("/tasks?limit=200", "claire").json["items"]
    pooled = next(item for item in items if item["document"]["id"] == task["document"]["id"])

    first = api.post(f"/tasks/{pooled['id']}/approve", "claire", headers={"If-Match": f'"{pooled["revision"]}"'})
    second = api.post(f"/tasks/{pooled['id']}/approve", "donald", headers={"If-Match": f'"{pooled["revision"]}"'})

    assert (first.status_code, second.status_code) == (200, 409)
    assert "Claire approved it" in second.json["detail"]
    timeline = api.get(f"/documents/{task['document']['id']}/timeline", "wfa").json["items"]
    assert [each["actor"] for each in timeline if each["kind"] == "task_approved" and each["facts"]["step"] == "second_line"] == ["claire"]


def test_the_next_task_exists_when_the_approval_is_answered(api: Api):
    """TSK-14: the answer names the next step, and its task is in the next inbox."""
    task = api.task("marc")

    answer = api.post(f"/tasks/{task['id']}/approve", "marc").json

    assert [each["element"] for each in answer["process_instance"]["active"]] == ["ApproveSecondLine"]
    waiting = [item["process_instance_id"] for item in api.get("/tasks?limit=200", "claire").json["items"]]
    assert answer["process_instance"]["id"] in waiting


def test_a_task_made_by_hand_is_created_at_its_address(api: Api):
    """TSK-06."""
    body = {"document_id": api.document_id(), "assignees": ["marc", "role:coding"], "mode": "all", "name": "Check the delivery"}

    answer = api.post("/tasks", "wfa", json=body)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/tasks/{answer.json['id']}"
    assert api.get(f"/tasks/{answer.json['id']}", "eva").json["mode"] == "all"
    assert api.post("/tasks", "marc", json=body).status_code == 403


def test_an_attachment_is_a_download_that_no_browser_runs(api: Api):
    """TSK-07."""
    task = api.task("marc")
    made = api.post(f"/tasks/{task['id']}/attachments?name=..%2Fpho%0D%0Ato", "marc", data=PNG, content_type="text/html")
    assert (made.status_code, made.json["name"], made.json["media_type"]) == (201, "photo.png", "image/png")
    again = api.post(
        f"/tasks/{task['id']}/attachments", "marc", data={"file": (io.BytesIO(PNG), "x.png")}, content_type="multipart/form-data"
    )
    assert (again.status_code, again.json["id"]) == (200, made.json["id"])

    file = api.get(f"/documents/{task['document']['id']}/attachments/{made.json['id']}", "marc")

    assert (file.data, file.mimetype) == (PNG, "image/png")
    assert file.headers["Content-Disposition"] == "attachment; filename=photo.png"
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert api.get(f"/tasks/{task['id']}", "marc").json["attachments"][0]["id"] == made.json["id"]


@pytest.mark.parametrize(
    ("content", "status"), [(b"", 422), (b"MZ\x90\x00", 415), (b"%PDF-" + b"x" * (10 * 2**20), 413), (b"%PDF-" + b"x" * (11 * 2**20), 413)]
)
def test_unfit_files_are_refused(api: Api, content: bytes, status: int):
    task = api.task("marc")

    assert api.post(f"/tasks/{task['id']}/attachments", "marc", data=content, content_type="application/pdf").status_code == status


def test_one_file_at_a_time(api: Api):
    files = {"a": (io.BytesIO(PNG), "a.png"), "b": (io.BytesIO(PNG + b"b"), "b.png")}

    answer = api.post(f"/tasks/{api.task('marc')['id']}/attachments", "marc", data=files, content_type="multipart/form-data")

    assert answer.status_code == 422


def test_bulk_answers_each_task_with_its_status_and_problem(api: Api):
    """HND-01."""
    first, second = api.task("marc"), api.task("marc")
    api.post(f"/tasks/{second['id']}/approve", "marc")
    body = {"action": "approve", "ids": [first["id"], second["id"], "nothing"], "comment": "Right"}

    answer = api.post("/tasks/bulk", "marc", json=body, headers={"Idempotency-Key": "b1"})
    again = api.post("/tasks/bulk", "marc", json=body, headers={"Idempotency-Key": "b1"})

    assert [each["status"] for each in answer.json["results"]] == [200, 409, 404]
    assert answer.json["results"][1]["problem"]["type"] == "/api/problems/task_already_decided"
    assert answer.json["totals"] == [{"count": 1, "total": {"amount": "12000.00", "currency": "EUR"}}]
    assert again.json == answer.json


@pytest.mark.parametrize(
    "body",
    [
        {"action": "pay", "ids": ["1"]},
        {"action": "approve", "ids": []},
        {"action": "approve", "ids": ["1"] * 201},
        {"action": "approve", "ids": ["1"], "reason": "x"},
        {"action": "hold", "ids": ["1"], "until": "tomorrow"},
        {"action": "hold", "ids": ["1"], "reason": "x" * 5000},
        {"action": "approve", "ids": ["1"], "revisions": {"1": "one"}},
        {"action": "approve", "ids": ["1"], "revisions": [1]},
    ],
)
def test_bulk_requests_without_sense_are_refused(api: Api, body: dict):
    assert api.post("/tasks/bulk", "marc", json=body).status_code == 422


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("hold", {"until": "2026-11-01T00:00:00Z"}),
        ("hold", {"until": "2026-13-01T00:00:00Z"}),
        ("hold", {"until": "2026-11-10"}),
        ("hold", {"reason": 7}),
        ("ask", {"whom": "ann"}),
        ("ask", {"whom": "nobody", "question": "Who?"}),
        ("ask", {"whom": "ann", "question": ""}),
        ("answer", {"answer": ""}),
    ],
)
def test_bad_input_is_named(api: Api, path: str, body: dict):
    answer = api.post(f"/tasks/{api.task('marc')['id']}/{path}", "marc", json=body)

    assert answer.status_code == 422
    assert answer.json["errors"]


def test_a_task_is_changed_under_its_revision(api: Api):
    task = api.task("marc")

    stale = api.call("PATCH", f"/tasks/{task['id']}", "marc", json={"priority": 60}, headers={"If-Match": '"9"'})
    changed = api.call("PATCH", f"/tasks/{task['id']}", "marc", json={"priority": 60}, headers={"If-Match": f'"{task["revision"]}"'})
    later = api.call("PATCH", f"/tasks/{task['id']}", "marc", json={"due_at": "2027-11-10T00:00:00Z"})

    assert (stale.status_code, changed.status_code, later.status_code) == (412, 200, 403)
    assert api.get(f"/tasks/{task['id']}", "marc").json["priority"] == 60
