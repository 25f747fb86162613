"""Documents, originals and process instances."""

from __future__ import annotations

import json
import re

from flask.testing import FlaskClient

from tests.web.cast import Stage
from tests.web.conftest import send


def test_a_document_shows_lines_findings_instances_and_timeline(claire: FlaskClient) -> None:
    """TSK-07, TSK-11."""
    page = claire.get("/documents/d-A-2026-1187").text

    for words in (
        "301,480.00",
        "Campaign 2027, media",
        "The terms of payment are missing.",
        "Purchase invoice v7",
        "erp sent invoice A-2026-1187.",
    ):
        assert words in page


def test_the_list_names_documents_with_their_status(claire: FlaskClient) -> None:
    page = claire.get("/documents").text

    assert "Approved for payment" in page
    assert 'href="/documents/d-A-2026-1150"' in page


def test_an_original_is_shown_as_text_and_never_runs(claire: FlaskClient) -> None:
    shown = claire.get("/documents/d-A-2026-1187/original").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert" not in shown

    file = claire.get("/documents/d-A-2026-1187/original/file")
    assert file.headers["Content-Disposition"] == "attachment; filename=A-2026-1187.xml"
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert file.data.startswith(b"<?xml")


def test_an_instance_shows_incident_first_then_diagram_elements_and_variables(claire: FlaskClient) -> None:
    page = claire.get("/process-instances/i-1").text

    assert "“Resolve role players” failed. Sun 1 Nov 22:40." in page
    assert page.index("failed. Sun 1 Nov") < page.index('id="diagram-title"')
    assert 'data-bpmn="/process-definitions/purchase_invoice/versions/7/bpmn"' in page
    found = re.search(r'<script type="application/json" id="marks">(.*?)</script>', page, re.DOTALL)
    assert found
    marks = {mark["element"]: mark["mark"] for mark in json.loads(found.group(1))}
    assert marks["ApproveSecondLine"] == "active"
    assert marks["TriageInvoice"] == "done"
    assert "Started Wed 28 Oct 09:12 by erp · revision 11 · definition v7, latest is v8" in page
    assert "matrix_version" in page


def test_the_diagram_itself_can_do_nothing_on_this_site(claire: FlaskClient) -> None:
    answer = claire.get("/process-definitions/purchase_invoice/versions/7/bpmn")

    assert answer.mimetype == "application/xml"
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_an_incident_is_tried_again_and_the_page_says_so(claire: FlaskClient, stage: Stage) -> None:
    answer = send(claire, "/process-instances/i-1/incidents/n-1/retry", page="/process-instances/i-1")

    assert answer.location == "/process-instances/i-1"
    assert "Tried again." in claire.get("/process-instances/i-1").text
    assert not stage.incidents


def test_all_elements_can_be_listed(claire: FlaskClient) -> None:
    assert "TriageInvoice</code>" not in claire.get("/process-instances/i-1").text
    assert "TriageInvoice</code>" in claire.get("/process-instances/i-1?elements=all").text


def test_the_list_of_instances_is_filtered_by_status(claire: FlaskClient, stage: Stage) -> None:
    claire.get("/process-instances?status=incident&business_key=A-2026-1187")
    claire.get("/process-instances?status=nonsense")

    asked = [options for name, _, options in stage.calls if name == "list_instances"]
    assert (asked[0]["status"], asked[0]["business_key"]) == ("incident", "A-2026-1187")
    assert "status" not in asked[1]
