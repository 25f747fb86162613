"""The floor: the rows of one approval written and read by a bare driver, without engine or framework. Run as a module.

What a recorded instance left in the database is written again, in the same three commits (start, approve, approve): rows are added and
changed as it did, with new ids that sort by birth like its own. Before each approval the inbox shows its task; each commit locks, reads what
a turn reads, and writes, with one statement each. Nothing can be faster and keep the rows.
"""

import json
import secrets
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import psycopg

from app.bench.load.recording import Commit, Row
from app.domain.identifiers import IdSource
from app.persistence.database import PRAGMAS
from app.persistence.drivers import COMMITS_A_LOG

BY_INDEX = "-c random_page_cost=1.1"
"""As the application asks PostgreSQL to plan: without it, small tables are read whole."""
_START = "SELECT d.*, e.* FROM document d JOIN environment e ON e.id = d.environment_id WHERE d.id = {0}"
_LOCK = "SELECT i.*, e.* FROM process_instance i JOIN environment e ON e.id = i.environment_id WHERE i.id = {0}"
_READ = (
    "SELECT d.*, r.*, t.*, a.*, m.*, x.* FROM process_instance i JOIN document d ON d.id = i.document_id "
    "LEFT JOIN route r ON r.instance_id = i.id AND r.superseded_at IS NULL "
    "LEFT JOIN transaction_role x ON x.transaction_id = i.id AND x.superseded_at IS NULL "
    "LEFT JOIN user_task t ON t.instance_id = i.id AND t.status = 'open' LEFT JOIN assignment a ON a.task_id = t.id "
    "LEFT JOIN timer m ON m.task_id = t.id AND m.status = 'waiting' WHERE i.id = {0}"
)
_INBOX = (
    "SELECT a.*, t.*, d.number, d.total FROM assignment a JOIN user_task t ON t.id = a.task_id JOIN document d ON d.id = t.document_id "
    "WHERE a.user_id = {0} AND a.status = 'open' ORDER BY a.sort_at, a.id LIMIT 50"
)


class Replay:
    """The statements of one approval: `commits` are the rows that each of its commits stores, `users` whose inbox shows it in between."""

    def __init__(self, commits: Sequence[Commit], *, users: Sequence[str]) -> None:
        self._users = users
        self._line = threading.Lock()
        self._commits = 0
        self._new_id = IdSource(time.time_ns, secrets.randbits)
        (instance,) = commits[0]["inserted"]["process_instance"]
        self.instance = instance["id"]
        self._document = instance["document_id"]
        instance["live_document_key"] = self.instance  # the document stays the same, which one instance alone may hold,
        for row in (row for commit in commits for row in commit["inserted"].get("transaction_role", ())):
            row["transaction_id"] = self.instance  # and in whose transaction a person plays one step
        self._own = sorted({row["id"] for commit in commits for rows in commit["inserted"].values() for row in rows if "id" in row})
        self._text = [json.dumps(commit) for commit in commits]
        self._statements = [_write_all(commit) for commit in commits]

    def fresh(self) -> tuple[str, list[Commit]]:
        """Return the id of the instance and what each commit stores, all with new ids."""
        texts, instance = self._text, ""
        for old in map(uuid.UUID, self._own):
            new = uuid.UUID(self._new_id())
            texts = [text.replace(str(old), str(new)).replace(old.hex, new.hex) for text in texts]  # SQLite's ids have no dashes
            if old == uuid.UUID(self.instance):
                instance = str(new) if "-" in self.instance else new.hex
        return instance, [json.loads(text) for text in texts]

    def run(self, connection: psycopg.Connection[Any], instance: str, commits: Sequence[Commit]) -> list[int]:
        """Write and read one approval on PostgreSQL; return how many rows each inbox showed."""
        shown = []
        for number, commit in enumerate(commits):
            if number:
                shown.append(len(connection.execute(_INBOX.format("%s"), (self._users[number - 1],)).fetchall()))
            with connection.transaction():
                if number:
                    connection.execute(f"{_LOCK.format('%s')} FOR UPDATE OF i", (instance,)).fetchall()
                    connection.execute(_READ.format("%s"), (instance,)).fetchall()
                else:
                    connection.execute(_START.format("%s"), (self._document,)).fetchall()
                rows = {f"{how}_{table}": json.dumps(rows) for how in ("inserted", "changed") for table, rows in commit[how].items()}
                connection.execute(self._statements[number].encode(), rows)
        return shown

    def run_sqlite(self, connection: sqlite3.Connection, instance: str, commits: Sequence[Commit]) -> list[int]:
        """Write and read one approval on SQLite; return how many rows each inbox showed."""
        shown = []
        for number, commit in enumerate(commits):
            if number:
                shown.append(len(connection.execute(_INBOX.format("?"), (self._users[number - 1],)).fetchall()))
            with self._line:  # as the application's writers stand in one
                connection.execute("BEGIN IMMEDIATE")
                if number:
                    connection.execute(_LOCK.format("?"), (instance,)).fetchall()
                    connection.execute(_READ.format("?"), (instance,)).fetchall()
                else:
                    connection.execute(_START.format("?"), (self._document,)).fetchall()
                for table, rows in commit["inserted"].items():
                    names = list(rows[0])
                    marks = ", ".join("?" * len(names))
                    connection.executemany(f"INSERT INTO {table} ({_list(names)}) VALUES ({marks})", _sqlite_rows(names, rows))  # noqa: S608 - our own tables
                for table, rows in commit["changed"].items():
                    names = [name for name in rows[0] if name != "id"]
                    changes = ", ".join(f'"{name}" = ?' for name in names)
                    connection.executemany(f"UPDATE {table} SET {changes} WHERE id = ?", _sqlite_rows([*names, "id"], rows))  # noqa: S608 - our own tables
                connection.execute("COMMIT")
                self._commits += 1
                if self._commits % COMMITS_A_LOG == 0:
                    connection.execute("PRAGMA wal_checkpoint(RESTART)")
        return shown


