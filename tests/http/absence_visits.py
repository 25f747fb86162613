"""The visits to absences and backups, and to users who leave, hand over and come back."""

import itertools
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from app.http.audience import EXTENSION
from app.operations.people.callers import find_caller
from tests.http.people import Api
from tests.http.visits import Visit

FIRST_DAY = date(2027, 1, 1)


def absences_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits; marc is away and adm keeps the users, pia and claire are neither."""
    numbers = itertools.count()

    def days() -> dict[str, Any]:
        day = (FIRST_DAY + timedelta(days=next(numbers))).isoformat()
        return {"stand_in": "ann", "starts_on": day, "ends_on": day}

    def of_marc() -> str:
        return f"/users/{find_caller(api.app.extensions[EXTENSION], 'marc').user_id}"

    def entered() -> str:
        made = api.post("/profile/absences", "marc", json=days())
        assert made.status_code == 201, made.text
        return f"/absences/{made.json['id']}"

    def own(path: Callable[[], str], **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger="pia", right="marc", path=f"/profile{path()}", request=request)

    def kept(path: Callable[[], str], **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger="claire", right="adm", path=f"{of_marc()}{path()}", request=request)

    def listed() -> str:
        entered()
        return "/absences"

    def joined(*, is_active: bool) -> str:
        number = next(numbers)
        body = {"username": f"leaver{number}", "last_name": "Leaver", "email": f"leaver{number}@example.com"}
        made = api.post("/users", "adm", json=body)
        assert made.status_code == 201, made.text
        path = f"/users/{made.json['id']}"
        if is_active:
            assert api.post(f"{path}/activate", "adm").status_code == 200
        return path

    def leaving(verb: str, *, is_active: bool = True, **request: Any) -> Callable[[], Visit]:
        return lambda: Visit(stranger="marc", right="adm", path=f"{joined(is_active=is_active)}/{verb}", request=request)

    backup = {"backup": "ann", "active": False}
    found: dict[str, Callable[[], Visit]] = {}
    for base, visit in (("/profile", own), ("/users/<id:user_id>", kept)):
        found |= {
            f"GET {base}/absences": visit(listed),
            f"POST {base}/absences": lambda visit=visit: visit(lambda: "/absences", json=days())(),  # type: ignore[misc]
            f"PATCH {base}/absences/<id:absence_id>": visit(entered, json={"note": "Skiing"}),
            f"DELETE {base}/absences/<id:absence_id>": visit(entered),
            f"GET {base}/backup": visit(lambda: "/backup"),
            f"PATCH {base}/backup": visit(lambda: "/backup", json=backup),
        }
    return found | {
        "POST /users/<id:user_id>/deactivate": leaving("deactivate", json={"successor": "ann"}),
        "POST /users/<id:user_id>/transfer": leaving("transfer", json={"to": "ann"}),
        "POST /users/<id:user_id>/activate": leaving("activate", is_active=False),
    }
