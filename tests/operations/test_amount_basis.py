"""Whether the matrix looks at amounts without tax or with it is a setting of the approval type."""

import pytest
import sqlalchemy as sa

from app.operations.documents.code_lines import code_lines
from app.operations.tasks.approve_task import approve_task
from app.persistence.tables.matrix import approval_type
from app.persistence.tables.people import environment
from tests.formats.ubl_builder import Line, build_ubl


def set_basis(office, basis):
    """Let the only approval type look at these amounts from now on."""
    with office.system.database.write() as work:
        (row,) = work.rows(sa.select(approval_type.c.id, approval_type.c.settings).where(approval_type.c.environment_id == 1))
        values = {"settings": row.settings | {"amount_basis": basis}}
        work.execute(sa.update(approval_type).where(approval_type.c.id == row.id).values(**values))
        work.execute(sa.update(environment).where(environment.c.id == 1).values(matrix_version=environment.c.matrix_version + 1))
        work.commit()


@pytest.mark.parametrize(("basis", "steps"), [("net", ["first_line"]), ("gross", ["first_line", "second_line"])])
def test_an_invoice_of_9900_with_tax_of_21_percent(office, basis, steps):
    """MXS-11: net 9,900 is within Marc's limit of 10,000; gross 11,979 is not."""
    set_basis(office, basis)

    instance = office.start(office.send_bytes(build_ubl(lines=[Line(amount="9900.00")])))

    route = office.instance(instance["id"])["route"]
    assert [step["step"] for step in route["steps"]] == steps
    assert ("11,979.00" in route["steps"][0]["slots"][0]["why"]) == (basis == "gross")


def test_a_split_line_keeps_its_rate_of_tax(office):
    """MXS-11, COD-02: 9,000 of the line count as 10,890, 900 as 1,089."""
    set_basis(office, "gross")
    document = office.send_bytes(build_ubl(lines=[Line(amount="9900.00", accounting_cost=None)]))
    (line,) = office.document(document)["lines"]
    parts = [{"id": line["id"], "amount": amount, "cost_center": center} for amount, center in (("9000.00", "SALES"), ("900.00", "CON"))]
    instance = office.start(document)

    code_lines(office.system, office.caller("eva"), document, lines=parts)
    approve_task(office.system, office.caller("eva"), office.task("eva"))

    route = office.instance(instance["id"])["route"]
    reasons = [slot["why"] for slot in route["steps"][0]["slots"]]
    assert "10,890.00" in reasons[0]
    assert "1,089.00" in reasons[1]
