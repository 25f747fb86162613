"""The objects of the approval matrix as plain JSON values, and back into their tables.

A value holds everything about one object but its id and environment: texts, booleans, lists, ISO dates, decimal texts, and the
`revision` that grows with each change. Approval rules carry their limits with them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.matrix import approval_rule, approval_type, cost_center, financial_mandate, mandate, rule_limit
from app.persistence.tables.people import organisation
from app.persistence.types import Id

Value: TypeAlias = dict[str, Any]
KEYS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One kind of object: its table, and the columns that make its value."""

    name: str
    table: sa.Table
    columns: tuple[str, ...]
    order: tuple[str, ...] = ("id",)


APPROVAL_TYPE = Entity(
    name="approval_type", table=approval_type, columns=("key", "description", "settings", "revision"), order=("key", "id")
)
APPROVAL_RULE = Entity(
    name="approval_rule",
    table=approval_rule,
    columns=("approval_type_id", "key", "description", "revision"),
    order=("key", "id"),
)
MANDATE = Entity(
    name="mandate",
    table=mandate,
    columns=("user_id", "rule_id", "responsible_id", "starts_on", "ends_on", "status", "copied_from", "revision"),
)
FINANCIAL_MANDATE = Entity(
    name="financial_mandate",
    table=financial_mandate,
    columns=("mandate_id", "steps", "company", "cost_center", "organisation", "parameter_3", "parameter_4", "revision"),
)
COST_CENTER = Entity(
    name="cost_center",
    table=cost_center,
    columns=("company", "key", "name", "parent", "status", "is_root", "revision"),
    order=("key", "id"),
)
ORGANISATION = Entity(name="organisation", table=organisation, columns=("key", "name", "legal_id", "revision"), order=("key", "id"))

ENTITIES: Mapping[str, Entity] = {
    each.name: each for each in (APPROVAL_TYPE, APPROVAL_RULE, MANDATE, FINANCIAL_MANDATE, COST_CENTER, ORGANISATION)
}
"""Parents before children: the order in which new rows may be inserted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One object before and after: without `before` it is added, without `after` it is deleted."""

    entity: str
    entity_id: str
    before: Value | None
    after: Value | None

    @property
    def action(self) -> str:
        """Return what happens to the object: add, change or delete."""
        if self.before is None:
            return "add"
        return "delete" if self.after is None else "change"


def find_value(reading: Reading, environment_id: int, entity: Entity, entity_id: str) -> Value | None:
    """Return the object in force, or None."""
    return read_values(reading, environment_id, entity, keys=[entity_id]).get(entity_id)


def read_values(
    reading: Reading, environment_id: int, entity: Entity, *, column: str = "id", keys: Sequence[str] | None = None
) -> dict[str, Value]:
    """Return the objects in force by id, in their order: all of the environment, or those whose `column` is one of `keys`.

    Those of keys are picked by them alone, then by environment, and ordered here: SQLite would rather walk all rows of the environment
    than look up a few ids.
    """
    if keys is None:
        statement = select_rows(entity, environment_id).order_by(*(entity.table.c[name] for name in entity.order))
        return values_of(reading, entity, reading.rows(statement))
    key = entity.table.c[column]
    statement = _select(entity) if isinstance(key.type, Id) else select_rows(entity, environment_id)
    rows = [row for row in _by_keys(reading, statement, key, keys) if row.environment_id == environment_id]
    return in_order(entity, values_of(reading, entity, rows))


