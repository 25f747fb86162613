"""The financial mandates of a legal one, as callers send them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.domain.matrix.steps import Step
from app.operations.matrix.drafts.drafting import Drafting
from app.operations.matrix.editing.checks import (
    CODING,
    FINANCIAL_MAX,
    Fault,
    Register,
    financial_warnings,
    find_financial_faults,
)
from app.operations.matrix.overlaps import Reach, find_overlaps
from app.persistence.matrix_content import FINANCIAL_MANDATE, MANDATE, Value


def find_row_faults(rows: Sequence[Mapping[str, Any]], register: Register) -> Iterator[Fault]:
    """Give what is wrong with the rows of a mandate; a row on delete is not looked at."""
    if len(rows) > FINANCIAL_MAX:
        yield "financial", f"Expected at most {FINANCIAL_MAX} financial mandates, but got {len(rows)}."
    for place, row in enumerate(rows):
        if row.get("action") != "delete":
            yield from ((f"financial.{place}.{field}", text) for field, text in find_financial_faults(_filled(row), register))


def new_row(mandate_id: str, row: Mapping[str, Any]) -> Value:
    """Return a financial mandate as it is kept: steps in their order, each once; null for any."""
    filled = _filled(row)
    return {"mandate_id": mandate_id, "steps": ordered_steps(filled["steps"]), **{name: filled[name] for name in CODING}}


def changed_row(value: Value, row: Mapping[str, Any]) -> Value:
    """Return the financial mandate with what `row` names in the place of what it was."""
    changed = value | {name: row[name] for name in CODING if name in row}
    return changed | ({"steps": ordered_steps(row["steps"])} if "steps" in row else {})


def ordered_steps(steps: Sequence[str]) -> list[str]:
    """Return the steps in the order in which they are taken, each once."""
    return [step.value for step in sorted({Step(step) for step in steps}, key=lambda step: step.order)]


def warn_of_rows(drafting: Drafting, mandate: Value, rows: Sequence[Mapping[str, Any]], register: Register) -> None:
    """Warn of rows for steps that are off or centers that are blocked, and of rows that overlap with others of the person (MXM-09)."""
    settings = register.type_of_rule(mandate["rule_id"])["settings"]
    for row in rows:
        if row.get("action") != "delete":
            drafting.warnings.extend(financial_warnings(_filled(row), settings, register))
    own = drafting.content.select(MANDATE, "user_id", [mandate["user_id"]])
    reaches = [
        Reach.of(row_id, own[row["mandate_id"]], row, register)
        for row_id, row in drafting.content.select(FINANCIAL_MANDATE, "mandate_id", list(own)).items()
    ]
    fresh = [Reach.of(f"new {place}", mandate, new_row("", row), register) for place, row in enumerate(rows) if "id" not in row]
    seen = {each.row for each in fresh}
    for overlap in find_overlaps([*reaches, *fresh]):
        if not seen.isdisjoint(overlap.rows):
            drafting.warnings.append(f"{register.directory.get(mandate['user_id']).full_name} {overlap.text}")


def _filled(row: Mapping[str, Any]) -> Value:
    return {"steps": row.get("steps", []), **{name: row.get(name) for name in CODING}}
