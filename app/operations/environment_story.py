"""What happens outside documents and process instances, told on the one audit chain of the environment."""

from app.domain.audit import AuditEntry, Chain
from app.operations.system import System
from app.persistence import journal
from app.persistence.database import UnitOfWork


def tell_environment(system: System, work: UnitOfWork, environment_id: int, *entries: AuditEntry) -> None:
    """Add entries to the environment's audit chain, in the transaction of what they tell.

    The head of the chain is locked until the commit: call this last, so that others wait as short as can be.
    Source: DESIGN 13.
    """
    head = journal.lock_environment_chain(work, environment_id, new_chain=system.new_id())
    chain = Chain(head.chain, seq=head.audit_seq, head=head.audit_hash)
    for entry in entries:
        chain.append(entry)
    journal.insert_audit(work, [chain], environment_id=environment_id, document_id=None, instance_id=None)
    journal.update_environment_chain(work, environment_id, chain)
