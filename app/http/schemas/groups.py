"""Requests and answers about groups of users."""

from marshmallow import Schema, fields, validate

from app.http.fields import Text
from app.http.schemas.common import Page, Person, Request, code_text, id_text, next_cursor
from app.operations.groups.keeping import MEMBERS_MAX


class GroupPage(Page):
    """Which page of groups is wanted."""


class CreateGroup(Request):
    """A new group."""

    key = code_text(required=True, metadata={"description": "How diagrams name it in candidate_groups."})
    name = Text(required=True, length_min=1, length_max=200)
    members = fields.List(
        code_text(),
        load_default=[],
        validate=[validate.Length(max=MEMBERS_MAX, error=f"Expected at most {MEMBERS_MAX} members.")],
        metadata={"description": "User names."},
    )


class ChangeGroup(Request):
    """Another name, or other members; what is not named stays."""

    name = Text(length_min=1, length_max=200)
    members = fields.List(
        code_text(),
        validate=[validate.Length(max=MEMBERS_MAX, error=f"Expected at most {MEMBERS_MAX} members.")],
        metadata={"description": "User names of all members; who is not named leaves the group."},
    )


class Group(Schema):
    """A group of users, to whom tasks are assigned together."""

    id = id_text("Of the group.")
    key = fields.String(required=True)
    name = fields.String(required=True)
    members = fields.List(fields.Nested(Person), required=True)
    revision = fields.Integer(required=True)


class Groups(Schema):
    """A page of groups."""

    items = fields.List(fields.Nested(Group), required=True)
    next_cursor = next_cursor()
