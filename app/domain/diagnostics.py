"""What a check of an analyst's file found: every fault, with its place and its remedy."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
DiagnosticClass = Literal["invalid", "unsound", "unsupported", "product"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding about a file; `line` starts at 1, `element` is the BPMN or DMN id."""

    severity: Severity
    file: str
    line: int | None
    element: str | None
    code: str
    message: str
    remedy: str
    kind: DiagnosticClass = "invalid"

    def to_json(self) -> dict[str, object]:
        """Return the diagnostic in the form of API.md, `class` included."""
        return {
            "severity": self.severity,
            "class": self.kind,
            "file": self.file,
            "line": self.line,
            "element": self.element,
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
        }
