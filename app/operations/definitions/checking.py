"""Checking the files of a bundle against the standard, the engine, and what this environment has."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.diagnostics import Diagnostic
from app.domain.errors import DefinitionInvalid, InvalidRequest, NotParseable, TooLarge
from app.domain.people import ROLES
from app.engine import Definition
from app.formats.bpmn_checks import check_bpmn
from app.formats.bpmn_deployment import DeploymentFacts, process_ids, read_deployment
from app.formats.dmn import DecisionModel, find_among, read_dmn
from app.formats.dmn_check import check_dmn
from app.operations.definitions.calling import resolve_calls
from app.operations.services import SERVICES
from app.persistence import definitions
from app.persistence.database import Reading

FILES_MAX = 50
ID_LENGTH_MAX = 128
NAME_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The files of one deployment, read and checked."""

    decisions: Mapping[str, DecisionModel]
    processes: Mapping[str, Definition]
    facts: Mapping[str, DeploymentFacts]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def has_errors(self) -> bool:
        """Whether anything found keeps the bundle from being deployed."""
        return any(each.severity == "error" for each in self.diagnostics)


def check_bundle(reading: Reading | None, environment_id: int, files: Mapping[str, bytes]) -> Bundle:
    """Return the bundle with all faults of all its files; `reading` adds the decisions and processes that are deployed already.

    Raises:
        InvalidRequest: no file, too many, or a file that is neither BPMN nor DMN.
    """
    _check_names(files)
    diagnostics: list[Diagnostic] = []
    decisions: dict[str, DecisionModel] = {}
    find_import = find_among({name: content for name, content in files.items() if name.endswith(".dmn")})
    for name, content in files.items():
        if name.endswith(".dmn"):
            found = check_dmn(content, filename=name, find_import=find_import)
            diagnostics += found
            if any(each.severity == "error" for each in found):
                continue
            decisions[name] = read_dmn(content, filename=name, find_import=find_import)
            diagnostics += _check_lengths(name, {decisions[name].key: decisions[name].name})
    known = {model.key for model in decisions.values()}
    if reading is not None:
        known |= definitions.decision_keys(reading, environment_id)
    facts: dict[str, DeploymentFacts] = {}
    for name, content in files.items():
        if name.endswith(".bpmn"):
            found = check_bpmn(content, filename=name, decisions=known, service_tasks=SERVICES.keys(), roles=ROLES)
            diagnostics += found
            if not any(each.severity == "error" for each in found):
                facts[name] = read_deployment(content, filename=name)
                diagnostics += facts[name].faults
    processes, faults = _parse_processes(reading, environment_id, {name: files[name] for name in facts}, facts)
    diagnostics += faults
    diagnostics += _check_keys({name: each.key for name, each in processes.items()})
    diagnostics += _check_keys({name: each.key for name, each in decisions.items()})
    return Bundle(decisions=decisions, processes=processes, facts=facts, diagnostics=tuple(diagnostics))


def _parse_processes(
    reading: Reading | None, environment_id: int, files: Mapping[str, bytes], facts: Mapping[str, DeploymentFacts]
) -> tuple[dict[str, Definition], list[Diagnostic]]:
    """Return the definitions of the files, each with what it calls beside it or deployed, and why others are none."""
    beside = {key: content for content in files.values() for key in process_ids(content)}
    processes: dict[str, Definition] = {}
    faults: list[Diagnostic] = []
    for name, content in files.items():
        called = resolve_calls(reading, environment_id, facts[name].calls, beside=beside)
        try:
            definition = Definition.parse(content, filename=name, called=called.sources)
        except DefinitionInvalid as error:
            faults += _diagnostics(error, name)
            continue
        processes[name] = definition
        faults += _check_starts(name, definition)
        faults += _check_lengths(name, {definition.key: definition.name} | {id_: each.name for id_, each in definition.elements.items()})
    return processes, faults


def _check_starts(file: str, definition: Definition) -> list[Diagnostic]:
    """Return a fault for each start event that nothing here would ever trigger: a condition has no variables before there is an instance."""
    return [
        Diagnostic(
            severity="error",
            file=file,
            line=None,
            element=trigger.element,
            code="conditional_start",
            message="A start event with a condition creates no instances here; `countersign play` can show what it would do.",
            remedy="Let a message, a signal or a timer start the process, and put the condition behind it.",
            kind="unsupported",
        )
        for trigger in definition.start_triggers
        if trigger.kind == "conditional"
    ]


def _check_keys(keys: Mapping[str, str]) -> list[Diagnostic]:
    """Return a fault for each file whose key another file of the bundle has: which one would be the newer?"""
    first: dict[str, str] = {}
    faults = []
    for name, key in keys.items():
        if key in first:
            faults.append(
                Diagnostic(
                    severity="error",
                    file=name,
                    line=None,
                    element=key,
                    code="key_repeated",
                    message=f"{first[key]} and {name} both define {key}.",
                    remedy="Deploy one of them, or give one another id.",
                    kind="product",
                )
            )
        first.setdefault(key, name)
    return faults


def _check_names(files: Mapping[str, bytes]) -> None:
    if not files or len(files) > FILES_MAX:
        raise InvalidRequest(
            "Send the BPMN and DMN files to deploy.", errors={"files": [f"Expected 1 to {FILES_MAX} files, but got {len(files)}."]}
        )
    long = [name for name in files if len(name) > NAME_LENGTH_MAX]
    if long:
        raise InvalidRequest(
            "A file name is too long.",
            errors={"files": [f"{name[:80]}...: expected at most {NAME_LENGTH_MAX} characters" for name in long]},
        )
    strange = [name for name in files if not name.endswith((".bpmn", ".dmn"))]
    if strange:
        raise InvalidRequest(
            "Only BPMN and DMN files can be deployed.", errors={"files": [f"{name}: expected .bpmn or .dmn" for name in strange]}
        )


def _check_lengths(file: str, names: Mapping[str, str]) -> list[Diagnostic]:
    """Return a fault for each id and name that is longer than what is kept of it in the history."""
    return [
        Diagnostic(
            severity="error",
            file=file,
            line=None,
            element=element,
            code="name_too_long",
            message=f"The id or the name of {element[:ID_LENGTH_MAX]} is longer than is kept in the history.",
            remedy=f"Give it an id of at most {ID_LENGTH_MAX} and a name of at most {NAME_LENGTH_MAX} characters.",
            kind="product",
        )
        for element, name in names.items()
        if len(element) > ID_LENGTH_MAX or len(name) > NAME_LENGTH_MAX
    ]


def _diagnostics(error: DefinitionInvalid | NotParseable | TooLarge, file: str) -> list[Diagnostic]:
    found = error.facts.get("diagnostics")
    if isinstance(found, list | tuple):
        return [each for each in found if isinstance(each, Diagnostic)]
    return [
        Diagnostic(
            severity="error", file=file, line=None, element=None, code=error.code, message=error.detail, remedy="Send a well-formed file."
        )
    ]
