"""The timeline's words for what the engine did."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.engine import DecisionTrace, ElementEnd, Progress
from app.feel.json import dumps
from app.feel.numbers import write_json_number
from app.operations.answer import JsonObject
from app.operations.turn import Turn

INTEGER_MAX = 2**53 - 1
REJECT = "reject"
CONDITIONS_MAX = 10
VALUE_LENGTH_MAX = 200
_WRITTEN_AS_IT_IS = frozenset({str, bool, type(None)})
TOLD_KINDS = frozenset({"boundaryEvent", "intermediateCatchEvent", "scriptTask", "receiveTask", "sendTask"})


def tell_progress(turn: Turn, progress: Progress) -> None:
    """Add what happened to the audit chain, in the order in which the elements ended; decisions and services tell their result."""
    decisions = {trace.element_instance: trace for trace in progress.decisions}
    for end in progress.left:
        if end.state == "completed" and end.element_instance in decisions:
            _tell_decision(turn, decisions[end.element_instance])
        elif end.state == "completed" and end.element_instance in turn.told_by_services:
            kind, text, facts = turn.told_by_services.pop(end.element_instance)
            turn.tell(kind, text, actor="system", element=end.element, facts=facts)
        elif end.kind in TOLD_KINDS:
            _tell_end(turn, end)
    for event in progress.events:
        turn.tell("event_thrown", f"The {event.kind} {event.name} was thrown.", actor="system", element=event.element)


def _tell_decision(turn: Turn, trace: DecisionTrace) -> None:
    outputs = json_value(trace.outputs)
    reason = outputs.get("reason") if isinstance(outputs, dict) else None
    outcome = outputs.get("outcome") if isinstance(outputs, dict) else None
    rules = [json_value(dict(rule)) for rule in trace.matched_rules]
    sentence = f"{_name(turn, trace.element)}: {outcome or dumps(trace.outputs)}"
    text = f"{sentence}, {reason}." if reason else f"{sentence}."
    if outcome == REJECT:
        rules = [_with_expected(rule) for rule in rules]
        text = " ".join([text, *_say_conditions(rules)])
    turn.tell(
        "decision_evaluated",
        text,
        actor="system",
        element=trace.element,
        facts={
            "decision": trace.decision,
            "version": trace.version,
            "inputs": json_value(dict(trace.inputs)),
            "outputs": outputs,
            "matched_rules": rules,
            "warnings": list(trace.warnings),
        },
    )


def _with_expected(rule: JsonObject) -> JsonObject:
    """Return a rule that rejects, with what it would have let pass: the opposite of each of its conditions."""
    return rule | {"conditions": [each | {"expected": f"not({each['condition']})"} for each in rule.get("conditions", ())]}


def _say_conditions(rules: Sequence[JsonObject]) -> list[str]:
    """Return what the first rule that rejects found where, and what it expected there. Source: TSK-11."""
    return [
        f"Rule {rule['rule'] or rule['row']}: {each['path']} is {_shown(each['found'])}, expected {each['expected']}."
        for rule in rules[:1]
        for each in rule["conditions"][:CONDITIONS_MAX]
    ]


def _shown(value: Any) -> str:
    text = dumps(value)
    return text if len(text) <= VALUE_LENGTH_MAX else f"{text[:VALUE_LENGTH_MAX]}…"


def _tell_end(turn: Turn, end: ElementEnd) -> None:
    if end.state != "completed":
        return
    words = {"boundaryEvent": "fired", "intermediateCatchEvent": "passed"}
    turn.tell(
        "element_completed",
        f"{end.name or end.element}: {words.get(end.kind, 'done')}.",
        actor="system",
        element=end.element,
        facts={"kind": end.kind},
    )


def _name(turn: Turn, element: str) -> str:
    found = turn.definition.elements.get(element)
    return found.name if found and found.name else element


def json_value(value: Any) -> Any:
    """Return a FEEL value as plain JSON; numbers become texts so that no digit is lost."""
    if isinstance(value, dict):
        return {key: each if type(each) in _WRITTEN_AS_IT_IS else json_value(each) for key, each in value.items()}
    if isinstance(value, Decimal) and value.is_finite():
        return write_json_number(value)
    if value is None or isinstance(value, (str, bool)) or (isinstance(value, int) and abs(value) <= INTEGER_MAX):
        return value
    if isinstance(value, (list, tuple)):
        return [json_value(each) for each in value]
    return dumps(value).strip('"')
