"""What a waiting instance is found by: exact texts of values, so that 7 and 7.0 are the same."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from app.engine import EventWait, Execution
from app.feel.json import dumps

KEYS_MAX: Final = 64
KEY_LENGTH_MAX: Final = 100
_EXACT: Final = (str, bool, int, Decimal)


def key_text(value: Any) -> str:
    """Return a value as a text that is the same for equal values."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        number = Decimal(value).normalize()
        return format(number, "f") if number else "0"
    return dumps(value)


def keys_of(execution: Execution, wait: EventWait) -> dict[str, dict[str, str]]:
    """Return what a wait is found by: its correlation properties, and the plain variables of its process."""
    variables = {
        name: key_text(value)
        for name, value in execution.variables().items()
        if isinstance(value, _EXACT) and len(str(value)) <= KEY_LENGTH_MAX
    }
    properties = {name: key_text(value) for name, value in wait.correlation.items()}
    return {"properties": properties, "variables": dict(list(variables.items())[:KEYS_MAX])}


def may_match(row: Any, given: Mapping[str, Any]) -> bool:
    """Return whether nothing that is known of a waiting instance contradicts the correlation of a message.

    The names `process_instance_id`, `business_key` and `document_id` mean the instance itself; all others a correlation property of the
    message, else a variable.
    """
    own = {"process_instance_id": row.instance_id, "business_key": row.business_key, "document_id": row.document_id}
    known: Mapping[str, str] = {**row.correlation["variables"], **row.correlation["properties"]}
    for name, value in given.items():
        if name in own:
            if own[name] != value:
                return False
        elif name in known and known[name] != key_text(value):
            return False
    return True


def without_own(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a correlation that the engine knows."""
    return {name: value for name, value in given.items() if name not in ("process_instance_id", "business_key", "document_id")}
