"""What all pages have in common: headers, policy, errors, templates without inline code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

import app.web
from app.web.security import CONTENT_SECURITY_POLICY
from tests.web.cast import Stage
from tests.web.conftest import send

WEB = Path(app.web.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
PAGES = [
    "/inbox",
    "/tasks/42",
    "/documents",
    "/documents/d-A-2026-1187",
    "/process-instances",
    "/process-instances/i-1",
    "/help",
    "/nowhere",
]
UI_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'"


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_the_strict_policy_and_varies_by_htmx(claire: FlaskClient, path: str) -> None:
    answer = claire.get(path)

    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith(UI_POLICY)
    assert "HX-Request" in answer.headers["Vary"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_template_has_inline_code(template: Path) -> None:
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"\sstyle=|<style", text)
    assert not re.search(r"\son[a-z]+=|hx-on|\sjs:|javascript:", text)
    assert not re.search(r"hx-trigger=\"[^\"]*\[", text)
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag or 'type="application/json"' in tag
    assert "| safe" not in text


@pytest.mark.parametrize("path", PAGES[:-1])
def test_every_page_has_one_heading_one_main_and_a_skip_link(claire: FlaskClient, path: str) -> None:
    page = claire.get(path).text

    assert len(re.findall(r"<h1[ >]", page)) == 1
    assert len(re.findall(r"<main[ >]", page)) == 1
    assert 'class="skip" href="#main"' in page


def test_every_form_that_changes_something_has_a_token(claire: FlaskClient) -> None:
    for path in PAGES:
        for form in re.findall(r'<form[^>]*method="post".*?</form>', claire.get(path).text, re.DOTALL):
            assert 'name="csrf_token"' in form


def test_every_icon_that_is_used_is_in_the_sprite(claire: FlaskClient) -> None:
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (WEB / "static" / "icons.svg").read_text(encoding="utf-8")))
    used = {name for path in PAGES for name in re.findall(r"icons\.svg#([a-z0-9-]+)", claire.get(path).text)}
    sources = "".join(path.read_text(encoding="utf-8") for path in [*WEB.glob("*.py"), *TEMPLATES])
    named = set(re.findall(r'icon\("([a-z0-9-]+)"\)|icon="([a-z0-9-]+)"', sources))

    assert used <= sprite
    assert {name for pair in named for name in pair if name} <= sprite


def test_the_menu_lists_only_pages_that_exist(claire: FlaskClient) -> None:
    page = claire.get("/inbox").text
    nav = page[page.index('id="nav"') : page.index("</nav>")]

    for path in re.findall(r'<a[^>]* href="([^"]+)"', nav):
        assert claire.get(path, follow_redirects=True).status_code == 200


def test_an_unknown_address_is_answered_with_a_page(claire: FlaskClient) -> None:
    answer = claire.get("/nowhere")

    assert answer.status_code == 404
    assert "There is nothing here." in answer.text
    assert "Go to the inbox" in answer.text


def test_a_crash_says_only_that_it_happened(visitor: FlaskClient, claire: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    application: Flask = visitor.application
    application.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(application.view_functions, "web.documents", lambda: 1 / 0)

    answer = claire.get("/documents")

    assert answer.status_code == 500
    assert "Something broke on our side." in answer.text
    assert "ZeroDivision" not in answer.text


def test_bundles_are_cached_for_good_and_other_files_are_not(claire: FlaskClient) -> None:
    with claire.get("/static/icons.svg") as answer:
        assert answer.status_code == 200
        assert "immutable" not in answer.headers.get("Cache-Control", "")
        assert "Set-Cookie" not in answer.headers


def test_deciding_is_never_a_get(claire: FlaskClient, stage: Stage) -> None:
    for verb in ("approve", "reject", "delegate", "claim", "unclaim", "comments"):
        assert claire.get(f"/tasks/42/{verb}").status_code == 405
    assert "42" in stage.tasks
    assert send(claire, "/tasks/42/approve", revision="11").status_code == 303


def test_htmx_gets_a_note_for_the_page_that_is_there_not_a_second_page(claire: FlaskClient) -> None:
    answer = claire.post("/tasks/42/approve", data={}, headers={"HX-Request": "true"})

    assert answer.status_code == 400
    assert answer.headers["HX-Retarget"] == "#main"
    assert answer.text.lstrip().startswith('<div class="note no" role="alert">')
