"""Whom the cache knows by his token is still asked for whenever people, roles or tokens change."""

import pytest
import sqlalchemy as sa

from app.operations.people.create_token import create_token
from app.persistence import people
from app.persistence.tables.people import api_token, user_role

CHECKED_INSIDE = [
    ("GET", "/tasks"),
    ("GET", "/tasks/count"),
    ("POST", "/tasks/{task}/approve"),
    ("POST", "/tasks/{task}/reject"),
    ("POST", "/tasks/{task}/delegate"),
    ("POST", "/tasks/{task}/claim"),
    ("POST", "/tasks/{task}/unclaim"),
    ("POST", "/tasks/{task}/comments"),
]
BODIES = {"delegate": {"to": "carl"}, "reject": {"reason": "no"}, "comments": {"text": "hello"}}


@pytest.fixture
def task(api):
    """Give the id of a task of Marc."""
    return api.task("marc")["id"]


def ask(client, method, path, token):
    """Send one request."""
    body = {"json": BODIES.get(path.rsplit("/", 1)[-1], {})} if method == "POST" else {}
    return client.open(f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {token}"}, **body)


def change(system, apply):
    """Change people, roles or tokens as an operation does: with a new authority version."""
    with system.database.write() as work:
        apply(work)
        people.raise_authority_version(work, 1)
        work.commit()


@pytest.mark.parametrize(("method", "path"), CHECKED_INSIDE)
def test_a_deactivated_person_is_out_at_once(client, system, caller, task, method, path):  # noqa: PLR0917 - fixtures
    """DESIGN.md section 5: whatever a cache says, the authority version is compared inside the statement."""
    assert ask(client, "GET", "/tasks", "demo-marc").status_code == 200

    change(system, lambda work: people.update_user(work, caller("marc").user_id, active=False))

    assert ask(client, method, path.format(task=task), "demo-marc").status_code == 401


def test_a_role_that_was_taken_away_is_gone_at_once(client, system, caller):
    order = {"definition": "purchase_invoice", "document_id": "00000000-0000-7000-8000-000000000001"}
    headers = {"Authorization": "Bearer demo-erp"}
    assert client.post("/api/v1/process-instances", json=order, headers=headers).status_code == 404

    change(system, lambda work: work.execute(sa.delete(user_role).where(user_role.c.user_id == caller("erp").user_id)))

    assert client.post("/api/v1/process-instances", json=order, headers=headers).status_code == 403


def test_a_role_that_was_given_counts_at_once(client, system, caller):
    order = {"definition": "purchase_invoice", "document_id": "00000000-0000-7000-8000-000000000001"}
    headers = {"Authorization": "Bearer demo-marc"}
    assert client.post("/api/v1/process-instances", json=order, headers=headers).status_code == 403

    role = {"environment_id": 1, "user_id": caller("marc").user_id, "role": "integrator"}
    change(system, lambda work: work.insert(user_role, [role]))

    assert client.post("/api/v1/process-instances", json=order, headers=headers).status_code == 404


@pytest.mark.parametrize("path", ["/tasks", "/documents"])
def test_a_revoked_token_is_out_at_once(client, system, path, clock):
    token = create_token(system, "marc")
    assert ask(client, "GET", path, token).status_code == 200

    change(system, lambda work: work.execute(sa.update(api_token).values(revoked_at=clock())))

    assert ask(client, "GET", path, token).status_code == 401


def test_an_expired_token_is_out_without_any_change(client, system, clock):
    token = create_token(system, "marc")
    with system.database.write() as work:
        work.execute(sa.update(api_token).values(expires_at=clock()))
        work.commit()
    clock.advance(seconds=-1)
    assert ask(client, "GET", "/tasks", token).status_code == 200

    clock.advance(seconds=2)

    assert ask(client, "GET", "/tasks", token).status_code == 401


def test_a_known_caller_costs_no_statement(client, system):
    ask(client, "GET", "/tasks", "demo-marc")
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    sa.event.listen(system.database.engine, "before_cursor_execute", note)
    ask(client, "GET", "/tasks", "demo-marc")

    assert len(statements) == 1


def test_a_request_with_a_key_is_answered_once_though_its_caller_was_outdated(client, system, caller, task):
    headers = {"Authorization": "Bearer demo-marc", "Idempotency-Key": "k-1"}
    ask(client, "GET", "/tasks", "demo-marc")
    change(system, lambda work: people.update_user(work, caller("carl").user_id, active=False))

    first = client.post(f"/api/v1/tasks/{task}/approve", json={}, headers=headers)
    second = client.post(f"/api/v1/tasks/{task}/approve", json={}, headers=headers)

    assert first.status_code == 200
    assert (second.status_code, second.json) == (200, first.json)
