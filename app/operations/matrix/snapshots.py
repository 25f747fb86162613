"""The approval matrix as one immutable snapshot a version, cached per process."""

from datetime import date
from decimal import Decimal
from typing import Any

from app.domain.errors import NotFound
from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.steps import Step
from app.domain.matrix.values import Line, Signature, Transaction
from app.domain.people import Directory
from app.operations.system import Environment, System
from app.persistence import matrix
from app.persistence.database import Reading


def snapshot_of(system: System, reading: Reading, environment: Environment, approval_type: str | None) -> tuple[str, Snapshot]:
    """Return the key of the approval type (the only one when None is given) and the matrix for it as of now.

    Raises:
        NotFound: there is no such approval type, or no single one.
    """
    row = matrix.find_approval_type(reading, environment.id, approval_type)
    if row is None:
        raise NotFound(what="approval type", id=approval_type or "(the only one)")
    key = (environment.id, environment.matrix_version, environment.authority_version, row.key)
    version = f"{environment.matrix_version}.{environment.authority_version}"
    return row.key, system.snapshots.get(key, lambda: matrix.read_snapshot(reading, environment.id, row, version=version))


def transaction_of(document: Any, directory: Directory, *, initiator_id: str | None, roles: list[Any]) -> Transaction:
    """Return the document as the transaction that the matrix is asked about, with the signatures that stand.

    Who sent the document, coded it or started the process instance holds no approval role, where the approval type says so.
    Source: MXR-05.
    """
    involved = [*document.coders, *([initiator_id] if initiator_id else [])]
    return Transaction(
        currency=document.currency,
        lines=tuple(
            Line(
                amount=Decimal(line["amount"]),
                company=document.company,
                cost_center=line["cost_center"],
                organisation=line["organisation"],
                parameter_3=line["parameter_3"],
                parameter_4=line["parameter_4"],
            )
            for line in document.lines
        ),
        submitter=directory.name(document.received_by),
        coders=tuple(dict.fromkeys(directory.get(user_id).username for user_id in involved)),
        signed=tuple(Signature(user=directory.get(row.user_id).username, step=Step(row.step)) for row in roles),
        issued_on=document.issued_on,
    )


def resolution_day(environment: Environment, now: Any) -> date:
    """Return the day in the environment's time zone."""
    day: date = now.astimezone(environment.zone).date()
    return day
