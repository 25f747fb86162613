"""The service tasks and decisions that diagrams may use; both only read, so a turn can be repeated."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from app.domain.errors import CountersignError, DecisionError, ServiceTaskFailed
from app.engine import DecisionAnswer, DecisionCall, ServiceCall
from app.operations.definitions.decision_models import load_decision_model
from app.operations.matrix.role_players import resolve_role_players
from app.persistence import definitions
from app.persistence.drivers import Overtaken
from app.persistence.people import DatabaseError

if TYPE_CHECKING:
    from app.operations.turn import Turn

SERVICES: Mapping[str, "Callable[[Turn, ServiceCall], Any]"] = {"resolve_role_players": resolve_role_players}


def services_of(turn: "Turn") -> Mapping[str, Callable[[ServiceCall], Any]]:
    """Return the registered services, bound to the turn; whatever goes wrong in one becomes an incident that tells the truth."""
    return {name: _guarded(turn, function) for name, function in SERVICES.items()}


def decide(turn: "Turn", call: DecisionCall) -> DecisionAnswer:
    """Return what the deployed decision answers for the variables of a business rule task.

    Raises:
        DecisionError: no such decision is deployed, or it cannot be evaluated.
    """
    environment = turn.environment
    row = turn.system.bound_definitions.get(
        (environment.id, environment.definitions_version, "decision", call.decision, call.binding),
        lambda: definitions.decision_for(turn.work, environment_id=environment.id, key=call.decision, binding=call.binding),
    )
    if row is None:
        reason = f"Decision {call.decision} ({call.binding}) is not deployed."
        raise DecisionError(reason, decision=call.decision, reason="not deployed")
    result = load_decision_model(turn.system, row).evaluate(None, call.variables, now=turn.now, zone=turn.environment.zone)
    return DecisionAnswer(
        outputs=result.outputs,
        inputs=result.told_inputs,
        matched_rules=result.explained_rules,
        warnings=result.warnings,
        version=row.version,
    )


def _guarded(turn: "Turn", function: "Callable[[Turn, ServiceCall], Any]") -> Callable[[ServiceCall], Any]:
    def run(call: ServiceCall) -> Any:
        try:
            return function(turn, call)
        except (CountersignError, DatabaseError, Overtaken):
            raise
        except Exception as error:  # the turn's incident border: a fault in one service parks one instance
            raise ServiceTaskFailed(element=call.element.id, reason=f"{type(error).__name__}: {error}") from error

    return run
