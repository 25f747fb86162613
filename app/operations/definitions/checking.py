"""Checking the files of a bundle against the standard, the engine, and what this environment has."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.diagnostics import Diagnostic
from app.domain.errors import DefinitionInvalid, InvalidRequest, NotParseable, TooLarge
from app.domain.people import ROLES
from app.engine import Definition
from app.formats.bpmn_checks import check_bpmn
from app.formats.dmn import DecisionModel, read_dmn
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
    diagnostics: tuple[Diagnostic, ...]

    @property
    def has_errors(self) -> bool:
        """Whether anything found keeps the bundle from being deployed."""
        return any(each.severity == "error" for each in self.diagnostics)


def check_bundle(reading: Reading | None, environment_id: int, files: Mapping[str, bytes]) -> Bundle:
    """Return the bundle with all faults of all its files; `reading` adds the decisions that are deployed already.

    Raises:
        InvalidRequest: no file, too many, or a file that is neither BPMN nor DMN.
    """
    _check_names(files)
    diagnostics: list[Diagnostic] = []
    decisions: dict[str, DecisionModel] = {}
    for name, content in files.items():
        if name.endswith(".dmn"):
            try:
                decisions[name] = read_dmn(content, filename=name)
                diagnostics += _check_lengths(name, {decisions[name].key: decisions[name].name})
            except (DefinitionInvalid, NotParseable, TooLarge) as error:
                diagnostics += _diagnostics(error, name)
    known = {model.key for model in decisions.values()}
    if reading is not None:
        known |= definitions.decision_keys(reading, environment_id)
    processes: dict[str, Definition] = {}
    for name, content in files.items():
        if name.endswith(".bpmn"):
            found = check_bpmn(content, filename=name, decisions=known, service_tasks=SERVICES.keys(), roles=ROLES)
            diagnostics += found
            if any(each.severity == "error" for each in found):
                continue
            try:
                definition = Definition.parse(content, filename=name)
            except DefinitionInvalid as error:
                diagnostics += _diagnostics(error, name)
                continue
            processes[name] = definition
            diagnostics += _check_lengths(
                name, {definition.key: definition.name} | {id_: each.name for id_, each in definition.elements.items()}
            )
    return Bundle(decisions=decisions, processes=processes, diagnostics=tuple(diagnostics))


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
