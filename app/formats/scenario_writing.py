"""Writes a scenario as an analyst would: TOML, one step a line."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_PLAIN: Final = re.compile(r"[^\x00-\x08\x0b\x0c\r\x0e-\x1f\x7f]*\Z", re.DOTALL)


def write_scenario(
    *,
    name: str,
    process: str,
    at: datetime,
    started_by: str,
    steps: Iterable[Mapping[str, Any]],
    document: Mapping[str, str] | None = None,
    variables: Mapping[str, Any] | None = None,
) -> str:
    """Return the text of a file with one scenario; `read_scenarios` reads it back.

    Args:
        name: what the scenario is called.
        process: key of the definition.
        at: when the clock starts.
        started_by: user name of who sends the document and starts the process.
        steps: tables of steps, in their order.
        document: `content` and `media_type` of the document as it came; None for none.
        variables: with which the process is started.
    """
    lines = [f"process = {_value(process)}", "", "[[scenario]]", f"name = {_value(name)}", f"at = {at.isoformat()}"]
    lines += [f"started_by = {_value(started_by)}"]
    if variables:
        lines.append(f"variables = {_value(variables)}")
    lines += ["steps = [", *(f"  {_value(step)}," for step in steps), "]"]
    if document is not None:
        lines += ["", "[scenario.document]", f"media_type = {_value(document['media_type'])}", f"content = {_long(document['content'])}"]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return _value(str(value))
        case int() | float():
            return str(value)
        case Mapping():
            inside = ", ".join(f"{_key(name)} = {_value(each)}" for name, each in value.items() if each is not None)
            return f"{{ {inside} }}" if inside else "{}"
        case list() | tuple():
            return f"[{', '.join(_value(each) for each in value)}]"
    raise AssertionError(f"a {type(value).__name__} is no value of a scenario")


def _key(name: str) -> str:
    return name if _BARE.match(name) else _value(name)


def _long(text: str) -> str:
    """Return a text of several lines as it is, where TOML can hold it so."""
    return f"'''\n{text}'''" if "'''" not in text and not text.endswith("'") and _PLAIN.match(text) else _value(text)
