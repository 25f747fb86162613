"""Flow nodes: the library's task specifications with the token semantics of BPMN 2.0, clause 13.

A node changes nothing of itself while it runs, so one definition serves any number of instances. What tokens do at it: `let_in` when
one arrives, with the library's `_update_hook`; `do_work` (True when it is done, None when something outside completes it); `let_out`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.domain.errors import ExpressionFailed
from app.engine.codec import freeze
from app.engine.formulas import Formula
from app.engine.library import BpmnSpecMixin, TaskState
from app.engine.tokens import HOLD, Token
from app.engine.values import Element, EndState

if TYPE_CHECKING:
    from app.engine.events import BoundaryEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A sequence flow. Without a condition a token always takes it."""

    id: str
    target: str
    condition: Formula | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """A data association: the value of `source` goes to `target`, a variable or a path into one."""

    source: Formula
    target: tuple[str, ...]


class FlowNode(BpmnSpecMixin):
    """A node of the graph.

    Attributes:
        element: what the diagram says about it.
        outgoing: flows in the order in which conditions are tried; the default flow is not among them.
        incoming: ids of the flows that end here.
        default: taken when no condition is true.
        boundary: boundary events of an activity.
        is_visible: whether its tokens are element instances that are reported.
        is_standby: whether its waiting tokens do not keep the scope open.
        watches: whether its waiting tokens are looked at whenever the agenda is empty.
        isolates: whether what runs inside has variables of its own.
        inner: name of the graph of a sub-process or called process.
        hold_state: state of its tokens while something outside has to move them.
        start_quantity, completion_quantity: tokens that an activity takes to begin, and puts on each flow.
        inputs, outputs: data associations; `local_outputs` are the data outputs that they read.
        handler: the compensation event on its boundary, and the node that compensates this activity.
        is_handler: whether this activity compensates another, outside the flow.
        keeps_record: whether what it did can be compensated.
    """

    is_visible = True
    is_standby = False
    watches = False
    isolates = False
    is_event_subprocess = False
    inner = ""
    hold_state = TaskState.STARTED
    start_quantity = 1
    completion_quantity = 1
    inputs: tuple[Association, ...] = ()
    outputs: tuple[Association, ...] = ()
    local_outputs: tuple[str, ...] = ()
    handler: tuple[str, str] | None = None
    is_handler = False
    keeps_record = False

    def __init__(self, graph: Any, element: Element, *, name: str | None = None, **settings: Any) -> None:
        super().__init__(graph, name or element.id, bpmn_name=element.name, lane=element.lane, **settings)
        self.element = element
        self.outgoing: tuple[Flow, ...] = ()
        self.incoming: tuple[str, ...] = ()
        self.default: Flow | None = None
        self.boundary: tuple[BoundaryEvent, ...] = ()

    def let_in(self, token: Token) -> None:
        """Receive a token, with its data inputs; an activity may need several to begin."""
        if self.start_quantity > 1 and not self._gather(token):
            return
        for association in self.inputs:
            value = token.workflow.run.evaluate(token, association.source)
            put_value(token.data, association.target, freeze(value, name=self.element.id))
        if self._update_hook(token):
            token.go_on()

    def _gather(self, token: Token) -> bool:
        """Return whether there are tokens enough; those that wait for more are kept apart."""
        token.internal_data["quantity"] = True
        self.hold(token)
        token.mark(TaskState.WAITING)
        waiting = [other for other in token.workflow.tokens() if other.task_spec is self and "quantity" in other.internal_data]
        if len(waiting) < self.start_quantity:
            return False
        del token.internal_data["quantity"]
        for other in waiting[: self.start_quantity]:
            if other is not token:
                token.workflow.remove(other)
        return True

    def _update_hook(self, my_task: Token) -> bool:
        """Let a token in; return whether its work can begin at once."""
        if self.boundary:
            self.arm_boundary(my_task)
        return True

    def do_work(self, token: Token) -> bool | None:  # noqa: ARG002 - used by the nodes that have work
        """Do the work, of which most nodes have none; return whether it is done."""
        return True

    def let_out(self, token: Token) -> None:
        """Let a token go.

        1. Choose the flows; when that fails nothing has happened yet.
        2. Report the end, put tokens on the flows, then let an event throw what it throws.
        3. Take the token away; the scope ends with its last token.
        """
        if self.outputs:
            self._give_outputs(token)
        above = token.repeated_by
        chosen = self.choose(token) if above is None else ()
        self.record_end(token, "completed")
        if self.keeps_record:
            self.keep_record(token)
        if above is not None:
            assert isinstance(above.task_spec, RepeatedActivity), "nothing else repeats"
            above.task_spec.instance_ended(above, token)
            return
        scope = token.workflow
        run, nodes, root = scope.run, scope.spec.task_specs, scope.task_tree
        for flow in chosen:
            run.happened.flows.append(flow.id)
            for _ in range(self.completion_quantity):
                successor = Token(scope, nodes[flow.target], root)
                successor.internal_data["flow"] = flow.id
                run.queue(successor)
                self.prepare(token, successor)
        self.after_leaving(token)
        scope.discard(token)
        if "undoes" in token.internal_data:
            token.tell_undone()

    def _give_outputs(self, token: Token) -> None:
        """Copy data outputs to where they go, once."""
        if "given" in token.internal_data:
            return
        run = token.workflow.run
        values = [(each.target, freeze(run.evaluate(token, each.source), name=self.element.id)) for each in self.outputs]
        token.internal_data["given"] = True
        for (name, *path), value in values:
            changed = {name: token_value(token, name)} if path else {}
            put_value(changed, (name, *path), value)
            token.set_variable_around(name, changed[name])

    def keep_record(self, token: Token) -> None:
        """Keep what compensation needs to know of an activity that has been completed."""
        record = {"node": self.name, "id": token.id, "data": dict(token.data), **token.internal_data.pop("inner", {})}
        above = token.repeated_by
        if above is None:
            token.workflow.done.append(record)
        else:
            above.internal_data.setdefault("done", []).append(record)

    def choose(self, token: Token) -> Sequence[Flow]:
        """Return the flows to take: all without a condition, all whose condition is true, else the default.

        Raises:
            ExpressionFailed: there are flows, but none can be taken.
        """
        run = token.workflow.run
        chosen = [flow for flow in self.outgoing if flow.condition is None or run.holds(token, flow.condition)]
        if self.default is not None and not any(flow.condition is not None for flow in chosen):
            chosen.append(self.default)
        if not chosen and self.outgoing:
            raise ExpressionFailed(element=self.element.id, reason="no outgoing flow has a true condition, and there is no default flow")
        return chosen

    def prepare(self, token: Token, successor: Token) -> None:
        """Tell a successor what it must know about this token."""

    def after_leaving(self, token: Token) -> None:
        """Do what an event does after its tokens are on their way."""

    def arm_boundary(self, token: Token) -> None:
        """Let the boundary events of an activity wait."""
        for event in self.boundary:
            waiting = token.workflow.add(event.name, above=token)
            event.arm(waiting)

    def hold(self, token: Token) -> None:
        """Keep the token until something else moves it."""
        token.stage = HOLD
        token.mark(self.hold_state)

    def record_end(self, token: Token, state: EndState) -> None:
        """Report the end of an element instance, if it is one."""
        if self.is_visible and not token.is_hidden:
            token.workflow.run.record_end(token, state)

    def set_result(self, token: Token, name: str | None, value: Any) -> None:
        """Keep the result of the element as variable `name`, or under the element's id."""
        name = name or self.element.id
        token.set_variable(name, freeze(value, name=name))

    def receive(self, token: Token, outputs: Mapping[str, Any]) -> None:
        """Keep what was given to a token that waits: as variables and, together, under the element's id."""
        values = freeze(outputs, name=self.element.id)
        token.set_variable(self.element.id, values)
        for name, value in values.items():
            token.set_variable(name, value)

    # Parts that only some nodes play.

    def check(self, token: Token) -> None:
        """Look whether a repeated activity is complete."""

    def watch(self, token: Token) -> None:
        """Look whether a waiting token can go on."""

    def arm(self, token: Token) -> None:
        """Let a token wait for an event."""

    def inner_ended(self, token: Token, scope: Any) -> None:
        """Continue after the scope inside has ended."""

    def enter_by_hand(self, token: Token, scope: Any) -> None:
        """Hold a token around a scope that begins without its start event."""

    def add_instance(self, token: Token, item: Any, variables: Mapping[str, Any]) -> Token | None:
        """Begin one more instance of a multi-instance."""

    def inner_left(self, token: Token) -> None:
        """Look at the scope inside after something in it has ended."""

    def keeps_open(self, token: Token) -> bool:
        """Whether the scope inside goes on although nothing runs in it."""
        return "undo" in token.internal_data


class RepeatedActivity(FlowNode):
    """The outer activity of a multi-instance or a loop; its instances are tokens of the inner node, below its own token."""

    is_visible = False
    is_sequential = True
    repeated = ""

    def keep_record(self, token: Token) -> None:
        """Keep the records of the instances; those of a parallel multi-instance are compensated together."""
        together = {} if self.is_sequential else {"together": token.id}
        token.workflow.done.extend({**record, **together} for record in token.internal_data.pop("done", []))

    def instance_ended(self, token: Token, instance: Token) -> None:
        """Take over what an instance gave, and take the instance away."""


def put_value(variables: dict[str, Any], path: Sequence[str], value: Any) -> None:
    """Set a variable, or a part of one, whose other parts stay as they are."""
    name, *rest = path
    if not rest:
        variables[name] = value
        return
    inner = variables.get(name)
    changed = dict(inner) if isinstance(inner, Mapping) else {}
    put_value(changed, rest, value)
    variables[name] = changed


def token_value(token: Token, name: str) -> Any:
    """Return what a variable is outside an activity, None when there is none."""
    return next((seen[name] for seen in token.scopes() if seen is not token.data and name in seen), None)
