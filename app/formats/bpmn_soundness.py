"""Decides whether the flow is sound: whatever the data, every token comes to an end, and only one does the work of one.

First what the drawing alone shows: what no token reaches, and loops without a way out. Then every scope, the inner ones first, as a net that
is reduced and searched. What cannot be decided within the bounds is said to be undecided, never guessed.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from app.domain.diagnostics import Diagnostic
from app.formats.bpmn_model import ACTIVITIES, BPMN, CHOREOGRAPHY, SUB_PROCESSES, BpmnModel, FlowNode, Scope, describe, link_name
from app.formats.bpmn_net import build_net
from app.formats.bpmn_reduction import reduce_net
from app.formats.bpmn_search import Budget, Findings, search_net

TOKENS_MAX: Final = 250_000
NODES_MAX: Final = 20_000
TRACE_MAX: Final = 12
_CHECKED: Final = SUB_PROCESSES - {"adHocSubProcess"} | {"process", "choreography", "subChoreography"}
_SEQUENCE_FLOW: Final = f"{{{BPMN}}}sequenceFlow"


def check_soundness(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return what is unsound: unreachable nodes, endless loops, deadlocks, unjoined tokens, dead nodes; with a way that leads there."""
    budget = Budget(TOKENS_MAX)
    for scope in reversed(model.scopes):
        if scope.kind not in _CHECKED or not scope.nodes:
            continue
        after = _index_successors(scope)
        reached = _walk(_find_beginnings(scope), after)
        unreachable = [node for node in scope.nodes if node not in reached and (node.incoming or node.kind == "boundaryEvent")]
        for node in unreachable:
            message = f"The {describe(node.element)} cannot be reached from a start."
            yield model.diagnose(node.element, "unreachable", message, "Connect it to the flow, or remove it.", kind="unsound")
        reported = False
        for fault in _check_loops(model, scope, after, reached):
            reported = True
            yield fault
        if sum(1 for _ in scope.element.iterchildren(_SEQUENCE_FLOW)) != len(scope.flows):
            continue
        findings = _search(scope, budget)
        findings.dead = [node for node in findings.dead if node not in unreachable]
        yield from _report(model, scope, findings, loop_reported=reported)


def _search(scope: Scope, budget: Budget) -> Findings:
    if len(scope.nodes) > NODES_MAX or budget.left < 0:
        return Findings(decided=False, completes=True)
    findings = Findings()
    for starts_together in (False, True):
        net = build_net(scope, starts_together=starts_together)
        reduce_net(net)
        found = search_net(net, budget)
        if not starts_together:
            findings = found
        elif not found.deadlocks:
            findings.deadlocks.clear()
        if not findings.deadlocks or len(scope.of_kind("startEvent")) < 2:
            break
    return findings


def _has_event_sub_process(scope: Scope) -> bool:
    return any(node.is_event_sub_process for node in scope.nodes)


def _report(model: BpmnModel, scope: Scope, findings: Findings, *, loop_reported: bool) -> Iterator[Diagnostic]:
    for node, trace in findings.deadlocks.items():
        message = f"Deadlock: the {describe(node.element)} can wait for ever for tokens that never come. {_tell(trace)}"
        yield model.diagnose(node.element, "deadlock", message, _advise_join(node), kind="unsound")
    for node, trace in findings.meetings.items():
        yield _report_meeting(model, node, trace)
    if findings.endless and not loop_reported and not _may_be_interrupted(scope):
        node = findings.endless[-1]
        message = f"After the {describe(node.element)} no end can be reached any more. {_tell(findings.endless)}"
        yield model.diagnose(node.element, "endless_loop", message, "Add a flow that leaves the loop.", kind="unsound")
    for node in findings.dead:
        message = f"The {describe(node.element)} is never executed, whatever the data."
        yield model.diagnose(node.element, "dead_element", message, "Correct the flow that leads to it, or remove it.", kind="unsound")
    host = None if scope.parent is None else model.nodes.get(scope.id)
    if host is not None and host.outgoing and not findings.completes and not _has_event_sub_process(scope):
        message = f"The {describe(host.element)} never comes to a normal end: its outgoing sequence flow is never taken."
        remedy = "Add a way to an end event without error or cancellation, or remove the flow."
        yield model.diagnose(host.element, "never_completes", message, remedy, kind="unsound", severity="warning")
    if not findings.decided:
        message = f"Whether the {describe(scope.element)} can get stuck is not decided within the bounds of the search."
        remedy = "Put parts of the diagram into sub-processes, or close each split with a gateway of the same kind."
        yield model.diagnose(scope.element, "soundness_undecided", message, remedy, kind="unsound", severity="info")


