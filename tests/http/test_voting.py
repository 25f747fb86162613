"""Voting and groups over HTTP, visited by everybody they are not for."""

import pytest


@pytest.mark.parametrize("body", [{"reason": "On leave."}, {"to": "ann"}, {"to": "ann", "reason": ""}, {"to": ["ann"], "reason": "x"}, []])
def test_a_reassignment_that_says_too_little_is_refused(api, body):
    """ADM-03, ADM-04."""
    task = api.task("marc")["id"]

    assert api.post(f"/tasks/{task}/reassign", "wfa", json=body).status_code in (400, 422)


def test_a_group_that_is_there_already_is_a_conflict(api):
    body = {"key": "buyers", "name": "Buyers", "members": ["marc"]}
    first = api.post("/groups", "wfa", json=body)

    second = api.post("/groups", "wfa", json=body)

    assert first.headers["Location"].endswith(first.json["id"])
    assert (second.status_code, second.json["type"].rsplit("/", 1)[-1]) == (409, "group_key_in_use")


def test_the_revision_guards_a_group(api):
    made = api.post("/groups", "wfa", json={"key": "buyers", "name": "Buyers"}).json

    answer = api.call("PATCH", f"/groups/{made['id']}", "wfa", json={"name": "Others"}, headers={"If-Match": '"7"'})

    assert answer.status_code == 412


def test_a_vote_that_stands_is_a_conflict_that_says_why(api):
    """MUL-02."""
    task = api.task("marc")["id"]
    api.post(f"/tasks/{task}/approve", "marc")

    answer = api.post(f"/tasks/{task}/withdraw", "marc")

    assert answer.status_code == 409
    assert "your own vote has decided it already" in answer.json["detail"]
