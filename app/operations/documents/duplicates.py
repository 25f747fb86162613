"""A document that looks like a duplicate: somebody is asked, and what he says lets it go on or keeps it held. Source: DOC-02."""

from typing import Any

from app.domain.errors import DefinitionDeactivated, NotFound
from app.domain.people import WORKFLOW_ADMINISTRATOR
from app.operations.answer import Caller
from app.operations.instances.birth import Birth, bear_instance
from app.operations.system import System
from app.operations.turn import DUPLICATE_PROCESS, directory_of, read_environment
from app.persistence import definitions
from app.persistence.database import UnitOfWork


def ask_about_duplicate(system: System, work: UnitOfWork, caller: Caller, document: Any) -> bool:
    """Start the check of a held document: a task for the administrators of the workflow. Return whether there is one.

    Where the process is not deployed, or nobody is such an administrator, the finding and the list of held documents stand alone.
    """
    environment = read_environment(work, caller.environment_id)
    if not directory_of(system, work, environment).with_role(WORKFLOW_ADMINISTRATOR):
        return False
    if definitions.process_for(work, environment_id=environment.id, key=DUPLICATE_PROCESS, binding="latest") is None:
        return False
    text = f"{document.number} of this seller was received before. Approve when it is no duplicate; reject, and it stays held."
    birth = Birth(key=DUPLICATE_PROCESS, document_id=document.id, variables={"instructions": text})
    try:
        bear_instance(system, work, caller, birth, text="{name} started, since the document looks like a duplicate.")
    except (NotFound, DefinitionDeactivated):
        return False
    return True
