"""Statements about the approval matrix."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.steps import Step
from app.domain.matrix.values import ApprovalRuleLimit, ApprovalType, ChartNode, ExchangeRate, MandateRow, Person
from app.persistence.database import Reading
from app.persistence.tables.matrix import (
    approval_rule,
    approval_type,
    cost_center,
    exchange_rate,
    financial_mandate,
    mandate,
    rule_limit,
)
from app.persistence.tables.people import company, user

BLOCKED = "blocked"
DUMMY = "dummy"


def find_approval_type(reading: Reading, environment_id: int, key: str | None) -> sa.Row[Any] | None:
    """Return the approval type of this key, or the only one when no key is given."""
    statement = sa.select(approval_type).where(approval_type.c.environment_id == environment_id).order_by(approval_type.c.key)
    if key is not None:
        return reading.row(statement.where(approval_type.c.key == key))
    rows = reading.rows(statement.limit(2))
    return rows[0] if len(rows) == 1 else None


def read_snapshot(reading: Reading, environment_id: int, type_row: sa.Row[Any], *, version: str) -> Snapshot:
    """Return the whole matrix of one approval type; unlinked and blocked cost centers have no place in the chart's chains."""
    return Snapshot(
        version=version,
        approval_type=_approval_type(type_row.settings),
        rules=tuple(_rules(reading, type_row.id)),
        mandates=tuple(_mandates(reading, type_row.id)),
        people=tuple(_people(reading, environment_id)),
        chart=tuple(
            ChartNode(cost_center=row.key, parent=row.parent, company=row.company) for row in list_cost_centers(reading, environment_id)
        ),
        exchange_rates=tuple(
            ExchangeRate(source=row.source, target=row.target, rate=row.rate, valid_on=row.valid_on)
            for row in reading.rows(sa.select(exchange_rate).where(exchange_rate.c.environment_id == environment_id))
        ),
        base_currencies={
            row.key: row.base_currency
            for row in reading.rows(sa.select(company.c.key, company.c.base_currency).where(company.c.environment_id == environment_id))
        },
    )


def list_cost_centers(reading: Reading, environment_id: int) -> Sequence[sa.Row[Any]]:
    """Return all cost centers of the environment."""
    return reading.rows(sa.select(cost_center).where(cost_center.c.environment_id == environment_id).order_by(cost_center.c.key))


def codable_cost_centers(reading: Reading, environment_id: int, keys: Sequence[str]) -> frozenset[str]:
    """Return those of the cost centers that exist and may be coded: neither blocked nor only structural. Source: MXO-05, COD-02."""
    rows = reading.rows(
        sa.select(cost_center.c.key).where(
            cost_center.c.environment_id == environment_id,
            cost_center.c.key.in_(keys),
            cost_center.c.status.not_in((BLOCKED, DUMMY)),
        )
    )
    return frozenset(row.key for row in rows)


def read_rates(reading: Reading, environment_id: int) -> list[ExchangeRate]:
    """Return all exchange rates of the environment."""
    rows = reading.rows(sa.select(exchange_rate).where(exchange_rate.c.environment_id == environment_id))
    return [ExchangeRate(source=row.source, target=row.target, rate=row.rate, valid_on=row.valid_on) for row in rows]


def _approval_type(settings: dict[str, Any]) -> ApprovalType:
    values: dict[str, Any] = dict(settings)
    for name in ("check_amount", "check_amount_additional", "threshold_1", "threshold_2"):
        if values.get(name) is not None:
            values[name] = Decimal(values[name])
    if "priority" in values:
        values["priority"] = tuple(values["priority"])
    return ApprovalType(**values)


def _rules(reading: Reading, type_id: str) -> list[ApprovalRuleLimit]:
    rows = reading.rows(
        sa.select(approval_rule.c.key, rule_limit)
        .join(rule_limit, rule_limit.c.rule_id == approval_rule.c.id)
        .where(approval_rule.c.approval_type_id == type_id)
    )
    return [
        ApprovalRuleLimit(rule=row.key, company=row.company, currency=row.currency, limit=None if row.unlimited else row.amount)
        for row in rows
    ]


def _mandates(reading: Reading, type_id: str) -> list[MandateRow]:
    rows = reading.rows(
        sa.select(financial_mandate, user.c.username, approval_rule.c.key, mandate.c.starts_on, mandate.c.ends_on, mandate.c.status)
        .join(mandate, mandate.c.id == financial_mandate.c.mandate_id)
        .join(approval_rule, approval_rule.c.id == mandate.c.rule_id)
        .join(user, user.c.id == mandate.c.user_id)
        .where(approval_rule.c.approval_type_id == type_id)
    )
    return [
        MandateRow(
            id=row.id,
            user=row.username,
            rule=row.key,
            steps=frozenset(Step(step) for step in row.steps),
            company=row.company,
            cost_center=row.cost_center,
            organisation=row.organisation,
            parameter_3=row.parameter_3,
            parameter_4=row.parameter_4,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            expired=row.status != "active",
        )
        for row in rows
    ]


def _people(reading: Reading, environment_id: int) -> list[Person]:
    successor = user.alias("successor")
    rows = reading.rows(
        sa.select(user.c.username, user.c.full_name, user.c.active, user.c.kind, successor.c.username.label("successor"))
        .outerjoin(successor, successor.c.id == user.c.successor_id)
        .where(user.c.environment_id == environment_id)
    )
    return [Person(id=row.username, full_name=row.full_name, active=row.active, kind=row.kind, successor=row.successor) for row in rows]
