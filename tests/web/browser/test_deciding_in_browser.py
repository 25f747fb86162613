"""Deciding with the keyboard, losing a race, keeping drafts."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.web.browser.conftest import Site, ready, until, visit
from tests.web.cast import Stage


def test_ten_tasks_are_decided_without_the_mouse(open_page: Callable[..., Page], stage: Stage) -> None:
    page = open_page()

    page.keyboard.press("j")
    for number in range(10):
        verb = "ard"[number % 3]
        page.keyboard.press(verb)
        page.wait_for_selector("tr.quick form")
        if verb == "r":
            page.keyboard.type("Not ordered.")
        if verb == "d":
            page.keyboard.press("D")
        page.keyboard.press("Enter")
        if verb == "d":
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
        page.wait_for_selector("tr.quick", state="detached")

    assert len(stage.tasks) == 1
    assert [task["outcome"] for task in reversed(stage.completed)] == ["approved", "rejected", "delegated"] * 3 + ["approved"]


def test_the_row_leaves_in_the_same_answer_and_the_cursor_goes_on(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_selector("tr.quick button:focus")

    page.keyboard.press("Enter")
    page.wait_for_selector("#t42", state="detached")

    assert page.inner_text("#count-nav") == "10"
    assert page.inner_text("#count-open") == "10"
    assert page.inner_text("#live") == "Approved."
    assert page.locator("#t43.cursor").count() == 1
    until(page, "document.activeElement.closest('tr')?.id === 't43'")
    assert page.inner_text("tbody.group >> nth=0 >> .n") == "1"


def test_the_next_rows_join_their_group(open_page: Callable[..., Page]) -> None:
    page = open_page()

    page.click("text=Show the next")
    page.wait_for_selector("#t52")

    assert page.locator("tbody.group").count() == 4
    assert page.inner_text("tbody.group >> nth=3 >> .n") == "2"
    assert page.locator("text=Show the next").count() == 0


def test_one_key_approves_on_the_task_page_and_the_next_is_at_hand(open_page: Callable[..., Page]) -> None:
    page = open_page()
    visit(page, "/tasks/42?organisation=Acme")

    page.keyboard.press("a")
    page.wait_for_selector(".decide.done")

    assert "You approved this" in page.inner_text(".decide")
    until(page, "document.activeElement.textContent.startsWith('Next task')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tasks/44?organisation=Acme")


def test_the_loser_reads_it_the_page_is_stale_and_the_next_task_has_the_focus(open_page: Callable[..., Page], stage: Stage) -> None:
    page = open_page()
    visit(page, "/tasks/46")
    stage.lost_to = "donald"

    page.keyboard.press("a")
    page.wait_for_selector(".decide.lost")

    assert "Donald approved this at 10:31, before you. Nothing was signed in your name." in page.inner_text(".decide")
    assert page.get_attribute(".columns", "inert") == ""
    assert page.get_attribute(".decide", "role") == "alert"
    until(page, "document.activeElement.textContent.startsWith('Next task')")
    assert page.inner_text("#count-nav") == "10"


def test_a_missing_reason_keeps_panel_focus_and_text(open_page: Callable[..., Page]) -> None:
    page = open_page()
    visit(page, "/tasks/42")

    page.keyboard.press("r")
    until(page, "document.activeElement.id === 'reason'")
    page.keyboard.type("   ")
    page.click("details[open] button")
    page.wait_for_selector("#reason-error")

    until(page, "document.activeElement.id === 'reason'")
    assert page.is_visible("details[open] .panel")


def test_what_was_typed_survives_and_is_gone_once_sent(open_page: Callable[..., Page]) -> None:
    page = open_page()
    visit(page, "/tasks/42")
    page.fill("#comment-text", "Whose project is this?")

    page.reload()
    ready(page)
    assert page.input_value("#comment-text") == "Whose project is this?"
    page.click("#conversation button")
    page.wait_for_selector("#conversation >> text=Whose project is this?")
    page.reload()
    ready(page)

    assert page.input_value("#comment-text") == ""


def test_keys_never_fire_in_a_field_and_can_be_switched_off(open_page: Callable[..., Page], stage: Stage) -> None:
    page = open_page()
    visit(page, "/tasks/42")
    page.focus("#comment-text")
    page.keyboard.type("a r d")
    assert page.locator(".decide.done").count() == 0
    page.fill("#comment-text", "")

    page.click(".who [popovertarget=account]")
    with page.expect_response("**/preferences"):
        page.click("[data-preferences] [role=switch]")
    page.keyboard.press("Escape")
    visit(page, "/tasks/42")
    page.keyboard.press("a")
    page.wait_for_timeout(200)

    assert page.get_attribute("html", "data-keys") == "off"
    assert "42" in stage.tasks


def test_question_mark_lists_the_keys_and_escape_closes(open_page: Callable[..., Page]) -> None:
    page = open_page()

    page.keyboard.press("?")
    assert page.is_visible("dialog#keys")
    page.keyboard.press("a")
    page.keyboard.press("Escape")

    assert not page.is_visible("dialog#keys")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/process-instances")


def test_a_phone_shows_menu_and_bar(open_page: Callable[..., Page]) -> None:
    page = open_page(width=390, height=844)
    page.click(".top [popovertarget=nav]")
    page.click("#nav >> text=Documents")
    page.wait_for_url("**/documents")

    visit(page, "/tasks/42")
    bar = page.locator(".decide").bounding_box()
    assert bar
    assert abs(bar["y"] + bar["height"] - 844) < 2
    for box in (each.bounding_box() for each in page.locator(".decide button.yes:visible, .decide summary:visible").all()):
        assert box
        assert box["height"] >= 44
        assert box["x"] + box["width"] <= 390


def test_a_server_that_does_not_answer_is_said_and_nothing_looks_signed(open_page: Callable[..., Page], site: Site) -> None:
    page = open_page()
    page.route("**/approve", lambda route: route.abort())
    visit(page, "/tasks/42")

    page.keyboard.press("a")
    page.wait_for_selector(".note.no >> text=The server did not answer.")

    assert page.locator(".decide.done").count() == 0
    site.complaints.clear()


def test_two_quick_clicks_are_one_decision(open_page: Callable[..., Page], stage: Stage) -> None:
    page = open_page()
    visit(page, "/tasks/42")

    page.evaluate("for (const _ of [1, 2]) document.querySelector('.decide button.yes').click()")
    page.wait_for_selector(".decide.done")

    keys = {options["request"].key for name, _, options in stage.calls if name == "approve_task"}
    assert len(keys) == 1