def _list(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _sqlite_rows(names: Sequence[str], rows: Sequence[Row]) -> list[list[Any]]:
    return [[_sqlite_value(row[name]) for name in names] for row in rows]


def _sqlite_value(value: Any) -> Any:
    return bytes.fromhex(value[2:]) if isinstance(value, str) and value.startswith("\\x") else value


def _write_all(commit: Commit) -> str:
    """Return the one statement that stores everything of a commit."""
    parts = []
    for table, rows in commit["inserted"].items():
        names = _list(list(rows[0]))
        source = f"json_populate_recordset(NULL::{table}, %(inserted_{table})s)"
        parts.append(f"i_{table} AS (INSERT INTO {table} ({names}) SELECT {names} FROM {source})")  # noqa: S608 - our own tables
    for table, rows in commit["changed"].items():
        changes = ", ".join(f'"{name}" = new."{name}"' for name in rows[0] if name != "id")
        source = f"(SELECT * FROM json_populate_recordset(NULL::{table}, %(changed_{table})s) LIMIT {len(rows)}) AS new"  # noqa: S608 - our own tables
        parts.append(f"c_{table} AS (UPDATE {table} SET {changes} FROM {source} WHERE {table}.id = new.id)")  # noqa: S608 - our own tables
    return f"WITH {', '.join(parts)} SELECT 1"


def main() -> None:
    """Read the plan `{url, clients, instances, commits, users}`, run it, and write `{seconds}`."""
    plan = json.load(sys.stdin)
    replay = Replay(plan["commits"], users=plan["users"])
    lock = threading.Lock()
    waiting = iter([replay.fresh() for _ in range(plan["instances"])])

    def work() -> Iterator[tuple[str, Any]]:
        while True:
            with lock:
                each = next(waiting, None)
            if each is None:
                return
            yield each

    def client() -> None:
        run, connection = connect(plan["url"], replay)
        for instance, commits in work():
            run(connection, instance, commits)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(plan["clients"])]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump({"seconds": time.perf_counter() - began}, sys.stdout)


def connect(url: str, replay: Replay) -> tuple[Callable[..., list[int]], Any]:
    """Return what runs the replay on the database at `url`, and a connection for it."""
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        return replay.run_sqlite, connection
    return replay.run, psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True, options=BY_INDEX)


if __name__ == "__main__":
    main()
