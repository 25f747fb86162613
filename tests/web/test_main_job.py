"""The main job on the pages of the whole application: database, engine and matrix are the real ones."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import flask
import pytest
from flask.testing import FlaskClient

from app.demo import PASSWORD
from app.operations.answer import Caller
from app.operations.documents.receive_document import receive_document
from app.operations.instances.start_instance import start_instance
from app.operations.system import System
from tests.web.conftest import send, token_of

UBL = Path(__file__).parents[1] / "data" / "ubl"
SignIn = Callable[[str], FlaskClient]
Start = Callable[[str], dict[str, str]]


@pytest.fixture
def sign_in(app: flask.Flask) -> SignIn:
    """A function that gives a browser with somebody signed in."""

    def sign_one_in(username: str) -> FlaskClient:
        client = app.test_client()
        token = token_of(client.get("/login").text)
        answer = client.post("/login", data={"csrf_token": token, "username": username, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return client

    return sign_one_in


@pytest.fixture
def start(system: System, caller: Callable[[str], Caller]) -> Start:
    """A function that receives a UBL file and starts its process."""

    def start_one(name: str) -> dict[str, str]:
        content = (UBL / name).read_bytes()
        document = receive_document(system, caller("erp"), content=content, media_type="application/xml", request=None).body
        instance = start_instance(system, caller("erp"), definition="purchase_invoice", document_id=document["id"]).body
        return {"document": document["id"], "instance": instance["id"]}

    return start_one


def first_task(client: FlaskClient) -> str:
    """Return the address of the first task of the inbox."""
    found = re.search(r'class="open" href="(/tasks/[^"]+)"', client.get("/inbox").text)
    assert found, "the inbox is empty"
    return found.group(1)


def approve(client: FlaskClient, address: str, **fields: str):
    """Approve as the task page's form would."""
    page = client.get(address).text
    form = page[page.index('<form id="approve"') :]
    shown = {name: re.search(rf'name="{name}" value="([^"]*)"', form).group(1) for name in ("revision", "document_hash", "idempotency_key")}
    return client.post(f"{address}/approve", data={"csrf_token": token_of(page), **shown, **fields})


def test_marc_and_claire_approve_and_the_document_tells_the_whole_story(sign_in: SignIn, start: Start) -> None:
    """HND-01, TSK-11, TSK-12, TSK-13."""
    ids = start("invoice_sales_12000.xml")
    marc = sign_in("marc")
    address = first_task(marc)
    page = marc.get(address).text
    assert "EUR 12,000.00" in page
    assert "10,000.00" in page

    assert approve(marc, address, comment="Seen.").status_code == 303

    assert "You approved this" in marc.get(address).text
    claire = sign_in("claire")
    assert approve(claire, first_task(claire)).status_code == 303
    document = claire.get(f"/documents/{ids['document']}").text
    assert "Approved for payment" in document
    assert "Marc Anthony approved" in document
    assert "Seen." in document
    instance = claire.get(f"/process-instances/{ids['instance']}").text
    assert "Completed" in instance
    assert "Nothing waits for you." in claire.get("/inbox").text


def test_the_second_of_two_equal_role_players_loses_cleanly(sign_in: SignIn, start: Start) -> None:
    """HND-01."""
    start("invoice_sales_12000.xml")
    marc = sign_in("marc")
    approve(marc, first_task(marc))
    claire, donald = sign_in("claire"), sign_in("donald")
    address = first_task(claire)
    stale = donald.get(address).text
    assert "You or Claire: one signature is enough." in stale
    assert approve(claire, address).status_code == 303

    shown = {name: re.search(rf'name="{name}" value="([^"]*)"', stale).group(1) for name in ("revision", "document_hash")}
    answer = donald.post(f"{address}/approve", data={"csrf_token": token_of(stale), **shown}, headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert re.search(r"Claire approved this at \d\d:\d\d, before you\.", answer.text)
    assert "Nothing was signed in your name." in answer.text


def test_rejecting_needs_its_reason_and_ends_the_process(sign_in: SignIn, start: Start) -> None:
    """HND-02, HND-03."""
    ids = start("invoice_sales_12000.xml")
    marc = sign_in("marc")
    address = first_task(marc)

    assert send(marc, f"{address}/reject", reason="").status_code == 422
    assert send(marc, f"{address}/reject", reason="Not ordered.").status_code == 303

    page = marc.get(f"/documents/{ids['document']}").text
    assert "Rejected" in page
    assert "Not ordered." in page


def test_delegating_moves_the_task_to_the_colleague(sign_in: SignIn, start: Start) -> None:
    """HND-04."""
    start("invoice_sales_12000.xml")
    marc = sign_in("marc")
    address = first_task(marc)

    assert send(marc, f"{address}/delegate", to="jeremy", comment="You know them.").status_code == 303

    assert "You delegated this to Jeremy" in marc.get(address).text
    assert first_task(sign_in("jeremy")) == address


def test_eva_codes_on_her_task_and_the_route_follows(sign_in: SignIn, start: Start) -> None:
    """COD-01, COD-02, COD-05."""
    ids = start("invoice_without_cost_center.xml")
    eva = sign_in("eva")
    address = first_task(eva)
    page = eva.get(address).text
    line = re.search(r'name="line" value="([^"]+)"', page).group(1)
    path = f"/documents/{ids['document']}/lines"

    refused = send(eva, path, page=address, line=line, task=address.rpartition("/")[2], **{f"cost_center-{line}": "NOWHERE"})
    assert "Cost center NOWHERE is unknown" in refused.text
    send(eva, path, page=address, line=line, next=address, **{f"cost_center-{line}": "SALES"})
    answer = approve(eva, address)
    assert answer.status_code == 303, answer.text[answer.text.index('id="decide"') :][:900]

    assert first_task(sign_in("marc"))


def test_an_incident_is_seen_and_retried_by_the_administrator_alone(sign_in: SignIn, start: Start) -> None:
    """COD-04."""
    ids = start("invoice_unlinked_cost_center.xml")
    wfa = sign_in("wfa")
    address = f"/process-instances/{ids['instance']}"
    page = wfa.get(address).text
    assert "“Resolve role players” failed." in page
    retry = re.search(r'action="([^"]+/retry)"', page).group(1)

    assert send(wfa, retry, page=address).status_code == 303

    assert "Tried again." in wfa.get(address).text
    assert sign_in("marc").get(address).status_code == 404


def test_a_stranger_sees_nothing_of_a_transaction(sign_in: SignIn, start: Start) -> None:
    ids = start("invoice_sales_12000.xml")
    task = first_task(sign_in("marc"))
    carl = sign_in("carl")

    for address in (
        task,
        f"/documents/{ids['document']}",
        f"/documents/{ids['document']}/original",
        f"/process-instances/{ids['instance']}",
    ):
        assert carl.get(address).status_code == 404
    assert ids["document"] not in carl.get("/documents").text


def test_every_page_of_the_whole_application_carries_the_policy(app: flask.Flask) -> None:
    client = app.test_client()

    for address in ("/login", "/api/docs", "/nowhere"):
        assert client.get(address).headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert client.get("/api/v1/nothing").mimetype == "application/problem+json"
