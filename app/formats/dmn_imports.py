"""DMN files that import each other: found by namespace, read once, bounded."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from lxml import etree

from app.domain.errors import DefinitionInvalid
from app.feel.lexer import is_plain_name
from app.formats.dmn_file import NAMESPACES, DmnFile, parse_dmn, read_name

FILES_MAX: Final = 50
PATHS_MAX: Final = 8
PATH_LENGTH_MAX: Final = 10

FindImport = Callable[[str, str | None], tuple[str, bytes] | None]


def find_among(files: Mapping[str, bytes]) -> FindImport:
    """Return what finds, among files by their names, the one that declares a namespace, else None.

    Of several with the namespace the one that the location names is taken, else the first.
    """
    by_namespace: dict[str, list[str]] = {}

    def find(namespace: str, location: str | None) -> tuple[str, bytes] | None:
        if not by_namespace:
            for name, content in files.items():
                try:
                    by_namespace.setdefault(parse_dmn(content, filename=name).uri, []).append(name)
                except DefinitionInvalid:
                    continue
        names = by_namespace.get(namespace, [])
        last = (location or "").rpartition("/")[2]
        named = [each for each in names if last and each.rpartition("/")[2] == last]
        chosen = (named or names)[:1]
        return (chosen[0], files[chosen[0]]) if chosen else None

    return find


def load_files(main: DmnFile, find_import: FindImport | None) -> tuple[DmnFile, ...]:
    """Return the file and everything it imports, itself or by way of others; what cannot be found is a fault of the importing file."""
    files = [main]
    by_uri = {main.uri: main}
    waiting = deque([main])
    while waiting:
        file = waiting.popleft()
        for element in file.children(file.root, "import"):
            if not _is_dmn(file, element):
                continue
            uri = (element.get("namespace") or "").strip()
            found = by_uri.get(uri) or _read_import(file, element, uri, find_import, number=len(files))
            if found is None:
                continue
            if found.number == len(files):
                files.append(found)
                by_uri[uri] = found
                waiting.append(found)
            _link(file, element, found)
    _check_circles(main)
    _find_paths(main)
    return tuple(files)


def _is_dmn(file: DmnFile, element: etree._Element) -> bool:
    kind = (element.get("importType") or "").strip()
    if not kind or kind in NAMESPACES or "/spec/DMN/" in kind:
        return True
    message = f"The file imports {element.get('namespace') or 'something'} of type {kind}, which is not read here."
    file.fault(element, "dmn-import-type", message, "Import DMN files only.", kind="unsupported", severity="warning")
    return False


def _read_import(file: DmnFile, element: etree._Element, uri: str, find_import: FindImport | None, *, number: int) -> DmnFile | None:
    if number >= FILES_MAX:
        message = f"More than {FILES_MAX} files import each other."
        file.fault(element, "dmn-import-limit", message, "Join some of them.", kind="unsupported")
        return None
    found = find_import(uri, element.get("locationURI")) if find_import is not None else None
    if found is None:
        message = f"There is no DMN file with the namespace {uri!r}, which this file imports."
        file.fault(element, "dmn-import-missing", message, "Put the imported file beside this one, and deploy both together.")
        return None
    name, content = found
    try:
        return replace(parse_dmn(content, filename=name), number=number)
    except DefinitionInvalid as error:
        file.fault(element, "dmn-import-missing", f"The imported file cannot be read: {error.detail}", "Correct the imported file.")
        return None


def _link(file: DmnFile, element: etree._Element, found: DmnFile) -> None:
    prefix = read_name(element)
    if prefix in file.imports and file.imports[prefix] is not found:
        file.fault(element, "dmn-name-twice", f"Two imports are named {prefix!r}.", "Rename one of them.")
        return
    if found is file:
        file.fault(element, "dmn-import-cycle", "The file imports itself.", "Remove the import.")
        return
    if prefix and not is_plain_name(prefix):
        message = f"The import is named {prefix!r}, which is hard to tell from an expression."
        file.fault(element, "dmn-import-name", message, "Give it a name of letters and digits.", severity="warning")
    file.imports[prefix] = found


def _check_circles(main: DmnFile) -> None:
    """Files that import each other in a circle are a fault of the file asked for."""
    state: dict[int, str] = {}

    def visit(file: DmnFile, way: tuple[str, ...]) -> None:
        state[file.number] = "open"
        for following in file.imports.values():
            if state.get(following.number) == "open":
                path = " → ".join((*way, file.filename, following.filename))
                main.fault(main.root, "dmn-import-cycle", f"The files import each other in a circle: {path}.", "Remove one of the imports.")
            elif following.number not in state:
                visit(following, (*way, file.filename))
        state[file.number] = "done"

    visit(main, ())


def _find_paths(main: DmnFile) -> None:
    """Note the ways of names by which each file is reached, shortest first."""
    waiting: deque[tuple[DmnFile, tuple[str, ...]]] = deque([(main, ())])
    while waiting:
        file, path = waiting.popleft()
        if len(file.paths) >= PATHS_MAX or len(path) > PATH_LENGTH_MAX:
            continue
        file.paths.append(path)
        for prefix, imported in file.imports.items():
            waiting.append((imported, (*path, prefix) if prefix else path))