def _report_meeting(model: BpmnModel, node: FlowNode, trace: Sequence[FlowNode]) -> Diagnostic:
    if not node.outgoing:
        message = f"The {describe(node.element)} can be reached by several tokens of one instance. {_tell(trace)}"
        remedy = "Join the parallel paths before it, or give each its own end event."
        return model.diagnose(node.element, "improper_completion", message, remedy, kind="unsound", severity="warning")
    message = f"Lack of synchronization: tokens of parallel paths meet at the {describe(node.element)} and go on one by one: what follows runs more than once. {_tell(trace)}"
    remedy = "Join parallel paths with a parallel gateway, those of an inclusive split with an inclusive gateway."
    # An activity with several incoming flows runs once for each token by the letter of the standard; an exclusive gateway merges alternatives.
    severity: Final = "error" if node.kind == "exclusiveGateway" else "warning"
    return model.diagnose(node.element, "lack_of_synchronization", message, remedy, kind="unsound", severity=severity)


def _advise_join(node: FlowNode) -> str:
    if node.kind == "parallelGateway":
        return "Use a parallel gateway only where every incoming flow gets a token: merge alternatives with an exclusive, optional paths with an inclusive gateway."
    return "Let the gateway not wait for a path that itself waits for the gateway."


def _tell(trace: Sequence[FlowNode]) -> str:
    names = [node.id or describe(node.element) for node in trace]
    shown = ["…", *names[-TRACE_MAX:]] if len(names) > TRACE_MAX else names
    return f"One way there: {' → '.join(shown)}."


def _check_loops(model: BpmnModel, scope: Scope, after: Mapping[FlowNode, list[FlowNode]], reached: set[FlowNode]) -> Iterator[Diagnostic]:
    """Return a loop that cannot be left; one that waits for events in every round may be meant."""
    before: dict[FlowNode, list[FlowNode]] = {node: [] for node in scope.nodes}
    for node, successors in after.items():
        for successor in successors:
            before[successor].append(node)
    finishing = _walk([node for node in scope.nodes if not after[node]], before)
    trapped = [node for node in scope.nodes if node in reached and node not in finishing]
    if trapped and not _may_be_interrupted(scope):
        busy = {node for node in trapped if not _waits_for_event(node)}
        yield model.diagnose(
            trapped[0].element,
            "endless_loop",
            f"From the {describe(trapped[0].element)} no end can be reached: the loop has no way out.",
            "Add a flow that leaves the loop.",
            kind="unsound",
            severity="error" if _has_loop(busy, after) else "warning",
        )


def _find_beginnings(scope: Scope) -> list[FlowNode]:
    return [node for node in scope.nodes if not node.incoming and node.kind != "boundaryEvent" and not _continues_link(node)]


def _continues_link(node: FlowNode) -> bool:
    return node.kind == "intermediateCatchEvent" and node.is_link


def _waits_for_event(node: FlowNode) -> bool:
    return node.kind == "receiveTask" or (node.kind == "intermediateCatchEvent" and not node.is_link)


def _has_loop(nodes: set[FlowNode], after: Mapping[FlowNode, list[FlowNode]]) -> bool:
    """Return whether the nodes alone hold a cycle: take away, again and again, those that nothing among them leads to."""
    entering = dict.fromkeys(nodes, 0)
    for node in nodes:
        for successor in after[node]:
            if successor in nodes:
                entering[successor] += 1
    free = [node for node, count in entering.items() if not count]
    left = len(nodes)
    while free:
        left -= 1
        for successor in after[free.pop()]:
            if successor in nodes:
                entering[successor] -= 1
                if not entering[successor]:
                    free.append(successor)
    return left > 0


def _index_successors(scope: Scope) -> dict[FlowNode, list[FlowNode]]:
    attached: dict[str, list[FlowNode]] = defaultdict(list)
    for node in scope.of_kind("boundaryEvent"):
        attached[node.host_id].append(node)
    caught: dict[str, list[FlowNode]] = defaultdict(list)
    for node in scope.of_kind("intermediateCatchEvent"):
        if node.is_link:
            caught[link_name(node)].append(node)
    after = {}
    for node in scope.nodes:
        found = [flow.target for flow in node.outgoing]
        if node.kind in ACTIVITIES | CHOREOGRAPHY and node.id:
            found += attached[node.id]
        if node.kind == "intermediateThrowEvent" and node.is_link:
            found += caught[link_name(node)]
        after[node] = found
    return after


def _may_be_interrupted(scope: Scope) -> bool:
    """Return whether something besides the flow can end the scope: an end event that ends others too, or an event from outside."""
    place: Scope | None = scope
    while place is not None:
        for node in place.nodes:
            ends_others = node.kind == "endEvent" and not {"terminate", "error", "escalation", "cancel"}.isdisjoint(node.triggers)
            if ends_others or node.is_event_sub_process:
                return True
        host, place = place, place.parent
        if place is not None and any(node.host_id == host.id for node in place.of_kind("boundaryEvent")):
            return True
    return False


def _walk(starts: list[FlowNode], successors: Mapping[FlowNode, list[FlowNode]]) -> set[FlowNode]:
    seen = set(starts)
    queue = deque(starts)
    while queue:
        for node in successors[queue.popleft()]:
            if node not in seen:
                seen.add(node)
                queue.append(node)
    return seen
