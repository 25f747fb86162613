"""One's own pages: profile, mails, backup, absences, API tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO

from flask.testing import FlaskClient

from app.operations.answer import Caller
from app.operations.people.authenticate_token import authenticate_token
from app.operations.people.read_profile import read_profile
from app.operations.system import System
from tests.data.pictures import png
from tests.web.conftest import send, token_of
from tests.web.test_people_pages import address_of, form_of

SignIn = Callable[[str], FlaskClient]
Callers = Callable[[str], Caller]


def test_phone_language_and_mails_are_saved(signed_in: SignIn, system: System, caller: Callers) -> None:
    """USR-15, USR-24, TSK-03."""
    claire = signed_in("claire")
    page = claire.get("/profile").text
    assert "Branch manager" in page

    claire.post("/profile", data=form_of(page, "/profile") | {"phone": "+31 20 1", "language": "nl"})
    notices = form_of(claire.get("/profile").text, "/profile/notifications")
    assert "notify_reminders" in notices
    notices.pop("notify_reminders")
    claire.post("/profile/notifications", data=notices | {"notify_new_task": "on"})
    answer = claire.post("/profile/digest", data=form_of(claire.get("/profile").text, "/profile/digest") | {"hour": "7"})

    assert answer.location == "/profile"
    profile = read_profile(system, caller("claire")).body
    assert [profile[name] for name in ("phone", "language", "notify_new_task", "notify_reminders", "notify_status")] == [
        "+31 20 1",
        "nl",
        True,
        False,
        True,
    ]
    assert form_of(claire.get("/profile").text, "/profile/digest")["hour"] == "7"


def test_a_refused_profile_keeps_what_was_typed(signed_in: SignIn) -> None:
    claire = signed_in("claire")
    fields = form_of(claire.get("/profile").text, "/profile") | {"phone": "no number"}

    answer = claire.post("/profile", data=fields)
    assert answer.status_code == 422
    assert 'value="no number"' in answer.text
    assert 'id="fields-phone-error"' in answer.text
    assert send(claire, "/profile/digest", page="/profile", hour="25").status_code == 422

    claire.post("/profile", data=form_of(claire.get("/profile").text, "/profile") | {"phone": "+31 20 2"})
    stale = claire.post("/profile", data=fields | {"phone": "+31 20 3", "idempotency_key": "another"})
    assert (stale.status_code, 'value="+31 20 3"' in stale.text) == (409, True)


def test_a_picture_of_ones_own(signed_in: SignIn) -> None:
    """USR-14."""
    claire = signed_in("claire")
    data = {"csrf_token": token_of(claire.get("/profile").text), "picture": (BytesIO(png()), "me.png")}

    assert claire.post("/profile/avatar", data=data).status_code == 303
    assert '<img class="face large" src="/avatars/' in claire.get("/profile").text
    send(claire, "/profile/avatar/delete", page="/profile")
    assert '<img class="face large"' not in claire.get("/profile").text


def test_clearing_the_backup_switches_it_off(signed_in: SignIn, system: System, caller: Callers) -> None:
    """USR-25, USR-26: active only with a backup; clearing backup clears active."""
    claire = signed_in("claire")
    send(claire, "/profile/backup", page="/profile", backup="donald", active="on")
    assert "Acts now" in claire.get("/profile").text

    send(claire, "/profile/backup", page="/profile", backup="", active="on")

    profile = read_profile(system, caller("claire")).body
    assert (profile["backup"], profile["backup_active"]) == (None, False)
    refused = send(claire, "/profile/backup", page="/profile", backup="claire", active="on")
    assert (refused.status_code, "Nobody can stand in for himself." in refused.text) == (422, True)


def test_an_absence_is_entered_changed_and_ended(signed_in: SignIn) -> None:
    """ESC-05: dates, stand-in, cap, processes; ended it stays in the list."""
    claire = signed_in("claire")
    fields = form_of(claire.get("/profile/absences").text, "/profile/absences") | {
        "stand_in": "donald",
        "starts_on": "2026-11-09",
        "ends_on": "2026-11-13",
        "amount": "10,000.00",
        "currency": "EUR",
        "processes": ["purchase_invoice"],
        "note": "Autumn <b>",
    }
    for _ in range(2):  # a double click enters one
        assert claire.post("/profile/absences", data=fields).status_code == 303
    page = claire.get("/profile/absences").text
    assert page.count("9 Nov 2026 to 13 Nov 2026</b>") == 1
    assert "up to EUR 10,000.00, only in purchase_invoice" in page
    assert "Autumn &lt;b&gt;" in page

    change = re.search(r'href="(/profile/absences\?change=([^"#]+))#absence"', page)
    address = f"/profile/absences/{change[2]}"
    changed = form_of(claire.get(change[1]).text, address)
    assert (changed["stand_in"], changed["starts_on"], changed["processes"]) == ("donald", "2026-11-09", "purchase_invoice")
    refused = claire.post(address, data=changed | {"ends_on": "2026-11-01", "idempotency_key": "wrong way round"})
    assert (refused.status_code, 'value="2026-11-01"' in refused.text, f'action="{address}"' in refused.text) == (422, True, True)
    claire.post(address, data=changed | {"ends_on": "2026-11-11"})
    assert "9 Nov 2026 to 11 Nov 2026</b>" in claire.get("/profile/absences").text

    end = form_of(claire.get("/profile/absences").text, f"{address}/end")
    claire.post(f"{address}/end", data=end)
    assert "Ended" in claire.get("/profile/absences").text
    again = claire.post(f"{address}/end", data=end | {"idempotency_key": "again"})
    assert (again.status_code, "Enter a new one." in again.text) == (409, True)


def test_an_absence_that_cannot_be_read_names_each_field(signed_in: SignIn) -> None:
    claire = signed_in("claire")

    answer = send(
        claire, "/profile/absences", page="/profile/absences", starts_on="soon", ends_on="", amount="much", note="Kept", currency="x"
    )

    assert answer.status_code == 422
    for field in ("stand_in", "starts_on", "ends_on", "amount"):
        assert f'id="absence-{field}-error"' in answer.text, field
    assert 'value="Kept"' in answer.text
    assert send(claire, "/profile/absences", page="/profile/absences", stand_in="x" * 5000).status_code == 422


def test_who_keeps_users_enters_absences_of_others_and_nobody_else_does(signed_in: SignIn) -> None:
    """ESC-05."""
    adm, claire = signed_in("adm"), signed_in("claire")
    address = address_of(adm, "marc")
    days = {"starts_on": "2026-11-09", "ends_on": "2026-11-13", "stand_in": "ann"}

    assert claire.get(f"{address}/absences").status_code == 403
    assert send(claire, f"{address}/absences", page="/profile", **days).status_code == 403
    assert send(adm, f"{address}/absences", page=f"{address}/absences", **days).status_code == 303
    assert "Ann" in adm.get(f"{address}/absences").text
    assert send(adm, f"{address}/backup", page=f"{address}/absences", backup="ann", active="on").status_code == 303
    assert send(claire, f"{address}/backup", page="/profile", backup="claire").status_code == 403


def test_a_token_is_shown_once_and_revoked(signed_in: SignIn, system: System) -> None:
    claire = signed_in("claire")
    fields = form_of(claire.get("/profile/tokens").text, "/profile/tokens") | {
        "label": "My <script>",
        "scopes": ["read"],
        "expires_on": "2026-12-24",
    }

    made = claire.post("/profile/tokens", data=fields)

    assert made.status_code == 201
    secret = re.search(r'id="made-token"[^>]*value="([^"]+)"', made.text)[1]
    assert authenticate_token(system, secret).username == "claire"
    page = claire.get("/profile/tokens").text
    assert secret not in page
    assert "24 Dec 2026" in page
    assert "My &lt;script&gt;" in page
    again = claire.post("/profile/tokens", data=fields)
    assert (secret in again.text, "Its secret was shown before" in again.text) == (False, True)

    revoke = re.search(r'action="(/profile/tokens/[^"]+/revoke)"', page)[1]
    assert send(claire, revoke, page="/profile/tokens").status_code == 303
    assert "There is no token." in claire.get("/profile/tokens").text
    assert send(claire, revoke, page="/profile/tokens").status_code == 404


def test_a_refused_token_keeps_what_was_typed(signed_in: SignIn) -> None:
    claire = signed_in("claire")

    answer = send(claire, "/profile/tokens", page="/profile/tokens", label="Kept", expires_on="2030-01-01")

    assert answer.status_code == 422
    assert 'value="Kept"' in answer.text
    assert 'id="token-expires_on-error"' in answer.text
    assert "Choose one or more of: read, approve, send, administer." in answer.text


def test_tokens_of_others_are_for_who_keeps_users(signed_in: SignIn) -> None:
    adm, claire = signed_in("adm"), signed_in("claire")
    address = address_of(adm, "erp")

    assert claire.get(f"{address}/tokens").status_code == 403
    made = send(adm, f"{address}/tokens", page=f"{address}/tokens", label="ERP", scopes=["send", "approve"])
    assert (made.status_code, "shown this once" in made.text) == (201, True)
    marc = address_of(adm, "marc")
    refused = send(adm, f"{marc}/tokens", page=f"{marc}/tokens", label="In his name", scopes=["approve"])
    assert (refused.status_code, "Marc Anthony alone makes it" in refused.text) == (403, True)


def test_theme_and_single_keys_stand_on_the_profile_too(signed_in: SignIn) -> None:
    claire = signed_in("claire")

    answer = send(claire, "/preferences", page="/profile", theme="dark", keys="off", next="/profile")

    assert answer.location == "/profile"
    assert 'data-theme="dark" data-keys="off"' in claire.get("/profile").text
    for tab in ("/profile/absences", "/profile/tokens", "/security"):
        assert f'href="{tab}"' in claire.get("/profile").text
