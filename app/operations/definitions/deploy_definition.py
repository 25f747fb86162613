"""Deploying a bundle of BPMN and DMN files."""

import hashlib
from collections.abc import Mapping
from typing import Any

from app.domain.errors import DefinitionInvalid, NotPermitted
from app.domain.people import ADMINISTRATOR, ANALYST
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.definitions.checking import check_bundle
from app.operations.idempotency import Remember, answer_once
from app.operations.system import System
from app.persistence import definitions
from app.persistence.database import UnitOfWork


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
        bundle = check_bundle(work, caller.environment_id, files)
        if bundle.has_errors:
            shown = [each.to_json() for each in bundle.diagnostics]
            raise DefinitionInvalid(f"{len(shown)} faults keep the files from being deployed.", diagnostics=shown)
        deployed = [
            _store_decision(system, work, caller, model.key, model.name, name, files[name], tag)
            for name, model in bundle.decisions.items()
        ]
        deployed += [
            _store_process(system, work, caller, definition.key, definition.name, name, files[name], tag)
            for name, definition in bundle.processes.items()
        ]
        is_new = any(each.pop("is_new") for each in deployed)
        body = {**deployed[-1], "deployed": deployed, "diagnostics": [each.to_json() for each in bundle.diagnostics]}
        answer = Answer(body=body, status=201 if is_new else 200)
        remember(work, answer)
        work.commit()
        return answer


def _store_process(
    system: System, work: UnitOfWork, caller: Caller, key: str, name: str, file_name: str, content: bytes, tag: str | None
) -> JsonObject:
    newest = definitions.newest_process(work, environment_id=caller.environment_id, key=key)
    values = _values(system, caller, newest, key=key, name=name, file_name=file_name, content=content, tag=tag)
    if values is None:
        return _same("process", newest)
    definitions.insert_process(work, **values, bpmn=content)
    return {"kind": "process", "key": key, "version": values["version"], "hash": values["hash"], "is_new": True}


def _store_decision(
    system: System, work: UnitOfWork, caller: Caller, key: str, name: str, file_name: str, content: bytes, tag: str | None
) -> JsonObject:
    newest = definitions.newest_decision(work, environment_id=caller.environment_id, key=key)
    values = _values(system, caller, newest, key=key, name=name, file_name=file_name, content=content, tag=tag)
    if values is None:
        return _same("decision", newest)
    definitions.insert_decision(work, **values, dmn=content)
    return {"kind": "decision", "key": key, "version": values["version"], "hash": values["hash"], "is_new": True}


def _values(
    system: System, caller: Caller, newest: Any | None, *, key: str, name: str, file_name: str, content: bytes, tag: str | None
) -> dict[str, Any] | None:
    """Return the columns of the next version, None when the newest has the same content and tag."""
    digest = hashlib.sha256(content).hexdigest()
    if newest is not None and newest.hash == digest and tag in (None, newest.version_tag):
        return None
    return {
        "id": system.new_id(),
        "environment_id": caller.environment_id,
        "key": key,
        "version": 1 if newest is None else newest.version + 1,
        "version_tag": tag,
        "hash": digest,
        "name": name,
        "file_name": file_name,
        "deployed_by": caller.user_id,
        "created_at": system.clock(),
    }


def _same(kind: str, newest: Any) -> JsonObject:
    return {"kind": kind, "key": newest.key, "version": newest.version, "hash": newest.hash, "is_new": False}
