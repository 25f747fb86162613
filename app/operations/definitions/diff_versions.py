"""What changed between two versions of a process definition."""

from app.domain.errors import NotFound
from app.formats.bpmn_diff import diff_bpmn
from app.operations.answer import Answer, Caller
from app.operations.system import System
from app.persistence import definitions


def diff_versions(system: System, caller: Caller, key: str, before: int, after: int) -> Answer:
    """Return what an instance would notice of the change: elements and flows added, removed and changed; where they are drawn is no change.

    Raises:
        NotFound: there is no such version.
    """
    found = []
    with system.database.read() as reading:
        for version in (before, after):
            row = definitions.process_version(reading, environment_id=caller.environment_id, key=key, version=version)
            if row is None:
                raise NotFound(what="process definition", id=f"{key} version {version}")
            found.append(row)
    diff = diff_bpmn(bytes(found[0].bpmn), bytes(found[1].bpmn))
    return Answer(body={"key": key, "before": before, "after": after, **diff.to_json()})
