"""The files of a play, read and checked once for any number of plays."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.diagnostics import Diagnostic
from app.domain.errors import DefinitionInvalid, InvalidInput, NotParseable, TooLarge
from app.engine import Definition
from app.formats.bpmn_checks import check_bpmn
from app.formats.dmn import DecisionModel, find_among, read_dmn
from app.formats.play_files import PlayFile, choose_process, read_play_file

_STOPPING = frozenset({"invalid", "unsupported"})
_PASSED_OVER = frozenset({"unsupported_property"})
"""Codes of what only the product would miss."""


@dataclass(frozen=True, kw_only=True)
class Library:
    """What can be played.

    Attributes:
        files: the BPMN files by name.
        decisions: the decision models, in the order of their files.
        diagnostics: what keeps any of it from being played.
    """

    files: Mapping[str, PlayFile]
    decisions: tuple[DecisionModel, ...]
    diagnostics: tuple[Diagnostic, ...]
    _definitions: dict[str, Definition] = field(default_factory=dict)

    @classmethod
    def read(cls, contents: Mapping[str, bytes]) -> "Library":
        """Return the library of BPMN and DMN files, by name; a name that ends in .dmn is a decision model, all others are diagrams.

        What the product alone would miss (roles, forms, registered services) does not keep a diagram from being played, and an unsound one
        may be looked at; what is invalid or does not run here does.
        """
        files: dict[str, PlayFile] = {}
        decisions: list[DecisionModel] = []
        faults: list[Diagnostic] = []
        find_import = find_among({name: content for name, content in contents.items() if name.endswith(".dmn")})
        for name, content in contents.items():
            try:
                if name.endswith(".dmn"):
                    decisions.append(read_dmn(content, filename=name, find_import=find_import))
                    continue
                files[name] = read_play_file(content, filename=name)
            except (NotParseable, TooLarge):
                pass  # the checks say what is wrong with it
            except DefinitionInvalid as error:
                faults += _diagnostics_of(error)
                continue
            found = check_bpmn(content, filename=name)
            faults += [each for each in found if each.severity == "error" and each.kind in _STOPPING and each.code not in _PASSED_OVER]
        return cls(files=files, decisions=tuple(decisions), diagnostics=tuple(faults))

    def definition(self, process: str | None) -> Definition:
        """Return the definition of a process, with what it calls from any of the files.

        Raises:
            InvalidInput: there is no such process, or none is named where several could be meant.
            DefinitionInvalid: the engine does not run it.
        """
        name = self._choose(process)
        if name not in self._definitions:
            own = next(file for file in self.files.values() if name in file.processes)
            called = {key: file.content for file in self.files.values() if file is not own for key in file.processes}
            self._definitions[name] = Definition.parse(own.content, filename=own.name, called=called, process=name, simulated=True)
        return self._definitions[name]

    def decision(self, name: str) -> tuple[DecisionModel, str | None] | None:
        """Return the model that decides `name`, which is the key of a model or a decision of one."""
        for model in self.decisions:
            if model.key == name:
                return model, None
        for model in self.decisions:
            if any(name in (each.id, each.name) for each in model.decisions):
                return model, name
        return None

    def _choose(self, process: str | None) -> str:
        known = [name for file in self.files.values() for name in file.processes]
        if process is not None:
            if process not in known:
                raise InvalidInput(reason=f'there is no process "{process}" in the files; they have {", ".join(known) or "none"}')
            return process
        found = choose_process(self.files)
        if len(found) == 1:
            return found[0]
        if not found:
            raise InvalidInput(reason="the files have no process")
        raise InvalidInput(reason=f"the files have several processes that may be meant; name one in process: {', '.join(found)}")


def _diagnostics_of(error: DefinitionInvalid) -> list[Diagnostic]:
    found = error.facts["diagnostics"]
    assert isinstance(found, list | tuple), "a definition is refused with its faults"
    return [each for each in found if isinstance(each, Diagnostic)]
