"""The variables of an instance."""

from app.feel.json import to_json
from app.operations.answer import Answer, Caller
from app.operations.instances.inspection import restore_for_reading
from app.operations.system import System


def read_variables(system: System, caller: Caller, instance_id: str) -> Answer:
    """Return the variables by name.

    Raises:
        NotFound: there is no such instance, or the caller may not see it.
    """
    execution, _ = restore_for_reading(system, caller, instance_id)
    return Answer(body={name: to_json(value) for name, value in execution.variables().items()})
