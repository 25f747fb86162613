"""One process tree for all acceptance tests of a pytest process; each leaves it running, or the next one starts it again."""

import os
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.runtime import postgres
from tests.acceptance.books import tell_of_new_tasks
from tests.acceptance.mailbox import Mailbox
from tests.acceptance.people import Office
from tests.acceptance.tree import Tree

SERVER_URL = os.environ.get("TEST_DATABASE_URL")


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    """Give the mail server."""
    made = Mailbox()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def tree_database_url(worker_id: str) -> Iterator[str | None]:
    """Give the address of an empty PostgreSQL database, None for the embedded SQLite."""
    if not SERVER_URL:
        yield None
        return
    name = f"countersign_acceptance_{worker_id}"
    postgres.drop_database(SERVER_URL, name)
    yield postgres.create_database(SERVER_URL, name)
    postgres.drop_database(SERVER_URL, name)


@pytest.fixture(scope="session")
def installation(
    tree_database_url: str | None, mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Tree, sa.Engine]]:
    """Give the process tree, running, and a connection to its database."""
    folder = tmp_path_factory.mktemp("installation")
    tree = Tree(
        data_dir=folder / "data",
        log=folder / "log",
        database_url=tree_database_url,
        settings={"COUNTERSIGN_SMTP_URL": mailbox.url, "NO_COLOR": "1"},
    )
    try:
        tree.start()
        database = sa.create_engine(tree_database_url or f"sqlite:///{folder / 'data' / 'countersign.db'}?timeout=60")
        tell_of_new_tasks(database)
        yield tree, database
        database.dispose()
    finally:
        tree.stop()


@pytest.fixture
def tree(installation: tuple[Tree, sa.Engine]) -> Tree:
    """Give the process tree, running."""
    found, _ = installation
    if found.supervisor is None or found.supervisor.poll() is not None:
        found.start()
    return found


@pytest.fixture
def database(installation: tuple[Tree, sa.Engine]) -> sa.Engine:
    """Give the tree's database."""
    return installation[1]


@pytest.fixture
def office(tree: Tree, database: sa.Engine) -> Office:
    """Give the people in front of the tree."""
    return Office(tree=tree, database=database)
