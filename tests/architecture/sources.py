"""The project's own files, as the architecture tests read them."""

import ast
import fnmatch
import functools
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("domain", "feel", "formats", "engine", "persistence", "operations", "jobs", "http", "web")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A Python file of the product: its path from the root, its text and its tree."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The folder below app, or "" for the files at the top."""
        parts = self.path.split("/")
        return parts[1] if parts[0] == "app" and len(parts) > 2 else ""


@functools.cache
def product_sources() -> tuple[Source, ...]:
    """Return all Python files of the product: app, wsgi.py and manage."""
    paths = [path for path in own_files() if path.startswith("app/") and path.endswith(".py")]
    paths += [path for path in ("wsgi.py", "manage") if (ROOT / path).exists()]
    return tuple(Source(path=path, text=text, tree=ast.parse(text)) for path in paths for text in [(ROOT / path).read_text()])


def sources_in(*rooms: str) -> Iterator[Source]:
    """Yield the Python files of these rooms."""
    return (source for source in product_sources() if source.room in rooms)


@functools.cache
def own_files() -> tuple[str, ...]:
    """Return every file of the checkout that .gitignore does not leave out."""
    ignored = _ignored_patterns()
    found = []
    for folder, folders, files in os.walk(ROOT):
        below = Path(folder).relative_to(ROOT)
        folders[:] = sorted(name for name in folders if name != ".git" and not _is_ignored(below / name, ignored, is_folder=True))
        found += [(below / name).as_posix() for name in sorted(files) if not _is_ignored(below / name, ignored, is_folder=False)]
    return tuple(found)


def _ignored_patterns() -> list[str]:
    return [line.strip() for line in (ROOT / ".gitignore").read_text().splitlines() if line.strip() and not line.startswith("#")]


def _is_ignored(path: Path, patterns: list[str], *, is_folder: bool) -> bool:
    """Return whether .gitignore leaves the path out (the forms used here: names, `*`, a leading and a trailing slash)."""
    for pattern in patterns:
        if pattern.endswith("/") and not is_folder:
            continue
        bare = pattern.rstrip("/")
        where = path.as_posix() if "/" in bare else path.name
        if fnmatch.fnmatchcase(where, bare.lstrip("/")):
            return True
    return False
