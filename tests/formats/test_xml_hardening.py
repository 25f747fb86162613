"""XML from outside: what is refused, and how clearly."""

import pytest

from app.domain.errors import NotParseable, TooLarge
from app.formats.xml import DEPTH_MAX, local_name, namespace_of, parse_xml

BOMB = b'<!DOCTYPE a [<!ENTITY b "1234567890"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><a>&d;</a>'


def read(content: bytes, bytes_max: int = 1024 * 1024) -> str:
    return local_name(parse_xml(content, what="UBL document", bytes_max=bytes_max))


def test_well_formed_xml_is_read_without_comments() -> None:
    root = parse_xml(b'<?xml version="1.0"?><!-- c --><n:a xmlns:n="urn:n">12<!-- x -->34<?p i?></n:a>', what="file", bytes_max=100)

    assert (local_name(root), namespace_of(root), root.text, len(root)) == ("a", "urn:n", "1234", 0)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"{}", "syntax"),
        (b"<a><b></a>", "syntax"),
        (b"<a/><b/>", "syntax"),
        (b"<a>&unknown;</a>", "syntax"),
        (b"\x00\x01\x02", "syntax"),
        (b"<a>\xff</a>", "syntax"),
        (b'<?xml version="1.0" encoding="nonsense"?><a/>', "syntax"),
        (b"<!DOCTYPE a><a/>", "doctype"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "doctype"),
        (BOMB, "doctype"),
        (b"<!--" + b"x" * 10_000 + b"--><!DOCTYPE a><a/>", "doctype"),
        ('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "doctype"),
        (b'<?xml version="1.0" encoding="windows-1252"?><!DOCTYPE a><a/>', "doctype"),
        ('<?xml version="1.0" encoding="UTF-32"?><!DOCTYPE a><a/>'.encode("utf-32"), "doctype"),
        (b"<a>" * (DEPTH_MAX + 1) + b"</a>" * (DEPTH_MAX + 1), "depth"),
        (b"<a>" * 5000 + b"</a>" * 5000, "depth"),
    ],
    ids=lambda value: repr(value[:24]) if isinstance(value, bytes) else value,
)
def test_what_cannot_be_read_is_refused_with_its_own_reason(content: bytes, fault: str) -> None:
    with pytest.raises(NotParseable) as caught:
        read(content)

    refused = {caught.value.facts["fault"]}
    # libxml2 reads UTF-32 only where its iconv does; both answers refuse the document.
    assert refused <= ({fault, "syntax"} if b"\x00\x00\x00" in content else {fault})
    assert caught.value.detail.startswith("The UBL document cannot be read:")


def test_the_deepest_document_allowed_is_read() -> None:
    assert read(b"<a>" * DEPTH_MAX + b"</a>" * DEPTH_MAX) == "a"


def test_a_document_over_the_limit_is_too_large() -> None:
    with pytest.raises(TooLarge, match="larger than 1 MiB"):
        read(b"<a>" + b" " * 1024 * 1024 + b"</a>")


def test_a_fault_names_its_line() -> None:
    with pytest.raises(NotParseable) as caught:
        read(b"<a>\n<b>\n</a>")

    assert caught.value.facts["line"] == 3
    assert "in line 3" in caught.value.detail
