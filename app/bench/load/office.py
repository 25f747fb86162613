"""What the benchmarks of operations share: a fresh system on PostgreSQL, its invoices, and a meter for calls."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from app.demo import fixture
from app.demo.load import load_demo
from app.operations.documents.receive_document import receive_document
from app.operations.people.callers import find_caller
from app.operations.system import System
from app.persistence.migrations import upgrade
from app.persistence.tables.tasks import assignment
from app.runtime.postgres import create_database, drop_database, running_postgres
from app.settings import Settings
from app.wiring import build_system

INVOICE = Path(fixture.__file__).parent / "invoice.xml"
NUMBER = "A-2026-1201"
_PAGES = "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()"


class Meter:
    """Milliseconds of each call, and pages of the database that it touched, by name; pages do not depend on how busy the machine is."""

    def __init__(self, system: System) -> None:
        self._system = system
        self.times: dict[str, list[float]] = {}
        self.pages: dict[str, list[float]] = {}

    def call(self, name: str, operation: Callable[..., Any], *what: Any, **named: Any) -> Any:
        """Call an operation and return its answer."""
        touched = self._count_pages()
        began = perf_counter()
        answer = operation(self._system, *what, **named)
        self.times.setdefault(name, []).append(1000 * (perf_counter() - began))
        self.pages.setdefault(name, []).append(self._count_pages() - touched)
        return answer

    def _count_pages(self) -> float:
        """Return how many pages the database has touched so far; what its own connection did is told at once when it is asked."""
        with self._system.database.read() as reading:
            reading.execute(sa.text("SELECT pg_stat_force_next_flush()"))
            row = reading.row(sa.text(_PAGES))
        return float(row[0]) if row else 0.0


@contextmanager
def fresh_system(server_url: str | None) -> Iterator[tuple[System, Settings]]:
    """Give a system with the demo on a fresh PostgreSQL database that is gone afterwards, and its settings."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="countersign-bench-")))
        server = server_url or stack.enter_context(running_postgres(durable=True)).url
        name = f"countersign_bench_{os.getpid()}"
        url = create_database(server, name)
        upgrade(url)
        settings = Settings(data_dir=folder, database_url=url, redis_url=None, secret_key="", public_url="http://127.0.0.1", demo=True)
        system = build_system(settings)
        load_demo(system)
        try:
            yield system, settings
        finally:
            system.database.close()
            drop_database(server, name)


def send_invoice(system: System, content: str | None = None) -> str:
    """Store an invoice under a number of its own and return its id; by default 12,000.00 on SALES, which Marc signs first, then Claire."""
    text = (content or INVOICE.read_text()).replace(NUMBER, f"{NUMBER}-{system.new_id()}")
    answer = receive_document(system, find_caller(system, "erp"), content=text.encode(), media_type="application/xml")
    return str(answer.body["id"])


def open_tasks(system: System, instance: str) -> dict[str, str]:
    """Return who has an open share in the instance, and in which task."""
    with system.database.read() as reading:
        rows = reading.rows(
            sa.select(assignment.c.user_id, assignment.c.task_id).where(assignment.c.instance_id == instance, assignment.c.status == "open")
        )
    return {row.user_id: row.task_id for row in rows}
