"""A body that would be accepted, but for one hostile value: the answer is a refusal, or the value is taken as it is, and never our fault."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import flask

from tests.http.people import Api
from tests.http.test_golden_routes import served, visits

HOSTILE: list[Any] = [
    None,
    "",
    " ",
    "\0",
    "\x1b[31m",
    "\u202egnp.exe",
    "\ufeff\u200b",
    "e\u0301" * 2000,
    "x" * 10_000,
    "💥" * 300,
    "' or 1=1 --",
    "%_\\",
    "{{7*7}}",
    "0001-01-01",
    "2999-12-31",
    "2999-12-31T23:59:59-23:59",
    "1900-01-01T00:00:00+23:59",
    "-5",
    -1,
    0,
    2**31,
    10**40,
    1e308,
    True,
    [],
    ["x"] * 2000,
    {},
    {"amount": "-1.00", "currency": "EUR"},
    {"amount": "9" * 18, "currency": "EUR"},
    {"amount": "1.00", "currency": "\u20ac"},
]
TRIED_EACH = 3


def places(body: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to every value in a body."""
    if isinstance(body, dict | list):
        for key, value in body.items() if isinstance(body, dict) else enumerate(body):
            yield (*path, key)
            yield from places(value, (*path, key))


def replaced(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return the body with another value at this place."""
    changed = copy.deepcopy(body)
    inside = changed
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return changed


def test_one_hostile_value_in_a_good_body_is_no_fault_of_ours(api: Api, app: flask.Flask) -> None:
    """Every route that takes JSON, every field that its visit names."""
    chance, prepared, faults = random.Random(6), visits(api), []
    for route in served(app):
        visit = prepared[route]()
        body = visit.request.get("json")
        for path in places(body):
            for value in chance.sample(HOSTILE, TRIED_EACH):
                answer = api.call(route.split(" ")[0], visit.path, visit.right, json=replaced(body, path, value))
                if answer.status_code >= 500 and answer.status_code != 503:
                    faults.append((route, path, str(value)[:40], answer.status_code))

    assert faults == []
