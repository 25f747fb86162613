"""Routes of who keeps the groups of users."""

from typing import Any

from app.domain.errors import GroupKeyInUse, NotFound, NotPermitted
from app.http.audience import Audience, Call
from app.http.schemas.groups import ChangeGroup, CreateGroup, Group, GroupPage, Groups
from app.operations.answer import Answer
from app.operations.groups.create_group import create_group
from app.operations.groups.delete_group import delete_group
from app.operations.groups.list_groups import list_groups
from app.operations.groups.read_group import read_group
from app.operations.groups.update_group import update_group

groups = Audience("groups", description="People who keep the groups of users, to whom tasks are assigned together.")


@groups.route("/groups")
@groups.signed_in()
@groups.refuses(NotPermitted)
@groups.query(GroupPage)
@groups.answers(Groups)
def get_groups(call: Call, query: dict[str, Any]) -> Answer:
    """List the groups with their members."""
    return list_groups(call.system, call.caller, **query)


@groups.route("/groups", methods=("POST",))
@groups.signed_in()
@groups.idempotent
@groups.refuses(NotPermitted, GroupKeyInUse)
@groups.body(CreateGroup)
@groups.answers(Group, 201, location="/api/v1/groups/{id}")
def post_group(call: Call, body: dict[str, Any]) -> Answer:
    """Make a group."""
    return create_group(call.system, call.caller, **body, request=call.request)


@groups.route("/groups/<id:group_id>")
@groups.signed_in()
@groups.refuses(NotFound, NotPermitted)
@groups.answers(Group)
def get_group(call: Call, group_id: str) -> Answer:
    """Read a group with its members."""
    return read_group(call.system, call.caller, group_id)


@groups.route("/groups/<id:group_id>", methods=("PATCH",))
@groups.signed_in()
@groups.idempotent
@groups.revised
@groups.refuses(NotFound, NotPermitted)
@groups.body(ChangeGroup)
@groups.answers(Group)
def patch_group(call: Call, body: dict[str, Any], group_id: str) -> Answer:
    """Give a group another name or other members; open tasks keep the people they were assigned to."""
    return update_group(call.system, call.caller, group_id, **body, revision=call.revision, request=call.request)


@groups.route("/groups/<id:group_id>", methods=("DELETE",))
@groups.signed_in()
@groups.idempotent
@groups.revised
@groups.refuses(NotFound, NotPermitted)
@groups.answers(Group)
def delete_group_of_users(call: Call, group_id: str) -> Answer:
    """Delete a group; open tasks keep the people they were assigned to."""
    return delete_group(call.system, call.caller, group_id, revision=call.revision, request=call.request)
