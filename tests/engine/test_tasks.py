"""What happens at tasks and at the plain flows between them."""

from datetime import date
from decimal import Decimal

import pytest

from app.domain.errors import ExpressionFailed, InvalidRequest, ServiceTaskFailed
from app.engine import PENDING, DecisionAnswer, Execution, NothingWaits
from tests.engine.diagrams import Play, bpmn, end, extensions, gateway, parse, ports, script, service, start, user

APPROVAL = bpmn(
    start() + user("ApproveFirstLine", label="Approve", approval_step="first_line") + gateway("exclusive", "Decided", default="Decided_Rejected")
    + end("Approved", label="Approved for payment") + end("Rejected", label="Rejected"),
    "S > ApproveFirstLine > Decided",
    'Decided > Approved [ApproveFirstLine.outcome = "approved"]',
    "Decided > Rejected",
)  # fmt: skip


def test_a_user_task_waits_and_its_outputs_decide_the_way():
    play = Play(APPROVAL, {"amount": Decimal("1250.00")})

    waiting = play.progress.entered[0]
    assert (waiting.element, waiting.name, waiting.properties["approval_step"]) == ("ApproveFirstLine", "Approve", "first_line")
    assert waiting.variables == {"amount": Decimal("1250.00")}

    play.complete("ApproveFirstLine", {"outcome": "approved", "comment": "ok"})
    assert play.path == ["S", "ApproveFirstLine", "Decided", "Approved"]
    assert (play.progress.completed, play.progress.outcome) == (True, "Approved for payment")
    assert play.variables["outcome"] == "approved"
    assert play.variables["ApproveFirstLine"] == {"outcome": "approved", "comment": "ok"}


def test_another_outcome_takes_the_default_flow():
    play = Play(APPROVAL).complete("ApproveFirstLine", {"outcome": "rejected"})

    assert play.progress.outcome == "Rejected"


def test_a_task_cannot_be_completed_twice():
    execution = Execution.start(parse(APPROVAL), {}, ports())
    task = execution.run().entered[0].element_instance
    execution.complete(task, {"outcome": "approved"})

    with pytest.raises(NothingWaits):
        execution.complete(task, {"outcome": "rejected"})
    execution.run()
    with pytest.raises(NothingWaits):
        execution.complete(task, {"outcome": "rejected"})
    assert execution.variables()["outcome"] == "approved"


def test_a_binary_floating_point_number_is_refused_as_a_variable():
    with pytest.raises(InvalidRequest) as refused:
        Execution.start(parse(APPROVAL), {"amount": 0.1}, ports())

    assert "amount" in refused.value.facts["errors"]


def test_a_refused_output_leaves_the_task_as_it_was():
    execution = Execution.start(parse(APPROVAL), {}, ports())
    task = execution.run().entered[0].element_instance

    with pytest.raises(InvalidRequest):
        execution.complete(task, {"outcome": "approved", "weight": 1.5})
    assert [waiting.element_instance for waiting in execution.user_tasks()] == [task]
    assert execution.variables() == {}


SERVICE = bpmn(start() + service("Resolve", "resolve_role_players", result="route", total="amount * 2") + end(), "S > Resolve > E")


def test_a_service_gets_evaluated_parameters_and_its_result_becomes_a_variable():
    calls = []

    def resolve(call):
        calls.append((call.operation, dict(call.parameters), call.variables["amount"]))
        return {"first_line": {"needed": True}}

    play = Play(SERVICE, {"amount": Decimal("10.50")}, services={"resolve_role_players": resolve})

    assert calls == [("resolve_role_players", {"total": Decimal("21.00")}, Decimal("10.50"))]
    assert play.variables["route"] == {"first_line": {"needed": True}}
    assert play.progress.services[0].operation == "resolve_role_players"


def test_a_failing_service_says_what_happened_and_can_be_retried():
    answers = [LookupError("no rate"), {"ok": True}]

    def resolve(call):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    play = Play(SERVICE, {"amount": 1}, services={"resolve_role_players": resolve})
    failure = play.progress.failures[0]
    assert isinstance(failure.error, ServiceTaskFailed)
    assert "LookupError: no rate" in failure.error.detail
    assert [(active.element, active.state) for active in play.restore().active()] == [("Resolve", "failed")]

    play.do("retry", failure.element_instance)
    assert play.progress.completed
    assert play.path == ["S", "Resolve failed", "Resolve", "E"]


def test_an_unregistered_service_is_a_failure_that_names_it():
    play = Play(SERVICE, {"amount": 1})

    assert "resolve_role_players" in play.progress.failures[0].error.detail


def test_a_service_that_answers_later_is_a_wait_state():
    play = Play(SERVICE, {"amount": 1}, services={"resolve_role_players": lambda call: PENDING})
    assert play.tasks == []

    play.do("complete", play.waiting_at("Resolve")[0], {"first_line": {}})
    assert play.progress.completed
    assert play.variables["route"] == {"first_line": {}}


def test_a_script_is_one_feel_expression():
    play = Play(bpmn(start() + script("Add", "amount + 1", result="total") + end(), "S > Add > E"), {"amount": Decimal("0.1")})

    assert play.variables["total"] == Decimal("1.1")


