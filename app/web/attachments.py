"""The files at a document, as its pages list them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.web.formatting import Calendar, person_name

_KILO = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentRow:
    """One file: what it is called, how large it is, and who added it when."""

    id: str
    name: str
    size: str
    added: str


def show_attachments(items: Iterable[Mapping[str, Any]], *, calendar: Calendar) -> tuple[AttachmentRow, ...]:
    """Return the files in their order."""
    return tuple(
        AttachmentRow(
            id=str(each.get("id")),
            name=str(each.get("name") or "file"),
            size=size_text(each.get("size")),
            added="inside the document"
            if each.get("is_embedded")
            else f"{person_name(each.get('added_by'))}, {calendar.clock(each.get('added_at'))}",
        )
        for each in items
    )


def size_text(size: object) -> str:
    """Return "12 kB" or "1.4 MB"; nothing for what is no number."""
    if not isinstance(size, int):
        return ""
    if size < _KILO * _KILO:
        return f"{max(1, round(size / _KILO))} kB"
    return f"{size / _KILO / _KILO:.1f} MB"
