"""How the routes of an inbox's owner are visited: everybody has filters of his own, and reads why a task is or is not his."""

from collections.abc import Callable
from itertools import count

from tests.http.people import Api
from tests.http.visits import Visit

_NUMBERS = count(1)


def inbox_of(api: Api) -> dict[str, Callable[[], Visit]]:
    """Return the visits to saved filters and explanations."""

    def body() -> dict[str, object]:
        return {"name": f"Filter {next(_NUMBERS)}", "query": {"organisation": "Acme"}}

    def saved() -> str:
        return str(api.post("/profile/filters", "marc", json=body()).json["id"])

    def about(path: str) -> Callable[[], Visit]:
        return lambda: Visit(stranger="pia", right="marc", path=path.format(id=api.task("marc")["id"]))

    change = {"json": {"position": 1}}
    return {
        "GET /profile/filters": lambda: Visit(stranger="pia", right="marc", path=f"/profile/filters?#{saved()}"),
        "POST /profile/filters": lambda: Visit(stranger="pia", right="marc", path="/profile/filters", request={"json": body()}),
        "PATCH /profile/filters/<id:filter_id>": lambda: Visit(
            stranger="claire", right="marc", path=f"/profile/filters/{saved()}", request=change
        ),
        "DELETE /profile/filters/<id:filter_id>": lambda: Visit(stranger="claire", right="marc", path=f"/profile/filters/{saved()}"),
        "GET /tasks/<id:task_id>/why": about("/tasks/{id}/why"),
        "GET /tasks/<id:task_id>/why-not": lambda: Visit(stranger="pia", right="wfa", path=f"/tasks/{api.task('marc')['id']}/why-not"),
    }
