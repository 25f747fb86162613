"""Requests and answers about users."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.domain.environment_settings import SECURITY_LEVELS
from app.domain.users import ACCESS_LEVELS, GENDERS, KINDS, LOGIN_TYPES
from app.http.faults import Fault
from app.http.fields import Choice, Flag, Text
from app.http.schemas.common import Page, Request, code_text, id_text, next_cursor

ROLES_MAX = 50
WORDS_MAX = 10
LINKS_MAX = 1000
LEVELS = ", ".join(f"{level} {name}" for level, name in SECURITY_LEVELS.items())


class Words(fields.List[str]):
    """Some of a few words, from a query string, separated by commas."""

    def __init__(self, *words: str, **options: Any) -> None:
        super().__init__(Choice(*words), validate=[validate.Length(min=1, error="Expected at least one.")], **options)

    def _deserialize(self, value: Any, attr: Any, data: Any, **context: Any) -> list[Any]:
        given = ",".join(value)  # a query may name the parameter several times
        return super()._deserialize([each.strip() for each in given.split(",", WORDS_MAX)], attr, data, **context)


def _yes_or_no(**options: Any) -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False}, **options)


def _part(description: str) -> Text:
    return Text(length_min=1, length_max=200, metadata={"description": description})


class UserSearch(Page):
    """Which users are wanted; the defaults are full and portal users who are active."""

    name = _part("Part of the full name, whatever its case and accents.")
    username = _part("Part of the user name.")
    email = _part("Part of the e-mail address.")
    role = code_text(metadata={"description": "A role that they hold."})
    company = code_text(metadata={"description": "The key of their company."})
    cost_center = code_text(
        metadata={"description": "Their cost center; only with `company`, and only one that your user access shows you."}
    )
    kind = Words(*KINDS, metadata={"description": "full, portal, none; several are separated by commas. By default full,portal."})
    active = Words("active", "inactive", metadata={"description": "active, inactive or both, separated by a comma. By default active."})
    function = _part("Part of the function.")
    sort = Choice("name", "-name", "username", "-username", metadata={"description": "By default name."})
    assignable = Flag(
        load_default=False,
        metadata={"description": "Only colleagues who can be asked to act, with name and avatar alone; every full user may ask for them."},
    )
    q = _part("With `assignable`: part of the name or the user name.")


class CostCenterLink(Request):
    """A cost center, of one company or of all."""

    company = code_text(allow_none=True, load_default=None)
    cost_center = code_text(required=True)


class Access(Request):
    """The companies and cost centers whose documents a user may see without being involved."""

    companies = fields.List(code_text(), load_default=list, validate=[validate.Length(max=LINKS_MAX)])
    cost_centers = fields.List(fields.Nested(CostCenterLink), load_default=list, validate=[validate.Length(max=LINKS_MAX)])


class OwnFields(Request):
    """What somebody may change of himself."""

    phone = Text(length_max=40, allow_none=True)
    language = Text(length_max=8, allow_none=True, metadata={"description": "Such as en or nl-BE; null for the company's."})
    notify_new_task = _yes_or_no(metadata={"description": "Whether he gets a mail for every new task, however it comes to him."})
    notify_reminders = _yes_or_no(metadata={"description": "Whether he gets a mail for a task that still waits, is due soon or overdue."})
    notify_status = _yes_or_no(metadata={"description": "Whether he gets a mail when a document of his has a new status."})


class UserFields(OwnFields):
    """The fields of a user; what is left out stays, or has its default."""

    first_name = Text(length_max=100, allow_none=True)
    middle_name = Text(length_max=100, allow_none=True)
    last_name = Text(length_max=100, allow_none=True)
    full_name = Text(length_min=1, length_max=200, metadata={"description": "Made of first, middle and last name where it is left out."})
    title = Text(length_max=50, allow_none=True)
    initials = Text(length_max=20, allow_none=True)
    gender = Choice(*GENDERS, allow_none=True)
    email = Text(length_max=254, allow_none=True)
    company = code_text(allow_none=True)
    cost_center = code_text(allow_none=True, metadata={"description": "A cost center of the company."})
    organisation = code_text(allow_none=True, metadata={"description": "The user as an organisation, for expense claims."})
    external_code = Text(length_max=64, allow_none=True)
    function = Text(length_max=120, allow_none=True)
    function_description = Text(length_max=1000, allow_none=True)
    internal_note = Text(length_max=4000, allow_none=True)
    manager = code_text(allow_none=True, metadata={"description": "The user name of his manager."})
    login_type = fields.List(
        Choice(*LOGIN_TYPES),
        validate=[validate.Length(max=len(LOGIN_TYPES))],
        metadata={"description": "With what he signs in; none for the company's directory alone."},
    )
    security_level = fields.Integer(
        strict=True, validate=[validate.OneOf(SECURITY_LEVELS, error="Expected one of: {choices}.")], metadata={"description": LEVELS}
    )
    access_level = Choice(
        *ACCESS_LEVELS, metadata={"description": "Whether his links to cost centers count, those to companies, or none is needed."}
    )
    access = fields.Nested(Access, metadata={"description": "All his links, instead of those that he has."})


class CreateUser(UserFields):
    """A new user, who is not active yet."""

    username = Text(
        length_min=1, length_max=64, required=True, metadata={"description": "It is stored in small letters and never changes."}
    )
    kind = Choice(*KINDS, load_default="full")
    roles = fields.List(code_text(), load_default=list, validate=[validate.Length(max=ROLES_MAX)])


class ChangeUser(UserFields):
    """Other fields of a user; what is left out stays."""

    kind = Choice(*KINDS, metadata={"description": "Only full users hold mandates."})
    expire_mandates = _yes_or_no(
        load_default=False, metadata={"description": "Whether the caller has seen which mandates expire with another kind."}
    )

    @validates_schema
    def _check_something_changes(self, given: dict[str, Any], **_context: Any) -> None:
        if set(given) <= {"expire_mandates"}:
            raise ValidationError(Fault("Name at least one field to change.", "missing"))


class Colleague(Schema):
    """Somebody who can be asked to act."""

    username = fields.String(required=True)
    full_name = fields.String(required=True)
    avatar = fields.String(required=True, allow_none=True, metadata={"description": "Where the avatar is, below /api/v1."})


class UserSummary(Colleague):
    """A user in a list; with `assignable` only the name and the avatar."""

    id = id_text("The user's id.", required=False)
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    kind = fields.String()
    active = fields.Boolean()
    company = fields.String(allow_none=True)
    cost_center = fields.String(allow_none=True)
    function = fields.String(allow_none=True)
    security_level = fields.Integer()
    roles = fields.List(fields.String())


class SearchDefaults(Schema):
    """What a search begins with, and goes back to when it is cleared."""

    kind = fields.List(fields.String(), required=True)
    active = fields.List(fields.String(), required=True)
    company = fields.String(required=True, allow_none=True, metadata={"description": "The only company, null where there are several."})


class Users(Schema):
    """A page of users."""

    items = fields.List(fields.Nested(UserSummary), required=True)
    next_cursor = next_cursor()
    defaults = fields.Nested(SearchDefaults)


class Profile(Colleague):
    """A user as he sees himself."""

    id = id_text("The user's id.")
    first_name = fields.String(required=True, allow_none=True)
    middle_name = fields.String(required=True, allow_none=True)
    last_name = fields.String(required=True, allow_none=True)
    title = fields.String(required=True, allow_none=True)
    initials = fields.String(required=True, allow_none=True)
    gender = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    phone = fields.String(required=True, allow_none=True)
    kind = fields.String(required=True)
    active = fields.Boolean(required=True)
    company = fields.String(required=True, allow_none=True)
    cost_center = fields.String(required=True, allow_none=True)
    organisation = fields.String(required=True, allow_none=True)
    external_code = fields.String(required=True, allow_none=True)
    function = fields.String(required=True, allow_none=True)
    function_description = fields.String(required=True, allow_none=True)
    language = fields.String(required=True, allow_none=True)
    language_in_force = fields.String(metadata={"description": "His own language, else his company's."})
    notify_new_task = fields.Boolean(required=True)
    notify_reminders = fields.Boolean(required=True)
    notify_status = fields.Boolean(required=True)
    manager = fields.String(required=True, allow_none=True)
    successor = fields.String(required=True, allow_none=True)
    backup = fields.String(required=True, allow_none=True)
    backup_active = fields.Boolean(required=True)
    login_type = fields.List(fields.String(), required=True)
    security_level = fields.Integer(required=True)
    roles = fields.List(fields.String(), required=True)
    created_at = fields.String(required=True)
    revision = fields.Integer(required=True)


class CostCenterOfUser(Schema):
    """A cost center whose documents a user may see, of one company or of all."""

    company = fields.String(required=True, allow_none=True)
    cost_center = fields.String(required=True)


class AccessOfUser(Schema):
    """A user's links."""

    companies = fields.List(fields.String(), required=True)
    cost_centers = fields.List(fields.Nested(CostCenterOfUser), required=True)


