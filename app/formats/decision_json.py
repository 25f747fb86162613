"""Decisions as JSON lines: a question in, an answer out, numbers exact both ways."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any, Final

from app.domain.errors import CountersignError, DefinitionInvalid, InvalidInput
from app.feel.errors import FeelError
from app.feel.json import dumps, loads
from app.formats.dmn import DecisionModel, DecisionResult

LINE_BYTES_MAX: Final = 5 * 1024 * 1024
_TARGETS: Final = ("decision", "decision_service", "business_knowledge_model")


def answer_decision(model: DecisionModel, line: bytes, *, now: datetime | None = None, zone: tzinfo | None = None) -> str:
    """Return the answer to one question, in the form of API.md "countersign decide".

    Args:
        model: the compiled decision model.
        line: a JSON object with `context` and one of `decision`, `decision_service`, `business_knowledge_model`; without one, the
            only decision that no other requires.
        now: what `now()` and `today()` give.
        zone: the zone of local times.
    """
    try:
        return dumps(write_result(_evaluate(model, line, now=now, zone=zone)))
    except CountersignError as error:
        return dumps({"error": write_error(error)})


def write_result(result: DecisionResult) -> dict[str, Any]:
    """Return the result as FEEL values that `app.feel.json.dumps` writes."""
    return {"outputs": result.outputs, "matched_rules": list(result.matched_rules), "warnings": list(result.warnings)}


def write_error(error: CountersignError) -> dict[str, Any]:
    """Return an error with its code, its sentence and, for a model with faults, its diagnostics."""
    body: dict[str, Any] = {"code": error.code, "detail": error.detail}
    if isinstance(error, DefinitionInvalid):
        diagnostics: Any = error.facts["diagnostics"]
        body["diagnostics"] = [diagnostic.to_json() for diagnostic in diagnostics]
    return body


def _evaluate(model: DecisionModel, line: bytes, *, now: datetime | None, zone: tzinfo | None) -> DecisionResult:
    if len(line) > LINE_BYTES_MAX:
        raise InvalidInput(reason=f"the line has more than {LINE_BYTES_MAX} bytes")
    try:
        question = loads(line.decode())
    except (ValueError, FeelError) as error:
        raise InvalidInput(f"The line is no JSON: {str(error).rstrip('.')}.") from error
    if not isinstance(question, Mapping):
        raise InvalidInput("Expected a JSON object with a context.")
    context = question.get("context") or {}
    if not isinstance(context, Mapping):
        raise InvalidInput("Expected the context to be a JSON object.")
    unknown = sorted(set(question) - {*_TARGETS, "context"})
    named = [target for target in _TARGETS if question.get(target) is not None]
    if unknown or len(named) > 1 or not all(isinstance(question[target], str) for target in named):
        raise InvalidInput(f"Expected a context and one of {', '.join(_TARGETS)}, but got {', '.join([*named, *unknown])}.")
    if not named:
        return model.evaluate(None, context, now=now, zone=zone)
    name = question[named[0]]
    if named[0] == "decision_service":
        return model.evaluate_service(name, context, now=now, zone=zone)
    if named[0] == "business_knowledge_model":
        return model.evaluate_knowledge_model(name, context, now=now, zone=zone)
    return model.evaluate(name, context, now=now, zone=zone)
