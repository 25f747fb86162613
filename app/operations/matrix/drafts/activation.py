"""Making changes the next version of the matrix, in the transaction of whoever has the right to."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.operations.matrix.mark_transactions import MATRIX_ACTIVATED
from app.operations.messages.waiting import outbox_row
from app.operations.system import Environment, System
from app.persistence import journal, matrix_content, matrix_drafts
from app.persistence.database import UnitOfWork
from app.persistence.matrix_content import Change

NO_DIGEST = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version that was just made."""

    number: int
    digest: str


def write_version(
    system: System, work: UnitOfWork, environment: Environment, changes: Sequence[Change], *, now: datetime, activated_by: str | None
) -> Version:
    """Write the changes into the matrix in force and return the version that this makes; the environment's row is locked.

    The running transactions are looked at afterwards, through the outbox (MXO-14).
    The digest covers the digest of the version before and every change: whoever knows the digest of a version knows its whole history.
    """
    before = matrix_drafts.digest_of_version(work, environment.id, environment.matrix_version)
    version = Version(number=environment.matrix_version + 1, digest=digest_of(before or NO_DIGEST, changes))
    matrix_content.apply_changes(work, environment.id, changes, now=now, new_id=system.new_id)
    matrix_drafts.insert_version(
        work,
        id=system.new_id(),
        environment_id=environment.id,
        version=version.number,
        digest=version.digest,
        activated_at=now,
        activated_by=activated_by,
        created_at=now,
    )
    payload = {"version": version.number}
    key = f"{MATRIX_ACTIVATED}:{environment.id}:{version.number}"
    journal.insert_outbox(work, [outbox_row(system.new_id(), environment.id, MATRIX_ACTIVATED, payload, key=key, now=now)])
    return version


def digest_of(before: str, changes: Sequence[Change]) -> str:
    """Return the digest of a version: SHA-256 over the digest before it and its changes in the order of kind and id, as JSON lines."""
    digest = hashlib.sha256(before.encode())
    for each in sorted(changes, key=lambda change: (change.entity, change.entity_id)):
        line = [each.entity, each.entity_id, each.before, each.after]
        digest.update(b"\n" + json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())
    return digest.hexdigest()
