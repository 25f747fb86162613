"""The diagram of one version."""

from app.domain.errors import NotFound
from app.operations.answer import Caller
from app.operations.system import System
from app.persistence import definitions


def read_bpmn(system: System, caller: Caller, key: str, version: int) -> tuple[bytes, str, str]:
    """Return the BPMN file of a version, its media type and file name.

    Raises:
        NotFound: there is no such version.
    """
    with system.database.read() as reading:
        row = definitions.process_version(reading, environment_id=caller.environment_id, key=key, version=version)
    if row is None:
        raise NotFound(what="process definition", id=f"{key} version {version}")
    return bytes(row.bpmn), "application/xml", row.file_name
