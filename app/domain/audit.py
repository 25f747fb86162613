"""The audit trail: entries on a chain, each hash covering the entry and the hash before it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.domain.canonical import canonical_instant, canonical_json

CHAIN_START = "0" * 64
SYSTEM_ACTOR = "system"
NO_FACTS: Mapping[str, Any] = {}


class AuditEntry(NamedTuple):
    """One thing that happened: when, what, who, for whom, where, in words and in facts."""

    at: datetime
    kind: str
    text: str
    actor: str = SYSTEM_ACTOR
    on_behalf_of: str | None = None
    element: str | None = None
    facts: Mapping[str, Any] = NO_FACTS

    def canonical(self) -> bytes:
        """Return the bytes that are hashed: JSON with sorted keys, no spaces, UTF-8."""
        content = {
            "at": canonical_instant(self.at),
            "kind": self.kind,
            "text": self.text,
            "actor": self.actor,
            "on_behalf_of": self.on_behalf_of,
            "element": self.element,
            "facts": self.facts,
        }
        return canonical_json(content)


class Chain:
    """The growing end of one hash chain; the row that owns it is locked while it grows."""

    def __init__(self, chain_id: str, *, seq: int = 0, head: str = CHAIN_START) -> None:
        self.id = chain_id
        self.seq = seq
        self.head = head
        self.entries: list[tuple[int, str, AuditEntry]] = []

    def append(self, entry: AuditEntry) -> None:
        """Add the entry: h(n) = SHA-256(h(n-1) + canonical entry)."""
        self.seq += 1
        self.head = hashlib.sha256(self.head.encode() + entry.canonical()).hexdigest()
        self.entries.append((self.seq, self.head, entry))
