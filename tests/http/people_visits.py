"""The visits to users, their roles and pictures, to one's own profile, and to the settings of an environment."""

from collections.abc import Callable
from itertools import count

from app.http.audience import EXTENSION
from app.operations.people.callers import find_caller
from tests.data.pictures import png
from tests.http.people import Api
from tests.http.visits import Visit

_NUMBERS = count(1)


def people_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return how each route is visited."""

    def user(username: str) -> str:
        return find_caller(api.app.extensions[EXTENSION], username).user_id

    def kept(path: str, **request: object) -> Callable[[], Visit]:
        return lambda: Visit(stranger="marc", right="adm", path=path.format(ann=user("ann")), request=request)

    def own(path: str, **request: object) -> Callable[[], Visit]:
        return lambda: Visit(stranger="pia", right="marc", path=path, request=request)

    def pictured() -> str:
        path = f"/users/{user('ann')}/avatar"
        api.call("PUT", path, "ann", data=png())
        return path

    def given() -> str:
        path = f"/users/{user('carl')}/roles"
        api.call("POST", path, "adm", json={"role": "analyst"})
        return f"{path}?role=analyst"

    settings = {"settings": [{"key": "Tasks.Delegation.HopsMax", "value": 5}]}
    new = {"username": f"new{next(_NUMBERS)}", "last_name": "New"}
    return {
        "GET /users": kept("/users"),
        "POST /users": kept("/users", json=new),
        "GET /users/<id:user_id>": kept("/users/{ann}"),
        "POST /users/<id:user_id>/roles": kept("/users/{ann}/roles", json={"role": "analyst"}),
        "DELETE /users/<id:user_id>/roles": lambda: Visit(stranger="marc", right="adm", path=given()),
        "GET /users/<id:user_id>/avatar": lambda: Visit(stranger="kim", right="marc", path=pictured()),
        "PUT /users/<id:user_id>/avatar": kept("/users/{ann}/avatar", data=png()),
        "DELETE /users/<id:user_id>/avatar": kept("/users/{ann}/avatar"),
        "GET /roles": kept("/roles"),
        "GET /companies": lambda: Visit(stranger="kim", right="pia", path="/companies"),
        "GET /profile": own("/profile"),
        "PATCH /profile": own("/profile", json={"phone": "020 1"}),
        "GET /settings": kept("/settings"),
        "PATCH /settings": kept("/settings", json=settings),
    }
