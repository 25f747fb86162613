"""A DMN file being read: its elements, its references, and every fault found, with lines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic, DiagnosticClass
from app.formats.xml import line_of, local_name, namespace_of

NAMESPACES: Final = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
FEEL_LANGUAGES: Final = frozenset(
    {
        "feel",
        "http://www.omg.org/spec/FEEL/20140401",
        "http://www.omg.org/spec/DMN/20180521/FEEL/",
        "https://www.omg.org/spec/DMN/20191111/FEEL/",
        "https://www.omg.org/spec/DMN/20211108/FEEL/",
        "https://www.omg.org/spec/DMN/20230324/FEEL/",
    }
)
DIAGNOSTICS_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class DmnFile:
    """The root of a DMN file with what is wrong in it; `fault` adds, nothing is ever raised while reading."""

    filename: str
    root: etree._Element
    diagnostics: list[Diagnostic] = field(default_factory=list)
    seen: set[tuple[int | None, str, str]] = field(default_factory=set)

    def fault(
        self,
        element: etree._Element | None,
        code: str,
        message: str,
        remedy: str,
        *,
        kind: DiagnosticClass = "invalid",
        line: int | None = None,
    ) -> None:
        """Keep one diagnostic; the same fault of the same place is kept once."""
        place = line if line is not None else line_of(element)
        key = (place, code, message)
        if key in self.seen or len(self.diagnostics) >= DIAGNOSTICS_MAX:
            return
        self.seen.add(key)
        self.diagnostics.append(
            Diagnostic(
                severity="error",
                file=self.filename,
                line=place,
                element=find_id(element),
                code=code,
                message=message,
                remedy=remedy,
                kind=kind,
            )
        )

    @property
    def namespace(self) -> str:
        """The namespace of the model elements."""
        return namespace_of(self.root)

    def children(self, element: etree._Element, name: str) -> list[etree._Element]:
        """Return the child elements of DMN with that name."""
        return element.findall(f"{{{self.namespace}}}{name}")

    def child(self, element: etree._Element, name: str) -> etree._Element | None:
        """Return the first child element of DMN with that name."""
        return element.find(f"{{{self.namespace}}}{name}")

    def model_children(self, element: etree._Element) -> Iterator[etree._Element]:
        """Yield the child elements of DMN, without extensions and diagrams."""
        for child in element:
            if namespace_of(child) == self.namespace:
                yield child

    def text(self, element: etree._Element | None) -> str:
        """Return the content of the `text` child, trimmed; "" without one."""
        found = None if element is None else self.child(element, "text")
        return "" if found is None else (found.text or "").strip()

    def name(self, element: etree._Element) -> str:
        """Return the name, blanks normalised; one that is missing is a fault."""
        name = read_name(element)
        if not name:
            self.fault(element, "dmn-name-missing", f"This {local_name(element)} has no name.", "Give it a name.")
        return name

    def check_language(self, element: etree._Element) -> bool:
        """Return whether the expression is FEEL; another language is a fault."""
        language = element.get("expressionLanguage") or self.root.get("expressionLanguage") or "feel"
        if language.strip() in FEEL_LANGUAGES or language.strip().lower() == "feel":
            return True
        message = f"The expression is written in {language}, which is not run here."
        self.fault(element, "dmn-language", message, "Write it in FEEL.", kind="unsupported")
        return False


def read_name(element: etree._Element) -> str:
    """Return the name attribute with its blanks normalised."""
    return " ".join((element.get("name") or "").split())


def find_id(element: etree._Element | None) -> str | None:
    """Return the id of the element, else of the nearest element around it that has one."""
    current = element
    while current is not None:
        found = current.get("id")
        if found:
            return found
        current = current.getparent()
    return None
