"""Routes of who keeps the users, and of what everybody sees of himself and of his colleagues."""

from typing import Any

from app.domain.errors import (
    AvatarRefused,
    EmailInUse,
    GrantRefused,
    InvalidRequest,
    LastAdministrator,
    NotFound,
    NotPermitted,
    RoleHasTransactions,
    TooLarge,
    UserHasMandates,
    UsernameInUse,
    UserProtected,
)
from app.domain.pictures import AVATAR_BYTES_MAX
from app.http.audience import Audience, Call
from app.http.request_body import read_body
from app.http.schemas.people import (
    Avatar,
    ChangedUser,
    ChangeUser,
    Companies,
    CreateUser,
    GiveRole,
    OwnFields,
    Profile,
    Roles,
    RolesOfUser,
    SavedUser,
    TakeRole,
    User,
    Users,
    UserSearch,
)
from app.operations.answer import Answer
from app.operations.people.avatars import delete_avatar, read_avatar, set_avatar
from app.operations.people.change_profile import change_profile
from app.operations.people.change_user import change_user
from app.operations.people.create_user import create_user
from app.operations.people.give_role import give_role
from app.operations.people.list_companies import list_companies
from app.operations.people.list_roles import list_roles
from app.operations.people.list_users import list_colleagues, list_users
from app.operations.people.read_profile import read_profile
from app.operations.people.read_user import read_user
from app.operations.people.take_role import take_role

AVATAR_BODY_MAX = 4 * AVATAR_BYTES_MAX

people = Audience("people", description="People who keep the users, and everybody about himself.")


@people.route("/users")
@people.signed_in()
@people.refuses(NotPermitted)
@people.query(UserSearch)
@people.answers(Users)
def get_users(call: Call, query: dict[str, Any]) -> Answer:
    """Search for users; with `assignable`, for colleagues who can be asked to act."""
    q, assignable = query.pop("q", None), query.pop("assignable")
    if assignable:
        return list_colleagues(call.system, call.caller, q=q, limit=query["limit"], cursor=query.get("cursor"))
    return list_users(call.system, call.caller, **query)


@people.route("/users", methods=("POST",))
@people.signed_in()
@people.idempotent
@people.refuses(EmailInUse, GrantRefused, NotPermitted, UsernameInUse)
@people.body(CreateUser)
@people.answers(SavedUser, 201, location="/api/v1/users/{id}")
def post_user(call: Call, body: dict[str, Any]) -> Answer:
    """Create a user, who is not active until he is activated."""
    return create_user(call.system, call.caller, **body, request=call.request)


@people.route("/users/<id:user_id>")
@people.signed_in()
@people.refuses(NotFound, NotPermitted)
@people.answers(User)
def get_user(call: Call, user_id: str) -> Answer:
    """Read a user with all his fields."""
    return read_user(call.system, call.caller, user_id)


@people.route("/users/<id:user_id>", methods=("PATCH",))
@people.signed_in()
@people.idempotent
@people.revised
@people.refuses(EmailInUse, GrantRefused, NotFound, NotPermitted, UserHasMandates, UserProtected)
@people.body(ChangeUser)
@people.answers(ChangedUser)
def patch_user(call: Call, body: dict[str, Any], user_id: str) -> Answer:
    """Change fields of a user. Who is no full user any more loses his mandates, which `expire_mandates` confirms.

    Without it, active mandates refuse another kind, and the problem lists them in `mandates`.
    """
    return change_user(call.system, call.caller, user_id, **body, revision=call.revision, request=call.request)


@people.route("/users/<id:user_id>/roles", methods=("POST",))
@people.signed_in()
@people.idempotent
@people.refuses(GrantRefused, NotFound, NotPermitted, RoleHasTransactions, UserProtected)
@people.body(GiveRole)
@people.answers(RolesOfUser)
def post_user_role(call: Call, body: dict[str, Any], user_id: str) -> Answer:
    """Give a user a role, and say what becomes of the open tasks of that role where there are any."""
    return give_role(call.system, call.caller, user_id, **body, request=call.request)


@people.route("/users/<id:user_id>/roles", methods=("DELETE",))
@people.signed_in()
@people.idempotent
@people.refuses(GrantRefused, LastAdministrator, NotFound, NotPermitted, RoleHasTransactions, UserProtected)
@people.query(TakeRole)
@people.answers(RolesOfUser)
def delete_user_role(call: Call, query: dict[str, Any], user_id: str) -> Answer:
    """Take a role from a user, and say what becomes of the tasks that he has by it where there are any."""
    return take_role(call.system, call.caller, user_id, **query, request=call.request)


@people.route("/users/<id:user_id>/avatar")
@people.signed_in()
@people.refuses(NotFound)
@people.shows("image/png", "image/jpeg")
def get_user_avatar(call: Call, user_id: str) -> tuple[bytes, str, str]:
    """Read the picture of a colleague; a browser may keep it, and asks with its ETag whether it is still the same."""
    avatar = read_avatar(call.system, call.caller, user_id)
    return avatar.content, avatar.media_type, avatar.mark


@people.route("/users/<id:user_id>/avatar", methods=("PUT",))
@people.signed_in(bytes_max=AVATAR_BODY_MAX)
@people.refuses(AvatarRefused, InvalidRequest, NotFound, NotPermitted, TooLarge, UserProtected)
@people.sends("image/png", None, description="A PNG or JPEG picture of at most 102400 bytes; its content tells which.")
@people.answers(Avatar)
def put_user_avatar(call: Call, user_id: str) -> Answer:
    """Set one's own picture, or as who keeps users that of somebody else."""
    return set_avatar(call.system, call.caller, user_id, content=read_body(call.sent))


@people.route("/users/<id:user_id>/avatar", methods=("DELETE",))
@people.signed_in()
@people.refuses(NotFound, NotPermitted, UserProtected)
@people.answers(Avatar)
def delete_user_avatar(call: Call, user_id: str) -> Answer:
    """Take one's own picture away, or as who keeps users that of somebody else."""
    return delete_avatar(call.system, call.caller, user_id)


@people.route("/roles")
@people.signed_in()
@people.refuses(NotPermitted)
@people.answers(Roles)
def get_roles(call: Call) -> Answer:
    """List the roles, what they are for, and how many users hold them."""
    return list_roles(call.system, call.caller)


@people.route("/companies")
@people.signed_in()
@people.answers(Companies)
def get_companies(call: Call) -> Answer:
    """List the companies of the environment."""
    return list_companies(call.system, call.caller)


@people.route("/profile")
@people.signed_in()
@people.answers(Profile)
def get_profile(call: Call) -> Answer:
    """Read one's own fields."""
    return read_profile(call.system, call.caller)


@people.route("/profile", methods=("PATCH",))
@people.signed_in()
@people.idempotent
@people.revised
@people.body(OwnFields)
@people.answers(Profile)
def patch_profile(call: Call, body: dict[str, Any]) -> Answer:
    """Change one's own phone number, language or notifications."""
    return change_profile(call.system, call.caller, **body, revision=call.revision, request=call.request)
