"""Correlation and payload of a message as text: dates stay dates, numbers stay exact."""

import json
from collections.abc import Mapping
from typing import Any, Final

from app.domain.errors import TooLarge
from app.engine.codec import decode, encode, freeze

CONTENT_BYTES_MAX: Final = 64 * 1024


def write_content(correlation: Mapping[str, Any], payload: Any) -> str:
    """Return correlation and payload as one text.

    Raises:
        InvalidRequest: a value that is no FEEL value.
        TooLarge: more than 64 KiB; a message carries ids and facts, documents are sent as documents.
    """
    content = [encode(freeze(dict(correlation), name="correlation")), encode(freeze(payload, name="payload"))]
    text = json.dumps(content, separators=(",", ":"))
    if len(text) > CONTENT_BYTES_MAX:
        raise TooLarge(what="message", limit=f"{CONTENT_BYTES_MAX // 1024} KiB")
    return text


def read_content(text: str) -> tuple[dict[str, Any], Any]:
    """Return what `write_content` was given."""
    correlation, payload = json.loads(text)
    return decode(correlation), decode(payload)
