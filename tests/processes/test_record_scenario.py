"""A finished instance is written down as a scenario, and the scenario passes when it is played."""

import pytest

from app.domain.errors import NotFound, NotRecordable
from app.formats.scenarios import read_scenarios
from app.operations.documents.code_lines import code_lines
from app.operations.instances.move_token import move_token
from app.operations.scenarios.play_scenario import play_scenario
from app.operations.scenarios.record_scenario import record_scenario
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.reject_task import reject_task
from tests.architecture.sources import ROOT


def record(office, instance_id: str, who: str = "adm") -> str:
    """Return the scenario of an instance."""
    return record_scenario(office.system, office.caller(who), instance_id)[0].decode()


def replay(stages, text: str) -> str | None:
    """Play a recorded scenario on a stage of its own and return why it failed."""
    [scenario] = read_scenarios(text, filename="recorded.scenarios.toml")
    with stages.open(ROOT / "processes" / "purchase_invoice") as stage:
        return play_scenario(stage, scenario).failure


def test_what_people_did_and_when_is_played_again(office, stages, clock):
    instance = office.begin("invoice_sales_12000")
    clock.advance(days=3, minutes=5)
    office.tick()
    delegate_task(office.system, office.caller("marc"), office.task("marc"), to="ann", comment='He said: "mine"')
    clock.advance(hours=1)
    approve_task(office.system, office.caller("ann"), office.task("ann"))
    reject_task(office.system, office.caller("claire"), office.task("claire"), reason="Too\nmuch.")

    text = record(office, instance["id"])

    assert '{ who = "ann", approves = "ApproveFirstLine" }' in text
    assert 'rejects = "ApproveSecondLine"' in text
    assert text.count("until = ") == 2
    assert replay(stages, text) is None
    assert "expected the end" in (replay(stages, text.replace('end = "Rejected"', 'end = "Approved for payment"')) or "")


def test_coding_is_played_again(office, stages):
    document_id = office.send("invoice_without_cost_center")
    instance = office.start(document_id)
    lines = [{"id": line["id"], "cost_center": "SALES"} for line in office.document(document_id)["lines"]]
    code_lines(office.system, office.caller("eva"), document_id, lines=lines)
    approve_task(office.system, office.caller("eva"), office.task("eva"))
    while (tasks := [(who, each["id"]) for who in ("marc", "claire", "donald", "frank") for each in office.inbox(who)]) and office.instance(
        instance["id"]
    )["status"] == "active":
        approve_task(office.system, office.caller(tasks[0][0]), tasks[0][1])

    text = record(office, instance["id"])

    assert 'cost_center = "SALES"' in text
    assert replay(stages, text) is None


def test_what_is_not_finished_or_was_moved_is_not_recorded(office):
    running = office.begin("invoice_sales_12000")["id"]

    with pytest.raises(NotRecordable):
        record(office, running)
    move_token(office.system, office.caller("wfa"), running, cancel=["ApproveFirstLine"], activate=["RejectedInFirstLine"], reason="No.")
    with pytest.raises(NotRecordable) as refusal:
        record(office, running)
    assert "an administrator moved it" in refusal.value.detail


def test_who_may_not_see_it_may_not_record_it(office):
    finished = office.begin("invoice_energy_480")["id"]

    for who in ("kim", "pia"):
        with pytest.raises(NotFound):
            record(office, finished, who=who)
    with pytest.raises(NotFound):
        record(office, office.system.new_id())
    assert record(office, finished) == record(office, finished)
