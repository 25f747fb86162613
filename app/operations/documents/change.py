"""One locked change of a document outside its process: lock, tell, update."""

from typing import Any

from app.domain.audit import AuditEntry, Chain
from app.operations.answer import Answer
from app.operations.documents.view import document_view
from app.persistence import documents, journal
from app.persistence.database import UnitOfWork


def change_document(work: UnitOfWork, row: Any, entry: AuditEntry, **values: object) -> Answer:
    """Change columns of the locked document, add the entry to its chain, and return the document as it is then."""
    chain = Chain(row.id, seq=row.audit_seq, head=row.audit_hash)
    chain.append(entry)
    documents.update_document(work, row.id, revision=row.revision + 1, audit_seq=chain.seq, audit_hash=chain.head, **values)
    journal.insert_audit(work, [chain], environment_id=row.environment_id, document_id=row.id, instance_id=None)
    changed = documents.find_document(work, row.environment_id, row.id)
    assert changed is not None, "it is locked"
    return Answer(body=document_view(changed, documents.read_findings(work, row.id)), revision=changed.revision)
