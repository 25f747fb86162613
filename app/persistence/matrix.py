"""Statements about the approval matrix."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson
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
from app.persistence.tables.people import company, environment, user

ACTIVE = "active"
BLOCKED = "blocked"
DUMMY = "dummy"
_SETTINGS = frozenset(ApprovalType.__dataclass_fields__)
_MANDATE_COLUMNS = (
    financial_mandate.c.id,
    user.c.username,
    approval_rule.c.key,
    financial_mandate.c.company,
    financial_mandate.c.cost_center,
    financial_mandate.c.organisation,
    financial_mandate.c.parameter_3,
    financial_mandate.c.parameter_4,
)


def read_approval_types(reading: Reading, environment_id: int) -> tuple[dict[str, sa.Row[Any]], int | None]:
    """Return the approval types in force by key, and the version that they are of; None for it when there are none."""
    version = sa.select(environment.c.matrix_version).where(environment.c.id == environment_id).scalar_subquery().label("version")
    own = approval_type.c.environment_id == environment_id
    rows = reading.rows(sa.select(approval_type, version).where(own).order_by(approval_type.c.key))
    return {row.key: row for row in rows}, rows[0].version if rows else None


def read_matrix_version(reading: Reading, environment_id: int) -> int:
    """Return the number of the version in force."""
    row = reading.row(sa.select(environment.c.matrix_version).where(environment.c.id == environment_id))
    assert row is not None, "every row belongs to an environment"
    return int(row.matrix_version)


def read_snapshot(reading: Reading, environment_id: int, type_row: sa.Row[Any], *, version: str) -> Snapshot:
    """Return the whole matrix in force of one approval type."""
    return Snapshot(
        version=version,
        approval_type=approval_type_of(type_row.settings),
        rules=tuple(_rules(reading, type_row.id)),
        mandates=tuple(read_mandates(reading, type_row.id)),
        people=tuple(read_people(reading, environment_id)),
        chart=tuple(
            ChartNode(cost_center=row.key, parent=row.parent, company=row.company) for row in list_cost_centers(reading, environment_id)
        ),
        exchange_rates=tuple(read_rates(reading, environment_id)),
        base_currencies=read_companies(reading, environment_id),
    )


def list_cost_centers(reading: Reading, environment_id: int) -> Sequence[sa.Row[Any]]:
    """Return all cost centers of the environment."""
    return reading.rows(sa.select(cost_center).where(cost_center.c.environment_id == environment_id).order_by(cost_center.c.key))


def codable_cost_centers(reading: Reading, environment_id: int, keys: Sequence[str], *, company: str | None) -> frozenset[str]:
    """Return those of the cost centers that may be coded for a company: neither blocked nor only structural, in its chart or that for all.

    Where both charts have a cost center, that of the company counts. Without a company any chart will do. Source: MXO-01, MXO-05, COD-02.
    """
    own = sa.true() if company is None else sa.or_(cost_center.c.company.is_(None), cost_center.c.company == company)
    rows = reading.rows(
        sa.select(cost_center.c.key, cost_center.c.company, cost_center.c.status).where(
            cost_center.c.environment_id == environment_id, cost_center.c.key.in_(keys), own
        )
    )
    of_company = {row.key for row in rows if company is not None and row.company == company}
    return frozenset(row.key for row in rows if row.status == ACTIVE and (row.company == company or row.key not in of_company))


def read_companies(reading: Reading, environment_id: int) -> dict[str, str]:
    """Return the base currency of each company, by the company's key."""
    rows = reading.rows(sa.select(company.c.key, company.c.base_currency).where(company.c.environment_id == environment_id))
    return {row.key: row.base_currency for row in rows}


def read_rates(reading: Reading, environment_id: int) -> list[ExchangeRate]:
    """Return all exchange rates of the environment."""
    rows = reading.rows(sa.select(exchange_rate).where(exchange_rate.c.environment_id == environment_id))
    return [ExchangeRate(source=row.source, target=row.target, rate=row.rate, valid_on=row.valid_on) for row in rows]


def approval_type_of(settings: Mapping[str, Any]) -> ApprovalType:
    """Return the settings as resolution reads them; those for forms alone, such as tables of parameters, are left out."""
    values: dict[str, Any] = {name: value for name, value in settings.items() if name in _SETTINGS}
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


def read_mandates(reading: Reading, type_id: str, *, mandate_ids: Sequence[str] | None = None) -> list[MandateRow]:
    """Return the rows in force of an approval type: all, or those of some legal mandates.

    Steps are read once for each set of them, since there are few sets and many rows.
    """
    steps_text = sa.type_coerce(financial_mandate.c.steps, sa.Text)
    statement = (
        sa.select(*_MANDATE_COLUMNS, mandate.c.starts_on, mandate.c.ends_on, mandate.c.status, steps_text)
        .join(mandate, mandate.c.id == financial_mandate.c.mandate_id)
        .join(approval_rule, approval_rule.c.id == mandate.c.rule_id)
        .join(user, user.c.id == mandate.c.user_id)
        .where(approval_rule.c.approval_type_id == type_id)
    )
    if mandate_ids is not None:
        statement = statement.where(financial_mandate.c.mandate_id.in_(mandate_ids))
    rows = reading.rows(statement)
    steps_of: dict[str, frozenset[Step]] = {}
    return [
        MandateRow(
            id=row_id,
            user=username,
            rule=rule,
            steps=steps_of.get(steps) or steps_of.setdefault(steps, frozenset(Step(step) for step in orjson.loads(steps))),
            company=company_key,
            cost_center=center,
            organisation=organisation,
            parameter_3=parameter_3,
            parameter_4=parameter_4,
            starts_on=starts_on,
            ends_on=ends_on,
            expired=status != ACTIVE,
        )
        for row_id, username, rule, company_key, center, organisation, parameter_3, parameter_4, starts_on, ends_on, status, steps in map(
            tuple, rows
        )
    ]


def read_people(reading: Reading, environment_id: int) -> list[Person]:
    """Return all people of the environment as the matrix sees them."""
    successor = user.alias("successor")
    rows = reading.rows(
        sa.select(user.c.username, user.c.full_name, user.c.active, user.c.kind, successor.c.username.label("successor"))
        .outerjoin(successor, successor.c.id == user.c.successor_id)
        .where(user.c.environment_id == environment_id)
    )
    return [Person(id=row.username, full_name=row.full_name, active=row.active, kind=row.kind, successor=row.successor) for row in rows]


def count_mandates(reading: Reading, environment_id: int) -> dict[str, int]:
    """Return how many mandate rows name each cost center."""
    columns = (financial_mandate.c.cost_center, sa.func.count().label("number"))
    rows = reading.rows(
        sa.select(*columns)
        .where(financial_mandate.c.environment_id == environment_id, financial_mandate.c.cost_center.is_not(None))
        .group_by(financial_mandate.c.cost_center)
    )
    return {row.cost_center: row.number for row in rows}
