"""The floor: the rows of one approval written and read by a bare driver, without engine or framework. Run as a module.

What a recorded instance left in the database is written again with new ids, in the same three commits (start, approve, approve), each
with one statement that locks, one that reads and one that writes; the inbox is one statement. Nothing can be faster and keep the rows.
"""

import json
import sqlite3
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import psycopg

Row = dict[str, Any]
BY_INDEX = "-c random_page_cost=1.1"
"""As the application asks PostgreSQL to plan: without it, small tables are read whole."""
_LOCK = "SELECT id, revision, state FROM process_instance WHERE id = {0}"
_READ = "SELECT t.*, a.* FROM user_task t JOIN assignment a ON a.task_id = t.id WHERE t.instance_id = {0}"
_INBOX = (
    "SELECT a.*, t.*, d.number, d.total FROM assignment a JOIN user_task t ON t.id = a.task_id JOIN document d ON d.id = t.document_id "
    "WHERE a.user_id = {0} AND a.status = 'open' ORDER BY a.sort_at, a.id LIMIT 50"
)


class Replay:
    """The statements of one approval: `phases` are the rows by table that each of its commits stores."""

    def __init__(self, phases: Sequence[Mapping[str, Sequence[Row]]], *, users: Sequence[str]) -> None:
        self._users = users
        self._line = threading.Lock()
        self.instance = phases[0]["process_instance"][0]["id"]
        for row in (row for phase in phases for row in phase.get("transaction_role", ())):
            row["transaction_id"] = self.instance  # the document stays the same, and a person plays one step in a transaction
        own = {row["id"] for phase in phases for rows in phase.values() for row in rows if "id" in row}
        self._own = sorted(own)
        self._text = [json.dumps({table: list(rows) for table, rows in phase.items()}) for phase in phases]
        self.statement = [_insert_all(phase) for phase in phases]

    def fresh(self) -> tuple[str, list[dict[str, list[dict[str, Any]]]]]:
        """Return the id of the instance and the rows of each commit, all with new ids."""
        texts = self._text
        instance = ""
        for old in self._own:
            new = str(uuid.uuid4()) if "-" in old else uuid.uuid4().hex
            texts = [text.replace(old, new) for text in texts]
            instance = new if old == self.instance else instance
        return instance, [json.loads(text) for text in texts]

    def run(self, connection: psycopg.Connection[Any], instance: str, phases: Sequence[Mapping[str, Any]]) -> None:
        """Write and read one approval on PostgreSQL."""
        for number, phase in enumerate(phases):
            if number:
                connection.execute(_INBOX.format("%s"), (self._users[number - 1],)).fetchall()
            with connection.transaction():
                connection.execute(_LOCK.format("%s") + " FOR UPDATE", (instance,)).fetchall()
                connection.execute(_READ.format("%s"), (instance,)).fetchall()
                connection.execute(self.statement[number], {table: json.dumps(rows) for table, rows in phase.items()})

    def run_sqlite(self, connection: sqlite3.Connection, instance: str, phases: Sequence[Mapping[str, Any]]) -> None:
        """Write and read one approval on SQLite."""
        for number, phase in enumerate(phases):
            if number:
                connection.execute(_INBOX.format("?"), (self._users[number - 1],)).fetchall()
            with self._line:  # as the application's writers stand in one
                connection.execute("BEGIN IMMEDIATE")
                connection.execute(_LOCK.format("?"), (instance,)).fetchall()
                connection.execute(_READ.format("?"), (instance,)).fetchall()
                for table, rows in phase.items():
                    names = list(rows[0])
                    marks = ", ".join("?" * len(names))
                    columns = ", ".join(f'"{name}"' for name in names)
                    changes = ", ".join(f'"{name}" = excluded."{name}"' for name in names)
                    connection.executemany(
                        f"INSERT INTO {table} ({columns}) VALUES ({marks}) ON CONFLICT DO UPDATE SET {changes}",  # noqa: S608 - names of our own tables
                        [[_sqlite_value(row[name]) for name in names] for row in rows],
                    )
                connection.execute("COMMIT")


def _sqlite_value(value: Any) -> Any:
    return bytes.fromhex(value[2:]) if isinstance(value, str) and value.startswith("\\x") else value


def _insert_all(phase: Mapping[str, Sequence[Row]]) -> str:
    """Return the one statement that stores the rows of every table; what is there already is updated."""
    parts = []
    for table, rows in phase.items():
        names = [f'"{name}"' for name in rows[0]]
        key = "id" if "id" in rows[0] else "chain, seq"
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        parts.append(
            f"w_{table} AS (INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(names)} "  # noqa: S608 - names of our own tables
            f"FROM json_populate_recordset(NULL::{table}, %({table})s) ON CONFLICT ({key}) DO UPDATE SET {changes})"
        )
    return f"WITH {', '.join(parts)} SELECT 1"


def main() -> None:
    """Read the plan `{url, clients, instances, phases, users}`, run it, and write `{seconds}`."""
    plan = json.load(sys.stdin)
    replay = Replay(plan["phases"], users=plan["users"])
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
        run, connection = _connect(plan["url"], replay)
        for instance, phases in work():
            run(connection, instance, phases)
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(plan["clients"])]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump({"seconds": time.perf_counter() - began}, sys.stdout)


def _connect(url: str, replay: Replay) -> tuple[Callable[..., None], Any]:
    if url.startswith("sqlite:///"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=60, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        return replay.run_sqlite, connection
    return replay.run, psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://", 1), autocommit=True, options=BY_INDEX)


if __name__ == "__main__":
    main()
