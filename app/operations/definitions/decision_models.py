"""The decision models of deployed versions, with the files that each was deployed with."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from app.formats.dmn import DecisionModel, find_among, read_dmn
from app.operations.system import System


def write_imports(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return imported files as a version keeps them, by name."""
    return {name: b64encode(content).decode() for name, content in files.items()}


def load_decision_model(system: System, row: Any) -> DecisionModel:
    """Return the model of a deployed version; it is compiled once."""

    def load() -> DecisionModel:
        files = {name: b64decode(content) for name, content in (row.imports or {}).items()}
        return read_dmn(bytes(row.dmn), filename=row.file_name, find_import=find_among(files))

    return system.decisions.get((row.environment_id, row.key, row.version), load)
