"""Migration: an instance goes on with another version of its definition.

Every token keeps its id, its variables, its timers and its votes, and stands at the element of the same id, or of the id that the mapping
says. What cannot be placed is refused, all at once. Boundary events and event sub-processes that are new begin to wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from app.domain.errors import CountersignError, MigrationRefused
from app.engine.events import BoundaryEvent, CatchEvent, StandbyStart
from app.engine.gateways import EventGateway, Join, ParallelGateway, gateway_of
from app.engine.marking import find_problems, has_order, marking_of, new_problems
from app.engine.moves import PROBLEMS
from app.engine.repeats import MultiInstance, Repeated
from app.engine.run import Run
from app.engine.state import dump_content, restore_content
from app.engine.tokens import Process, Scope, Token
from app.engine.values import Refusal

if TYPE_CHECKING:
    from app.engine.definition import Definition
    from app.engine.graph_reading import ProcessGraph
    from app.engine.nodes import FlowNode

ElementMapping = Mapping[str, str | None]
_BESIDE = (BoundaryEvent, StandbyStart)


class Migration:
    """Finds the place of every token in the other definition, and the reasons why there is none.

    Attributes:
        places: new node of each token by its id; None for one that is dropped.
        graphs: new graph of each scope by the id of its owner.
        changes: new values inside a token, by its id.
        done: new records of what can be compensated, by the id of the scope's owner.
    """

    def __init__(self, process: Process, to: Definition, mapping: ElementMapping) -> None:
        self.process = process
        self.to = to
        self.mapping = mapping
        self.refusals: list[Refusal] = []
        self.places: dict[str, str | None] = {}
        self.graphs: dict[str | None, ProcessGraph] = {}
        self.changes: dict[str, dict[str, Any]] = {}
        self.done: dict[str | None, list[dict[str, Any]]] = {}
        self._check()

    def refuse(self, code: str, element: str | None, message: str, remedy: str, *, token: Token | None = None) -> None:
        """Note a reason."""
        instance = token.id if token is not None else None
        self.refusals.append(Refusal(code=code, element=element, element_instance=instance, message=message, remedy=remedy))

    def _check(self) -> None:
        own = self.process.run.definition
        if self.process.completed:
            self.refuse("instance_over", None, "The process instance is over.", "Nothing is to be done.")
            return
        if own.key != self.to.key:
            self.refuse(
                "process_changed", None, f"{self.to.key} is another process than {own.key}.", "Choose a version of the same process."
            )
            return
        for name, target in self.mapping.items():
            missing = name if name not in own.elements else target if target is not None and target not in self.to.elements else None
            if missing is not None:
                self.refuse("mapping_unknown", missing, f"The mapping names {missing}, which is not there.", "Correct the mapping.")
        self._place_scope(self.process, self.to.graphs[self.to.key])

    def target(self, element: str) -> str | None:
        """Return the id that an element has in the other definition; None when it is dropped."""
        return self.mapping.get(element, element)

    def _place_scope(self, scope: Scope, graph: ProcessGraph) -> None:
        owner = scope.owner
        self.graphs[owner.id if owner is not None else None] = graph
        for token in scope.tokens():
            node = token.task_spec
            if isinstance(node, StandbyStart):
                self._place_standby(token, graph)
            elif isinstance(node, BoundaryEvent) and token.host is not scope.task_tree:
                self._place_boundary(token, graph)
            else:
                self._place_token(token, scope, graph)
        if scope.done:
            self.done[owner.id if owner is not None else None] = self._place_records(scope.done, scope.spec, graph)

    def _place_standby(self, token: Token, graph: ProcessGraph) -> None:
        node = token.task_spec
        body = node.name.removesuffix("!")
        if body in self.mapping or node.element.id in self.mapping:
            target = self.mapping.get(body, body) if self.mapping.get(node.element.id, "") is not None else None
        else:
            target = body
        found = graph.task_specs.get(f"{target}!") if target is not None else None
        self.places[token.id] = None if target is None else f"{target}!"
        if target is not None and not isinstance(found, StandbyStart):
            self.refuse(
                "event_subprocess_gone",
                body,
                f"The event sub-process {body} is gone.",
                f"Map {body} to another one, or to null.",
                token=token,
            )
        elif isinstance(found, StandbyStart):
            self._check_triggers(token, found)

    def _place_boundary(self, token: Token, graph: ProcessGraph) -> None:
        name = token.task_spec.element.id
        target = self.target(name)
        self.places[token.id] = target
        if target is None:
            return
        host = token.host
        place = self.places.get(host.id) if host is not None else None
        events = graph.task_specs[place].boundary if place is not None and place in graph.task_specs else ()
        found = next((event for event in events if event.name == target), None)
        if found is None:
            message = f"The boundary event {name} is gone, or stands elsewhere."
            self.refuse("boundary_event_gone", name, message, f"Map {name} to another one, or to null.", token=token)
        else:
            self._check_triggers(token, found)

    def _place_token(self, token: Token, scope: Scope, graph: ProcessGraph) -> None:
        node = token.task_spec
        found = self._find(token, graph)
        if found is None:
            return
        self.places[token.id] = found.name
        if isinstance(found, CatchEvent):
            self._check_triggers(token, found)
        if isinstance(found, Join):
            self._check_join(token, found)
        if "gate" in token.internal_data:
            self._check_gate(token, scope, graph)
        inner = self.process.subprocesses.get(token.id)
        new_inner = self.to.graphs.get(found.inner)
        if inner is not None and new_inner is not None:
            self._place_scope(inner, new_inner)
        self._check_lists(token, node, graph, new_inner)

    def _find(self, token: Token, graph: ProcessGraph) -> FlowNode | None:
        """Return the new node of a token in the flow."""
        node = token.task_spec
        name = node.element.id
        target = self.target(name)
        outer = graph.at(target) if target is not None else None
        if outer is None or target is None:
            if target in self.to.elements:
                self.refuse("scope_changed", name, f"{target} stands in another scope.", f"Move the token off {name} first.", token=token)
            else:
                self.refuse("element_gone", name, f"{name} is not there any more.", f"Map {name} to another element.", token=token)
            return None
        repeats = isinstance(node, Repeated) or token.repeated_by is not None
        if repeats != isinstance(outer, Repeated) or (isinstance(node, Repeated) and not _is_same_repetition(node, outer)):
            remedy = f"Move the token off {name} first."
            self.refuse("multi_instance_changed", name, f"{target} repeats otherwise than {name}.", remedy, token=token)
            return None
        found = outer if isinstance(node, Repeated) or not repeats else graph.task_specs[outer.element.id]
        if (
            type(found) is not type(node)
            or found.element.kind != node.element.kind
            or found.is_event_subprocess != node.is_event_subprocess
        ):
            message = f"{target} is a {found.element.kind}, {name} was a {node.element.kind}."
            self.refuse("kind_changed", name, message, f"Map {name} to another element.", token=token)
            return None
        assert isinstance(found, type(node)), "it is of the same class"
        return found

    def _check_triggers(self, token: Token, found: FlowNode) -> None:
        node = token.task_spec
        assert isinstance(node, CatchEvent), "only catch events are asked about"
        assert isinstance(found, CatchEvent), "both are of the same class"
        if [each.kind for each in node.triggers] != [each.kind for each in found.triggers] or node.is_parallel != found.is_parallel:
            name = node.element.id
            self.refuse("trigger_changed", name, f"{name} waits for something else now.", f"Map {name} to another event.", token=token)

    def _check_join(self, token: Token, found: Join) -> None:
        node, data = token.task_spec, token.internal_data
        flows = [data["flow"]] if "flow" in data and "phase" not in data else data.get("phase", [])
        new = [self.mapping.get(flow, flow) for flow in flows]
        changed = any(flow not in found.incoming for flow in new)
        if changed or (isinstance(found, ParallelGateway) and len(found.incoming) != len(node.incoming)):
            name = node.element.id
            message = f"A token has come to {name}, which joins other flows now."
            self.refuse("join_changed", name, message, f"Move the token off {name} first.", token=token)
        elif new != flows:
            self.changes[token.id] = {"phase": new} if "phase" in data else {"flow": new[0]}

    def _check_gate(self, token: Token, scope: Scope, graph: ProcessGraph) -> None:
        old = gateway_of(token)
        name = old.element.id
        found = graph.at(self.target(old.element.id) or "")
        wanted = {self.target(scope.spec.task_specs[flow.target].element.id) for flow in old.outgoing}
        there = {graph.task_specs[flow.target].element.id for flow in found.outgoing} if isinstance(found, EventGateway) else set()
        if found is None or wanted != there:
            message = f"The event-based gateway {name} waits for other events now."
            self.refuse("event_gateway_changed", name, message, "Move the token off its events first.", token=token)

    def _check_lists(self, token: Token, node: FlowNode, graph: ProcessGraph, inner: ProcessGraph | None) -> None:
        """Place what a token remembers of other nodes: what is still to do in an ad-hoc sub-process, what can be compensated."""
        data = token.internal_data
        if "done" in data:
            self.changes.setdefault(token.id, {})["done"] = self._place_records(data["done"], token.workflow.spec, graph)
        if "undo" in data:
            name = node.element.id
            message = f"{name} compensates at the moment."
            self.refuse("compensation_gone", name, message, "Migrate when the compensation is over.", token=token)
        if data.get("todo") and inner is not None:
            old = self.process.run.definition.graphs[node.inner]
            targets = [self.target(old.task_specs[each].element.id) for each in data["todo"]]
            nodes = [inner.at(target) if target is not None else None for target in targets]
            self.changes.setdefault(token.id, {})["todo"] = [each.name for each in nodes if each is not None]

    def _place_records(self, records: list[dict[str, Any]], old: ProcessGraph, new: ProcessGraph) -> list[dict[str, Any]]:
        placed = []
        for record in records:
            node = old.task_specs[record["node"]]
            target = self.target(node.element.id)
            found = new.task_specs.get(target) if target is not None else None
            if found is None or not found.keeps_record:
                name = node.element.id
                self.refuse(
                    "compensation_gone", name, f"What {name} did cannot be compensated any more.", f"Map {name} to another activity."
                )
                continue
            changed = {**record, "node": found.name}
            inner, new_inner = self.process.run.definition.graphs.get(node.inner), self.to.graphs.get(found.inner)
            if "done" in record and inner is not None and new_inner is not None:
                changed["done"] = self._place_records(record["done"], inner, new_inner)
            placed.append(changed)
        return placed

    def content(self) -> dict[str, Any]:
        """Return the state of the instance in the other definition."""
        content = dump_content(self.process, self.process.run.definition)
        content["definition"] = self.to.hash
        scopes = []
        for written in content["scopes"]:
            owner = written.get("owner")
            rows = []
            for name, _, *rest in written["tokens"]:
                if self.places[name] is None:
                    continue
                changes = self.changes.get(name)
                if changes:
                    rest[4] = {**rest[4], **deepcopy(changes)}
                rows.append([name, self.places[name], *rest])
            placed = {**written, "graph": self.graphs[owner].name, "tokens": rows}
            if owner in self.done:
                placed["done"] = deepcopy(self.done[owner])
            scopes.append(placed)
        return {**content, "scopes": scopes}

    def arm_new(self, process: Process) -> None:
        """Let boundary events and event sub-processes wait that the old definition did not have."""
        for scope in (self.process, *self.process.subprocesses.values()):
            owner = scope.owner.id if scope.owner is not None else None
            new: Scope = process if owner is None else process.subprocesses[owner]
            for token in scope.tokens():
                moved = new.tasks.get(token.id)
                if moved is None or isinstance(token.task_spec, _BESIDE) or token.is_hidden:
                    continue
                known = {self.target(event.element.id) for event in token.task_spec.boundary}
                for event in moved.task_spec.boundary:
                    if event.name not in known:
                        _arm(new.add(event.name, above=moved))
            if any(token.task_spec.is_event_subprocess for token in scope.tokens()):
                continue
            known = {self.target(name.removesuffix("!")) for name in scope.spec.standby}
            for name in new.spec.standby:
                if name.removesuffix("!") not in known:
                    _arm(new.add(name))


def _arm(token: Token) -> None:
    try:
        token.task_spec.arm(token)
    except CountersignError as error:
        token.workflow.run.fail(token, error)


def _is_same_repetition(node: Repeated, other: FlowNode) -> bool:
    if not isinstance(node, MultiInstance) or not isinstance(other, MultiInstance):
        return type(node) is type(other)
    return node.is_sequential == other.is_sequential


def check_migration(process: Process, to: Definition, mapping: ElementMapping) -> tuple[Refusal, ...]:
    """Return every reason why an instance cannot go on with another definition."""
    return tuple(_examine(process, to, mapping).refusals)


def _examine(process: Process, to: Definition, mapping: ElementMapping) -> Migration:
    """Find the places, then look whether the tokens can come to an end there."""
    migration = Migration(process, to, mapping)
    if migration.refusals:
        return migration
    copy = restore_content(migration.content(), to, Run(to, process.run.ports))
    before: dict[str | None, Scope] = {None: process, **process.subprocesses}
    for owner, scope in [(None, copy), *copy.subprocesses.items()]:
        if not has_order(scope):
            continue
        marking, old = marking_of(scope), before[owner]
        known = {(code, mapping.get(name) or name) for code, name in find_problems(old.spec, marking_of(old))}
        for code, name in new_problems(scope.spec, marking, known):
            element = scope.spec.task_specs[name].element.id if name else None
            message, _ = PROBLEMS[code]
            migration.refuse(code, element, message, "Move the tokens first, so that they fit the other version.")
    return migration


def migrate_content(
    process: Process, definition: Definition, to: Definition, mapping: ElementMapping
) -> tuple[dict[str, Any], Callable[[Process], None]]:
    """Return the state of an instance in another definition, and what arms its new events; MigrationRefused with every reason."""
    assert process.run.definition is definition, "an execution has one definition"
    migration = _examine(process, to, mapping)
    if migration.refusals:
        reasons = " ".join(refusal.message for refusal in migration.refusals)
        raise MigrationRefused(f"The migration is refused: {reasons}", diagnostics=[each.to_json() for each in migration.refusals])
    return migration.content(), migration.arm_new
