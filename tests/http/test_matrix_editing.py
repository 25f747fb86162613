"""Editing the matrix over HTTP: statuses, revisions, pages, keys, and the file."""

from typing import Any

import pytest

from tests.http.matrix_visits import MANDATE, close_drafts, first_id
from tests.http.people import Api

CSV = "text/csv"


def mandate_id(api: Api, user: str) -> str:
    """Return the id of somebody's only mandate in force."""
    (found,) = api.get(f"/mandates?user={user}", "wfa").json["items"]
    return str(found["id"])


def test_a_change_says_which_draft_it_went_into_and_what_is_in_force(api: Api) -> None:
    answer = api.post("/mandates", "wfa", json=MANDATE)

    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/mandates/{answer.json['id']}"
    assert (answer.json["version"], answer.json["warnings"], answer.headers["ETag"]) == (1, [], '"1"')
    draft = api.get(f"/approval-matrix/drafts/{answer.json['draft']}", "adm").json
    assert (draft["status"], draft["count"], draft["author"]["username"]) == ("open", 2, "wfa")
    assert api.get(answer.headers["Location"].removeprefix("/api/v1"), "wfa").json["draft"] == answer.json["draft"]
    assert api.get(answer.headers["Location"].removeprefix("/api/v1"), "adm").status_code == 404


def test_four_eyes_over_http(api: Api) -> None:
    """MXC-06: 403 for the author, 200 for the second person, 409 for the third."""
    draft = api.post("/mandates", "wfa", json=MANDATE).json["draft"]
    path = f"/approval-matrix/drafts/{draft}/activate"

    own = api.post(path, "wfa", json={"revision": 1})
    blind = api.post(path, "adm")
    old = api.post(path, "adm", headers={"If-Match": '"7"'})
    done = api.post(path, "adm", headers={"If-Match": '"1"'})
    again = api.post(path, "adm", json={"revision": 1})

    assert (own.status_code, own.json["type"]) == (403, "/api/problems/second_person_needed")
    assert (blind.status_code, blind.json["errors"][0]["pointer"]) == (422, "#/revision")
    assert old.status_code == 412
    assert (done.status_code, done.json["version"], done.json["status"]) == (200, 2, "activated")
    assert (again.status_code, again.json["type"], again.json["who"]) == (409, "/api/problems/draft_closed", "Application manager")
    assert api.get("/approval-matrix/versions/2", "adm").json["digest"] == api.get("/approval-matrix/settings", "adm").json["digest"]


def test_a_revision_that_is_over_is_412(api: Api) -> None:
    path = f"/mandates/{mandate_id(api, 'marc')}"
    seen = api.get(path, "wfa").headers["ETag"]
    first = api.call("PATCH", path, "wfa", json={"ends_on": "2027-01-01"}, headers={"If-Match": seen})

    again = api.call("PATCH", path, "wfa", json={"ends_on": "2028-01-01"}, headers={"If-Match": seen})

    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    assert (again.status_code, again.json["actual"]) == (412, 2)


