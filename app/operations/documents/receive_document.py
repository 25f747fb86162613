"""A document arrives."""

import hashlib
from typing import Any

from app.domain.audit import AuditEntry, Chain
from app.domain.errors import DatabaseBusy, InvalidRequest, UnsupportedMedia
from app.formats.json_document import read_json_document
from app.formats.received_document import Finding, ReceivedDocument
from app.formats.ubl import read_ubl
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.documents.duplicates import ask_about_duplicate
from app.operations.documents.facts import UBL_MEDIA_TYPE, stored_facts, stored_lines
from app.operations.documents.view import document_view
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.persistence import documents, journal, people
from app.persistence.database import UnitOfWork
from app.persistence.types import AMOUNT_DECIMALS, AMOUNT_MAX
from app.persistence.visibility import write_codings

JSON_MEDIA_TYPE = "application/json"
RECEIVED = "Received"
RACES_MAX = 3


def receive_document(system: System, caller: Caller, *, content: bytes, media_type: str, request: RequestKey | None = None) -> Answer:
    """Store a document with its original bytes and return it with its findings; the same bytes again answer the same document.

    Raises:
        NotParseable: not XML or JSON, or not one of the documents that are read here.
        UnsupportedMedia: neither UBL nor JSON.
        TooLarge: more bytes, lines or depth than any document has.
        InvalidRequest: fields that cannot be accepted; all at once.
    Source: DOC-02, DOC-04, DOC-05, AUT-05..08.
    """
    received = _read(content, media_type)
    _check_amounts(received)
    return answer_once(
        system,
        caller,
        request,
        lambda remember: _store(system, caller, received, content=content, media_type=media_type, remember=remember),
    )


def _read(content: bytes, media_type: str) -> ReceivedDocument:
    if media_type == UBL_MEDIA_TYPE:
        return read_ubl(content)
    if media_type == JSON_MEDIA_TYPE:
        return read_json_document(content)
    raise UnsupportedMedia(media_type=media_type, accepted="application/xml (UBL 2.1) or application/json")


def _check_amounts(received: ReceivedDocument) -> None:
    amounts = {"total": received.total} | {f"lines.{index}.amount": line.amount for index, line in enumerate(received.lines)}
    bad = {
        name: [f"Expected at most {AMOUNT_DECIMALS} decimals and less than 10^14, but got {amount}."]
        for name, amount in amounts.items()
        if amount.scaleb(AMOUNT_DECIMALS) % 1 or abs(amount) >= AMOUNT_MAX
    }
    if bad:
        raise InvalidRequest("The document has amounts that cannot be kept exactly.", errors=bad)


def _store(system: System, caller: Caller, received: ReceivedDocument, *, content: bytes, media_type: str, remember: Remember) -> Answer:
    digest = hashlib.sha256(content).hexdigest()
    with system.database.write(unhurried=True) as work:
        for _ in range(RACES_MAX):
            known = documents.find_by_hash(work, caller.environment_id, digest)
            if known is not None:
                return _finish(work, known, status=200, remember=remember)
            row, findings, chain = _row(system, work, caller, received, digest=digest)
            if documents.insert_document(work, row):
                break
        else:
            raise DatabaseBusy(retry_after=1)
        documents.insert_original(
            work,
            document_id=row["id"],
            environment_id=caller.environment_id,
            content=content,
            media_type=media_type,
            created_at=row["received_at"],
        )
        write_codings(
            work, environment_id=caller.environment_id, document_id=row["id"], company=row["company"], lines=row["lines"], is_new=True
        )
        documents.insert_findings(work, [finding_row(system, row, finding) for finding in findings])
        journal.insert_audit(work, [chain], environment_id=caller.environment_id, document_id=row["id"], instance_id=None)
        stored = documents.find_document(work, caller.environment_id, row["id"])
        if stored is not None and stored.held and ask_about_duplicate(system, work, caller, stored):
            stored = documents.find_document(work, caller.environment_id, row["id"])
        return _finish(work, stored, status=201, remember=remember)


def _finish(work: UnitOfWork, row: Any, *, status: int, remember: Remember) -> Answer:
    answer = Answer(body=document_view(row, documents.read_findings(work, row.id)), status=status, revision=row.revision)
    remember(work, answer)
    work.commit()
    return answer