def in_order(entity: Entity, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the objects in the order of their kind."""
    order = entity.order
    return dict(sorted(values.items(), key=lambda each: tuple(each[0] if name == "id" else each[1][name] for name in order)))


def page_values(
    reading: Reading, environment_id: int, entity: Entity, *, where: Mapping[str, Any], after: Sequence[str] | None, limit: int
) -> dict[str, Value]:
    """Return a page of the objects in force whose columns have the values of `where`, after a position in their order."""
    columns = [entity.table.c[name] for name in entity.order]
    statement = select_rows(entity, environment_id).order_by(*columns).limit(limit)
    for name, value in where.items():
        column = entity.table.c[name]
        statement = statement.where(column.in_(value) if isinstance(value, list | sa.Select) else column == value)
    if after is not None:
        statement = statement.where(sa.tuple_(*columns) > tuple(after))
    return values_of(reading, entity, reading.rows(statement))


def mandates_for(environment_id: int, cost_center: str) -> sa.Select[Any]:
    """Return the statement that reads the ids of the legal mandates with a row for a cost center."""
    return sa.select(financial_mandate.c.mandate_id).where(
        financial_mandate.c.environment_id == environment_id, financial_mandate.c.cost_center == cost_center
    )


def select_rows(entity: Entity, environment_id: int) -> sa.Select[Any]:
    """Return the statement that reads the rows of all objects in force; callers narrow it."""
    return _select(entity).where(entity.table.c.environment_id == environment_id)


def values_of(reading: Reading, entity: Entity, rows: Sequence[sa.Row[Any]]) -> dict[str, Value]:
    """Return the values of rows that `select_rows` gave, by id."""
    names = entity.columns
    encoders = [_encoder(entity.table.c[name].type) for name in names]
    values: dict[str, Value] = {}
    for row in rows:
        fields = tuple(row)
        values[fields[0]] = {
            name: field if encode is None or field is None else encode(field)
            for name, encode, field in zip(names, encoders, fields[1:-1], strict=True)
        }
    if entity is APPROVAL_RULE:
        limits = read_limits(reading, list(values))
        for rule_id, value in values.items():
            value["limits"] = limits.get(rule_id, [])
    return values


def read_limits(reading: Reading, rule_ids: Sequence[str]) -> dict[str, list[Value]]:
    """Return the limits of the rules, by rule, in the order of company and currency."""
    limits: dict[str, list[Value]] = defaultdict(list)
    for row in _by_keys(reading, sa.select(rule_limit), rule_limit.c.rule_id, rule_ids):
        amount = None if row.amount is None else plain_amount(row.amount)
        limits[row.rule_id].append({"company": row.company, "currency": row.currency, "amount": amount, "unlimited": row.unlimited})
    for of_rule in limits.values():
        of_rule.sort(key=limit_order)
    return limits


def limit_order(limit: Mapping[str, Any]) -> tuple[str, str]:
    """Return the place of a limit in its rule: any company first, then by company and currency."""
    return limit["company"] or "", limit["currency"]


def plain_amount(amount: Decimal) -> str:
    """Return the amount as plain digits without needless zeros: 10000, 0.5."""
    text = f"{amount:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def apply_changes(work: UnitOfWork, environment_id: int, changes: Sequence[Change], *, now: datetime, new_id: Callable[[], str]) -> None:
    """Write the changes into the tables in force; each object is, before, as its change says."""
    for entity in ENTITIES.values():
        own = [change for change in changes if change.entity == entity.name]
        added = [_row_of(entity, each, each.after) for each in own if each.before is None and each.after is not None]
        changed = [_row_of(entity, each, each.after) for each in own if each.before is not None and each.after is not None]
        deleted = [each.entity_id for each in own if each.after is None]
        work.insert(entity.table, [row | {"environment_id": environment_id, "created_at": now} for row in added])
        if changed:
            statement = sa.update(entity.table).where(entity.table.c.id == sa.bindparam("row_id"))
            placeholders: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in entity.columns}
            rows = [{"row_id": row["id"]} | {f"new_{name}": row[name] for name in entity.columns} for row in changed]
            work.execute(statement.values(placeholders), rows)
        for part in _parts(deleted):
            work.execute(sa.delete(entity.table).where(entity.table.c.id.in_(part)))
        if entity is APPROVAL_RULE:
            _replace_limits(work, environment_id, own, now=now, new_id=new_id)


def _select(entity: Entity) -> sa.Select[Any]:
    return sa.select(*(entity.table.c[name] for name in ("id", *entity.columns, "environment_id")))


def _replace_limits(work: UnitOfWork, environment_id: int, changes: Sequence[Change], *, now: datetime, new_id: Callable[[], str]) -> None:
    for part in _parts([each.entity_id for each in changes if each.before is not None]):
        work.execute(sa.delete(rule_limit).where(rule_limit.c.rule_id.in_(part)))
    rows = [
        {
            "id": new_id(),
            "environment_id": environment_id,
            "rule_id": each.entity_id,
            "company": limit["company"],
            "currency": limit["currency"],
            "amount": None if limit["amount"] is None else Decimal(limit["amount"]),
            "unlimited": limit["unlimited"],
            "created_at": now,
        }
        for each in changes
        if each.after is not None
        for limit in each.after["limits"]
    ]
    work.insert(rule_limit, rows)


def _row_of(entity: Entity, change: Change, value: Value) -> Value:
    row: Value = {"id": change.entity_id}
    for name in entity.columns:
        field = value[name]
        is_date = isinstance(entity.table.c[name].type, sa.Date) and field is not None
        row[name] = date.fromisoformat(field) if is_date else field
    return row


def _encoder(column_type: sa.types.TypeEngine[Any]) -> Callable[[Any], Any] | None:
    return date.isoformat if isinstance(column_type, sa.Date) else None


def _by_keys(reading: Reading, statement: sa.Select[Any], column: sa.Column[Any], keys: Sequence[str]) -> Sequence[sa.Row[Any]]:
    return [row for part in _parts(keys) for row in reading.rows(statement.where(column.in_(part)))]


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give the keys in parts that one statement takes."""
    for start in range(0, len(keys), KEYS_A_STATEMENT):
        yield keys[start : start + KEYS_A_STATEMENT]