class User(Profile):
    """A user as who keeps users sees him."""

    internal_note = fields.String(required=True, allow_none=True)
    locked_out = fields.Boolean(required=True, metadata={"description": "Whether he failed to sign in too often."})
    access_level = fields.String(required=True)
    access = fields.Nested(AccessOfUser, required=True)


class SavedUser(User):
    """A user after he was saved."""

    messages = fields.List(fields.String(), required=True, metadata={"description": "What is allowed and yet hardly meant."})


class ExpiredMandate(Schema):
    """A legal mandate that expired since its user is no full user any more."""

    id = id_text("The mandate's id.")
    approval_type = fields.String(required=True)
    rule = fields.String(required=True)
    steps = fields.List(fields.String(), required=True)
    starts_on = fields.String(required=True, allow_none=True)
    ends_on = fields.String(required=True, allow_none=True)


class ChangedUser(SavedUser):
    """A user after the change, and what followed from it."""

    version = fields.Integer(required=True, metadata={"description": "The version of the approval matrix in force."})
    expired = fields.List(
        fields.Nested(ExpiredMandate), required=True, metadata={"description": "The mandates that expired, at most the first 200."}
    )
    expired_count = fields.Integer(required=True)
    rechecked = fields.Integer(
        required=True, metadata={"description": "How many running process instances name the user and are looked at again."}
    )


