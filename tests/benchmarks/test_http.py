"""The benchmark of approvals over HTTP runs, and its floor writes and reads the rows of one approval; how fast it is, a test does not say."""

import json
import sqlite3

import pytest
from click.testing import CliRunner

from app.bench.http import approve, command, receive_invoices
from app.bench.load.floor import Replay, connect
from app.bench.load.recording import record_commits
from app.operations.people.callers import find_caller
from app.runtime.postgres import postgres_for_tests

OWNER = {"process_instance": "id", "audit_event": "chain", "transaction_role": "transaction_id"}
OF_ITS_OWN = {"id", "instance_id", "chain", "task_id", "transaction_id", "element_instance", "key", "facts", "state"}
"""The columns that each replay has values of its own in: ids, and what names some."""


@pytest.fixture(scope="module")
def server():
    """Give the address of a PostgreSQL server."""
    with postgres_for_tests() as url:
        yield url


@pytest.fixture
def commits(system):
    """Give the commits of one approval, recorded on the database of the system."""
    return record_commits(url_of(system), approve(system, *receive_invoices(system, 1)))


def url_of(system):
    """Return the address of the database."""
    return system.database.engine.url.render_as_string(hide_password=False)


def replay_of(system, commits):
    """Return the replay, a connection for it, and the function that runs it there."""
    users = [find_caller(system, name).user_id for name in ("marc", "claire")]
    if url_of(system).startswith("sqlite"):
        users = [user.replace("-", "") for user in users]
    replay = Replay(commits, users=users)
    run, connection = connect(url_of(system), replay)
    return replay, connection, run


def rows_of(connection, table, owner):
    """Return the rows of an instance, or transaction, without what each replay has of its own."""
    mark = "?" if isinstance(connection, sqlite3.Connection) else "%s"
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {OWNER.get(table, 'instance_id')} = {mark}", (owner,))
    names = [column[0] for column in cursor.description]
    return sorted(str({name: value for name, value in zip(names, row, strict=True) if name not in OF_ITS_OWN}) for row in cursor.fetchall())


def test_a_commit_has_new_rows_and_what_changed_of_others(commits):
    start, first, second = commits

    assert start["changed"] == {}
    assert len(start["inserted"]["process_instance"]) == len(start["inserted"]["user_task"]) == 1
    assert [row["status"] for row in start["inserted"]["timer"]] == ["waiting", "waiting"]
    assert (
        [row["outcome"] for row in first["changed"]["user_task"]]
        == [row["outcome"] for row in second["changed"]["user_task"]]
        == ["approved"]
    )
    assert "process_instance" not in first["inserted"]
    assert {row["status"] for row in second["changed"]["process_instance"]} == {"completed"}
    assert "definition_key" not in second["changed"]["process_instance"][0]


def test_the_floor_leaves_the_rows_of_an_approval_and_each_inbox_shows_its_task(system, commits):
    recorded = commits[0]["inserted"]["process_instance"][0]
    replay, connection, run = replay_of(system, commits)
    instance, fresh = replay.fresh()

    shown = run(connection, instance, fresh)

    assert shown == [1, 1]
    for table in {table for commit in commits for table in commit["inserted"]}:
        of_recorded = recorded["document_id"] if table == "transaction_role" else recorded["id"]
        own, others = rows_of(connection, table, instance), rows_of(connection, table, of_recorded)
        assert own == others != [], table
    connection.close()


@pytest.mark.processes
@pytest.mark.parametrize("database", ["given", "--sqlite"])
def test_approvals_over_http_are_measured_beside_their_floor(database, server):
    where = ["--database-url", server] if database == "given" else ["--sqlite"]
    result = CliRunner().invoke(command, ["--clients", "1,2", "--instances", "8", "--rounds", "1", *where, "--json"])

    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout.splitlines()[-1])
    figures = {(each["name"], each["unit"]): each for each in report["figures"]}
    for clients in (1, 2):
        assert figures[f"{clients} clients: ratio to floor", ""]["median"] > 0
        assert figures[f"{clients} clients: approve", "ms"]["runs"] == 16
    assert "SQL statements: start 3, inbox 1, approve 3, approve and finish 3" in report["notes"] or database == "--sqlite"
