"""A partner's person over the API: she is the right one for what was delegated to her, and nobody else of either side is."""

from typing import Any

import pytest

from tests.http.people import Api

REASON = {"reason": "Not ordered."}


@pytest.fixture
def task(api: Api) -> dict[str, Any]:
    """Give the task that marc has delegated to kim, after both were seen and cached."""
    for name in ("marc", "kim"):
        assert api.get("/tasks", name).status_code == 200
    found = api.task("marc")
    answer = api.post(f"/tasks/{found['id']}/delegate", "marc", json={"to": "kim@ACC", "comment": "Your client"})
    assert answer.status_code == 200, answer.text
    return found


def test_kim_is_the_right_person_route_by_route(api: Api, task: dict[str, Any]) -> None:
    """HND-05: list, count, task, document with original, comment, approve; pia and carl of the other environment are not."""
    path, document = f"/tasks/{task['id']}", f"/documents/{task['document']['id']}"

    assert [(each["id"], each["environment"]) for each in api.get("/tasks", "kim").json["items"]] == [(task["id"], "main")]
    assert api.get("/tasks/count", "kim").json["open"] == 1
    for address in (path, document, f"{document}/original", f"{document}/timeline", f"{document}/status-history"):
        assert api.get(address, "kim").status_code == 200, address
        assert api.get(address, "pia").status_code == 404, address
    for stranger in ("pia", "carl"):
        assert api.post(f"{path}/approve", stranger).status_code == 404
    assert api.post(f"{path}/approve", "marc").json["type"] == "/api/problems/task_moved"
    assert api.get(f"/process-instances/{task['process_instance_id']}", "kim").status_code == 404
    assert api.post(f"{path}/claim", "kim").status_code == 200
    assert api.post(f"{path}/comments", "kim", json={"text": "Looking at it."}).status_code == 200
    revision = api.get(path, "kim").json["revision"]

    assert api.post(f"{path}/approve", "kim", headers={"If-Match": '"1"'}).status_code == 412
    headers = {"If-Match": f'"{revision}"', "Idempotency-Key": "kim-approves"}
    first, again = (api.post(f"{path}/approve", "kim", headers=headers) for _ in range(2))

    assert first.status_code == 200, first.text
    assert again.json == first.json


@pytest.mark.parametrize(("verb", "body"), [("reject", REASON), ("return", {}), ("delegate", {"to": "marc"})])
def test_kim_rejects_or_gives_back(api: Api, task: dict[str, Any], verb: str, body: dict[str, Any]) -> None:
    """HND-05, HND-06."""
    answer = api.post(f"/tasks/{task['id']}/{verb}", "kim", json=body)

    assert answer.status_code == 200, answer.text
    status = {"reject": "rejected"}.get(verb, "delegated_back")
    assert status in [each["status"] for each in answer.json["task"]["assignments"]]


def test_a_partner_who_is_out_is_told_so(api: Api, task: dict[str, Any]) -> None:
    """HND-05: revoked, so 403."""
    (partnership,) = api.get("/partnerships", "kim").json["items"]
    assert api.post(f"/partnerships/{partnership['id']}/revoke", "kim").status_code == 200

    refused = api.post(f"/tasks/{task['id']}/approve", "kim")
    assert (refused.status_code, refused.json["type"]) == (403, "/api/problems/partnership_ended")
    assert "goes back to who delegated it" in refused.json["detail"]
    assert api.get("/tasks", "kim").json["items"] == []
    other = api.task("marc")
    refused = api.post(f"/tasks/{other['id']}/delegate", "marc", json={"to": "kim@ACC"})
    assert (refused.status_code, refused.json["type"]) == (403, "/api/problems/partnership_not_active")


def test_the_eleventh_hop_is_a_conflict(api: Api) -> None:
    """HND-07."""
    path = f"/tasks/{api.task('marc')['id']}/delegate"
    names = ["marc", "carl"]
    for hop in range(10):
        assert api.post(path, names[hop % 2], json={"to": names[1 - hop % 2]}).status_code == 200

    refused = api.post(path, "marc", json={"to": "kim@ACC"})

    assert (refused.status_code, refused.json["type"]) == (409, "/api/problems/delegation_refused")


@pytest.mark.parametrize("to", ["", "x" * 201, "a\u0000@ACC", "kim@ACC@ACC", "é@ACC"])
def test_a_hostile_name_is_refused(api: Api, task: dict[str, Any], to: str) -> None:
    other = api.task("marc")

    assert api.post(f"/tasks/{other['id']}/delegate", "marc", json={"to": to}).status_code in (400, 403, 422)
