"""How routes are visited by the test of their audiences."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Visit:
    """How a route is visited: as whom, where, and with what."""

    stranger: str
    right: str
    path: str
    request: dict[str, Any] = field(default_factory=dict)
