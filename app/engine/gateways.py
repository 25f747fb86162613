"""Gateways: where tokens part and meet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from app.domain.errors import ExpressionFailed
from app.engine.formulas import Formula
from app.engine.library import TaskState
from app.engine.nodes import Flow, FlowNode
from app.engine.tokens import ENTER, Scope, Token
from app.engine.values import EndState


class ExclusiveGateway(FlowNode):
    """The first flow whose condition is true, else the default."""

    def choose(self, token: Token) -> Sequence[Flow]:
        """Return one flow; ExpressionFailed when there is none to take."""
        run = token.workflow.run
        for flow in self.outgoing:
            if flow.condition is None or run.holds(token, flow.condition):
                return (flow,)
        if self.default is not None:
            return (self.default,)
        if self.outgoing:
            raise ExpressionFailed(element=self.element.id, reason="no condition is true, and there is no default flow")
        return ()


class EventGateway(FlowNode):
    """An event-based gateway: the first of its events wins, unless it is parallel; one that creates instances knows what came."""

    def __init__(self, graph: Any, element: Any, *, instantiates: bool = False, is_parallel: bool = False, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.instantiates = instantiates
        self.is_parallel = is_parallel

    def choose(self, token: Token) -> Sequence[Flow]:
        """Return all flows, or, when an event has created the instance and excludes the others, the flow to it."""
        chosen = token.internal_data.get("chosen")
        if chosen is None or self.is_parallel:
            return self.outgoing
        return [flow for flow in self.outgoing if flow.target == chosen[0]]

    def prepare(self, token: Token, successor: Token) -> None:
        """Let the events know each other, and the one that created the instance what came."""
        if not self.is_parallel and "chosen" not in token.internal_data:
            successor.internal_data["gate"] = token.id
        chosen = token.internal_data.get("chosen")
        if chosen is not None and chosen[0] == successor.task_spec.name:
            successor.internal_data["came"] = chosen[1]


def gateway_of(token: Token) -> EventGateway:
    """Return the event-based gateway that a waiting event stands behind."""
    name = token.task_spec.name
    gates = (node for node in token.workflow.spec.nodes if isinstance(node, EventGateway))
    return next(gate for gate in gates if any(flow.target == name for flow in gate.outgoing))


class Join(FlowNode):
    """A gateway that waits for tokens on its incoming flows."""

    hold_state = TaskState.WAITING

    def record_end(self, token: Token, state: EndState) -> None:
        """Report it when it has been passed; a token that was still waiting for others is no element instance that ended."""
        if state != "cancelled":
            super().record_end(token, state)

    def waits(self, token: Token) -> bool:
        """Whether a token that arrives has to be joined with others; one that was placed here by hand has not."""
        return len(self.incoming) > 1 and "flow" in token.internal_data

    def arrived(self, scope: Scope) -> dict[str, Token]:
        """Return the oldest waiting token of each incoming flow."""
        found: dict[str, Token] = {}
        for token in scope.tokens():
            if token.task_spec is self and token.state == TaskState.WAITING and "flow" in token.internal_data:
                found.setdefault(token.internal_data["flow"], token)
        return found

    def unite(self, tokens: Mapping[str, Token], token: Token) -> None:
        """Let `token` stand for all of them."""
        for other in tokens.values():
            if other is not token:
                token.entered_at = min(token.entered_at, other.entered_at)
                other.workflow.remove(other)


class ParallelGateway(Join):
    """It waits for one token on each incoming flow and puts one on each outgoing flow; further tokens keep waiting."""

    def _update_hook(self, my_task: Token) -> bool:
        if not self.waits(my_task):
            return True
        self.hold(my_task)
        tokens = self.arrived(my_task.workflow)
        if len(tokens) < len(self.incoming):
            return False
        self.unite(tokens, my_task)
        return True


class WaitingJoin(Join):
    """A join that depends on which tokens could still arrive.

    `reaching` names, for each incoming flow, the nodes from which a path leads to it without visiting this gateway.
    """

    watches = True

    def __init__(self, graph: Any, element: Any, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.reaching: Mapping[str, frozenset[str]] = {}

    def is_expected(self, scope: Scope, empty: Collection[str], filled: Collection[str]) -> bool:
        """Whether a token elsewhere could still arrive on an empty flow, and on none that has one (clause 13.4.3)."""
        for other in scope.tokens() if empty else ():
            if other.task_spec is self or other.host is not scope.task_tree or "aside" in other.internal_data:
                continue
            place = other.task_spec.name
            if any(place in self.reaching[flow] for flow in empty) and not any(place in self.reaching[flow] for flow in filled):
                return True
        return False


class InclusiveGateway(WaitingJoin):
    """It waits while a token elsewhere could still arrive on an incoming flow that has none."""

    def _update_hook(self, my_task: Token) -> bool:
        if not self.waits(my_task):
            return True
        self.hold(my_task)
        return False

    def watch(self, token: Token) -> None:
        """Go on when nothing more can arrive."""
        tokens = self.arrived(token.workflow)
        empty = [flow for flow in self.incoming if flow not in tokens]
        if not self.is_expected(token.workflow, empty, tokens):
            self.unite(tokens, token)
            token.go_on()


class ComplexGateway(WaitingJoin):
    """It goes on when its activation condition is true, and then waits until the tokens that it did not need have come (clause 13.4.5).

    The condition sees `activationCount`, how many incoming flows have a token, and the number of tokens on each, by the id and the name
    of the flow. Flows leave as from an inclusive gateway. When the others have come, or cannot come any more, it is ready again; at that
    moment only flows whose condition speaks of `waitingForStart` can get a token.
    """

    def __init__(self, graph: Any, element: Any, *, activation: Formula | None, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.activation = activation
        self.flow_names: Mapping[str, str] = {}

    def _update_hook(self, my_task: Token) -> bool:
        if not self.waits(my_task):
            return True
        self.hold(my_task)
        scope = my_task.workflow
        if self._remembered(scope) is not None:
            return False
        tokens = self.arrived(scope)
        if self.activation is not None and not scope.run.holds(my_task, self.activation, self._counts(scope)):
            return False
        self.unite(tokens, my_task)
        later = scope.add(self.name)
        later.internal_data["phase"] = sorted(tokens)
        self.hold(later)
        return True

    def _remembered(self, scope: Scope) -> Token | None:
        """Return the token that remembers which flows were used, while the others are waited for."""
        return next((each for each in scope.tokens() if each.task_spec is self and "phase" in each.internal_data), None)

    def _counts(self, scope: Scope) -> dict[str, int]:
        waiting = [each.internal_data["flow"] for each in scope.tokens() if each.task_spec is self and self._is_arrived(each)]
        counts = {flow: waiting.count(flow) for flow in self.incoming}
        named = {name: counts[flow] for flow, name in self.flow_names.items() if flow in counts}
        return {**named, **counts, "activationCount": len(set(waiting))}

    def _is_arrived(self, token: Token) -> bool:
        return token.state == TaskState.WAITING and "flow" in token.internal_data

    def choose(self, token: Token) -> Sequence[Flow]:
        """Return the flows to take on activation."""
        run, extra = token.workflow.run, {"waitingForStart": True}
        chosen = [flow for flow in self.outgoing if flow.condition is None or run.holds(token, flow.condition, extra)]
        if self.default is not None and not any(flow.condition is not None for flow in chosen):
            chosen.append(self.default)
        if not chosen and self.outgoing:
            raise ExpressionFailed(element=self.element.id, reason="no outgoing flow has a true condition, and there is no default flow")
        return chosen

    def watch(self, token: Token) -> None:
        """Become ready again when no token that is left over can arrive any more."""
        if "phase" not in token.internal_data:
            return
        scope, used = token.workflow, token.internal_data["phase"]
        tokens = {flow: each for flow, each in self.arrived(scope).items() if flow not in used}
        empty = [flow for flow in self.incoming if flow not in used and flow not in tokens]
        if self.is_expected(scope, empty, tokens):
            return
        chosen = [flow for flow in self.outgoing if self._is_taken_late(token, flow)]
        for each in tokens.values():
            scope.remove(each)
        for flow in chosen:
            scope.run.happened.flows.append(flow.id)
            successor = scope.add(flow.target)
            successor.internal_data["flow"] = flow.id
            scope.run.queue(successor)
        again = next(iter(self.arrived(scope).values()), None)
        if again is not None:
            again.stage = ENTER
            scope.run.queue(again)
        scope.discard(token)

    def _is_taken_late(self, token: Token, flow: Flow) -> bool:
        condition = flow.condition
        if condition is None or "waitingForStart" not in condition.expression.text:
            return False
        return token.workflow.run.holds(token, condition, {"waitingForStart": False})
