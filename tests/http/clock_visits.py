"""How the routes of business calendars and of the mail of the day are visited."""

import itertools
from collections.abc import Callable
from typing import Any

from tests.http.people import Api
from tests.http.visits import Visit


def clocks_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to business calendars, which administrators keep, and to everybody's own mail of the day."""
    numbers = itertools.count(1)

    def fields() -> dict[str, Any]:
        return {"key": f"calendar-{next(numbers)}", "name": "Office", "hours": {"monday": ["09:00-17:00"]}}

    def made() -> str:
        answer = api.post("/calendars", "adm", json=fields())
        assert answer.status_code == 201, answer.json
        return str(answer.json["id"])

    def listed() -> Visit:
        made()
        return Visit(stranger="marc", right="adm", path="/calendars")

    return {
        "GET /calendars": listed,
        "POST /calendars": lambda: Visit(stranger="marc", right="wfa", path="/calendars", request={"json": fields()}),
        "GET /calendars/<id:calendar_id>": lambda: Visit(stranger="marc", right="wfa", path=f"/calendars/{made()}"),
        "PATCH /calendars/<id:calendar_id>": lambda: Visit(
            stranger="marc", right="adm", path=f"/calendars/{made()}", request={"json": {"holiday_country": "NL"}}
        ),
        "GET /profile/digest": lambda: Visit(stranger="pia", right="marc", path="/profile/digest"),
        "PATCH /profile/digest": lambda: Visit(stranger="pia", right="marc", path="/profile/digest", request={"json": {"hour": 8}}),
    }
