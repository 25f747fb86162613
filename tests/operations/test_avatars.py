"""Pictures of users: only what really is one, and no larger than it may be."""

import pytest

from app.domain.errors import AvatarRefused, NotFound, NotPermitted
from app.domain.pictures import AVATAR_BYTES_MAX, picture_type
from app.operations.people.avatars import delete_avatar, read_avatar, set_avatar
from app.operations.people.read_faces import read_faces
from app.operations.people.read_profile import read_profile
from tests.data.pictures import GIF, JPEG, SVG, png
from tests.http.people import Api


def put(office, username, content, by=None):
    """Set somebody's picture, his own unless somebody else does, and return the answer's body."""
    return set_avatar(office.system, office.caller(by or username), office.caller(username).user_id, content=content).body


def test_a_picture_is_at_most_100_kilobytes(office):
    """USR-14: 100 * 1024 B ok, + 1 refused."""
    body = put(office, "ann", png(bytes_total=AVATAR_BYTES_MAX))

    assert (body["bytes"], body["media_type"]) == (102_400, "image/png")
    with pytest.raises(AvatarRefused, match="102401 bytes"):
        put(office, "ann", png(bytes_total=AVATAR_BYTES_MAX + 1))


NO_PICTURES = (
    GIF,
    SVG,
    b"",
    b"\x89PNG\r\n\x1a\n",
    png()[:-16],
    png(width=0),
    png(width=100_000),
    JPEG[:-2],
    JPEG[:12],
    b"\xff\xd8\xff\xff\xd9",
    b"<html>" + png(),
)


def test_what_is_no_whole_png_or_jpeg_is_refused_whatever_it_is_called(office):
    """USR-14: gif refused; content sniffed."""
    for content in NO_PICTURES:
        with pytest.raises(AvatarRefused):
            put(office, "ann", content)


def test_a_jpeg_frame_tells_its_size():
    """USR-14."""
    assert picture_type(JPEG) == "image/jpeg"
    assert picture_type(JPEG.replace(b"\x00\x02\x00\x03", b"\xff\xff\x00\x03")) is None


def test_everybody_sets_his_own_and_who_keeps_users_that_of_others(office):
    """USR-14."""
    assert put(office, "ann", JPEG)["media_type"] == "image/jpeg"
    assert put(office, "ann", png(), by="adm")["media_type"] == "image/png"
    with pytest.raises(NotPermitted):
        put(office, "ann", png(), by="marc")
    with pytest.raises(NotFound):
        set_avatar(office.system, office.caller("kim"), office.caller("ann").user_id, content=png())


def test_another_picture_has_another_address(office):
    """USR-14: shown next to names."""
    first, second = put(office, "ann", png())["avatar"], put(office, "ann", JPEG)["avatar"]

    assert first != second
    assert read_profile(office.system, office.caller("ann")).body["avatar"] == second
    delete_avatar(office.system, office.caller("ann"), office.caller("ann").user_id)
    delete_avatar(office.system, office.caller("ann"), office.caller("ann").user_id)
    assert read_profile(office.system, office.caller("ann")).body["avatar"] is None
    with pytest.raises(NotFound):
        read_avatar(office.system, office.caller("marc"), office.caller("ann").user_id)


def test_over_http_the_content_counts_and_a_browser_keeps_it(app, client, office):
    """USR-14: 422 for too large and for a gif; nothing in it is ever run."""
    api = Api(app=app, client=client)
    path = f"/users/{office.caller('ann').user_id}/avatar"

    for content in (png(bytes_total=AVATAR_BYTES_MAX + 1), GIF, SVG):
        refused = api.call("PUT", path, "ann", data=content, content_type="image/png")
        assert (refused.status_code, refused.json["type"]) == (422, "/api/problems/avatar_refused")
    assert api.call("PUT", path, "ann", data=b"x" * 500_000, content_type="image/png").status_code == 413
    assert api.call("PUT", path, "ann", data=JPEG, content_type="text/html").status_code == 200

    found = api.get(path, "marc")
    assert (found.data, found.mimetype, found.headers["X-Content-Type-Options"]) == (JPEG, "image/jpeg", "nosniff")
    assert found.headers["Cache-Control"].startswith("private")
    assert api.get(path, "marc", headers={"If-None-Match": found.headers["ETag"]}).status_code == 304
    assert api.get(path, "kim").status_code == 404


def test_pages_find_the_pictures_of_their_environment_by_name(office):
    """USR-14: shown next to names, as soon as they are set and until they are taken away."""
    assert read_faces(office.system, office.caller("marc")).body == {}

    put(office, "ann", JPEG)
    ann = office.caller("ann")
    assert read_faces(office.system, office.caller("marc")).body == {"ann": read_profile(office.system, ann).body["avatar"]}
    assert read_faces(office.system, office.caller("kim")).body == {}

    delete_avatar(office.system, ann, ann.user_id)
    assert read_faces(office.system, office.caller("marc")).body == {}
