"""Activities: user, service, script, business rule and plain tasks, sub-processes and call activities."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.domain.errors import CountersignError, ServiceTaskFailed
from app.engine.codec import freeze
from app.engine.errors import ErrorNotCaught
from app.engine.events import find_error_handler, fire_event
from app.engine.formulas import Formula
from app.engine.nodes import FlowNode
from app.engine.tokens import LEAVE, Scope, Token
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

    def _run_hook(self, my_task: Token) -> bool | None:
        run = my_task.workflow.run
        service = run.ports.services.get(self.operation)
        if service is None:
            raise ServiceTaskFailed(element=self.element.id, reason=f"no service named {self.operation} is registered")
        parameters = {name: run.evaluate(my_task, formula) for name, formula in self.parameters.items()}
        call = ServiceCall(
            element=self.element,
            element_instance=my_task.id,
            operation=self.operation,
            parameters=parameters,
            variables=run.names(my_task),
        )
        try:
            result = service(call)
        except CountersignError:
            raise
        except BpmnError as error:
            self._throw(my_task, error)
            return None
        except Exception as error:  # A service is foreign code: here is the incident border of the turn.
            raise ServiceTaskFailed(element=self.element.id, reason=f"{type(error).__name__}: {error}") from error
        if isinstance(result, Pending):
            self.hold(my_task)
            return None
        self._keep(my_task, result, parameters)
        return True

    def _throw(self, token: Token, error: BpmnError) -> None:
        handler = find_error_handler(token, error.code)
        if handler is None:
            raise ErrorNotCaught(code=error.code, element=self.element.id) from error
        fire_event(handler, freeze(error.payload, name=self.element.id))

    def _keep(self, token: Token, result: Any, parameters: Mapping[str, Any]) -> None:
        self.set_result(token, self.result_variable, result)
        trace = ServiceTrace(
            element_instance=token.id, element=self.element.id, operation=self.operation, parameters=parameters, result=result
        )
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

    def _run_hook(self, my_task: Token) -> bool:
        self.set_result(my_task, self.result_variable, my_task.workflow.run.evaluate(my_task, self.script))
        return True


class BusinessRuleTask(FlowNode):
    """A decision, evaluated through the ports."""

    def __init__(self, graph: Any, element: Element, *, decision: str, binding: str, result_variable: str | None, **settings: Any) -> None:
        super().__init__(graph, element, **settings)
        self.decision = decision
        self.binding = binding
        self.result_variable = result_variable

    def _run_hook(self, my_task: Token) -> bool:
        run = my_task.workflow.run
        call = DecisionCall(
            element=self.element,
            element_instance=my_task.id,
            decision=self.decision,
            binding=self.binding,
            variables=run.names(my_task),
        )
        answer = run.ports.decide(call)
        self.set_result(my_task, self.result_variable, answer.outputs)
        trace = DecisionTrace(
            element_instance=my_task.id,
            element=self.element.id,
            decision=self.decision,
            inputs=answer.inputs,
            outputs=answer.outputs,
            matched_rules=answer.matched_rules,
            warnings=answer.warnings,
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

    def hand_in(self, token: Token, scope: Scope) -> None:
        """Give the scope inside its variables."""

    def inner_ended(self, token: Token, scope: Scope) -> None:
        """Leave when the scope inside has ended."""
        token.stage = LEAVE
        scope.run.queue(token)


class CallActivity(SubProcess):
    """A called process with variables of its own.

    It gets all that the caller sees, or the process's declared inputs; what it set goes back, or its declared outputs.
    """

    isolates = True

    def hand_in(self, token: Token, scope: Scope) -> None:
        """Copy what the caller sees, or what the called process declares as inputs."""
        seen: dict[str, Any] = {}
        for variables in reversed(token.scopes()):
            seen.update(variables)
        declared = scope.spec.inputs
        scope.data.update(seen if declared is None else {name: seen.get(name) for name in declared})

    def inner_ended(self, token: Token, scope: Scope) -> None:
        """Copy back what the called process set, or declares as outputs."""
        declared = scope.spec.outputs
        for name in scope.written if declared is None else declared:
            token.set_variable(name, scope.data.get(name))
        super().inner_ended(token, scope)
