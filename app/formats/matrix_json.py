"""Matrix, transaction and route as JSON, exactly as API.md has it under "countersign matrix resolve"."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.domain.errors import CountersignError, InvalidInput
from app.domain.matrix.resolution import resolve_role_players
from app.domain.matrix.route import Consideration, Route, Slot
from app.domain.matrix.snapshot import (
    ApprovalRuleLimit,
    ApprovalType,
    ChartNode,
    ExchangeRate,
    Line,
    MandateRow,
    Person,
    Signature,
    Snapshot,
    Step,
    Transaction,
)
from app.domain.matrix.validation import find_faults
from app.formats.json_fields import (
    JsonObject,
    read_amount,
    read_choice,
    read_currency,
    read_day,
    read_list,
    read_mapping,
    read_switch,
    read_text,
    read_texts,
)

LENGTH_MAX: Final = 32 * 1024 * 1024
"""How long one case may be."""

UNLIMITED: Final = "unlimited"

_CODING: Final = ("company", "cost_center", "organisation", "parameter_3", "parameter_4")
_SWITCHES: Final = ("link_cost_center_required", "secretary", "second_line", "first_overall", "second_overall", "exclude_submitter")
_AMOUNTS: Final = ("check_amount", "check_amount_additional", "threshold_1", "threshold_2")
_CHOICES: Final = {
    "chart_scope": ("all", "company"),
    "aggregate": ("line", "coding", "approver"),
    "approver_limit": ("lowest_sufficient", "chain"),
}
_DEFAULT: Final = ApprovalType()
_EMPTY: Final[dict[str, Any]] = {}
_STEPS: Final = {step.value: step for step in Step}
_read_kind: Final = read_choice(("full", "portal", "none"))

_CASE_KEYS: Final = frozenset(
    {
        "on",
        "approval_type",
        "approval_rules",
        "mandates",
        "users",
        "chart",
        "exchange_rates",
        "base_currencies",
        "transaction",
    }
)
_TYPE_KEYS: Final = frozenset((*_AMOUNTS, "currency", "priority", *_SWITCHES, *_CHOICES))
_LIMIT_KEYS: Final = frozenset({"company", "currency", "limit"})
_MANDATE_KEYS: Final = frozenset({"id", "user", "rule", "steps", *_CODING, "starts_on", "ends_on"})
_PERSON_KEYS: Final = frozenset({"id", "active", "kind", "successor"})
_NODE_KEYS: Final = frozenset({"company", "cost_center", "parent"})
_RATE_KEYS: Final = frozenset({"from", "to", "rate"})
_TRANSACTION_KEYS: Final = frozenset({"currency", "submitter", "coders", "signed", "lines"})
_LINE_KEYS: Final = frozenset({"amount", *_CODING})
_SIGNATURE_KEYS: Final = frozenset({"user", "step"})


def answer_line(line: str | bytes) -> str:
    """Return the answer to one case, both as a line of JSON (UTF-8); whatever is wrong with the case is told in the answer."""
    try:
        answer = resolve_case(parse_case(line))
    except CountersignError as error:
        answer = write_error(error)
    return json.dumps(answer, separators=(", ", ": "))


def parse_case(text: str | bytes) -> object:
    """Return what the JSON text holds.

    Raises:
        InvalidInput: too long, not JSON, or an object with the same name twice.
    """
    if len(text) > LENGTH_MAX:
        raise InvalidInput(reason=f"expected at most {LENGTH_MAX} characters, but got {len(text)}")
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_refuse_float, object_pairs_hook=_read_pairs)
    except RecursionError as error:
        raise InvalidInput(reason="it is nested too deep") from error
    except ValueError as error:  # not JSON, or not UTF-8
        raise InvalidInput(reason=f"not JSON: {error}") from error


def resolve_case(case: object) -> dict[str, Any]:
    """Return the route of a case.

    Raises:
        RuleError: as `resolve_role_players`, and InvalidInput for a case that cannot be read.
    """
    snapshot, transaction, on = read_case(case)
    return write_route(resolve_role_players(snapshot, transaction, on=on))


def read_case(case: object) -> tuple[Snapshot, Transaction, date]:
    """Return matrix, transaction and day of a case; missing optional keys take the values of API.md.

    Raises:
        InvalidInput: an unknown or missing key, a value of the wrong form, or a matrix that contradicts itself; `reason` says where.
    """
    found = JsonObject(case, (), _CASE_KEYS)
    return _read_snapshot(found), read_transaction(found.require("transaction", _read_anything)), found.require("on", read_day)


def read_transaction(value: object) -> Transaction:
    """Return the transaction that stands under "transaction" in a case.

    Raises:
        InvalidInput: as `read_case`.
    """
    found = JsonObject(value, ("transaction",), _TRANSACTION_KEYS)
    return Transaction(
        currency=found.require("currency", read_currency),
        lines=found.list_objects("lines", _LINE_KEYS, _read_line),
        submitter=found.find("submitter", read_text),
        coders=found.get("coders", read_texts, ()),
        signed=found.list_objects("signed", _SIGNATURE_KEYS, _read_signature),
    )


def write_route(route: Route, *, evidence: bool = False) -> dict[str, Any]:
    """Return a route as JSON; with `evidence` each slot also lists everybody considered."""
    return {
        "steps": [
            {"step": step.step.value, "slots": [_write_slot(step.step, slot, evidence=evidence) for slot in step.slots]}
            for step in route.steps
        ]
    }


def write_error(error: CountersignError) -> dict[str, Any]:
    """Return an error as JSON: its code, its facts and its message."""
    return {"error": {"code": error.code, **error.facts, "detail": error.detail}}


def write_case(snapshot: Snapshot, transaction: Transaction, *, on: date) -> dict[str, Any]:
    """Return a case that `read_case` reads back; what the form has no key for is left out.

    These are names, expired mandates, settings that no transaction of the form can bring into play, and the dates of rates: of each pair
    of currencies only the rate stands there that counts for this transaction.
    """
    approval_type = snapshot.approval_type
    rates_on = (transaction.issued_on if approval_type.rate_on == "document" else None) or on
    return {
        "on": on.isoformat(),
        "approval_type": {
            **{name: _write_optional(getattr(approval_type, name)) for name in _AMOUNTS},
            **{name: getattr(approval_type, name) for name in (*_SWITCHES, *_CHOICES, "currency")},
            "priority": list(approval_type.priority),
        },
        "approval_rules": _write_rules(snapshot),
        "mandates": [_write_mandate(row) for row in snapshot.mandates if not row.expired],
        "users": [{"id": user.id, "active": user.active, "kind": user.kind, "successor": user.successor} for user in snapshot.people],
        "chart": [{"company": node.company, "cost_center": node.cost_center, "parent": node.parent} for node in snapshot.chart],
        "exchange_rates": _write_rates(snapshot, rates_on),
        "base_currencies": dict(snapshot.base_currencies),
        "transaction": {
            "currency": transaction.currency,
            "submitter": transaction.submitter,
            "coders": list(transaction.coders),
            "signed": [{"user": signature.user, "step": signature.step.value} for signature in transaction.signed],
            "lines": [{"amount": f"{line.amount:f}", **{name: getattr(line, name) for name in _CODING}} for line in transaction.lines],
        },
    }


def _read_snapshot(found: JsonObject) -> Snapshot:
    rules = found.get("approval_rules", read_mapping, _EMPTY)
    parts: dict[str, Any] = {
        "rules": _read_rules(rules),
        "mandates": found.list_objects("mandates", _MANDATE_KEYS, _read_mandate),
        "people": found.list_objects("users", _PERSON_KEYS, _read_person),
        "chart": found.list_objects("chart", _NODE_KEYS, _read_node),
        "exchange_rates": found.list_objects("exchange_rates", _RATE_KEYS, _read_rate),
    }
    approval_type = _read_approval_type(JsonObject(found.get("approval_type", read_mapping, _EMPTY), ("approval_type",), _TYPE_KEYS))
    for fault in find_faults(approval_type, rule_names=rules, **parts):
        raise InvalidInput(reason=fault.removesuffix("."))
    bases = found.get("base_currencies", read_mapping, _EMPTY)
    currencies = JsonObject(bases, ("base_currencies",), frozenset(bases))
    base_currencies = {read_text(company): currencies.require(company, read_currency) for company in bases}
    return Snapshot(approval_type=approval_type, base_currencies=base_currencies, **parts)


def _read_approval_type(found: JsonObject) -> ApprovalType:
    values: dict[str, Any] = {name: found.get(name, read_choice(allowed), getattr(_DEFAULT, name)) for name, allowed in _CHOICES.items()}
    values.update((name, found.get(name, read_switch, getattr(_DEFAULT, name))) for name in _SWITCHES)
    values.update((name, found.find(name, read_amount)) for name in _AMOUNTS)
    return ApprovalType(
        currency=found.get("currency", read_currency, _DEFAULT.currency),
        priority=found.get("priority", _read_priority, _DEFAULT.priority),
        **values,
    )


def _read_rules(rules: dict[str, Any]) -> tuple[ApprovalRuleLimit, ...]:
    found = JsonObject(rules, ("approval_rules",), frozenset(rules))
    return tuple(
        line
        for rule in rules
        for line in found.list_objects(rule, _LIMIT_KEYS, lambda line, rule=rule: _read_rule_limit(line, rule))  # type: ignore[misc]
    )


def _read_rule_limit(found: JsonObject, rule: str) -> ApprovalRuleLimit:
    return ApprovalRuleLimit(
        rule=rule,
        company=found.find("company", read_text),
        currency=found.require("currency", read_currency),
        limit=found.require("limit", _read_limit),
    )


def _read_mandate(found: JsonObject) -> MandateRow:
    coding: Any = found.find_texts(_CODING)
    return MandateRow(
        id=found.require("id", read_text),
        user=found.require("user", read_text),
        rule=found.require("rule", read_text),
        steps=found.require("steps", _read_steps),
        **coding,
        starts_on=found.find("starts_on", read_day),
        ends_on=found.find("ends_on", read_day),
    )


def _read_person(found: JsonObject) -> Person:
    return Person(
        id=found.require("id", read_text),
        active=found.get("active", read_switch, default=True),
        kind=found.get("kind", _read_kind, "full"),
        successor=found.find("successor", read_text),
    )


def _read_node(found: JsonObject) -> ChartNode:
    return ChartNode(
        company=found.find("company", read_text),
        cost_center=found.require("cost_center", read_text),
        parent=found.find("parent", read_text),
    )


def _read_rate(found: JsonObject) -> ExchangeRate:
    return ExchangeRate(
        source=found.require("from", read_currency), target=found.require("to", read_currency), rate=found.require("rate", read_amount)
    )


def _read_line(found: JsonObject) -> Line:
    coding: dict[str, Any] = found.find_texts(_CODING)
    return Line(amount=found.require("amount", read_amount), **coding)


def _read_signature(found: JsonObject) -> Signature:
    return Signature(user=found.require("user", read_text), step=found.require("step", _read_step))


def _read_limit(value: object) -> Decimal | None:
    return None if value == UNLIMITED else read_amount(value)


def _read_step(value: object) -> Step:
    try:
        return _STEPS[value]  # type: ignore[index]
    except (KeyError, TypeError) as error:
        raise ValueError(f"one of {', '.join(Step)}") from error


def _read_steps(value: object) -> frozenset[Step]:
    return frozenset(map(_read_step, read_list(value)))


def _read_priority(value: object) -> tuple[int, int, int]:
    if not isinstance(value, list) or len(value) != 3 or any(type(item) is not int for item in value):
        raise ValueError("a list of 2, 3 and 4 in the order of priority")
    first, second, third = value
    return (first, second, third)


def _write_slot(step: Step, slot: Slot, *, evidence: bool) -> dict[str, Any]:
    limit = f"{slot.limit:f}" if slot.limit is not None else None if step is Step.SECRETARY else UNLIMITED
    written: dict[str, Any] = {
        "lines": list(slot.lines),
        "role_player": slot.role_player,
        "pool": list(slot.pool),
        "limit": limit,
        "why": slot.why,
    }
    if evidence:
        written["considered"] = [_write_consideration(found) for found in slot.evidence]
    return written


def _write_consideration(found: Consideration) -> dict[str, Any]:
    return {
        "user": found.user,
        "outcome": found.outcome,
        "reason": found.reason,
        "limit": UNLIMITED if found.unlimited else _write_optional(found.limit),
        "sufficient": found.sufficient,
        "parameters": list(found.parameters),
        "cost_center": found.cost_center,
        "levels_up": found.levels_up,
        "company_named": found.company_named,
        "mandate_of": found.mandate_of,
    }


def _write_rules(snapshot: Snapshot) -> dict[str, list[dict[str, str | None]]]:
    names = {row.rule for row in snapshot.mandates} | {line.rule for line in snapshot.rules}
    written: dict[str, list[dict[str, str | None]]] = {name: [] for name in sorted(names)}
    for line in snapshot.rules:
        limit = UNLIMITED if line.limit is None else f"{line.limit:f}"
        written[line.rule].append({"company": line.company, "currency": line.currency, "limit": limit})
    return written


def _write_rates(snapshot: Snapshot, on: date) -> list[dict[str, str]]:
    known = [rate for rate in snapshot.exchange_rates if rate.valid_on is None or rate.valid_on <= on]
    newest = {(rate.source, rate.target): rate for rate in sorted(known, key=lambda rate: rate.valid_on or date.min)}
    return [{"from": source, "to": target, "rate": f"{rate.rate:f}"} for (source, target), rate in newest.items()]


def _write_mandate(row: MandateRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "user": row.user,
        "rule": row.rule,
        "steps": [step.value for step in Step if step in row.steps],
        **{name: getattr(row, name) for name in _CODING},
        "starts_on": row.starts_on.isoformat() if row.starts_on else None,
        "ends_on": row.ends_on.isoformat() if row.ends_on else None,
    }


def _write_optional(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _read_anything(value: object) -> object:
    return value


def _read_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return names


def _refuse_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _refuse_float(text: str) -> Any:
    raise ValueError(f"{text} is a JSON number; amounts are decimal strings")