def test_a_decision_goes_through_the_ports():
    def decide(call):
        assert (call.decision, call.binding) == ("triage", "tag:2026")
        return DecisionAnswer(outputs={"action": "approve"}, inputs={"amount": call.variables["amount"]}, matched_rules=({"row": 1},))

    rule = (
        '<businessRuleTask id="Triage"><extensionElements><s:calledDecisionId>triage</s:calledDecisionId>'
        '<s:properties><s:property name="result_variable" value="triage"/><s:property name="binding" value="tag:2026"/></s:properties>'
        "</extensionElements></businessRuleTask>"
    )
    play = Play(bpmn(start() + rule + end(), "S > Triage > E"), {"amount": 5}, decide=decide)

    assert play.variables["triage"] == {"action": "approve"}
    trace = play.progress.decisions[0]
    assert (trace.decision, trace.inputs, trace.matched_rules) == ("triage", {"amount": 5}, ({"row": 1},))


def test_lazy_names_are_loaded_when_read_once_and_win_over_variables():
    loaded = []

    def document():
        loaded.append(1)
        return {"total": Decimal(9)}

    diagram = bpmn(start() + script("A", "document.total", result="a") + script("B", "document.total", result="b") + end(), "S > A > B > E")
    play = Play(diagram, {"document": {"total": 1}}, lazy={"document": document, "ubl": lambda: pytest.fail("nobody reads it")})

    assert (play.variables["a"], play.variables["b"], loaded) == (Decimal(9), Decimal(9), [1])


def test_an_abstract_task_passes_and_a_manual_task_waits():
    play = Play(bpmn(start() + '<task id="T"/><manualTask id="M"/>' + end(), "S > T > M > E"))
    assert play.path == ["S", "T"]
    assert play.tasks == ["M"]

    assert play.complete("M").progress.completed


def test_a_task_with_two_outgoing_flows_puts_a_token_on_each_and_meets_without_a_join():
    diagram = bpmn(start() + user("A") + user("B") + user("C") + user("D") + end(), "S > A > B > D > E", "A > C > D")
    play = Play(diagram).complete("A")
    assert play.tasks == ["B", "C"]

    play.complete("B").complete("C")
    assert play.tasks == ["D", "D"]
    play.complete("D")
    assert not play.progress.completed
    assert play.complete("D").progress.completed


def test_conditional_and_default_flows_leave_an_activity():
    body = start() + '<userTask id="A" default="A_D"/>' + user("B") + user("C") + user("D") + end()
    diagram = bpmn(body, "S > A", "A > B [x > 1]", "A > C [x > 2]", "A > D", "B > E", "C > E", "D > E")

    assert Play(diagram).complete("A", {"x": 3}).tasks == ["B", "C"]
    assert Play(diagram).complete("A", {"x": 2}).tasks == ["B"]
    assert Play(diagram).complete("A", {"x": 0}).tasks == ["D"]


def test_a_condition_that_gives_null_is_a_failure_and_its_retry_does_not_repeat_the_task():
    play = Play(APPROVAL.replace(b"ApproveFirstLine.outcome = ", b"amount > 3 and outcome = ")).complete(
        "ApproveFirstLine", {"outcome": "approved"}
    )

    failure = play.progress.failures[0]
    assert isinstance(failure.error, ExpressionFailed)
    assert failure.element == "Decided"

    play.do("set_variables", {"amount": 5}).do("retry", failure.element_instance)
    assert play.progress.outcome == "Approved for payment"
    assert play.path.count("ApproveFirstLine") == 1


def test_an_expression_is_evaluated_where_an_element_stands():
    execution = Execution.start(parse(APPROVAL), {"roles": ["coding"]}, ports())
    task = execution.run().entered[0].element_instance

    assert execution.evaluate("roles[1]", task) == "coding"
    assert execution.evaluate("= 1 + 1") == 2
    with pytest.raises(InvalidRequest):
        execution.evaluate("1 +")


def test_failing_and_skipping_from_outside():
    play = Play(APPROVAL)
    task = play.waiting_at("ApproveFirstLine")[0]
    play.do("fail", task, ServiceTaskFailed(element="ApproveFirstLine", reason="nobody is left"))
    assert play.tasks == []

    play.do("retry", task)
    assert play.tasks == ["ApproveFirstLine"]

    play.do("fail", task, ServiceTaskFailed(element="ApproveFirstLine", reason="again"))
    play.do("skip_failed", task, {"outcome": "approved"})
    assert play.progress.outcome == "Approved for payment"


def test_cancelling_ends_everything():
    play = Play(APPROVAL).do("cancel")

    assert play.path == ["S", "ApproveFirstLine cancelled"]
    assert play.restore().is_completed
    assert play.restore().is_cancelled
    assert play.restore().active() == []


def test_elements_say_what_the_diagram_says():
    element = parse(APPROVAL).elements["ApproveFirstLine"]

    assert (element.kind, element.name, element.scope, element.properties) == ("userTask", "Approve", "p", {"approval_step": "first_line"})


def test_names_of_library_parts_may_be_ids_of_elements():
    """SpiffWorkflow names its own parts Start, End and Root in the same dictionary."""
    diagram = bpmn(start("Start") + user("Root") + end("End") + extensions({}), "Start > Root > End")

    assert Play(diagram).complete("Root", {"when": date(2026, 1, 1)}).path == ["Start", "Root", "End"]
