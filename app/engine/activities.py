"""Activities: user, service, script, business rule and plain tasks, sub-processes and call activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.domain.errors import CountersignError, ServiceTaskFailed
from app.engine.codec import freeze
from app.engine.compensation import advance_undo, keep_scope
from app.engine.delivery import throw_at
from app.engine.errors import ErrorNotCaught
from app.engine.formulas import Formula
from app.engine.library import TaskState
from app.engine.nodes import FlowNode
from app.engine.tokens import CHECK, LEAVE, Scope, Token
from app.engine.values import BpmnError, DecisionCall, DecisionTrace, Element, ServiceCall, ServiceTrace


class Pending:
    """What a service answers when its result comes later: the service task waits until `Execution.complete`."""


PENDING: Final = Pending()


class PlainTask(FlowNode):
    """An abstract task: it completes when it is reached (clause 13.3.3)."""


class UserTask(FlowNode):
    """A user task or manual task: it waits for somebody."""

    def __init__(self, graph: Any, element: Element, **settings: Any) -> None:
        super().__init__(graph, element, manual=True, **settings)


class ServiceTask(FlowNode):
    """A call of a registered operation."""

    def __init__(
        self,
        graph: Any,
        element: Element,
        *,
        operation: str,
        parameters: Mapping[str, Formula],
        result_variable: str | None,
        **settings: Any,
    ) -> None:
        super().__init__(graph, element, **settings)
        self.operation = operation
        self.parameters = parameters
        self.result_variable = result_variable

    def do_work(self, token: Token) -> bool | None:
        """Call the service, and keep its result unless that comes later."""
        run = token.workflow.run
        service = run.ports.services.get(self.operation)
        if service is None:
            raise ServiceTaskFailed(element=self.element.id, reason=f"no service named {self.operation} is registered")
        parameters = {name: run.evaluate(token, formula) for name, formula in self.parameters.items()}
        call = ServiceCall(self.element, token.id, self.operation, parameters, run.names(token))
        try:
            result = service(call)
        except CountersignError:
            raise
        except BpmnError as error:
            self._throw(token, error)
            return None
        except Exception as error:  # A service is foreign code: here is the incident border of the turn.
            raise ServiceTaskFailed(element=self.element.id, reason=f"{type(error).__name__}: {error}") from error
        if isinstance(result, Pending):
            self.hold(token)
            return None
        self._keep(token, result, parameters)
        return True

    def _throw(self, token: Token, error: BpmnError) -> None:
        if not throw_at(token, "error", error.code, freeze(error.payload, name=self.element.id)):
            raise ErrorNotCaught(code=error.code, element=self.element.id) from error

    def _keep(self, token: Token, result: Any, parameters: Mapping[str, Any]) -> None:
        self.set_result(token, self.result_variable, result)
        trace = ServiceTrace(token.id, self.element.id, self.operation, parameters, result)
        token.workflow.run.happened.services.append(trace)

    def receive(self, token: Token, outputs: Mapping[str, Any]) -> None:
        """Keep the result of a service that answered later."""
        self._keep(token, outputs, {})


class ScriptTask(FlowNode):
    """One FEEL expression whose value becomes a variable."""

    def __init__(self, graph: Any, element: Element, *, script: Formula, result_variable: str | None, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.script = script
        self.result_variable = result_variable

    def do_work(self, token: Token) -> bool:
        """Keep the value of the script."""
        self.set_result(token, self.result_variable, token.workflow.run.evaluate(token, self.script))
        return True


class BusinessRuleTask(FlowNode):
    """A decision, evaluated through the ports."""

    def __init__(self, graph: Any, element: Element, *, decision: str, binding: str, result_variable: str | None, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.decision = decision
        self.binding = binding
        self.result_variable = result_variable

    def do_work(self, token: Token) -> bool:
        """Ask for the decision, and keep what it gives."""
        run = token.workflow.run
        answer = run.ports.decide(DecisionCall(self.element, token.id, self.decision, self.binding, run.names(token)))
        self.set_result(token, self.result_variable, answer.outputs)
        trace = DecisionTrace(
            element_instance=token.id,
            element=self.element.id,
            decision=self.decision,
            inputs=answer.inputs,
            outputs=answer.outputs,
            matched_rules=answer.matched_rules,
            warnings=answer.warnings,
            version=answer.version,
        )
        run.happened.decisions.append(trace)
        return True


class SubProcess(FlowNode):
    """An embedded sub-process or transaction; it shares the variables around it."""

    def __init__(self, graph: Any, element: Element, *, inner: str, is_event_subprocess: bool = False, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.inner = inner
        self.is_event_subprocess = is_event_subprocess

    def _update_hook(self, my_task: Token) -> bool:
        self.arm_boundary(my_task)
        scope = my_task.workflow.top_workflow.open_inner(my_task)
        self.hand_in(my_task, scope)
        self.hold(my_task)
        scope.begin()
        return False

    def enter_by_hand(self, token: Token, scope: Scope) -> None:
        """Enter without a start event."""
        self.hand_in(token, scope)
        self.hold(token)

    def hand_in(self, token: Token, scope: Scope) -> None:
        """Give the scope inside its variables."""

    def inner_ended(self, token: Token, scope: Scope) -> None:
        """Leave when the scope inside has ended; one that was opened again to compensate only says so."""
        if "undoing" in token.internal_data:
            token.workflow.discard(token)
            token.tell_undone()
            return
        if self.keeps_record:
            token.internal_data["inner"] = keep_scope(scope)
        self.hand_out(token, scope)
        token.stage = LEAVE
        scope.run.queue(token)

    def hand_out(self, token: Token, scope: Scope) -> None:
        """Take over what the scope inside gives."""

    def check(self, token: Token) -> None:
        """Go on with the compensation inside, and close the scope when it is over."""
        if "undo" in token.internal_data and not advance_undo(token):
            self.hold(token)
            return
        token.workflow.top_workflow.subprocesses[token.id].close()


class AdHocSubProcess(SubProcess):
    """A sub-process whose activities have no order of their own.

    Each activity that nothing leads to is done once: all together, or one after the other in the order of the diagram. After every
    activity the completion condition is looked at; when it is still false after all, there is another round. Without a condition it is
    complete when all are done.
    """

    def __init__(
        self, graph: Any, element: Element, *, is_sequential: bool, condition: Formula | None, cancels_rest: bool, **settings: Any
    ) -> None:
        super().__init__(graph, element, **settings)
        self.is_sequential = is_sequential
        self.condition = condition
        self.cancels_rest = cancels_rest

    def _update_hook(self, my_task: Token) -> bool:
        self.arm_boundary(my_task)
        scope = my_task.workflow.top_workflow.open_inner(my_task)
        my_task.internal_data["todo"] = []
        scope.arm_standby(scope.spec.standby)
        self._begin_round(my_task, scope)
        return False

    def enter_by_hand(self, token: Token, scope: Scope) -> None:
        """Enter without beginning anything; what is not begun by hand is done in the next round, if there is one."""
        super().enter_by_hand(token, scope)
        token.internal_data["todo"] = []

    def _begin_round(self, token: Token, scope: Scope) -> None:
        names = list(scope.spec.initial)
        now = names[:1] if self.is_sequential else names
        token.internal_data["todo"] = names[len(now) :]
        self._begin(token, scope, now)

    def _begin(self, token: Token, scope: Scope, names: list[str]) -> None:
        for name in names:
            scope.run.queue(scope.add(name))
        self.hold(token)
        if not names:
            token.stage = CHECK
            scope.run.queue(token)

    def keeps_open(self, token: Token) -> bool:
        """Whether the check has still to say that it is over."""
        return super().keeps_open(token) or ("todo" in token.internal_data and "undoing" not in token.internal_data)

    def inner_left(self, token: Token) -> None:
        """Look at the completion condition after something inside was done."""
        if "todo" in token.internal_data and "undoing" not in token.internal_data and token.state != TaskState.ERROR:
            token.stage = CHECK
            token.workflow.run.queue(token, first=True)

    def check(self, token: Token) -> None:
        """End, begin the next activity, begin another round, or wait."""
        if "undo" in token.internal_data or "undoing" in token.internal_data:
            super().check(token)
            return
        scope: Scope = token.workflow.top_workflow.subprocesses[token.id]
        running = [each for each in scope.tokens() if not each.is_standing_by]
        data = token.internal_data
        is_complete = "closing" in data or (self.condition is not None and scope.run.holds(token, self.condition))
        if is_complete and (self.cancels_rest or not running):
            del data["todo"]
            scope.close()
        elif is_complete:
            data["closing"] = True
            self.hold(token)
        elif running:
            self.hold(token)
        elif data["todo"]:
            name, *data["todo"] = data["todo"]
            self._begin(token, scope, [name])
        elif self.condition is None or not scope.spec.initial:
            del data["todo"]
            scope.close()
        else:
            self._begin_round(token, scope)


class CallActivity(SubProcess):
    """A called process with variables of its own.

    It gets the data inputs of the call, else all that the caller sees, or the inputs that the process declares; what it set goes back,
    or the outputs that it declares, or the data outputs of the call.
    """

    isolates = True

    def hand_in(self, token: Token, scope: Scope) -> None:
        """Copy what the caller sees, or what the called process declares as inputs."""
        seen: dict[str, Any] = {}
        for variables in reversed(token.scopes()):
            seen.update(variables)
        if self.inputs:
            seen = dict(token.data)
        declared = scope.spec.inputs
        scope.data.update(seen if declared is None else {name: seen.get(name) for name in declared})

    def hand_out(self, token: Token, scope: Scope) -> None:
        """Copy back what the called process set, or what it or the call declares as outputs."""
        declared = self.local_outputs or scope.spec.outputs
        for name in list(scope.written) if declared is None else declared:
            token.set_variable(name, scope.data.get(name))
