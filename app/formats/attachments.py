"""Files that people attach to a document, and files that stand inside a UBL document: what they are, by their content."""

import base64
import binascii
import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from app.domain.errors import InvalidRequest, NotParseable, TooLarge, UnsupportedMedia
from app.formats.received_document import EmbeddedFile
from app.formats.ubl_fields import CAC, CBC
from app.formats.xml import namespace_of, parse_xml

BYTES_MAX: Final = 10 * 1024 * 1024
EMBEDDED_MAX: Final = 50
NAME_MAX: Final = 200
UNKNOWN_MEDIA: Final = "application/octet-stream"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
SUFFIXES: Final = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    "text/csv": "csv",
    "text/plain": "txt",
    "application/xml": "xml",
    f"{_OFFICE}spreadsheetml.sheet": "xlsx",
    f"{_OFFICE}wordprocessingml.document": "docx",
}
"""The media types that are accepted, each with the end of its file names."""
_ALSO: Final = {"jpeg": "jpg"}
_MAGIC: Final = ((b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))
_BINARY: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_PAGES: Final = frozenset({"http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """A file that is accepted: the name it is kept under, its media type, and the digest that tells the same bytes."""

    name: str
    media_type: str
    hash: str


def check_attachment(content: bytes, name: str) -> CheckedFile:
    """Return what a file is by its content; whatever its sender calls it.

    Raises:
        InvalidRequest: it is empty.
        TooLarge: more than BYTES_MAX bytes.
        UnsupportedMedia: it is nothing of what SUFFIXES lists, or an Office file with macros.
    """
    if not content:
        raise InvalidRequest("The file is empty.", errors={"file": ["Choose a file with something in it."]})
    if len(content) > BYTES_MAX:
        raise TooLarge(what="attachment", limit=f"{BYTES_MAX // 2**20} MiB", bytes=len(content), bytes_max=BYTES_MAX)
    media_type = sniff(content, name)
    if media_type is None:
        raise UnsupportedMedia(media_type="of this file", accepted=", ".join(SUFFIXES.values()))
    return CheckedFile(name=clean_name(name, media_type), media_type=media_type, hash=hashlib.sha256(content).hexdigest())


def sniff(content: bytes, name: str) -> str | None:
    """Return the media type that the content has, None for one that is not accepted; the name tells only a table from other text."""
    for magic, media_type in _MAGIC:
        if content.startswith(magic):
            return media_type
    if content.startswith(b"PK\x03\x04"):
        return _sniff_office(content)
    start = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"<"):
        return _sniff_xml(content)
    if _BINARY.search(content) or _text_of(content) is None:
        return None
    return "text/csv" if name.lower().endswith(".csv") else "text/plain"


def clean_name(name: str, media_type: str) -> str:
    """Return a file name without folders and control characters that ends as its media type does."""
    last = _CONTROLS.sub("", re.split(r"[/\\]", name)[-1]).strip(" .")
    stem, dot, suffix = last.rpartition(".")
    wanted = SUFFIXES.get(media_type)
    if wanted is None:
        return last[-NAME_MAX:] or "attachment"
    if dot and stem and _ALSO.get(suffix.lower(), suffix.lower()) == wanted:
        return f"{stem[: NAME_MAX - len(suffix) - 1]}.{suffix}"
    return f"{(last or 'attachment')[: NAME_MAX - len(wanted) - 1]}.{wanted}"


def read_embedded(root: etree._Element) -> Iterator[tuple[EmbeddedFile, bytes]]:
    """Yield the files that stand inside a UBL document, at most EMBEDDED_MAX, in its order; what is no base64 is none."""
    path = f"{{{CAC}}}AdditionalDocumentReference"
    found = 0
    for place in root.iterfind(path):
        for element in place.iterfind(f"{{{CAC}}}Attachment/{{{CBC}}}EmbeddedDocumentBinaryObject"):
            content = _decode(element.text or "")
            if not content:
                continue
            if found == EMBEDDED_MAX:
                return
            found += 1
            given = element.get("filename") or place.findtext(f"{{{CBC}}}ID") or ""
            media_type = sniff(content, given) or UNKNOWN_MEDIA
            digest = hashlib.sha256(content).hexdigest()
            yield EmbeddedFile(name=clean_name(given, media_type), media_type=media_type, size=len(content), hash=digest), content


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _sniff_office(content: bytes) -> str | None:
    """Return which Office file a ZIP is by its table of contents; nothing in it is unpacked."""
    try:
        names = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any(name.lower().endswith("vbaproject.bin") for name in names):
        return None
    if "xl/workbook.xml" in names:
        return f"{_OFFICE}spreadsheetml.sheet"
    return f"{_OFFICE}wordprocessingml.document" if "word/document.xml" in names else None


def _sniff_xml(content: bytes) -> str | None:
    """Return the type of XML that is read as such everywhere here; no page and no picture that a browser would run."""
    try:
        root = parse_xml(content, what="attachment", bytes_max=BYTES_MAX)
    except (NotParseable, TooLarge):
        return None
    is_page = any(namespace_of(element) in _PAGES for element in root.iter() if isinstance(element.tag, str))
    return None if is_page else "application/xml"


def _text_of(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
