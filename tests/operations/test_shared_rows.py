"""The hot path writes and locks no row that all instances share: each would wait for, or trip over, the others' marks on it."""

import pytest
import sqlalchemy as sa

from app.operations.tasks.approve_task import approve_task
from tests.conftest import SERVER_URL

pytestmark = pytest.mark.skipif(not SERVER_URL, reason="SQLite locks the file, not rows")


def marks_on_environments(office):
    """Return the marks of the last transactions that changed or locked the rows of the environments."""
    with office.system.database.read() as reading:
        return reading.rows(sa.text("SELECT id, xmin::text AS changed, xmax::text AS locked FROM environment ORDER BY id"))


def test_an_instance_leaves_the_row_of_its_environment_alone(office):
    document = office.send("invoice_sales_12000")
    before = marks_on_environments(office)

    office.start(document)
    for name in ("marc", "claire"):
        approve_task(office.system, office.caller(name), office.task(name))

    assert marks_on_environments(office) == before