def test_the_same_key_is_one_draft_and_one_answer(api: Api) -> None:
    headers = {"Idempotency-Key": "once"}
    first = api.post("/mandates", "wfa", json=MANDATE, headers=headers)
    again = api.post("/mandates", "wfa", json=MANDATE, headers=headers)

    assert again.json == first.json
    assert api.get(f"/approval-matrix/drafts/{first.json['draft']}", "wfa").json["count"] == 2
    assert api.post("/mandates", "wfa", json=MANDATE | {"user": "carl"}, headers=headers).status_code == 422


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/mandates", {name: value for name, value in MANDATE.items() if name != "responsible"}, "#/responsible"),
        ("/mandates", MANDATE | {"user": "pia"}, "#/user"),
        ("/mandates", MANDATE | {"rule": "XX"}, "#/rule"),
        ("/mandates", MANDATE | {"financial": []}, "#/financial"),
        ("/mandates", MANDATE | {"financial": [{"steps": ["third_line"]}]}, "#/financial/0/steps/0"),
        ("/mandates", MANDATE | {"ends_on": "tomorrow"}, "#/ends_on"),
        ("/mandates", MANDATE | {"limit": "5"}, "#/limit"),
        ("/mandates", MANDATE | {"user": " ann"}, "#/user"),
        (
            "/approval-rules",
            {"approval_type": "PI", "key": "X", "description": "x", "limits": [{"currency": "EUR", "amount": 5}]},
            "#/limits/0/amount",
        ),
        ("/approval-rules", {"approval_type": "PI", "key": "X", "description": "x", "limits": [{"currency": "EUR"}]}, "#/limits/0/amount"),
        ("/cost-centers", {"key": "SALES", "name": "Again"}, "#/key"),
        ("/cost-centers", {"key": "X", "name": "X", "parent": "GM"}, "#/parent"),
        ("/organisations", {"key": "Acme", "name": "Again"}, "#/key"),
    ],
)
def test_what_cannot_be_accepted_is_422_and_says_where(api: Api, path: str, body: dict[str, Any], pointer: str) -> None:
    """MXM-03, MXM-02, MXL-04, MXL-05."""
    answer = api.post(path, "wfa", json=body)

    assert answer.status_code == 422, answer.text
    assert pointer in {fault["pointer"] for fault in answer.json["errors"]}
    assert api.get("/approval-matrix/drafts", "wfa").json["items"] == []


@pytest.mark.parametrize("priority", [[2, 2, 3], [1, 2, 3], [], "234", [2, 3, 4.5]])
def test_an_invalid_order_of_parameters_is_422(api: Api, priority: Any) -> None:
    """MXP-08."""
    answer = api.call("PATCH", f"/approval-types/{first_id(api, '/approval-types')}", "max", json={"priority": priority})

    assert answer.status_code == 422


def test_types_are_kept_by_consultants(api: Api) -> None:
    """MXT-03: adm may not."""
    path = f"/approval-types/{first_id(api, '/approval-types')}"

    assert api.call("PATCH", path, "adm", json={"secretary": True}).status_code == 403
    answer = api.call("PATCH", path, "max", json={"check_amount": "5000.00"})
    assert (answer.status_code, answer.json["check_amount"]) == (200, "5000.00")


def test_a_cycle_is_422_and_unlinking_all_unconfirmed_409(api: Api) -> None:
    """MXO-09, MXO-10."""
    gm, sup = (first_id(api, "/cost-centers", key) for key in ("GM", "SUP"))

    cycle = api.post(f"/cost-centers/{gm}/link", "wfa", json={"parent": "SALES"})
    asked = api.post(f"/cost-centers/{sup}/unlink-all", "wfa")

    assert (cycle.status_code, cycle.json["path"]) == (422, "GM > SALES > GM")
    assert (asked.status_code, asked.json["children"], asked.json["unlinked"]) == (409, 1, ["SUP", "SUP-N"])
    assert api.post(f"/cost-centers/{sup}/unlink-all", "wfa", json={"confirm": True}).json["unlinked_count"] == 2


def test_unlinked_centers_are_listed_by_company_with_a_warning(api: Api) -> None:
    """MXO-04."""
    answer = api.get("/organisation-chart/unlinked?company=NL01&company=DE01", "wfa")

    assert [each["key"] for each in answer.json["items"]] == ["NEW"]
    assert answer.json["warning"] == "Not all companies are selected: cost centers of UK01 are not shown."


