"""What an object of the matrix must be like, whoever brings it: an editor's form, a CSV row, or a draft about to be activated."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from app.domain.errors import InvalidRequest
from app.domain.matrix.steps import STEPS
from app.domain.matrix.values import ApprovalType
from app.domain.money import check_currency, parse_amount
from app.domain.people import Directory
from app.operations.matrix.content import Content
from app.persistence.matrix import read_companies
from app.persistence.matrix_content import APPROVAL_RULE, APPROVAL_TYPE, COST_CENTER, ORGANISATION, Value

Fault: TypeAlias = tuple[str, str]
"""The field that is wrong, and why."""

AMOUNT_MAX = Decimal(10) ** 14
AMOUNT_DECIMALS_MAX = 4
LIMITS_MAX = 1000
FINANCIAL_MAX = 1000
STATUSES = ("active", "expired")
CENTER_STATUSES = ("active", "dummy", "blocked")
PARAMETER_TABLES = ("free", "project", "ledger", "cost_unit", "contract", "article_group")
AMOUNTS = ("check_amount", "check_amount_additional", "threshold_1", "threshold_2")
CODING = ("company", "cost_center", "organisation", "parameter_3", "parameter_4")
_STEP_NAMES = frozenset(step.value for step in STEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """What objects may refer to: companies, cost centers, organisations, types, rules and people that exist."""

    companies: Collection[str]
    cost_centers: Mapping[str, Collection[str]]
    organisations: Collection[str]
    types: Mapping[str, Value]
    rules: Mapping[str, Value]
    rule_ids: Mapping[tuple[str, str], str]
    directory: Directory

    def find_rule(self, approval_type: str, rule: str) -> str | None:
        """Return the id of a rule by the keys of its type and its own, or None."""
        return self.rule_ids.get((approval_type, rule))

    def types_with_rule(self, rule: str) -> list[str]:
        """Return the keys of the approval types that have a rule of this key."""
        return sorted(type_key for type_key, key in self.rule_ids if key == rule)

    def type_of_rule(self, rule_id: str) -> Value:
        """Return the approval type that a rule belongs to."""
        return self.types[self.rules[rule_id]["approval_type_id"]]


def read_register(content: Content, directory: Directory, *, codings: Collection[Mapping[str, Any]] | None = None) -> Register:
    """Return what exists; of cost centers and organisations what `codings` name alone, or all of them when it is None."""
    if codings is None:
        centers, organisations = content.read_all(COST_CENTER), content.read_all(ORGANISATION)
    else:
        centers = content.select(COST_CENTER, "key", _named(codings, "cost_center"))
        organisations = content.select(ORGANISATION, "key", _named(codings, "organisation"))
    statuses: dict[str, list[str]] = {}
    for center in centers.values():
        statuses.setdefault(center["key"], []).append(center["status"])
    types, rules = content.read_all(APPROVAL_TYPE), content.read_all(APPROVAL_RULE)
    return Register(
        companies=frozenset(read_companies(content.reading, content.environment_id)),
        cost_centers=statuses,
        organisations=frozenset(each["key"] for each in organisations.values()),
        types=types,
        rules=rules,
        rule_ids={(types[rule["approval_type_id"]]["key"], rule["key"]): rule_id for rule_id, rule in rules.items()},
        directory=directory,
    )


def refuse(faults: Collection[Fault], what: str) -> None:
    """Raise InvalidRequest with all faults by their fields; nothing when there are none."""
    if faults:
        errors: dict[str, list[str]] = {}
        for place, text in faults:
            errors.setdefault(place, []).append(text)
        raise InvalidRequest(f"The {what} cannot be accepted: {faults_text(faults)}", errors=errors)


def faults_text(faults: Collection[Fault]) -> str:
    """Return the first faults as sentences."""
    return " ".join(text for _, text in list(faults)[:3])


def find_settings_faults(settings: Mapping[str, Any]) -> Iterator[Fault]:
    """Give what is wrong with the settings of an approval type. Source: MXP-08, MXT-04..11."""
    if sorted(settings["priority"]) != [2, 3, 4]:
        yield "priority", "Expected the parameters 2, 3 and 4, each once."
    for name in AMOUNTS:
        if settings[name] is not None:
            yield from ((name, text) for text in find_amount_faults(settings[name]))
    for name in ("parameter_3_table", "parameter_4_table"):
        if settings[name] not in PARAMETER_TABLES:
            yield name, f"Expected one of {', '.join(PARAMETER_TABLES)}."


def settings_warnings(settings: Mapping[str, Any]) -> Iterator[str]:
    """Give what is allowed and yet hardly meant. Source: MXT-11, MXT-12."""
    for lower, higher in (("check_amount", "check_amount_additional"), ("threshold_1", "threshold_2")):
        first, second = settings[lower], settings[higher]
        if first is not None and second is not None and Decimal(second) < Decimal(first):
            yield f"{higher} {second} is below {lower} {first}."
    active = [step for step in ("second_line", "first_overall", "second_overall") if settings[step]]
    forced = 2 if settings["check_amount_additional"] is not None else 1 if settings["check_amount"] is not None else 0
    if len(active) < forced:
        yield f"The check amounts force {forced} of second line, first overall and second overall, but {len(active)} are switched on."
    for amount, step in (("threshold_1", "first_overall"), ("threshold_2", "second_overall")):
        if settings[amount] is not None and not settings[step]:
            yield f"{amount} forces {step.replace('_', ' ')}, which is switched off."


def find_amount_faults(text: str) -> Iterator[str]:
    """Give what is wrong with an amount that limits authority."""
    try:
        amount = parse_amount(text)
    except ValueError as error:
        yield str(error)
        return
    if amount < 0:
        yield f"Expected an amount of at least 0, but got {text}."
    if amount >= AMOUNT_MAX or amount != round(amount, AMOUNT_DECIMALS_MAX):
        yield f"Expected an amount below 10^14 with at most {AMOUNT_DECIMALS_MAX} decimals, but got {text}."


def find_limit_faults(limits: Sequence[Mapping[str, Any]], register: Register) -> Iterator[Fault]:
    """Give what is wrong with the lines of an approval rule. Source: MXL-01..04."""
    if len(limits) > LIMITS_MAX:
        yield "limits", f"Expected at most {LIMITS_MAX} lines, but got {len(limits)}."
    seen: set[tuple[str | None, str]] = set()
    for place, limit in enumerate(limits):
        company, currency, amount = limit["company"], limit["currency"], limit["amount"]
        if company is not None and company not in register.companies:
            yield f"limits.{place}.company", f"There is no company {company}."
        try:
            check_currency(currency)
        except ValueError as error:
            yield f"limits.{place}.currency", str(error)
        if limit["unlimited"] == (amount is not None):
            yield f"limits.{place}.amount", "Expected either an amount or unlimited: no amount is no authority, it never means unlimited."
        elif amount is not None:
            yield from ((f"limits.{place}.amount", text) for text in find_amount_faults(amount))
        if (company, currency) in seen:
            yield f"limits.{place}", f"Expected one line for {company or 'any company'} and {currency}, but this is another."
        seen.add((company, currency))


def find_legal_faults(value: Value, register: Register) -> Iterator[Fault]:
    """Give what is wrong with a legal mandate whose ids are all of something that exists. Source: MXM-01..04, MXU-01."""
    user = register.directory.get(value["user_id"])
    if user.kind != "full" and value["status"] != "expired":
        yield "user", f"{user.full_name} is a {user.kind} user; only full users hold mandates."
    if value["responsible_id"] is None:
        yield "responsible", "A mandate needs a responsible person."
    if value["status"] not in STATUSES:
        yield "status", f"Expected one of {', '.join(STATUSES)}."
    starts_on, ends_on = value["starts_on"], value["ends_on"]
    if starts_on is not None and ends_on is not None and date.fromisoformat(ends_on) < date.fromisoformat(starts_on):
        yield "ends_on", f"The mandate ends on {ends_on}, before it starts on {starts_on}."


def legal_warnings(value: Value, register: Register) -> Iterator[str]:
    """Give what is allowed and yet hardly meant in a legal mandate. Source: MXM-03."""
    user = register.directory.get(value["user_id"])
    if value["responsible_id"] == value["user_id"]:
        yield f"{user.full_name} is responsible for his own mandate."
    if not user.active:
        yield f"{user.full_name} is not active."


def find_financial_faults(value: Mapping[str, Any], register: Register) -> Iterator[Fault]:
    """Give what is wrong with a financial mandate. Source: MXM-05..07, MXM-10."""
    if not value["steps"]:
        yield "steps", "Expected at least one step."
    for step in value["steps"]:
        if step not in _STEP_NAMES:
            yield "steps", f"There is no step {step}; the steps are {', '.join(step.value for step in STEPS)}."
    if value["company"] is not None and value["company"] not in register.companies:
        yield "company", f"There is no company {value['company']}."
    if value["cost_center"] is not None and value["cost_center"] not in register.cost_centers:
        yield "cost_center", f"There is no cost center {value['cost_center']}."
    if value["organisation"] is not None and value["organisation"] not in register.organisations:
        yield "organisation", f"There is no organisation {value['organisation']}."


def financial_warnings(value: Mapping[str, Any], settings: Mapping[str, Any], register: Register) -> Iterator[str]:
    """Give what is allowed and yet hardly meant in a financial mandate."""
    off = [step for step in value["steps"] if step != "first_line" and not settings.get(step, getattr(ApprovalType(), step))]
    if off:
        yield f"Switched off in the approval type: {', '.join(step.replace('_', ' ') for step in off)}."
    center = value["cost_center"]
    if center is not None and all(status == "blocked" for status in register.cost_centers.get(center, ("",))):
        yield f"Cost center {center} is blocked."


def _named(codings: Collection[Mapping[str, Any]], field: str) -> list[str]:
    return sorted({coding[field] for coding in codings if coding.get(field) is not None})
