"""From the names that callers use to the ids that the matrix keeps."""

from collections.abc import Iterator
from typing import Any

from app.domain.people import Directory
from app.operations.matrix.content import Content
from app.operations.matrix.editing.checks import Fault, Register
from app.persistence.matrix_content import Entity


def check_new_key(content: Content, entity: Entity, key: str, **within: Any) -> Iterator[Fault]:
    """Give a fault when an object has the key already; `within` are the columns that bound where keys are unique."""
    taken = content.select(entity, "key", [key]).values()
    if any(all(value[name] == field for name, field in within.items()) for value in taken):
        yield "key", f"{key} exists already."


def find_user_id(directory: Directory, username: str, *, place: str) -> tuple[str | None, list[Fault]]:
    """Return the id of a user name, or the fault that nobody has it."""
    person = directory.find(username)
    return (None, [(place, f"There is no user {username}.")]) if person is None else (person.id, [])


def find_rule_id(register: Register, approval_type: str, rule: str) -> tuple[str | None, list[Fault]]:
    """Return the id of a rule of an approval type, or why there is none. Source: MXL-05."""
    rule_id = register.find_rule(approval_type, rule)
    if rule_id is not None:
        return rule_id, []
    if approval_type not in {value["key"] for value in register.types.values()}:
        return None, [("approval_type", f"There is no approval type {approval_type}.")]
    others = register.types_with_rule(rule)
    if others:
        return None, [("rule", f"Rule {rule} belongs to approval type {', '.join(others)}, not to {approval_type}.")]
    return None, [("rule", f"Approval type {approval_type} has no rule {rule}.")]
