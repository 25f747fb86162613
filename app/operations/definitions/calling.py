"""The processes that a definition calls: which version each call takes, and what runs with them."""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import InvalidRequest
from app.engine import Definition
from app.formats.bpmn_deployment import read_deployment, split_call
from app.operations.system import System
from app.persistence import definitions
from app.persistence.database import Reading

CALLED_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """Files of called processes by the name that the call activities use, and the ids of their definitions where they are deployed."""

    sources: Mapping[str, bytes]
    definition_ids: Mapping[str, str] = field(default_factory=dict)


NOTHING_CALLED = Called(sources={})


def resolve_calls(
    reading: Reading | None, environment_id: int, calls: Iterable[str], *, beside: Mapping[str, bytes] | None = None
) -> Called:
    """Return what the calls take, and what those call in turn; a call that finds nothing is left out, and the engine refuses it.

    `latest` (and no binding at all) is the newest active version at the moment when an instance starts: the instance keeps it, as it keeps
    its own definition, however much later the call is reached. `tag:NAME` is the newest active one of that tag, `version:N` that version.

    `beside` has the files of the same deployment by process id, which `latest` prefers.

    Raises:
        InvalidRequest: more than CALLED_MAX definitions call each other.
    """
    sources: dict[str, bytes] = {}
    ids: dict[str, str] = {}
    todo = deque(calls)
    while todo:
        name = todo.popleft()
        if name in sources:
            continue
        if len(sources) >= CALLED_MAX:
            raise InvalidRequest(f"More than {CALLED_MAX} process definitions call each other.", errors={"files": ["too many calls"]})
        key, binding = split_call(name)
        row = None
        if beside is not None and key in beside and binding == "latest":
            sources[name] = beside[key]
        elif reading is not None and (row := definitions.process_for(reading, environment_id=environment_id, key=key, binding=binding)):
            sources[name], ids[name] = bytes(row.bpmn), row.id
        else:
            continue
        todo.extend(read_deployment(sources[name], filename=f"{key}.bpmn").calls if row is None else row.calls or ())
    return Called(sources=sources, definition_ids=ids)


def name_called(definition_id: str, called: Called) -> str:
    """Return the hash that names a definition together with the versions that it calls."""
    parts = [definition_id, *(f"{name}={each}" for name, each in sorted(called.definition_ids.items()))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def load_definition(system: System, reading: Reading, row: Any) -> tuple[Definition, str | None, Called]:
    """Return the definition of a deployed version with what it calls now, the hash of the whole (None when it calls nothing), and the calls.

    Raises:
        DefinitionInvalid: a process that it calls is not there any more.
    """
    if not row.calls:
        return system.definitions.get(row.hash, lambda: Definition.parse(bytes(row.bpmn), filename=row.file_name)), None, NOTHING_CALLED
    called = resolve_calls(reading, row.environment_id, row.calls)
    name = name_called(row.id, called)
    load = lambda: Definition.parse(bytes(row.bpmn), filename=row.file_name, called=called.sources)  # noqa: E731 - called once, by the cache
    return system.definitions.get(name, load), name, called
