"""Trying a deployed decision."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import NotFound
from app.feel.json import to_json
from app.operations.answer import Answer, Caller
from app.operations.definitions.decision_models import load_decision_model
from app.operations.system import System
from app.operations.turn import read_environment
from app.persistence import definitions


def evaluate_decision(
    system: System,
    caller: Caller,
    key: str,
    *,
    context: Mapping[str, Any],
    decision: str | None = None,
    version: int | None = None,
) -> Answer:
    """Return what a deployed decision model answers for the context, and which rules matched; nothing is stored.

    Args:
        system: the system.
        caller: who asks.
        key: the id of the definitions.
        context: values by name of input data.
        decision: id or name; without it the one decision that no other requires.
        version: which version, without it the newest.

    Raises:
        NotFound: no such decision is deployed, or not in that version.
        DecisionError: it cannot be evaluated for this context.
    """
    binding = "latest" if version is None else f"version:{version}"
    with system.database.read() as reading:
        row = definitions.decision_for(reading, environment_id=caller.environment_id, key=key, binding=binding)
        zone = read_environment(reading, caller.environment_id).zone
    if row is None:
        raise NotFound(what="decision", id=key if version is None else f"{key} version {version}")
    result = load_decision_model(system, row).evaluate(decision, context, now=system.clock(), zone=zone)
    return Answer(
        body={
            "outputs": to_json(result.outputs),
            "inputs": to_json(result.told_inputs),
            "matched_rules": [to_json(dict(rule)) for rule in result.matched_rules],
            "warnings": list(result.warnings),
            "version": row.version,
        }
    )
