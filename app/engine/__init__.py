"""The process engine: SpiffWorkflow behind an interface of plain values, FEEL as its only expression language.

`Definition.parse` reads a diagram once; `Execution` starts or restores one instance of it, applies one verb, runs to the wait states
and says what happened. Nothing here reads a clock, a database or the network: `Ports` brings what is needed.
"""

from app.engine.activities import PENDING, Pending
from app.engine.definition import Definition, DefinitionCache, hash_files
from app.engine.errors import ErrorNotCaught, NothingWaits, StateUnreadable
from app.engine.execution import Execution
from app.engine.run import STEPS_MAX
from app.engine.values import (
    ActiveElement,
    BpmnError,
    DecisionAnswer,
    DecisionCall,
    DecisionTrace,
    Element,
    ElementEnd,
    EventWait,
    Failure,
    Ports,
    Progress,
    ServiceCall,
    ServiceTrace,
    StartTrigger,
    ThrownEvent,
    TimerWait,
    UserTaskWait,
)

__all__ = [
    "PENDING",
    "STEPS_MAX",
    "ActiveElement",
    "BpmnError",
    "DecisionAnswer",
    "DecisionCall",
    "DecisionTrace",
    "Definition",
    "DefinitionCache",
    "Element",
    "ElementEnd",
    "ErrorNotCaught",
    "EventWait",
    "Execution",
    "Failure",
    "NothingWaits",
    "Pending",
    "Ports",
    "Progress",
    "ServiceCall",
    "ServiceTrace",
    "StartTrigger",
    "StateUnreadable",
    "ThrownEvent",
    "TimerWait",
    "UserTaskWait",
    "hash_files",
]
