"""Forms that work without scripts: sent, done and led on; or shown again with what was typed and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, make_response, redirect, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from app.domain.access_errors import PinRefused
from app.domain.errors import CountersignError, InvalidRequest, NotFound, NotSignedIn, StaleRevision
from app.web.context import caller, pages
from app.web.errors import status_of

TEXT_LENGTH_MAX = 4000
KEY_LENGTH_MAX = 64
PATH_LENGTH_MAX = 190  # what is stored of an Idempotency-Key has room for its route
VALUES_MAX = 1000
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INDEX = re.compile(r"[\[.]")
STALE = "Somebody changed this after you opened it. What you typed is kept: save it again to put it in its place, or open the page anew."


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A form of a page as it was sent; `part` tells which one, and is empty where nothing was sent."""

    part: str = ""
    values: MultiDict[str, str] = field(default_factory=MultiDict)
    note: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)

    def of(self, part: str) -> Sent:
        """Return this, when it is the form that was sent, else a form that nobody has sent."""
        return self if part == self.part else NOTHING_SENT

    def text(self, name: str, stored: object = None) -> str:
        """Return what was typed into a field, before anything was sent what is stored."""
        return self.values.get(name, "") if self.part else "" if stored is None else str(stored)

    def is_on(self, name: str, stored: object = None) -> bool:
        """Return whether a box is ticked."""
        return name in self.values if self.part else bool(stored)

    def chosen(self, name: str, stored: Collection[str] = ()) -> Collection[str]:
        """Return the ticked boxes of one name."""
        return self.values.getlist(name) if self.part else stored

    def error(self, name: str) -> str:
        """Return what is wrong with a field."""
        return self.errors.get(name, "")


NOTHING_SENT = Sent()


def answer_form(
    part: str,
    change: Callable[[], str],
    *,
    target: str | Callable[[], str],
    show: Callable[[Sent], str],
    names: Mapping[str, str] | None = None,
) -> BaseResponse:
    """Make a change and lead on; when it is refused, show the page again with what was typed.

    Args:
        part: which form of the page it is.
        change: makes the change and returns what to say about it.
        target: where to go then; called after the change, where its address is known only then.
        show: the page with the form that was sent.
        names: other names of faulty fields, by the names that the operation gives them.
    """
    try:
        said = change()
    except CountersignError as error:
        return make_response(show(sent_form(part, error, names=names)), _status(error))
    if said:
        flash(said, "yes")
    return redirect(target() if callable(target) else target, 303)


def sent_form(part: str, error: CountersignError, *, names: Mapping[str, str] | None = None) -> Sent:
    """Return the form of this request with the faults that the error names."""
    found = error.facts.get("errors")
    faults: dict[str, str] = {}
    for path, texts in found.items() if isinstance(found, Mapping) else ():
        field_name = _field_of(str(path), names or {})
        faults[field_name] = " ".join(dict.fromkeys([*filter(None, [faults.get(field_name)]), *map(str, texts)]))
    note = STALE if isinstance(error, StaleRevision) else error.detail
    if len(faults) > 1:
        note = f"{len(faults)} fields need another look. Nothing was saved."
    return Sent(part=part, values=request.form, note=note, errors=faults, facts=error.facts)


def _field_of(path: str, names: Mapping[str, str]) -> str:
    """Return the field that a fault belongs to; a fault in an item of a list belongs to the field of the list."""
    known = next((name for start, name in names.items() if path == start or path.startswith((f"{start}.", f"{start}["))), None)
    return known or _INDEX.split(path)[0]


def _status(error: CountersignError) -> int:
    return 422 if isinstance(error, NotSignedIn | PinRefused) else status_of(error)  # he is signed in: it is his form that is wrong


def check_typed() -> None:
    """Refuse what no browser sends and no database stores: an address longer than any page has, and the character NUL.

    Raises:
        NotFound: the address is that of no page.
        InvalidRequest: there is a NUL in a filter or a field.
    """
    if "\0" in request.path or len(request.path) > PATH_LENGTH_MAX:
        raise NotFound(what="page", id=request.path.replace("\0", "")[:KEY_LENGTH_MAX])
    if any("\0" in text for sent in (request.args, request.form) for texts in sent.listvalues() for text in texts):
        raise InvalidRequest("There is a character in it that cannot be stored. Remove it and try again.", errors={})


def perform(operation: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Run an operation for the signed-in caller and return its body."""
    answer = operation(pages().system, caller(), *arguments, **options)
    return getattr(answer, "body", answer)


def typed(name: str, *, length_max: int = TEXT_LENGTH_MAX) -> str:
    """Return a text field of the sent form, without spaces around it and characters that nobody types.

    Raises:
        InvalidRequest: it is longer than `length_max`.
    """
    text = clean_typed(request.form.get(name, ""))
    if len(text) > length_max:
        fault = f"Use at most {length_max} characters; this has {len(text)}."
        raise InvalidRequest(fault, errors={name: [fault]})
    return text


def typed_key(name: str, *, fault: str) -> str:
    """Return a short key of the sent form; InvalidRequest with `fault` where it is empty."""
    text = typed(name, length_max=KEY_LENGTH_MAX)
    if not text:
        raise InvalidRequest(fault, errors={name: [fault]})
    return text


def ticked(name: str) -> list[str]:
    """Return the values of the ticked boxes of one name, each once."""
    return list(dict.fromkeys(clean_typed(value)[:KEY_LENGTH_MAX] for value in request.form.getlist(name)[:VALUES_MAX]))


def clean_typed(text: str) -> str:
    """Return a text without spaces around it and without control characters, with plain ends of lines."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n")).strip()


def seen_revision() -> int | None:
    """Return the revision of what the form showed."""
    return read_revision(request.form.get("revision", ""))


def read_revision(text: str) -> int | None:
    """Return the revision that a form names, None for what is no such number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
