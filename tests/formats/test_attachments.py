"""What a file is, by its content; and the files that stand inside a UBL document."""

import base64
import io
import zipfile

import pytest
from lxml import etree

from app.domain.errors import InvalidRequest, TooLarge, UnsupportedMedia
from app.formats.attachments import BYTES_MAX, EMBEDDED_MAX, NAME_MAX, check_attachment, clean_name, read_embedded

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
OFFICE = "application/vnd.openxmlformats-officedocument."


def office_file(*names: str) -> bytes:
    """Return a ZIP file with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "media_type", "kept"),
    [
        (PDF, "offer.pdf", "application/pdf", "offer.pdf"),
        (PDF, "offer.html", "application/pdf", "offer.html.pdf"),
        (PNG, "photo.PNG", "image/png", "photo.PNG"),
        (b"\xff\xd8\xff\xe0rest", "photo.jpeg", "image/jpeg", "photo.jpeg"),
        (b"a;b\n1;2\n", "lines.csv", "text/csv", "lines.csv"),
        (b"a;b\n1;2\n", "lines", "text/plain", "lines.txt"),
        ("caf\u00e9".encode("cp1252"), "note.txt", "text/plain", "note.txt"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><order/>", "order.xml", "application/xml", "order.xml"),
        (office_file("[Content_Types].xml", "xl/workbook.xml"), "a.xlsx", f"{OFFICE}spreadsheetml.sheet", "a.xlsx"),
        (office_file("[Content_Types].xml", "word/document.xml"), "a.docx", f"{OFFICE}wordprocessingml.document", "a.docx"),
    ],
)
def test_the_content_says_what_a_file_is_and_its_name_follows(content, name, media_type, kept):
    """TSK-07."""
    file = check_attachment(content, name)

    assert (file.media_type, file.name) == (media_type, kept)


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00",
        b"<html><script>alert(1)</script></html>x",
        b"<html xmlns='http://www.w3.org/1999/xhtml'/>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<a xmlns:h='http://www.w3.org/1999/xhtml'><h:script/></a>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        office_file("a.exe"),
        office_file("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"),
        b"PK\x03\x04 broken",
        b"GIF89a\0",
        b"text with \x00",
    ],
)
def test_what_runs_or_is_unknown_is_refused(content):
    with pytest.raises(UnsupportedMedia):
        check_attachment(content, "invoice.pdf")


def test_nothing_and_too_much_are_refused():
    with pytest.raises(InvalidRequest):
        check_attachment(b"", "a.pdf")
    with pytest.raises(TooLarge):
        check_attachment(PDF + b"x" * BYTES_MAX, "a.pdf")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\marc\\offer.pdf", "offer.pdf"),
        ('offer"\r\nSet-Cookie: a=b.pdf', 'offer"Set-Cookie: a=b.pdf'),
        ("\u202efdp.exe", "fdp.exe.pdf"),
        ("", "attachment.pdf"),
        ("...", "attachment.pdf"),
        (".pdf", "pdf.pdf"),
        ("x" * 500 + ".pdf", "x" * (NAME_MAX - 4) + ".pdf"),
    ],
)
def test_names_have_no_folders_and_no_tricks(given, kept):
    assert clean_name(given, "application/pdf") == kept


def ubl(*files: tuple[str, str]) -> etree._Element:
    """Return an invoice with embedded files, each its name and its base64 text."""
    reference = (
        "<cac:AdditionalDocumentReference><cbc:ID>R</cbc:ID><cac:Attachment>"
        '<cbc:EmbeddedDocumentBinaryObject mimeCode="application/pdf" filename="{}">{}</cbc:EmbeddedDocumentBinaryObject>'
        "</cac:Attachment></cac:AdditionalDocumentReference>"
    )
    space = "urn:oasis:names:specification:ubl:schema:xsd:"
    return etree.fromstring(
        f'<Invoice xmlns="{space}Invoice-2" xmlns:cac="{space}CommonAggregateComponents-2" xmlns:cbc="{space}CommonBasicComponents-2">'
        + "".join(reference.format(*file) for file in files)
        + "</Invoice>"
    )


def test_files_inside_a_document_are_read_by_their_content():
    """TSK-07."""
    encoded = base64.b64encode(PDF).decode()
    root = ubl(("delivery.pdf", f"\n  {encoded[:8]}\n{encoded[8:]}  "), ("", base64.b64encode(b"MZ\x90\x00").decode()))

    found = list(read_embedded(root))

    assert [(file.name, file.media_type, file.size, content) for file, content in found] == [
        ("delivery.pdf", "application/pdf", len(PDF), PDF),
        ("R", "application/octet-stream", 4, b"MZ\x90\x00"),
    ]


def test_what_is_no_base64_is_no_file_and_there_is_an_end():
    encoded = base64.b64encode(PDF).decode()

    assert list(read_embedded(ubl(("a.pdf", "***"), ("b.pdf", "")))) == []
    assert len(list(read_embedded(ubl(*[("a.pdf", encoded)] * (EMBEDDED_MAX + 5))))) == EMBEDDED_MAX
