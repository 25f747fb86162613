"""Addresses of the built bundles, whose names carry a hash of their content."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

DIST = Path(__file__).parent / "static" / "dist"


@cache
def manifest() -> dict[str, str]:
    """Return built file names by source name; empty before `npm run build` was run."""
    path = DIST / "manifest.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def bundle(name: str) -> str:
    """Return the path below /static of the bundle made from `name`."""
    return f"dist/{manifest().get(name, name)}"
