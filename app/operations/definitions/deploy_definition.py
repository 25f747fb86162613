"""Deploying a bundle of BPMN and DMN files."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.domain.errors import DefinitionInvalid, NotPermitted
from app.domain.people import ADMINISTRATOR, ANALYST
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.definitions.checking import check_bundle
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.persistence import definitions, people
from app.persistence.database import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Process or decision: the column of its file, and its statements."""

    name: str
    source: str
    newest: Callable[..., Any]
    insert: Callable[..., None]


PROCESS = Kind(name="process", source="bpmn", newest=definitions.newest_process, insert=definitions.insert_process)
DECISION = Kind(name="decision", source="dmn", newest=definitions.newest_decision, insert=definitions.insert_decision)


def deploy_definition(
    system: System, caller: Caller, files: Mapping[str, bytes], *, tag: str | None = None, request: RequestKey | None = None
) -> Answer:
    """Check the files and store each as a new version, all or none; content that is the newest version already stays that version.

    Raises:
        NotPermitted: the caller is no analyst.
        DefinitionInvalid: every fault of every file, with its remedy.
    """
    if not caller.has_role(ANALYST, ADMINISTRATOR):
        raise NotPermitted(verb="deploy process definitions")
    return answer_once(system, caller, request, lambda remember: _deploy(system, caller, files, tag=tag, remember=remember))


def _deploy(system: System, caller: Caller, files: Mapping[str, bytes], *, tag: str | None, remember: Remember) -> Answer:
    with system.database.write() as work:
        people.lock_environment(work, caller.environment_id)
        bundle = check_bundle(work, caller.environment_id, files)
        if bundle.has_errors:
            shown = [each.to_json() for each in bundle.diagnostics]
            raise DefinitionInvalid(f"{len(shown)} faults keep the files from being deployed.", diagnostics=shown)
        deploy = partial(_store, system, work, caller, tag=tag)
        deployed = [
            deploy(DECISION, key=model.key, name=model.name, file_name=name, content=files[name])
            for name, model in bundle.decisions.items()
        ]
        deployed += [
            deploy(PROCESS, key=each.key, name=each.name, file_name=name, content=files[name]) for name, each in bundle.processes.items()
        ]
        is_new = any(each.pop("is_new") for each in deployed)
        body = {**deployed[-1], "deployed": deployed, "diagnostics": [each.to_json() for each in bundle.diagnostics]}
        answer = Answer(body=body, status=201 if is_new else 200)
        remember(work, answer)
        work.commit()
        return answer


def _store(
    system: System, work: UnitOfWork, caller: Caller, kind: Kind, *, key: str, name: str, file_name: str, content: bytes, tag: str | None
) -> JsonObject:
    """Store the next version, unless the newest has the same content and tag."""
    newest = kind.newest(work, environment_id=caller.environment_id, key=key)
    digest = hashlib.sha256(content).hexdigest()
    if newest is not None and newest.hash == digest and tag in {None, newest.version_tag}:
        return {"kind": kind.name, "key": key, "version": newest.version, "hash": digest, "is_new": False}
    version = 1 if newest is None else newest.version + 1
    values: dict[str, Any] = {
        "id": system.new_id(),
        "environment_id": caller.environment_id,
        "key": key,
        "version": version,
        "version_tag": tag,
        "hash": digest,
        "name": name,
        "file_name": file_name,
        "deployed_by": caller.user_id,
        "created_at": system.clock(),
        kind.source: content,
    }
    kind.insert(work, **values)
    return {"kind": kind.name, "key": key, "version": version, "hash": digest, "is_new": True}
