"""Which matrix a check or a simulation is about: the one in force, a draft, or one that was sent along."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.domain.errors import InvalidInput, InvalidRequest, NotFound
from app.domain.matrix.checks.survey import Surroundings
from app.domain.matrix.snapshot import Snapshot
from app.domain.people import ADMINISTRATOR, APPLICATION_MANAGER, CONSULTANT, MATRIX_ADMINISTRATOR, Directory
from app.formats.matrix_json import read_case
from app.operations.matrix.content import Content, content_in_force, content_of_draft
from app.operations.matrix.snapshots import snapshot_of, snapshot_of_draft
from app.operations.system import Environment, System
from app.persistence import matrix_drafts
from app.persistence.database import Reading
from app.persistence.matrix_content import COST_CENTER, FINANCIAL_MANDATE, MANDATE

KEEPERS = (MATRIX_ADMINISTRATOR, CONSULTANT, APPLICATION_MANAGER, ADMINISTRATOR)
"""Who may check the matrix and simulate with it: its findings name people and limits of the whole environment."""

_DUMMY_TRANSACTION = {"currency": "EUR", "lines": [{"amount": "0"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A matrix with the words for it; `approval_type` is None for one that was sent along."""

    snapshot: Snapshot
    label: str
    approval_type: str | None
    draft_id: str | None = None


def choose_matrix(
    system: System,
    reading: Reading,
    environment: Environment,
    *,
    approval_type: str | None,
    draft_id: str | None = None,
    sent: Mapping[str, Any] | None = None,
    on: date,
) -> Chosen:
    """Return the matrix that was sent along, else that of the draft, else the one in force.

    Raises:
        NotFound: no such draft or approval type.
        InvalidRequest: both a draft and a matrix, or a matrix that cannot be read.
    """
    if sent is not None:
        if draft_id is not None:
            raise InvalidRequest("Name a draft or send a matrix, not both.", errors={"draft_id": ["There is a matrix as well."]})
        return Chosen(snapshot=read_sent_matrix(sent, on=on), label="the matrix sent along", approval_type=None)
    if draft_id is not None:
        if matrix_drafts.find_draft(reading, environment.id, draft_id) is None:
            raise NotFound(what="draft", id=draft_id)
        key, snapshot = snapshot_of_draft(system, reading, environment, draft_id, approval_type=approval_type)
        return Chosen(snapshot=snapshot, label=f"draft {draft_id}", approval_type=key, draft_id=draft_id)
    key, snapshot = snapshot_of(system, reading, environment, approval_type)
    return Chosen(snapshot=snapshot, label=f"version {environment.matrix_version}", approval_type=key)


def read_sent_matrix(sent: Mapping[str, Any], *, on: date) -> Snapshot:
    """Return a matrix in the form of `countersign matrix resolve`; a transaction in it is not read.

    Raises:
        InvalidRequest: it cannot be read; the reason says where.
    """
    case = {name: value for name, value in sent.items() if name not in {"transaction", "on"}}
    try:
        snapshot, _, _ = read_case({**case, "on": on.isoformat(), "transaction": _DUMMY_TRANSACTION})
    except InvalidInput as error:
        raise InvalidRequest(
            f"The matrix cannot be read: {error.facts['reason']}.", errors={"matrix": [str(error.facts["reason"])]}
        ) from error
    return snapshot


def read_surroundings(reading: Reading, environment: Environment, directory: Directory, *, draft_id: str | None) -> Surroundings:
    """Return what the checks ask about cost centers, backups and copied mandates, in force or as a draft has them."""
    content = content_in_force(reading, environment.id) if draft_id is None else content_of_draft(reading, environment.id, draft_id)
    centers = content.read_all(COST_CENTER).values()
    backups = {
        person.username: directory.get(person.backup_id).username for person in directory if person.backup_active and person.backup_id
    }
    return Surroundings(
        statuses={(center["company"], center["key"]): center["status"] for center in centers},
        backups=backups,
        copied_from=_list_copies(content),
    )


def _list_copies(content: Content) -> dict[str, str]:
    """Return, for each row of a copied mandate, a row of the mandate that it was copied from."""
    copied = {key: value["copied_from"] for key, value in content.read_all(MANDATE).items() if value["copied_from"]}
    if not copied:
        return {}
    rows = content.select(FINANCIAL_MANDATE, "mandate_id", sorted({*copied, *copied.values()}))
    first: dict[str, str] = {}
    for row_id, row in rows.items():
        first.setdefault(row["mandate_id"], row_id)
    return {
        row_id: first[copied[row["mandate_id"]]] for row_id, row in rows.items() if first.get(copied.get(row["mandate_id"], "")) is not None
    }
