"""Snapshots of the matrix made from its objects: whole, or from an earlier snapshot and what changed since."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.steps import Step
from app.domain.matrix.values import ApprovalRuleLimit, ChartNode, MandateRow
from app.domain.people import Directory
from app.operations.matrix.content import Content
from app.persistence import matrix
from app.persistence.matrix_content import APPROVAL_RULE, APPROVAL_TYPE, COST_CENTER, FINANCIAL_MANDATE, MANDATE, Change, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """The ids of the objects that changes touch, by kind, and of the legal mandates whose rows may be others now."""

    ids: Mapping[str, Collection[str]]
    mandate_ids: Collection[str]

    @classmethod
    def by(cls, changes: Sequence[Change]) -> "Touched":
        """Return what the changes touch."""
        ids: dict[str, set[str]] = {}
        mandate_ids: set[str] = set()
        for change in changes:
            ids.setdefault(change.entity, set()).add(change.entity_id)
            if change.entity == FINANCIAL_MANDATE.name:
                mandate_ids.update(value["mandate_id"] for value in (change.before, change.after) if value is not None)
        return cls(ids=ids, mandate_ids=mandate_ids | ids.get(MANDATE.name, set()))


def build_snapshot(content: Content, directory: Directory, type_id: str, *, version: str) -> Snapshot:
    """Return the matrix of one approval type as `content` has it, with people and rates as they are now."""
    approval_type = content.find(APPROVAL_TYPE, type_id)
    assert approval_type is not None, "whoever asks has found it"
    rules = content.select(APPROVAL_RULE, "approval_type_id", [type_id])
    legal = content.select(MANDATE, "rule_id", list(rules))
    financial = content.read_all(FINANCIAL_MANDATE)
    return Snapshot(
        version=version,
        approval_type=matrix.approval_type_of(approval_type["settings"]),
        rules=tuple(_limits(rules)),
        mandates=tuple(_mandate_rows(financial, legal, _rule_keys(rules), directory)),
        people=tuple(matrix.read_people(content.reading, content.environment_id)),
        chart=tuple(_chart(content)),
        exchange_rates=tuple(matrix.read_rates(content.reading, content.environment_id)),
        base_currencies=matrix.read_companies(content.reading, content.environment_id),
    )


def changed_snapshot(
    base: Snapshot, content: Content, type_id: str, touched: Touched, *, version: str, rows: Sequence[MandateRow]
) -> Snapshot:
    """Return the snapshot that `base` becomes where the objects that were touched are as `content` has them.

    `rows` are those that were touched, or whose legal mandate was, and belong to the approval type; a touched row that is none of them
    leaves it.
    """
    has_type = type_id in touched.ids.get(APPROVAL_TYPE.name, ())
    approval_type = content.find(APPROVAL_TYPE, type_id) if has_type else None
    rules = content.select(APPROVAL_RULE, "approval_type_id", [type_id]) if APPROVAL_RULE.name in touched.ids else None
    return base.with_changes(
        version=version,
        mandates=rows,
        mandates_removed=set(touched.ids.get(FINANCIAL_MANDATE.name, ())) - {row.id for row in rows},
        approval_type=None if approval_type is None else matrix.approval_type_of(approval_type["settings"]),
        rules=None if rules is None else list(_limits(rules)),
        chart=list(_chart(content)) if COST_CENTER.name in touched.ids else None,
    )


def touched_rows(content: Content, directory: Directory, type_id: str, touched: Touched) -> list[MandateRow]:
    """Return the rows of an approval type that were touched, or whose legal mandate was, as `content` has them."""
    row_ids, legal_ids = touched.ids.get(FINANCIAL_MANDATE.name, ()), touched.ids.get(MANDATE.name, ())
    financial = content.select(FINANCIAL_MANDATE, "id", list(row_ids)) if row_ids else {}
    if legal_ids:
        financial |= content.select(FINANCIAL_MANDATE, "mandate_id", list(legal_ids))
    legal = content.select(MANDATE, "id", sorted({row["mandate_id"] for row in financial.values()})) if financial else {}
    rules = content.select(APPROVAL_RULE, "approval_type_id", [type_id]) if legal else {}
    return list(_mandate_rows(financial, legal, _rule_keys(rules), directory))


def _rule_keys(rules: Mapping[str, Value]) -> dict[str, str]:
    return {rule_id: rule["key"] for rule_id, rule in rules.items()}


def _limits(rules: Mapping[str, Value]) -> Iterator[ApprovalRuleLimit]:
    for rule in rules.values():
        for limit in rule["limits"]:
            amount = None if limit["unlimited"] else Decimal(limit["amount"])
            yield ApprovalRuleLimit(rule=rule["key"], company=limit["company"], currency=limit["currency"], limit=amount)


def _mandate_rows(
    financial: Mapping[str, Value], legal: Mapping[str, Value], rules: Mapping[str, str], directory: Directory
) -> Iterator[MandateRow]:
    """Give the rows whose legal mandate is one of `legal` and whose rule is one of `rules`, which are ids with keys."""
    for row_id, row in financial.items():
        mandate = legal.get(row["mandate_id"])
        if mandate is None or mandate["rule_id"] not in rules:
            continue
        yield MandateRow(
            id=row_id,
            user=directory.get(mandate["user_id"]).username,
            rule=rules[mandate["rule_id"]],
            steps=frozenset(Step(step) for step in row["steps"]),
            company=row["company"],
            cost_center=row["cost_center"],
            organisation=row["organisation"],
            parameter_3=row["parameter_3"],
            parameter_4=row["parameter_4"],
            starts_on=_day(mandate["starts_on"]),
            ends_on=_day(mandate["ends_on"]),
            expired=mandate["status"] != matrix.ACTIVE,
        )


def _chart(content: Content) -> Iterator[ChartNode]:
    for center in content.read_all(COST_CENTER).values():
        yield ChartNode(cost_center=center["key"], parent=center["parent"], company=center["company"])


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
