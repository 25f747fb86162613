"""Trying a deployed decision."""

from collections.abc import Mapping
from typing import Any

from app.domain.errors import NotFound
from app.feel.json import to_json
from app.formats.dmn import read_dmn
from app.operations.answer import Answer, Caller
from app.operations.system import System
from app.persistence import definitions


def evaluate_decision(system: System, caller: Caller, key: str, *, context: Mapping[str, Any], decision: str | None = None) -> Answer:
    """Return what a deployed decision model answers for the context, and which rules matched; nothing is stored.

    Without `decision` it is the one decision that no other requires.

    Raises:
        NotFound: no such decision is deployed.
        DecisionError: it cannot be evaluated for this context.
    """
    with system.database.read() as reading:
        row = definitions.decision_for(reading, environment_id=caller.environment_id, key=key, binding="latest")
    if row is None:
        raise NotFound(what="decision", id=key)
    model = system.decisions.get((caller.environment_id, key, row.version), lambda: read_dmn(row.dmn, filename=row.file_name))
    result = model.evaluate(decision, context, now=system.clock())
    return Answer(
        body={
            "outputs": to_json(result.outputs),
            "matched_rules": [to_json(dict(rule)) for rule in result.matched_rules],
            "warnings": list(result.warnings),
            "version": row.version,
        }
    )
