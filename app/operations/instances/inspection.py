"""An instance's execution restored to be looked at, never moved."""

from typing import Any

from app.engine import Execution, Ports
from app.operations.answer import Caller
from app.operations.instances.read_instance import find_visible_instance
from app.operations.system import System
from app.operations.turn import definition_of, environment_of


def restore_for_reading(system: System, caller: Caller, instance_id: str) -> tuple[Execution, Any]:
    """Return the execution and the row of an instance that the caller may see.

    Raises:
        NotFound: there is none, or he may not.
    """
    with system.database.read() as reading:
        row, _ = find_visible_instance(system, reading, caller, instance_id)
        definition = definition_of(
            system,
            reading,
            definition_hash=row.definition_hash,
            definition_id=row.definition_id,
            file_name=f"{row.definition_key}.bpmn",
            called_hash=row.called_hash,
            instance_id=row.id,
        )
    ports = Ports(now=system.clock(), zone=environment_of(row).zone)
    return Execution.restore(definition, row.state, ports), row
