"""A DMN file being read: its elements, its references, and every fault found, with lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from app.domain.diagnostics import Diagnostic, DiagnosticClass, Severity
from app.domain.errors import DefinitionInvalid, NotParseable, TooLarge
from app.feel.lexer import normalize_name
from app.formats.xml import line_of, local_name, namespace_of, parse_xml

NAMESPACES: Final = {
    "http://www.omg.org/spec/DMN/20180521/MODEL/": "1.2",
    "https://www.omg.org/spec/DMN/20191111/MODEL/": "1.3",
    "https://www.omg.org/spec/DMN/20211108/MODEL/": "1.4",
    "https://www.omg.org/spec/DMN/20230324/MODEL/": "1.5",
}
FEEL_LANGUAGES: Final = frozenset(
    {
        "feel",
        "http://www.omg.org/spec/feel/20140401",
        "http://www.omg.org/spec/dmn/20180521/feel/",
        "https://www.omg.org/spec/dmn/20191111/feel/",
        "https://www.omg.org/spec/dmn/20211108/feel/",
        "https://www.omg.org/spec/dmn/20230324/feel/",
    }
)
BYTES_MAX: Final = 5 * 1024 * 1024
DIAGNOSTICS_MAX: Final = 200


@dataclass(frozen=True, slots=True, eq=False)
class DmnFile:
    """The root of a DMN file with what is wrong in it; `fault` adds, nothing is ever raised while reading.

    Attributes:
        number: 0 for the file that was asked for, then the files it imports.
        imports: the imported files by the name that stands before what they declare; "" for no name.
        paths: the ways of import names that lead here from file 0.
    """

    filename: str
    root: etree._Element
    number: int = 0
    imports: dict[str, DmnFile] = field(default_factory=dict)
    paths: list[tuple[str, ...]] = field(default_factory=list)
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
        severity: Severity = "error",
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
                severity=severity,
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
    def has_errors(self) -> bool:
        """Whether anything found is an error."""
        return any(each.severity == "error" for each in self.diagnostics)

    @property
    def uri(self) -> str:
        """The namespace of what the file declares."""
        return (self.root.get("namespace") or "").strip()

    @property
    def namespace(self) -> str:
        """The namespace of the model elements, which tells the version of DMN."""
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
        language = (element.get("expressionLanguage") or self.root.get("expressionLanguage") or "feel").strip()
        if language.lower() in FEEL_LANGUAGES:
            return True
        message = f"The expression is written in {language}, which is not run here."
        self.fault(element, "dmn-language", message, "Write it in FEEL.", kind="unsupported")
        return False


def parse_dmn(content: bytes, *, filename: str) -> DmnFile:
    """Return the file of these bytes, read hardened.

    Raises:
        DefinitionInvalid: it is no XML, or no DMN of a version that is read here.
    """
    try:
        root = parse_xml(content, what="DMN file", bytes_max=BYTES_MAX)
    except (NotParseable, TooLarge) as error:
        line = error.facts.get("line")
        place = line if isinstance(line, int) else None
        raise _refuse(filename, place, "xml-unreadable", error.detail, "Save it again in a DMN editor.") from error
    if local_name(root) != "definitions" or namespace_of(root) not in NAMESPACES:
        message = f"The root is {local_name(root)} of namespace {namespace_of(root)!r}; expected definitions of DMN 1.2 to 1.5."
        raise _refuse(filename, line_of(root), "dmn-version", message, "Save it in a DMN editor as DMN 1.3.")
    return DmnFile(filename, root)


def read_name(element: etree._Element) -> str:
    """Return the name attribute with its blanks normalised."""
    return normalize_name(element.get("name") or "")


def find_id(element: etree._Element | None) -> str | None:
    """Return the id of the element, else of the nearest element around it that has one."""
    current = element
    while current is not None:
        found = current.get("id")
        if found:
            return found
        current = current.getparent()
    return None


def _refuse(filename: str, line: int | None, code: str, message: str, remedy: str) -> DefinitionInvalid:
    diagnostic = Diagnostic(severity="error", file=filename, line=line, element=None, code=code, message=message, remedy=remedy)
    return DefinitionInvalid(f"{filename} cannot be read: {message}", diagnostics=[diagnostic])
