"""Multi-instance and loop activities: one outer token, its instances below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.errors import ExpressionFailed
from app.engine.codec import freeze
from app.engine.formulas import Formula
from app.engine.nodes import RepeatedActivity
from app.engine.run import count_of
from app.engine.throwing import throw_trigger
from app.engine.tokens import CHECK, HOLD, LEAVE, Process, Token
from app.engine.triggers import Trigger
from app.engine.values import Element, EndState

INSTANCES_MAX = 1_000
LOOP_COUNTER = "loopCounter"
_ASKS = ("approval_step", "assignees", "candidate_roles", "candidate_groups")


@dataclass(frozen=True, slots=True, kw_only=True)
class Behavior:
    """An event that a multi-instance throws when an instance completes: each time, the first time, or when its condition is true.

    The signal that is thrown when the diagram names no event carries the numbers of instances.
    """

    trigger: Trigger
    carries_counts: bool = False
    condition: Formula | None = None
    only_first: bool = False


class Repeated(RepeatedActivity):
    """What multi-instance and loop share."""

    def __init__(self, graph: Any, element: Element, *, name: str, repeated: str, **settings: Any) -> None:
        super().__init__(graph, element, name=name, **settings)
        self.repeated = repeated

    def begin_instance(self, token: Token, index: int, variables: Mapping[str, Any]) -> Token:
        """Create an instance with variables of its own; `loopCounter` counts from 1."""
        instance = token.workflow.add(self.repeated, above=token)
        instance.data = {LOOP_COUNTER: index + 1, **variables}
        token.workflow.run.queue(instance)
        return instance

    def instances(self, token: Token) -> list[Token]:
        """Return the instances that have not ended."""
        return [child for child in token.below if child.task_spec.name == self.repeated]

    def finish(self, token: Token) -> None:
        """Cancel what still runs, and leave."""
        for instance in self.instances(token):
            instance.cancel()
        token.stage = LEAVE
        token.workflow.run.queue(token, first=True)

    def dismiss(self, token: Token, instance: Token) -> None:
        """Take an instance away, and look whether the activity is complete."""
        for child in instance.below:
            child.cancel()
        token.workflow.remove(instance)
        token.stage = CHECK
        token.workflow.run.queue(token, first=True)

    def record_end(self, token: Token, state: EndState) -> None:
        """Report the outer activity only when it failed or had no instance: else its instances are what is reported."""
        if state == "failed" or (state == "completed" and not token.internal_data.get("count")):
            token.workflow.run.record_end(token, state)


class MultiInstance(Repeated):
    """A parallel or sequential multi-instance activity.

    Each instance has variables of its own: what is set inside stays inside. When it ends, its output item goes into the output
    list, in the order of the instances; without an output list, what it set goes to the scope around.
    """

    def __init__(
        self,
        graph: Any,
        element: Element,
        *,
        is_sequential: bool,
        cardinality: Formula | None,
        collections: Sequence[Formula],
        items: tuple[str, ...],
        output_list: str | None,
        output_items: tuple[str, ...],
        condition: Formula | None,
        behaviors: Sequence[Behavior] = (),
        **settings: Any,
    ) -> None:
        super().__init__(graph, element, **settings)
        self.behaviors = tuple(behaviors)
        self.is_sequential = is_sequential
        self.cardinality = cardinality
        self.collections = tuple(collections)
        self.items = items
        self.output_list = output_list
        self.output_items = output_items
        self.condition = condition

    def _update_hook(self, my_task: Token) -> bool:
        values = self._values(my_task)
        if not values:
            self._allow_none(my_task)
        self.arm_boundary(my_task)
        my_task.internal_data.update(count=len(values), ended=[], started=0, waiting=values)
        if self.output_list:
            my_task.set_variable(self.output_list, [])
        if not values:
            return True
        self.hold(my_task)
        for _ in values[:1] if self.is_sequential else values:
            self._begin_next(my_task)
        return False

    def _values(self, token: Token) -> list[Any]:
        run = token.workflow.run
        if self.cardinality is not None:
            value, warnings = run.evaluate_with_warnings(token, self.cardinality)
            return list(range(count_of(self.cardinality, value, warnings, maximum=INSTANCES_MAX)))
        formula, value, warnings = self.collections[0], None, ()
        for formula in self.collections:
            value, warnings = run.evaluate_with_warnings(token, formula)
            if value is not None:
                break
        if not isinstance(value, list):
            raise formula.refuse(value, "a list", warnings)
        if len(value) > INSTANCES_MAX:
            raise ExpressionFailed(element=self.element.id, reason=f"{len(value)} instances are more than {INSTANCES_MAX}")
        return list(freeze(value, name=self.element.id))

    def _allow_none(self, token: Token) -> None:
        """Refuse an approval that asks nobody; another activity without instances completes (clause 13.3.7)."""
        if self.element.kind == "userTask" and any(key in self.element.properties for key in _ASKS):
            reason = "its multi-instance list is empty, so nobody would be asked and the step would count as done"
            raise ExpressionFailed(element=self.element.id, reason=reason)
        token.workflow.run.happened.warnings.append(f"{self.element.id}: no instances")

    def _begin_next(self, token: Token) -> Token:
        data = token.internal_data
        index, value = data["started"], data["waiting"][0]
        data["started"], data["waiting"] = index + 1, data["waiting"][1:]
        instance = self.begin_instance(token, index, dict.fromkeys(self.items, value))
        instance.internal_data["instance"] = index
        return instance

    def instance_ended(self, token: Token, instance: Token) -> None:
        """Keep the output of an instance."""
        local, index = instance.data, instance.instance
        names = token.workflow.run.names(instance)
        outcome_names = self.output_items or ("outcome",)
        outcome = next((names[name] for name in outcome_names if name in names), None)
        token.internal_data["ended"].append([index, outcome])
        token.internal_data["last"] = local
        if self.output_list:
            token.set_variable(self.output_list, self._outcomes(token))
        else:
            for name, value in local.items():
                if name != LOOP_COUNTER and name not in self.items:
                    token.set_variable(name, value)
        self.dismiss(token, instance)
        self._throw_behaviors(token)

    def _throw_behaviors(self, token: Token) -> None:
        """Throw what the completion of an instance throws; who catches it may cancel this activity."""
        for behavior in self.behaviors:
            counts = self._counts(token)
            if not token.is_alive or (behavior.only_first and counts["nrOfCompletedInstances"] > 1):
                return
            if behavior.condition is not None and not token.workflow.run.holds(token, behavior.condition, counts):
                continue
            payload = behavior.trigger.payload
            value = counts if behavior.carries_counts else None
            if payload is not None:
                value = token.workflow.run.evaluate(token, payload, counts)
            throw_trigger(token, behavior.trigger, freeze(value, name=self.element.id))

    def add_instance(self, token: Token, item: Any, variables: Mapping[str, Any]) -> Token | None:
        """Begin one more instance, or put its item at the end of a sequence and return None."""
        data = token.internal_data
        data["count"] += 1
        data["waiting"] = [*data["waiting"], freeze(item, name=self.element.id)]
        if self.is_sequential:
            return None
        instance = self._begin_next(token)
        instance.data.update({name: freeze(value, name=name) for name, value in variables.items()})
        return instance

    def _outcomes(self, token: Token) -> list[Any]:
        return [outcome for _, outcome in sorted(token.internal_data["ended"], key=lambda entry: entry[0])]

    def _counts(self, token: Token) -> dict[str, Any]:
        """Return the numbers of instances, by our names and by those of the standard."""
        data = token.internal_data
        created, ended, active = data["count"], len(data["ended"]), len(self.instances(token))
        gone = data["started"] - ended - active
        return {
            "nrOfInstances": created,
            "nrOfCompletedInstances": ended,
            "nrOfActiveInstances": active,
            "nrOfTerminatedInstances": gone,
            "numberOfInstances": created,
            "numberOfCompletedInstances": ended,
            "numberOfActiveInstances": active,
            "numberOfTerminatedInstances": gone,
        }

    def check(self, token: Token) -> None:
        """Leave when the completion condition is true or no instance is left; else begin the next of a sequence."""
        data, open_instances = token.internal_data, self.instances(token)
        if self.condition is not None and data["ended"] and self._is_complete(token):
            self.finish(token)
        elif data["waiting"]:
            self.hold(token)
            if self.is_sequential and not open_instances:
                self._begin_next(token)
        elif open_instances:
            self.hold(token)
        else:
            self.finish(token)

    def _is_complete(self, token: Token) -> bool:
        assert self.condition is not None, "asked only when there is a condition"
        extra = {**token.internal_data.get("last", {}), **self._counts(token), "outcomes": self._outcomes(token)}
        if self.output_list:
            extra[self.output_list] = extra["outcomes"]
        return token.workflow.run.holds(token, self.condition, extra)


def find_multi_instance(process: Process, name: str) -> Token | None:
    """Return the token of the multi-instance that runs and is meant: by its element, or by one of its instances; None when none is."""
    instance = process.find(name)
    outer = instance.repeated_by if instance is not None else None
    if outer is None:
        running = [token for token in process.everywhere() if token.task_spec.element.id == name]
        several = [token for token in running if isinstance(token.task_spec, MultiInstance)]
        outer = several[0] if len(several) == 1 else None
    is_running = outer is not None and isinstance(outer.task_spec, MultiInstance) and outer.stage in {HOLD, CHECK}
    return outer if is_running else None


class Loop(Repeated):
    """A standard loop: again while the condition is true, at most `maximum` times; the condition sees `loopCounter`."""

    def __init__(
        self, graph: Any, element: Element, *, condition: Formula | None, maximum: int | None, tests_before: bool, **settings: Any
    ) -> None:
        super().__init__(graph, element, **settings)
        self.condition = condition
        self.maximum = maximum
        self.tests_before = tests_before

    def _update_hook(self, my_task: Token) -> bool:
        my_task.internal_data["count"] = 0
        again = not self.tests_before or self._continues(my_task)
        self.arm_boundary(my_task)
        if not again:
            return True
        self.hold(my_task)
        self.begin_instance(my_task, 0, {})
        return False

    def _continues(self, token: Token) -> bool:
        count = token.internal_data["count"]
        if self.maximum is not None and count >= self.maximum:
            return False
        return self.condition is None or token.workflow.run.holds(token, self.condition, {LOOP_COUNTER: count})

    def instance_ended(self, token: Token, instance: Token) -> None:
        """Count, and look whether to go on."""
        token.internal_data["count"] += 1
        self.dismiss(token, instance)

    def check(self, token: Token) -> None:
        """Begin again, or leave."""
        if self.instances(token):
            self.hold(token)
        elif self._continues(token):
            self.hold(token)
            self.begin_instance(token, token.internal_data["count"], {})
        else:
            self.finish(token)
