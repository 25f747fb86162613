"""What a guest is shown of a task: what he needs to decide, and nothing of how the other environment is organised."""

from collections.abc import Sequence
from typing import Any

from app.domain.people import Directory
from app.operations.answer import Caller, JsonObject
from app.operations.system import Environment, System
from app.operations.tasks.delegations import chain_of
from app.operations.turn import directory_of, read_environment
from app.persistence.database import Reading

GUEST_VERBS = ("approve", "reject", "delegate", "return", "claim", "unclaim", "comment")


def narrow_task(body: JsonObject) -> JsonObject:
    """Return the task without the other candidates, their limits and the facts behind the timeline, and with what guests may do."""
    timeline = narrow_timeline(body["timeline"])
    route = body["signing_route"]
    return body | {
        "considered": [],
        "signing_route": route
        and {"steps": [{**step, "slots": [_narrow_slot(slot) for slot in step["slots"]]} for step in route["steps"]]},
        "timeline": timeline,
        "history": timeline,
        "comments_list": narrow_timeline(body["comments_list"]),
        "can": [verb for verb in body["can"] if verb in GUEST_VERBS],
    }


def narrow_timeline(items: Sequence[JsonObject]) -> list[JsonObject]:
    """Return what happened, without the facts behind it."""
    return [{**item, "facts": {}} for item in items]


def delegates_of_guest(
    system: System, reading: Reading, caller: Caller, *, host: Environment, directory: Directory, shares: Sequence[Any]
) -> list[JsonObject]:
    """Return to whom a guest can hand on his shares: those who held them before, and his own colleagues."""
    by_id = {each.id: each for each in shares}
    held = {each.user_id for share in shares if share.user_id == caller.user_id for each in chain_of(share, by_id)[1:]}
    holders = [directory.get(user_id) for user_id in held - {caller.user_id}]
    assert caller.home_id is not None, "a guest has a home"
    home = read_environment(reading, caller.home_id)
    colleagues = [
        person for person in directory_of(system, reading, home) if person.may_stand_in and person.id not in {*held, caller.user_id}
    ]
    found = [_named(person.username, person.full_name, None if person.partner else host.key) for person in holders if person.active]
    return found + [_named(person.username, person.full_name, home.key) for person in sorted(colleagues, key=lambda each: each.full_name)]


def _named(username: str, full_name: str, key: str | None) -> JsonObject:
    return {"username": f"{username}@{key}" if key else username, "full_name": f"{full_name} ({key})" if key else full_name}


def _narrow_slot(slot: JsonObject) -> JsonObject:
    return {**slot, "considered": []}