def test_lists_are_read_page_by_page(api: Api) -> None:
    for path in ("/mandates", "/approval-rules", "/cost-centers", "/organisations", "/approval-types"):
        whole = [each["id"] for each in api.get(f"{path}?limit=200", "wfa").json["items"]]
        found, cursor = [], ""
        while True:
            page = api.get(f"{path}?limit=1{cursor}", "wfa").json
            found += [each["id"] for each in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert found == whole
        assert api.get(f"{path}?cursor=bm9uZQ", "wfa").status_code == 422


def test_the_file_goes_out_and_comes_back(api: Api) -> None:
    """MXC-01..08."""
    exported = api.get("/approval-matrix/export.csv", "wfa")
    content = bytes(exported.data)

    assert (exported.mimetype, exported.headers["Content-Disposition"]) == (CSV, "attachment; filename=approval-matrix-v1.csv")
    unchanged = api.post("/approval-matrix/import", "wfa", data=content, content_type=CSV)
    assert (unchanged.status_code, unchanged.json["diff"]["total"]) == (200, 0)
    edited = content.replace(b"carl,PI,DL", b"ann,PI,DL")
    dry = api.post("/approval-matrix/import?dry_run=true", "wfa", data=edited, content_type=CSV)
    assert (dry.status_code, dry.json["diff"]["change"], dry.json["draft"]) == (200, 1, None)
    real = api.post("/approval-matrix/import", "wfa", data=edited, content_type=f"{CSV}; charset=utf-8")
    assert real.status_code == 201
    assert api.post("/approval-matrix/import", "wfa", data=edited, content_type=CSV).json["type"] == "/api/problems/draft_open"
    activated = api.post(f"/approval-matrix/drafts/{real.json['draft']}/activate", "adm", json={"revision": 1})
    assert activated.json["version"] == 2
    stale = api.post("/approval-matrix/import", "wfa", data=content, content_type=CSV)
    assert (stale.status_code, stale.json["base"], stale.json["current"], stale.json["count"]) == (409, 1, 2, 1)


@pytest.mark.parametrize(
    ("content", "media_type", "status", "kind"),
    [
        (b"a;b", CSV, 422, "matrix_invalid"),
        (b"", CSV, 422, "matrix_invalid"),
        (b"\xff\xfe", CSV, 422, "matrix_invalid"),
        (b"a,b", "application/json", 415, "unsupported_media"),
        (b"a,b", "application/vnd.ms-excel", 415, "unsupported_media"),
    ],
)
def test_a_file_that_is_none_is_refused(api: Api, content: bytes, media_type: str, status: int, kind: str) -> None:
    """MXC-04, MXC-05."""
    answer = api.post("/approval-matrix/import", "wfa", data=content, content_type=media_type)

    assert (answer.status_code, answer.json["type"]) == (status, f"/api/problems/{kind}")


def test_a_file_of_a_hundred_megabytes_is_refused_unread(api: Api) -> None:
    answer = api.post("/approval-matrix/import", "wfa", data=b"x", content_type=CSV, environ_overrides={"CONTENT_LENGTH": "100000000"})

    assert answer.status_code == 413


def test_ids_of_nothing_are_404(api: Api) -> None:
    nothing = "01900000-0000-7000-8000-000000000000"

    for path in ("mandates", "approval-rules", "approval-types", "cost-centers", "organisations", "approval-matrix/drafts"):
        assert api.get(f"/{path}/{nothing}", "wfa").status_code == 404
        assert api.get(f"/{path}/not-an-id", "wfa").status_code == 404
    assert api.get("/approval-matrix/versions/7", "wfa").status_code == 404
    assert api.post(f"/approval-matrix/drafts/{nothing}/activate", "wfa", json={"revision": 1}).status_code == 404


def test_drafts_are_closed_by_whoever_keeps_the_matrix(api: Api) -> None:
    draft = api.post("/mandates", "wfa", json=MANDATE).json["draft"]
    asked = api.post(f"/approval-matrix/drafts/{draft}/request-review", "wfa", json={"reviewer": "adm"})
    close_drafts(api)

    assert (asked.json["status"], asked.json["can"]) == ("in_review", ["discard"])
    assert api.get("/approval-matrix/drafts?status=discarded", "adm").json["items"][0]["id"] == draft
