"""The visits to what lets people in: passwords, PINs, tokens, sessions."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count

from app.http.audience import EXTENSION
from app.operations.people.callers import find_caller
from app.operations.people.create_token import issue_token
from app.operations.people.links import RESET, make_link
from app.operations.system import System
from tests.http.people import Api
from tests.http.visits import Visit

PUBLIC = frozenset({"POST /password-reset", "POST /password"})
"""What asks for no token: whoever has forgotten his password has none."""
TOKEN = {"label": "Script", "scopes": ["read"]}
_NUMBERS = count(1)


def access_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return how each route is visited."""
    system: System = api.app.extensions[EXTENSION]

    def user(username: str) -> str:
        return find_caller(system, username).user_id

    def kept(path: str, **request: object) -> Callable[[], Visit]:
        return lambda: Visit(stranger="wfa", right="adm", path=path.format(ann=user("ann"), token=token("ann")), request=request)

    def own(path: str, *, stranger: str = "pia", **request: object) -> Callable[[], Visit]:
        return lambda: Visit(stranger=stranger, right="carl", path=path.format(token=token("carl")), request=request)

    def token(username: str) -> str:
        made = issue_token(system, find_caller(system, username), label=f"Script {next(_NUMBERS)}", scopes=["read"])
        return str(made.body["id"])

    def password() -> Visit:
        with system.database.write() as work:
            secret = make_link(system, work, environment_id=1, user_id=user("ann"), kind=RESET, lifetime=timedelta(hours=1))
            work.commit()
        return Visit(stranger="pia", right="ann", path="/password", request={"json": {"secret": secret, "password": "a sentence is easy"}})

    return {
        "POST /password-reset": own("/password-reset", json={"login": "carl"}),
        "POST /password": password,
        "POST /profile/password": own("/profile/password", json={"old": "countersign-demo", "new": "another sentence"}),
        "POST /profile/pin": own("/profile/pin", json={"new": "2580"}),
        "POST /profile/sign-out-everywhere": own("/profile/sign-out-everywhere"),
        "POST /profile/tokens": own("/profile/tokens", json=TOKEN),
        "GET /profile/tokens": own("/profile/tokens#{token}"),
        "DELETE /profile/tokens/<id:token_id>": own("/profile/tokens/{token}"),
        "POST /users/<id:user_id>/tokens": kept("/users/{ann}/tokens", json=TOKEN),
        "GET /users/<id:user_id>/tokens": kept("/users/{ann}/tokens#{token}"),
        "DELETE /users/<id:user_id>/tokens/<id:token_id>": kept("/users/{ann}/tokens/{token}"),
        "POST /users/<id:user_id>/unlock": kept("/users/{ann}/unlock"),
        "POST /users/<id:user_id>/reset-pin": kept("/users/{ann}/reset-pin"),
    }