def _row(
    system: System, work: UnitOfWork, caller: Caller, received: ReceivedDocument, *, digest: str
) -> tuple[dict[str, Any], list[Finding], Chain]:
    """Return the document's row, its findings, and the beginning of its audit chain."""
    company = _company(work, caller, received)
    seller = received.seller
    organisation = people.find_organisation(work, caller.environment_id, legal_id=seller.legal_id, name=seller.name)
    duplicate_key = _duplicate_key(received)
    duplicate = documents.find_duplicate(work, caller.environment_id, duplicate_key) if duplicate_key else None
    supplier = organisation.key if organisation else None
    row: dict[str, Any] = {
        "id": system.new_id(),
        "environment_id": caller.environment_id,
        "kind": received.kind,
        "hash": digest,
        "number": received.number,
        "issued_on": received.issued_on,
        "currency": received.currency,
        "total": received.total,
        "seller_name": seller.name,
        "seller_legal_id": seller.legal_id,
        "organisation": supplier,
        "buyer_name": received.buyer.name,
        "company": company,
        "status": RECEIVED,
        "facts": stored_facts(received),
        "lines": stored_lines(received, supplier),
        "coders": [],
        "duplicate_key": duplicate_key,
        "duplicate_of": duplicate.id if duplicate else None,
        "held": duplicate is not None,
        "revision": 1,
        "received_by": caller.user_id,
        "received_at": system.clock(),
    }
    findings = [*received.findings, *([_duplicate_finding(duplicate)] if duplicate else [])]
    if company is None:
        findings.append(_unknown_company_finding(received))
    chain = Chain(row["id"])
    _tell(chain, row, findings, received, caller)
    return row | {"audit_seq": chain.seq, "audit_hash": chain.head}, findings, chain


def _company(work: UnitOfWork, caller: Caller, received: ReceivedDocument) -> str | None:
    """Return the key of the company the document is for: its own word, else the buyer's legal id, endpoint or exact name."""
    if received.company is not None:
        known = people.find_company(work, caller.environment_id, legal_id=None, endpoint=None, name=received.company)
        if known is None:
            raise InvalidRequest(
                f"There is no company {received.company}.",
                errors={"company": [f"Expected the key of a company, but got {received.company!r}."]},
            )
        return str(known.key)
    buyer = received.buyer
    known = people.find_company(work, caller.environment_id, legal_id=buyer.legal_id, endpoint=buyer.endpoint, name=buyer.name)
    return None if known is None else str(known.key)


def _duplicate_key(received: ReceivedDocument) -> str | None:
    """Return what two documents of one seller share when one may be paid twice. Source: DOC-02."""
    seller = received.seller.legal_id or received.seller.name
    if not seller or received.kind not in ("invoice", "credit_note"):
        return None
    return f"{received.kind}|{seller.strip().lower()}|{received.number.strip().lower()}"[:400]


def _duplicate_finding(duplicate: Any) -> Finding:
    text = f"Invoice {duplicate.number} of this seller was received before. Confirm that this is not a duplicate before it goes on."
    return Finding(code="duplicate_document", area="reference", severity="error", text=text, facts={"duplicate_of": duplicate.id})


def _unknown_company_finding(received: ReceivedDocument) -> Finding:
    buyer = " ".join(part for part in (received.buyer.name, received.buyer.legal_id) if part) or "nobody"
    text = f"The buyer is {buyer}, which is none of the companies here, so only limits for any company apply."
    return Finding(code="unknown_company", area="reference", severity="warning", text=text, facts={"buyer": buyer})


def finding_row(system: System, document: dict[str, Any], finding: Finding) -> dict[str, Any]:
    """Return the row of a finding."""
    return {
        "id": system.new_id(),
        "environment_id": document["environment_id"],
        "document_id": document["id"],
        "code": finding.code,
        "severity": finding.severity,
        "text": finding.text,
        "facts": {"area": finding.area, "facts": dict(finding.facts)},
        "created_at": document["received_at"],
    }


def _tell(chain: Chain, row: dict[str, Any], findings: list[Finding], received: ReceivedDocument, caller: Caller) -> None:
    seller = f" from {received.seller.name}" if received.seller.name else ""
    kind = received.kind.replace("_", " ").capitalize()
    chain.append(
        AuditEntry(
            at=row["received_at"],
            kind="document_received",
            text=f"{kind} {received.number}{seller} received.",
            actor=caller.username,
            facts={"hash": row["hash"], "total": str(received.total), "currency": received.currency},
        )
    )
    for finding in findings:
        told = {"code": finding.code, "severity": finding.severity, "area": finding.area}
        chain.append(AuditEntry(at=row["received_at"], kind="finding", text=finding.text, facts={**finding.facts, **told}))
