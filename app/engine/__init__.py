"""The process engine: SpiffWorkflow behind an interface of plain values, FEEL as its only expression language.

`Definition.parse` reads a diagram once; `Execution` starts or restores one instance of it, applies one verb, runs to the wait states
and says what happened. Nothing here reads a clock, a database or the network: `Ports` brings what is needed.
"""

from app.engine.activities import PENDING, Pending
from app.engine.bpmn_support import UNSUPPORTED, Unsupported
from app.engine.definition import Definition, DefinitionCache, hash_files
from app.engine.errors import ErrorNotCaught, NothingWaits, StateUnreadable
from app.engine.execution import Execution
from app.engine.run import STEPS_MAX
from app.engine.starting import next_start, start_condition_holds
from app.engine.values import (
    Activation,
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
    Preview,
    Progress,
    Refusal,
    ServiceCall,
    ServiceTrace,
    StartSchedule,
    StartTrigger,
    ThrownEvent,
    TimerWait,
    UserTaskWait,
)

__all__ = [
    "PENDING",
    "STEPS_MAX",
    "UNSUPPORTED",
    "Activation",
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
    "Preview",
    "Progress",
    "Refusal",
    "ServiceCall",
    "ServiceTrace",
    "StartSchedule",
    "StartTrigger",
    "StateUnreadable",
    "ThrownEvent",
    "TimerWait",
    "Unsupported",
    "UserTaskWait",
    "hash_files",
    "next_start",
    "start_condition_holds",
]
