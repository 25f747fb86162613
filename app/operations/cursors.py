"""Cursors of keyset pages: opaque texts that name the last row seen."""

import base64
import binascii
import json
from typing import Any

from app.domain.errors import InvalidRequest


def write_cursor(*position: str) -> str:
    """Return the cursor for the page after this position."""
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def read_cursor(text: str | None, length: int) -> tuple[str, ...] | None:
    """Return the position that a cursor names, None for no cursor.

    Raises:
        InvalidRequest: not a cursor that a list answered.
    """
    if text is None:
        return None
    try:
        position: Any = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        raise _invalid() from error
    if not isinstance(position, list) or len(position) != length or not all(isinstance(each, str) for each in position):
        raise _invalid()
    return tuple(position)


def _invalid() -> InvalidRequest:
    return InvalidRequest("The cursor is not one that this list gave.", errors={"cursor": ["Use the next_cursor of the page before."]})
