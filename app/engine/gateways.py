"""Gateways: where tokens part and meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.errors import ExpressionFailed
from app.engine.library import TaskState
from app.engine.nodes import Flow, FlowNode
from app.engine.tokens import Scope, Token
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
    """An exclusive event-based gateway: the first of its events wins."""

    def prepare(self, token: Token, successor: Token) -> None:
        """Let the events know each other."""
        successor.internal_data["gate"] = token.id


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
            if token.task_spec is self and token.state == TaskState.WAITING:
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


class InclusiveGateway(Join):
    """It waits while a token elsewhere could still arrive on an incoming flow that has none (clause 13.4.3).

    `reaching` names, for each incoming flow, the nodes from which a path leads to it without visiting this gateway.
    """

    watches = True

    def __init__(self, graph: Any, element: Any, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.reaching: Mapping[str, frozenset[str]] = {}

    def _update_hook(self, my_task: Token) -> bool:
        if not self.waits(my_task):
            return True
        self.hold(my_task)
        return False

    def watch(self, token: Token) -> None:
        """Go on when nothing more can arrive."""
        tokens = self.arrived(token.workflow)
        empty = [flow for flow in self.incoming if flow not in tokens]
        for other in token.workflow.tokens() if empty else ():
            if other.task_spec is self or other.host is not token.workflow.task_tree:
                continue
            place = other.task_spec.name
            if any(place in self.reaching[flow] for flow in empty) and not any(place in self.reaching[flow] for flow in tokens):
                return
        self.unite(tokens, token)
        token.go_on()
