"""Somebody takes another's place in a route: where he would then play two steps, and the slots as they are afterwards."""

from collections.abc import Collection, Container, Mapping, Sequence
from typing import Any

from app.domain.people import Person

Slot = Mapping[str, Any]


def steps_to_sign(route: Mapping[str, Any], *, user: str, decided: Container[str]) -> list[str]:
    """Return the steps that are not decided and whose pools name the user."""
    return [name for name, step in route.items() if name not in decided and any(user in slot["pool"] for slot in step["slots"])]


def steps_in_the_way(route: Mapping[str, Any], *, user: str, heir: str, played: Collection[str], decided: Container[str]) -> list[str]:
    """Return the other steps that the heir plays or may have to sign, so that he cannot take the user's place; empty where he can.

    `played` are the steps in which the heir has acted or others have for him; `decided` are those that nobody has to sign any more.
    Source: MXR-08, USR-39.
    """
    own = steps_to_sign(route, user=user, decided=decided)
    if not own:
        return []
    named = [name for name, step in route.items() if any(heir in slot["pool"] for slot in step["slots"])]
    found = [name for name in dict.fromkeys([*played, *named]) if name not in own]
    return found if found or len(own) == 1 else own[1:]


def put_heir(slot: Slot, *, user: Person, heir: Person) -> dict[str, Any]:
    """Return the slot with the heir in the place of the user; where he is in the pool already, it has one person less."""
    pool = list(dict.fromkeys(heir.username if name == user.username else name for name in slot["pool"]))
    after = {**slot, "pool": pool}
    if slot.get("role_player") == user.username:
        after["role_player"] = heir.username
    if "considered" in slot:
        after["considered"] = _considered(slot["considered"], user=user, heir=heir)
    return after


def _considered(entries: Sequence[Mapping[str, Any]], *, user: Person, heir: Person) -> list[dict[str, Any]]:
    """Return the candidates with the heir in the user's place; `mandate_of` says whose it was."""
    taken = {
        "user": heir.username,
        "full_name": heir.full_name,
        "mandate_of": user.username,
    }
    if not any(each["user"] == user.username for each in entries):
        return [dict(each) for each in entries]
    return [
        {**each, **taken, "reason": f"takes over from {user.full_name}: {each['reason']}"} if each["user"] == user.username else dict(each)
        for each in entries
        if each["user"] != heir.username
    ]