class Role(Schema):
    """A role that users can hold."""

    role = fields.String(required=True)
    description = fields.String(required=True)
    users = fields.Integer(required=True, metadata={"description": "How many active users hold it."})
    can_give = fields.Boolean(required=True, metadata={"description": "Whether you may give it to others."})


class Roles(Schema):
    """All roles."""

    items = fields.List(fields.Nested(Role), required=True)
    next_cursor = next_cursor()


class GiveRole(Request):
    """A role to give."""

    role = code_text(required=True)
    apply_to_running = _yes_or_no(
        metadata={"description": "Whether running transactions with open tasks of the role are changed too; needed where there are any."}
    )


class TakeRole(Request):
    """A role to take away."""

    role = code_text(required=True)
    apply_to_running = Flag(
        metadata={"description": "Whether the tasks that the user has by this role are taken from him; needed where there are any."}
    )


class RolesOfUser(Schema):
    """The roles of a user after a change."""

    id = id_text("The user's id.")
    username = fields.String(required=True)
    full_name = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    transactions = fields.Integer(required=True, metadata={"description": "How many running transactions have open tasks of the role."})
    applied = fields.Boolean(required=True, metadata={"description": "Whether they are changed too, each in a moment."})
    revision = fields.Integer(required=True)


class Avatar(Schema):
    """A user's picture after a change."""

    avatar = fields.String(required=True, allow_none=True, metadata={"description": "Where it is, below /api/v1."})
    media_type = fields.String(required=True, allow_none=True)
    bytes = fields.Integer(required=True)


class Company(Schema):
    """A company of the environment."""

    key = fields.String(required=True)
    name = fields.String(required=True)
    legal_id = fields.String(required=True, allow_none=True)
    base_currency = fields.String(required=True)
    language = fields.String(required=True)


class Companies(Schema):
    """All companies of the environment."""

    items = fields.List(fields.Nested(Company), required=True)
    next_cursor = next_cursor()
