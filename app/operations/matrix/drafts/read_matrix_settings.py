"""Who may activate drafts."""

from app.operations.answer import Answer, Caller
from app.operations.matrix.editing.reading import READERS
from app.operations.system import System
from app.operations.turn import read_environment
from app.operations.visibility import require_role
from app.persistence import matrix_drafts


def read_matrix_settings(system: System, caller: Caller) -> Answer:
    """Return whether a second person has to activate drafts, and which version is in force.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
    """
    require_role(caller, *READERS, verb="read settings of the approval matrix")
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        four_eyes = matrix_drafts.read_four_eyes(reading, environment.id)
        digest = matrix_drafts.digest_of_version(reading, environment.id, environment.matrix_version)
    return Answer(body={"four_eyes": four_eyes, "version": environment.matrix_version, "digest": digest})
