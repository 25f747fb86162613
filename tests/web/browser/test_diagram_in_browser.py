"""The diagram of a process instance."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

from tests.web.browser.conftest import visit


def test_the_diagram_marks_what_is_done_active_and_failed(open_page: Callable[..., Page]) -> None:
    page = open_page("wfa")
    visit(page, "/process-instances/i-1")
    page.wait_for_selector(".canvas[data-ready]")

    assert page.locator("[data-element-id=ApproveSecondLine].mark-active").count() == 1
    assert page.locator("[data-element-id=TriageInvoice].mark-done").count() == 1
    assert page.locator("[data-element-id=InvoiceReceivedToTriageInvoice].mark-done").count() == 1
    assert page.locator("[data-element-id=TriageOutcomeToRejectedAutomatically].mark-done").count() == 0
    assert page.locator(".tally.active").inner_text() == "1"


def test_element_list_and_diagram_point_at_each_other(open_page: Callable[..., Page]) -> None:
    page = open_page("wfa")
    visit(page, "/process-instances/i-1")
    page.wait_for_selector(".canvas[data-ready]")

    page.hover("tr[data-element=ApproveSecondLine]")
    assert page.locator("[data-element-id=ApproveSecondLine].selected").count() == 1
    page.mouse.move(5, 5)
    page.click("[data-element-id=ApproveSecondLine] .djs-hit >> nth=0", force=True)
    assert page.locator("tr[data-element=ApproveSecondLine].cursor").count() == 1


def test_a_diagram_that_cannot_be_loaded_says_so(open_page: Callable[..., Page]) -> None:
    page = open_page("wfa")
    page.route("**/bpmn", lambda route: route.fulfill(status=404, body=""))

    visit(page, "/process-instances/i-1")
    page.wait_for_selector("text=The diagram cannot be drawn")

    assert page.locator("#elements tbody tr").count() > 0


def test_the_picture_can_be_fitted_and_zoomed_by_keys(open_page: Callable[..., Page]) -> None:
    page = open_page("wfa")
    visit(page, "/process-instances/i-1")
    page.wait_for_selector(".canvas[data-ready]")
    view = "Math.round(1000 * document.querySelector('.viewport').getCTM().a)"
    fitted = page.evaluate(view)

    page.keyboard.press("+")
    assert page.evaluate(view) != fitted
    page.keyboard.press("f")
    assert page.evaluate(view) == fitted


def test_an_incident_is_retried_by_one_key(open_page: Callable[..., Page]) -> None:
    page = open_page("wfa")
    visit(page, "/process-instances/i-1")
    assert page.is_visible("text=No role players for second line on NEW.")

    page.keyboard.press("r")
    page.wait_for_selector("text=Tried again.")

    assert page.locator(".note.no").count() == 0
