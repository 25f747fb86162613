"""Cursors of keyset pages: opaque texts that name the last row seen."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from app.domain.errors import InvalidRequest
from app.domain.money import parse_amount
from app.persistence.types import AMOUNT_DECIMALS, AMOUNT_MAX

Reader = Callable[[str], Any]
TEXT_LENGTH_MAX = 100


def write_cursor(*position: str) -> str:
    """Return the cursor for the page after this position."""
    return base64.urlsafe_b64encode(json.dumps(position, ensure_ascii=False).encode()).decode().rstrip("=")


def read_cursor(text: str | None, *parts: Reader) -> Sequence[Any] | None:
    """Return the position that a cursor names, each part read by its reader; None for no cursor.

    Raises:
        InvalidRequest: not a cursor that a list answered.
    """
    if text is None:
        return None
    try:
        position: Any = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(position, list) or not all(isinstance(each, str) for each in position):
            raise ValueError("a cursor is a list of texts")
        return [read(each) for read, each in zip(parts, position, strict=True)]
    except (ValueError, OverflowError, binascii.Error, RecursionError) as error:
        message = "The cursor is not one that this list gave."
        raise InvalidRequest(message, errors={"cursor": ["Use the next_cursor of the page before."]}) from error


def read_id(text: str) -> str:
    """Return the id that a cursor holds; ValueError when it is none."""
    return str(uuid.UUID(text))


def read_instant(text: str) -> datetime:
    """Return the aware instant that a cursor holds; ValueError when it is none."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError("an instant of a cursor is aware")
    return instant.astimezone(UTC)


def read_key(text: str) -> str:
    """Return the key that a cursor holds; ValueError for text that no key has."""
    if not text.isprintable():
        raise ValueError("a key is printable")
    return text


def read_text(text: str) -> str:
    """Return the text that a cursor holds; ValueError for one that no database takes, or that no cursor has room for."""
    if len(text) > TEXT_LENGTH_MAX or "\0" in text:
        raise ValueError("a text of a cursor is short, and one that a database takes")
    text.encode()  # a lone surrogate is no text
    return text


def read_amount(text: str) -> Decimal:
    """Return the amount that a cursor holds; ValueError for one that no document comes to."""
    amount = parse_amount(text)
    if abs(amount) >= AMOUNT_MAX or amount != round(amount, AMOUNT_DECIMALS):
        raise ValueError("an amount of a cursor is one of a document")
    return amount


def read_word(expected: str, text: str) -> str:
    """Return the word that a cursor must hold, since it belongs to one list; ValueError for another."""
    if text != expected:
        raise ValueError("the cursor is one of another list")
    return text
