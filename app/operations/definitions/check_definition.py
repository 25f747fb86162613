"""Checking files before they are deployed."""

from collections.abc import Mapping

from app.domain.errors import NotPermitted
from app.domain.people import ADMINISTRATOR, ANALYST
from app.operations.answer import Answer, Caller
from app.operations.definitions.checking import check_bundle
from app.operations.system import System


def check_definition(system: System, caller: Caller, files: Mapping[str, bytes]) -> Answer:
    """Return every fault of the files; nothing is stored.

    Raises:
        NotPermitted: the caller is no analyst.
        InvalidRequest: no BPMN or DMN file.
    """
    if not caller.has_role(ANALYST, ADMINISTRATOR):
        raise NotPermitted(verb="check process definitions")
    with system.database.read() as reading:
        bundle = check_bundle(reading, caller.environment_id, files)
    return Answer(body={"diagnostics": [each.to_json() for each in bundle.diagnostics], "deployable": not bundle.has_errors})
