"""Faults of fields: what is wrong, where, and with which code; many of them make one refusal."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Self

from app.domain.errors import InvalidRequest
from app.http.refusals import MoneyAsNumber, UnknownField

FAULTS_MAX = 100
FAULTS_IN_DETAIL = 3
DEPTH_MAX = 100
_STEP = re.compile(r"[^.\[\]]+")


class Fault(str):
    """The text of one field error, with the code that programs compare."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, text: str, code: str = "invalid") -> Self:
        """Return `text` that carries `code`."""
        fault = super().__new__(cls, text)
        fault.code = code
        return fault


MISSING = Fault("This field is required.", "missing")
NULL = Fault("This field may not be null.", "null")
UNKNOWN = Fault("This field is not known here. Look up the fields in /api/docs.", "unknown_field")
MONEY_AS_NUMBER = Fault(
    'This is money as a JSON number, which may have lost cents on the way. Write the amount as a decimal string such as "1250.00".',
    "money_as_number",
)
SPECIAL: dict[str, type[InvalidRequest]] = {MONEY_AS_NUMBER.code: MoneyAsNumber, UNKNOWN.code: UnknownField}


def refuse_faults(messages: Any, *, in_query: bool = False) -> InvalidRequest:
    """Return the refusal of the faults in marshmallow's nested `messages`; when all are of one special kind, it is a problem of its own."""
    faults = list(_places(messages, in_query=in_query))
    codes = {fault["code"] for fault in faults}
    refusal = SPECIAL.get(codes.pop(), InvalidRequest) if len(codes) == 1 else InvalidRequest
    named = [f"{fault.get('pointer') or fault.get('parameter')}: {fault['detail']}" for fault in faults[:FAULTS_IN_DETAIL]]
    rest = [f"And {len(faults) - len(named)} more."] if len(faults) > len(named) else []
    return refusal(" ".join(named + rest), errors=faults[:FAULTS_MAX])


def name_places(errors: Mapping[str, Any], *, in_query: bool = False) -> list[dict[str, str]]:
    """Return field errors that name their place as a path, such as `lines[0].amount` or `lines.0.amount`, in the form of the API."""
    return [
        fault for place, messages in errors.items() for fault in _places(messages, in_query=in_query, path=tuple(_STEP.findall(str(place))))
    ][:FAULTS_MAX]


def _places(messages: Any, *, in_query: bool, path: tuple[str, ...] = ()) -> Iterator[dict[str, str]]:
    """Yield each fault with a JSON pointer into the body, or with the name of its query parameter."""
    if isinstance(messages, Mapping):
        assert len(path) < DEPTH_MAX, "schemas are not recursive"
        for name, inner in messages.items():
            yield from _places(inner, in_query=in_query, path=path if name == "_schema" else (*path, str(name)))
        return
    for message in messages if isinstance(messages, list | tuple) else [messages]:
        code = message.code if isinstance(message, Fault) else "invalid"
        place = {"parameter": "/".join(path)} if in_query else {"pointer": _pointer(path)}
        yield {**place, "code": code, "detail": str(message)}


def _pointer(path: tuple[str, ...]) -> str:
    return "#" + "".join("/" + name.replace("~", "~0").replace("/", "~1") for name in path)
