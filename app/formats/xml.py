"""The only way XML comes in: bounded, without document types, entities or network."""

import re
from typing import Final
from xml.parsers import expat

from lxml import etree

from app.domain.errors import NotParseable, TooLarge

DEPTH_MAX: Final = 100
_PROLOG_CHUNK_BYTES: Final = 4096
_MEBIBYTE: Final = 1024 * 1024
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (DEPTH_MAX + 1) + ")")


def parse_xml(content: bytes, *, what: str, bytes_max: int, keeps_comments: bool = False) -> etree._Element:
    """Return the root element of `content`; `sourceline` tells lines.

    Args:
        content: the bytes as received, in any encoding that the XML declaration or byte order mark names.
        what: how the errors call it, such as "UBL document".
        bytes_max: most bytes accepted.
        keeps_comments: whether comments and processing instructions stay in the tree, for a file that is written again.

    Raises:
        TooLarge: more than `bytes_max` bytes.
        NotParseable: empty, not well-formed, nested deeper than DEPTH_MAX, or it has a document type declaration; fact `fault` is
            "empty", "syntax", "depth" or "doctype", fact `line` the place where known.
    """
    if len(content) > bytes_max:
        raise TooLarge(what=what, limit=_describe_size(bytes_max), bytes=len(content), bytes_max=bytes_max)
    if not content.strip():
        raise _refusal(what, "it is empty", fault="empty", line=None)
    _refuse_doctype(content, what)
    try:
        root = etree.fromstring(content, _create_parser(keeps_comments=keeps_comments))
    except etree.XMLSyntaxError as error:
        raise _read_syntax_error(error, what) from error
    except (ValueError, LookupError) as error:
        raise _refusal(what, f"its encoding cannot be read ({error})", fault="syntax", line=1) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype_refusal(what, line=None)
    if _TOO_DEEP(root):
        raise _depth_refusal(what, line=None)
    return root


def local_name(element: etree._Element) -> str:
    """Return the element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace_of(element: etree._Element) -> str:
    """Return the element's namespace, "" when it has none."""
    tag = str(element.tag)
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def line_of(element: etree._Element | None) -> int | None:
    """Return the line where the element stands, from 1; None when it is not known."""
    line = None if element is None else element.sourceline
    return line if isinstance(line, int) else None


def _create_parser(*, keeps_comments: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=not keeps_comments,
        remove_pis=not keeps_comments,
        recover=False,
    )


class _DoctypeFound(Exception):
    """The prolog has a document type declaration."""


class _RootFound(Exception):
    """The prolog ended at the root element."""


def _refuse_doctype(content: bytes, what: str) -> None:
    """Read the prolog alone, so that no declared entity is ever looked at, whatever the encoding."""
    scanner = expat.ParserCreate()

    def find_doctype(*_: object) -> None:
        raise _DoctypeFound

    def find_root(*_: object) -> None:
        raise _RootFound

    scanner.StartDoctypeDeclHandler = find_doctype
    scanner.StartElementHandler = find_root
    try:
        for start in range(0, len(content), _PROLOG_CHUNK_BYTES):
            scanner.Parse(content[start : start + _PROLOG_CHUNK_BYTES])
        scanner.Parse(b"", True)  # noqa: FBT003 - expat names no arguments
    except _DoctypeFound:
        raise _doctype_refusal(what, line=scanner.CurrentLineNumber) from None
    except (_RootFound, expat.ExpatError, ValueError, LookupError):
        # A prolog that expat cannot read goes to lxml, which gives the better message.
        return


def _read_syntax_error(error: etree.XMLSyntaxError, what: str) -> NotParseable:
    # libxml2 ends its message with the place, which the sentence below tells already.
    message = re.sub(r"( line \d+)?, line \d+, column \d+\Z", "", str(error.msg or "unknown fault")).strip()
    line = error.lineno or None
    if "Excessive depth" in message:
        return _depth_refusal(what, line=line)
    place = f" in line {line}" if line else ""
    return _refusal(what, f"it is not well-formed XML{place}: {message}", fault="syntax", line=line)


def _doctype_refusal(what: str, *, line: int | None) -> NotParseable:
    reason = "it has a document type declaration (DOCTYPE), which is not accepted: remove it and any entities it declares"
    return _refusal(what, reason, fault="doctype", line=line)


def _depth_refusal(what: str, *, line: int | None) -> NotParseable:
    return _refusal(what, f"its elements are nested deeper than {DEPTH_MAX} levels", fault="depth", line=line)


def _refusal(what: str, reason: str, *, fault: str, line: int | None) -> NotParseable:
    detail = f"The {what} cannot be read: {reason}."
    return NotParseable(detail, media_type="application/xml", what=what, reason=reason, fault=fault, line=line)


def _describe_size(size_bytes: int) -> str:
    if size_bytes >= _MEBIBYTE and size_bytes % _MEBIBYTE == 0:
        return f"{size_bytes // _MEBIBYTE} MiB"
    return f"{size_bytes} bytes"
