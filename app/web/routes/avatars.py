"""Pictures of people: shown next to their names, set and taken away."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, make_response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.errors import InvalidRequest
from app.domain.pictures import AVATAR_BYTES_MAX
from app.operations.people.avatars import delete_avatar, read_avatar, set_avatar
from app.web.context import caller, pages
from app.web.forms import Sent, answer_form, perform
from app.web.routes.profile import show_profile
from app.web.routes.user import show_user

_DAY_SECONDS = 24 * 3600


def add_avatar_routes(blueprint: Blueprint) -> None:
    """Add the pictures, one's own and those of others."""
    blueprint.add_url_rule("/avatars/<user_id>", "avatar", give_avatar)
    for path in ("/profile/avatar", "/people/<user_id>/avatar"):
        blueprint.add_url_rule(path, "set_avatar", set_picture, methods=["POST"])
        blueprint.add_url_rule(f"{path}/delete", "delete_avatar", delete_picture, methods=["POST"])


def give_avatar(user_id: str) -> Response:
    """Give the picture of a colleague; another picture has another address."""
    picture = read_avatar(pages().system, caller(), user_id)
    response = make_response(picture.content)
    response.mimetype = picture.media_type
    response.headers["Cache-Control"] = f"private, max-age={_DAY_SECONDS}"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def set_picture(user_id: str | None = None) -> BaseResponse:
    """Store the picture that was sent."""

    def change() -> str:
        file = request.files.get("picture")
        content = file.read(AVATAR_BYTES_MAX + 1) if file else b""
        if not content:
            raise InvalidRequest("Choose a picture first.", errors={"picture": ["Choose a PNG or JPEG picture of at most 100 kB."]})
        perform(set_avatar, user_id or caller().user_id, content=content)
        return "The picture is set."

    return _answer(user_id, change)


def delete_picture(user_id: str | None = None) -> BaseResponse:
    """Take the picture away."""

    def change() -> str:
        perform(delete_avatar, user_id or caller().user_id)
        return "The picture is taken away."

    return _answer(user_id, change)


def _answer(user_id: str | None, change: Callable[[], str]) -> BaseResponse:
    def show(sent: Sent) -> str:
        return show_user(user_id, sent) if user_id else show_profile(sent)

    target = url_for("web.user", user_id=user_id) if user_id else url_for("web.profile")
    return answer_form("picture", change, target=target, show=show)
