"""Moving an instance by hand: cancel some element instances, begin others, and leave nothing that could get stuck.

1. Every id is looked up; what cannot be done as asked is refused, all at once.
2. It is done on a copy, and the tokens of every scope that it changed are looked at: `marking` says whether they can come to an end.
3. Only then it is done: activated first, so that the scope stays open; then cancelled; then sub-processes of which nothing is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.domain.errors import MoveRefused
from app.engine.codec import freeze
from app.engine.events import BoundaryEvent, CompensationBoundary, StandbyStart, StartEvent
from app.engine.gateways import EventGateway, Join
from app.engine.marking import find_problems, has_order, marking_of, new_problems
from app.engine.repeats import Repeated
from app.engine.run import Run
from app.engine.state import dump_content, restore_content
from app.engine.tokens import CHECK, Process, Scope, Token
from app.engine.values import Activation, Refusal

if TYPE_CHECKING:
    from app.engine.graph_reading import ProcessGraph
    from app.engine.nodes import FlowNode


@dataclass(slots=True)
class _Plan:
    """What a move does, by ids, so that it can be done to a copy as well."""

    cancelled: list[str] = field(default_factory=list)
    begun: list[_Beginning] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, code: str, element: str | None, message: str, remedy: str, *, instance: str | None = None) -> None:
        self.refusals.append(Refusal(code=code, element=element, element_instance=instance, message=message, remedy=remedy))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginning:
    """A token to create: at `node` in the scope that `owner` owns, after entering the sub-processes `entered`, from the outside in."""

    node: str
    owner: str | None
    entered: tuple[str, ...]
    variables: Mapping[str, Any]


def check_move(process: Process, cancel: Sequence[str], activate: Sequence[str | Activation]) -> tuple[Refusal, ...]:
    """Return every reason why a move cannot be made."""
    return tuple(_plan(process, cancel, activate).refusals)


def apply_move(process: Process, cancel: Sequence[str], activate: Sequence[str | Activation], variables: Mapping[str, Any]) -> None:
    """Make a move; MoveRefused with every reason when there is one."""
    plan = _plan(process, cancel, activate)
    if plan.refusals:
        reasons = " ".join(refusal.message for refusal in plan.refusals)
        raise MoveRefused(f"The move is refused: {reasons}", diagnostics=[refusal.to_json() for refusal in plan.refusals])
    process.data.update(variables)
    _carry_out(process, plan)


def _plan(process: Process, cancel: Sequence[str], activate: Sequence[str | Activation]) -> _Plan:
    plan = _Plan()
    if process.completed:
        plan.refuse("instance_over", None, "The process instance is over.", "Start it again.")
        return plan
    if not cancel and not activate:
        plan.refuse("nothing_to_do", None, "Nothing is to be cancelled and nothing to be activated.", "Name an element.")
    for name in dict.fromkeys(cancel):
        _plan_cancel(process, plan, name)
    for each in activate:
        _plan_begin(process, plan, each if isinstance(each, Activation) else Activation(element=each))
    if not plan.refusals:
        _check_outcome(process, plan)
    return plan


def _plan_cancel(process: Process, plan: _Plan, name: str) -> None:
    token = process.find(name)
    chosen = [token] if token is not None else [each for each in process.everywhere() if each.task_spec.element.id == name]
    chosen = [each for each in chosen if not each.is_hidden]
    if not chosen:
        known = name in process.run.definition.elements
        code = "not_active" if known else "element_unknown"
        message = f"{name} is not active." if known else f"There is no element or element instance {name}."
        plan.refuse(code, name, message, "Choose an element that is active.")
        return
    aside = [each for each in chosen if each.is_standing_by or _waits_at_boundary(each)]
    if len(aside) == len(chosen):
        code = "event_subprocess" if aside[0].is_standing_by else "boundary_event"
        message = f"{name} only waits beside the flow."
        plan.refuse(code, aside[0].task_spec.element.id, message, "Cancel the activity that it belongs to.")
        return
    for each in chosen:
        if each in aside:
            continue
        gate = each.internal_data.get("gate")
        race = [other for other in each.workflow.tokens() if gate is not None and other.internal_data.get("gate") == gate]
        plan.cancelled += [other.id for other in race or [each]]


def _waits_at_boundary(token: Token) -> bool:
    return isinstance(token.task_spec, BoundaryEvent) and token.host is not token.workflow.task_tree


def _plan_begin(process: Process, plan: _Plan, wanted: Activation) -> None:
    name = wanted.element
    graphs: Mapping[str, ProcessGraph] = process.run.definition.graphs
    places = [graph for graph in graphs.values() if graph.at(name) is not None]
    if not places:
        plan.refuse("element_unknown", name, f"There is no element {name}.", "Choose an element of the process definition.")
        return
    node = places[0].at(name)
    assert node is not None, "only graphs that have it were chosen"
    if _refuse_target(plan, places[0], node):
        return
    found = _find_place(process, plan, places, wanted)
    if found is None:
        return
    scope, graph, entered = found
    target = graph.at(name)
    assert target is not None, "the place was found by it"
    owner = scope.owner.id if scope.owner is not None else None
    begun = _Beginning(node=target.name, owner=owner, entered=entered, variables=wanted.variables)
    there = [] if entered else [each for each in scope.tokens() if each.task_spec is target and each.id not in plan.cancelled]
    twice = any((each.node, each.owner, each.entered) == (begun.node, begun.owner, begun.entered) for each in plan.begun)
    if there or twice:
        plan.refuse("already_active", name, f"{name} is active already.", "Cancel it too, to begin it again.")
    plan.begun.append(begun)


def _refuse_target(plan: _Plan, graph: ProcessGraph, node: FlowNode) -> bool:
    """Refuse what cannot be begun by hand; return whether it was."""
    name = node.element.id
    follows_gate = any(
        isinstance(gate, EventGateway) and not gate.is_parallel and any(flow.target == node.name for flow in gate.outgoing)
        for gate in graph.nodes
    )
    if isinstance(node, (BoundaryEvent, CompensationBoundary)):
        plan.refuse("boundary_event", name, f"{name} is a boundary event.", "Activate its activity, or what follows the event.")
    elif isinstance(node, StandbyStart) or node.is_event_subprocess:
        plan.refuse("event_subprocess", name, f"{name} begins by its event only.", "Send its event, or activate an element elsewhere.")
    elif isinstance(node, StartEvent):
        plan.refuse("start_event", name, f"{name} is a start event.", "Activate what follows it.")
    elif follows_gate:
        plan.refuse("event_gateway_target", name, f"{name} is one of the events of a gateway.", "Activate the event-based gateway.")
    elif isinstance(node, Join) and len(node.incoming) > 1:
        plan.refuse("join_target", name, f"{name} waits for several tokens.", "Activate what follows it, or one element before it.")
    elif node.is_handler:
        plan.refuse("compensation_handler", name, f"{name} only runs as a compensation.", "Activate an activity of the flow.")
    else:
        return False
    return True


def _find_place(
    process: Process, plan: _Plan, graphs: list[ProcessGraph], wanted: Activation
) -> tuple[Scope, ProcessGraph, tuple[str, ...]] | None:
    """Return the running scope, the graph of the element, and the sub-processes to enter between the two."""
    names = [graph.name for graph in graphs]
    if wanted.within is not None:
        inner = process.subprocesses.get(wanted.within)
        if inner is None or inner.spec.name not in names:
            message = f"{wanted.within} is no running sub-process around {wanted.element}."
            plan.refuse("within_unknown", wanted.element, message, "Give the element instance of the sub-process or call around it.")
            return None
        return inner, inner.spec, ()
    running: list[Scope] = [each for each in (process, *process.subprocesses.values()) if each.spec.name in names]
    if len(running) > 1:
        message = f"{wanted.element} stands in a sub-process that runs {len(running)} times."
        plan.refuse("several_scopes", wanted.element, message, "Say in which element instance: `within`.")
        return None
    if running:
        return running[0], running[0].spec, ()
    around = [
        (outer, node)
        for outer in process.run.definition.graphs.values()
        for node in outer.nodes
        if node.inner in names and not isinstance(node, Repeated)
    ]
    if len(around) != 1:
        message = f"{wanted.element} can be reached in {len(around)} ways."
        plan.refuse("several_scopes", wanted.element, message, "Activate the call activity that is meant.")
        return None
    outer, node = around[0]
    if isinstance(outer.at(node.element.id), Repeated):
        message = f"{wanted.element} stands in {node.element.id}, which runs once for each instance, and none runs."
        plan.refuse("multi_instance_without_instance", wanted.element, message, f"Activate {node.element.id}.")
        return None
    if node.is_event_subprocess or node.is_handler:
        code = "event_subprocess" if node.is_event_subprocess else "compensation_handler"
        plan.refuse(code, wanted.element, f"{wanted.element} stands in {node.element.id}, which does not run.", "Choose another element.")
        return None
    found = _find_place(process, plan, [outer], Activation(element=node.element.id))
    if found is None:
        return None
    scope, _, entered = found
    inner_graph = process.run.definition.graphs[node.inner]
    return scope, inner_graph, (*entered, node.name)


def _carry_out(process: Process, plan: _Plan) -> None:
    opened: dict[tuple[str | None, tuple[str, ...]], Scope] = {}
    for begun in plan.begun:
        scope: Scope = process if begun.owner is None else process.subprocesses[begun.owner]
        for depth in range(len(begun.entered)):
            key = (begun.owner, begun.entered[: depth + 1])
            scope = opened.get(key) or _enter(scope, begun.entered[depth])
            opened[key] = scope
        token = scope.add(begun.node)
        token.data.update({name: freeze(value, name=name) for name, value in begun.variables.items()})
        process.run.queue(token)
    for name in plan.cancelled:
        token_or_none = process.find(name)
        if token_or_none is not None:
            _cancel(token_or_none)


def _enter(scope: Scope, name: str) -> Scope:
    """Enter a sub-process without its start event: its boundary events and event sub-processes wait as ever."""
    token = scope.add(name)
    node = token.task_spec
    node.arm_boundary(token)
    inner = scope.top_workflow.open_inner(token)
    node.enter_by_hand(token, inner)
    inner.arm_standby(inner.spec.standby)
    return inner


def _cancel(token: Token) -> None:
    """Cancel a token, with the multi-instance or sub-process around it when it was the last one there."""
    scope, outer = token.workflow, token.repeated_by
    token.cancel()
    if outer is not None:
        node = outer.task_spec
        assert isinstance(node, Repeated), "nothing else repeats"
        if not node.instances(outer):
            _cancel(outer)
        else:
            outer.stage = CHECK
            scope.run.queue(outer)
    elif scope.owner is not None and all(each.is_standing_by for each in scope.tokens()):
        _cancel(scope.owner)


def _check_outcome(process: Process, plan: _Plan) -> None:
    """Do it on a copy, and compare every scope with what it was."""
    run = Run(process.run.definition, process.run.ports)
    copy = restore_content(dump_content(process, run.definition), run.definition, run)
    _carry_out(copy, plan)
    if all(token.is_standing_by for token in copy.tokens()):
        plan.refuse("nothing_left", None, "Nothing would be left to do.", "Cancel the process instance instead.")
        return
    before: dict[str | None, Scope] = {None: process, **process.subprocesses}
    for owner, scope in [(None, copy), *copy.subprocesses.items()]:
        marking, old = marking_of(scope), before.get(owner)
        was = marking_of(old) if old is not None else ()
        if marking == was or not has_order(scope):
            continue
        for code, name in new_problems(scope.spec, marking, find_problems(scope.spec, was) if was else set()):
            element = scope.spec.task_specs[name].element.id if name else None
            plan.refuse(code, element, *PROBLEMS[code])


PROBLEMS = {
    "would_get_stuck": (
        "A token could wait here for one that cannot come any more.",
        "Cancel also the tokens of the other branches, or activate an element in the same branch.",
    ),
    "would_double": (
        "A token would come here although there is another one on the same way.",
        "Cancel the other token too.",
    ),
    "not_decided": (
        "The process is too large to say whether all tokens could come to an end.",
        "Cancel what is active in this scope and activate one element.",
    ),
}
