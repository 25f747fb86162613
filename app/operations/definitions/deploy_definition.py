"""Deploying a bundle of BPMN and DMN files."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import DefinitionInvalid, NotPermitted
from app.domain.people import ADMINISTRATOR, ANALYST
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.definitions.checking import Bundle, check_bundle
from app.operations.definitions.decision_models import write_imports
from app.operations.definitions.starting import arm_starts
from app.operations.environment_story import tell_environment
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
    last_number: Callable[..., int]
    insert: Callable[..., None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One definition of a bundle with what it imports, ready to be stored; `more` are columns that its kind alone has."""

    key: str
    name: str
    file_name: str
    content: bytes
    imports: Mapping[str, bytes] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)


PROCESS = Kind(
    name="process",
    source="bpmn",
    newest=definitions.newest_process,
    last_number=definitions.last_process_number,
    insert=definitions.insert_process,
)
DECISION = Kind(
    name="decision",
    source="dmn",
    newest=definitions.newest_decision,
    last_number=definitions.last_decision_number,
    insert=definitions.insert_decision,
)


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
        deployed = [deploy(DECISION, _decision_content(bundle, name, files)) for name in bundle.decisions]
        deployed += [deploy(PROCESS, _process_content(bundle, name, files[name])) for name in bundle.processes]
        new = [each for each in deployed if each.pop("is_new")]
        for each in new:
            if each["kind"] == PROCESS.name:
                arm_starts(system, work, caller.environment_id, each["key"])
        body = {**deployed[-1], "deployed": deployed, "diagnostics": [each.to_json() for each in bundle.diagnostics]}
        answer = Answer(body=body, status=201 if new else 200)
        remember(work, answer)
        if new:
            tell_environment(system, work, caller.environment_id, _tell(system, caller, new))
        work.commit()
        return answer


def _process_content(bundle: Bundle, file_name: str, content: bytes) -> Content:
    definition, facts = bundle.processes[file_name], bundle.facts[file_name]
    more = {"calls": list(facts.calls) or None, "document_kinds": facts.document_kinds.get(definition.key)}
    return Content(key=definition.key, name=definition.name, file_name=file_name, content=content, more=more)


def _decision_content(bundle: Bundle, file_name: str, files: Mapping[str, bytes]) -> Content:
    """Return a decision model with the files that it imports, which its version keeps."""
    model = bundle.decisions[file_name]
    imports = {name: files[name] for name in model.imports}
    more = {"imports": write_imports(imports) or None}
    return Content(key=model.key, name=model.name, file_name=file_name, content=files[file_name], imports=imports, more=more)


def _store(system: System, work: UnitOfWork, caller: Caller, kind: Kind, given: Content, *, tag: str | None) -> JsonObject:
    """Store the next version, unless the newest is active and has the same content and tag."""
    newest = kind.newest(work, environment_id=caller.environment_id, key=given.key)
    digest = hashlib.sha256(b"".join((given.content, *given.imports.values()))).hexdigest()
    if newest is not None and newest.hash == digest and newest.deactivated_at is None and tag in {None, newest.version_tag}:
        return {"kind": kind.name, "key": given.key, "version": newest.version, "hash": digest, "is_new": False}
    version = 1 + kind.last_number(work, environment_id=caller.environment_id, key=given.key)
    values: dict[str, Any] = {
        "id": system.new_id(),
        "environment_id": caller.environment_id,
        "key": given.key,
        "version": version,
        "version_tag": tag,
        "hash": digest,
        "name": given.name,
        "file_name": given.file_name,
        "deployed_by": caller.user_id,
        "created_at": system.clock(),
        kind.source: given.content,
        **given.more,
    }
    kind.insert(work, **values)
    return {"kind": kind.name, "key": given.key, "version": version, "hash": digest, "is_new": True}


def _tell(system: System, caller: Caller, new: list[JsonObject]) -> AuditEntry:
    what = ", ".join(f"{each['key']} version {each['version']}" for each in new)
    facts = {"deployed": [{"kind": each["kind"], "key": each["key"], "version": each["version"], "hash": each["hash"]} for each in new]}
    text = f"{caller.full_name} deployed {what}."
    return AuditEntry(at=system.clock(), kind="definitions_deployed", actor=caller.username, text=text, facts=facts)
