"""Groups of users, to whom tasks are assigned together."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import InvalidRequest
from app.operations.groups.create_group import create_group
from app.operations.groups.delete_group import delete_group
from app.operations.groups.keeping import KEEPERS, MEMBERS_MAX
from app.operations.groups.list_groups import list_groups
from app.operations.groups.read_group import read_group
from app.operations.groups.update_group import update_group
from app.web.context import caller, new_key, render_part, request_key
from app.web.forms import NOTHING_SENT, Sent, answer_form, perform, seen_revision, ticked, typed, typed_key
from app.web.people import colleagues

ROWS = 50
NAME_LENGTH_MAX = 200
_BETWEEN = re.compile(r"[\s,;]+")


def add_group_routes(blueprint: Blueprint) -> None:
    """Add the pages of groups."""
    blueprint.add_url_rule("/groups", "groups", show_groups)
    blueprint.add_url_rule("/groups", "create_group", create_one, methods=["POST"])
    blueprint.add_url_rule("/groups/<group_id>", "group", show_group)
    blueprint.add_url_rule("/groups/<group_id>", "change_group", change_one, methods=["POST"])
    blueprint.add_url_rule("/groups/<group_id>/delete", "delete_group", delete_one, methods=["POST"])


def show_groups(sent: Sent = NOTHING_SENT) -> str:
    """Show the groups, and the form of a new one."""
    body = perform(list_groups, limit=ROWS, cursor=request.args.get("cursor") or None)
    return render_part("groups/list.html", rows=body["items"], next_cursor=body["next_cursor"], **_values(sent))


def show_group(group_id: str, sent: Sent = NOTHING_SENT) -> str:
    """Show one group with its members."""
    return render_part("groups/group.html", group=perform(read_group, group_id), **_values(sent))


def _values(sent: Sent) -> dict[str, Any]:
    return {"area": "groups", "may_change": caller().has_role(*KEEPERS), "colleagues": colleagues(), "sent": sent, "key": new_key}


def create_one() -> BaseResponse:
    """Make a group."""

    def change() -> str:
        key = typed_key("key", fault="A group needs a key, by which diagrams name it.")
        body = perform(create_group, key=key, name=_typed_name(), members=_typed_names("add"), request=request_key())
        return f"The group {body['name']} is made, with {len(body['members'])} members."

    return answer_form("group", change, target=url_for("web.groups"), show=show_groups, names={"members": "add"})


def change_one(group_id: str) -> BaseResponse:
    """Give a group another name or other members."""

    def change() -> str:
        members = [*ticked("members"), *_typed_names("add")]
        body = perform(update_group, group_id, name=_typed_name(), members=members, revision=seen_revision(), request=request_key())
        return f"The group {body['name']} is saved, with {len(body['members'])} members. Open tasks keep the people they were assigned to."

    return _answer(group_id, change, target=url_for("web.group", group_id=group_id))


def delete_one(group_id: str) -> BaseResponse:
    """Delete a group."""

    def change() -> str:
        body = perform(delete_group, group_id, revision=seen_revision(), request=request_key())
        return f"The group {body['name']} is deleted. Open tasks keep the people they were assigned to."

    return _answer(group_id, change, target=url_for("web.groups"))


def _answer(group_id: str, change: Callable[[], str], *, target: str) -> BaseResponse:
    def show(sent: Sent) -> str:
        return show_group(group_id, sent)

    return answer_form("group", change, target=target, show=show, names={"members": "add"})


def _typed_name() -> str:
    name = typed("name", length_max=NAME_LENGTH_MAX)
    if not name:
        raise InvalidRequest("A group needs a name.", errors={"name": ["A group needs a name."]})
    return name


def _typed_names(field: str) -> list[str]:
    """Return the user names of a field, with commas, spaces or new lines between them."""
    names = [name.lower() for name in _BETWEEN.split(typed(field, length_max=MEMBERS_MAX * 66)) if name]
    if any(len(name) > 64 for name in names):
        raise InvalidRequest("A user name has at most 64 characters.", errors={field: ["A user name has at most 64 characters."]})
    return names
