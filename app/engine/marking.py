"""Whether the tokens of a scope can all come to an end: the token game on the graph alone, whatever the data say.

A marking is a multiset of places. Two questions are asked of a marking that was made by hand (a move, a migration):

* Could a token wait for ever at a join? All choices are tried, one token at a time: what one token chooses does not depend on the others,
  so their order does not matter, except at inclusive joins, which are tried when nothing else can go on.
* Is a token doubled? Then two could be at the same place: where one stands now, or where flows merge.

A marking that ordinary execution can reach is as good as the diagram is, whatever the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING, Final

from app.engine.activities import AdHocSubProcess
from app.engine.gateways import EventGateway, ExclusiveGateway, Join, ParallelGateway, WaitingJoin, gateway_of
from app.engine.library import TaskState
from app.engine.nodes import Flow, FlowNode
from app.engine.throwing import EndEvent
from app.engine.tokens import Scope

if TYPE_CHECKING:
    from app.engine.graph_reading import ProcessGraph

Place = tuple[str, str, str]
Marking = tuple[Place, ...]
STATES_MAX: Final = 3_000
MARKINGS_MAX: Final = 20_000
_SUBSETS_MAX: Final = 6
_SAME_PLACE_MAX: Final = 2
_AT_JOINS: Final = ("wait", "need", "used")
_CLEARING: Final = ("terminate", "error", "cancel")


class NotDecided(Exception):
    """There are more markings than are looked at."""


def marking_of(scope: Scope) -> Marking:
    """Return where the tokens of a scope are; what waits beside the flow does not count."""
    places: list[Place] = []
    races = set()
    for token in scope.tokens():
        node, data = token.task_spec, token.internal_data
        if token.is_standing_by or token.host is not scope.task_tree or "aside" in data or "undoing" in data:
            continue
        if "gate" in data and token.state == TaskState.WAITING:
            if data["gate"] not in races:
                races.add(data["gate"])
                places.append(("race", gateway_of(token).name, ""))
        elif "quantity" in data:
            places.append(("need", node.name, ""))
        elif "phase" in data:
            places.append(("used", node.name, " ".join(data["phase"])))
        elif isinstance(node, Join) and token.state == TaskState.WAITING:
            places.append(("wait", node.name, data["flow"]))
        else:
            places.append(("at", node.name, ""))
    return tuple(sorted(places))


class Net:
    """The token game of one graph."""

    def __init__(self, graph: ProcessGraph) -> None:
        self.graph = graph
        self.nodes: dict[str, FlowNode] = {node.name: node for node in graph.nodes}
        self._budget = MARKINGS_MAX

    def flows(self, node: FlowNode) -> list[Flow]:
        """Return all flows that leave a node."""
        return [*node.outgoing, *([node.default] if node.default else [])]

    def step(self, marking: Marking, place: Place) -> list[Marking] | None:
        """Return the markings to which one token can lead; None when it waits for others."""
        kind, name, _ = place
        rest = list(marking)
        rest.remove(place)
        node = self.nodes[name]
        if kind == "race":
            return [tuple(sorted([*rest, ("at", flow.target, "")])) for flow in self.flows(node)]
        if kind == "at":
            if isinstance(node, EndEvent) and any(node.has(each) for each in _CLEARING):
                return [()]
            return [self._put(rest, option) for option in self._options(node)]
        if kind == "wait" and isinstance(node, ParallelGateway):
            waiting = {where: ("wait", name, where) for where in node.incoming if ("wait", name, where) in marking}
            return [self._joined(marking, name, waiting.values())] if len(waiting) == len(node.incoming) else None
        if kind == "need":
            needed = [each for each in marking if each == place][: node.start_quantity]
            return [self._joined(marking, name, needed)] if len(needed) == node.start_quantity else None
        return self._late(marking, place, node)

    def _late(self, marking: Marking, place: Place, node: FlowNode) -> list[Marking] | None:
        """Let an inclusive or complex join go on, when nothing more can come to it."""
        assert isinstance(node, WaitingJoin), "only such joins are left"
        mine = [each for each in marking if each[1] == node.name and each[0] == "wait"]
        used = next((each for each in marking if each[1] == node.name and each[0] == "used"), None)
        seen = set(used[2].split()) if used is not None else set()
        filled = {each[2] for each in mine if each[2] not in seen}
        empty = [flow for flow in node.incoming if flow not in filled and flow not in seen]
        for other in marking if empty else ():
            where = other[1]
            if where != node.name and any(where in node.reaching[f] for f in empty) and not any(where in node.reaching[f] for f in filled):
                return None
        if place[0] == "used":
            gone = [each for each in mine if each[2] in filled] + [place]
            return [self._without(marking, gone)]
        if used is not None:
            return None
        return [self._joined(marking, node.name, {each[2]: each for each in mine}.values())]

    def _without(self, marking: Marking, gone: Iterable[Place]) -> Marking:
        rest = list(marking)
        for each in gone:
            rest.remove(each)
        return tuple(rest)

    def _joined(self, marking: Marking, name: str, gone: Iterable[Place]) -> Marking:
        return tuple(sorted([*self._without(marking, gone), ("at", name, "")]))

    def _put(self, rest: list[Place], added: Iterable[Flow | Place]) -> Marking:
        places = list(rest)
        for each in added:
            if not isinstance(each, Flow):
                places.append(each)
                continue
            node = self.nodes[each.target]
            if isinstance(node, Join) and len(node.incoming) > 1:
                places.append(("wait", node.name, each.id))
            else:
                places.append(("need" if node.start_quantity > 1 else "at", node.name, ""))
        return tuple(sorted(places))

    def _options(self, node: FlowNode) -> Iterator[list[Flow | Place]]:
        if isinstance(node, EventGateway) and not node.is_parallel:
            yield [("race", node.name, "")]
            return
        beside: list[Place] = []
        for event in node.boundary:
            if event.interrupts:
                yield [("at", event.name, "")]
            else:
                beside.append(("at", event.name, ""))
        for chosen in self._choices(node):
            flows: list[Flow | Place] = [flow for flow in chosen for _ in range(node.completion_quantity)]
            yield flows
            for place in beside:
                yield [*flows, place]

    def _choices(self, node: FlowNode) -> Iterator[list[Flow]]:
        if isinstance(node, ExclusiveGateway):
            flows = self.flows(node)
            yield from [[flow] for flow in flows] or [[]]
            return
        sure = [flow for flow in node.outgoing if flow.condition is None]
        maybe = [flow for flow in node.outgoing if flow.condition is not None]
        if not maybe:
            yield sure or ([node.default] if node.default else [])
            return
        sizes = range(1, len(maybe) + 1) if len(maybe) <= _SUBSETS_MAX else (1, 2, len(maybe))
        for size in sizes:
            for some in combinations(maybe, size):
                yield [*sure, *some]
        if node.default is not None:
            yield [*sure, node.default]
        elif sure:
            yield sure

    def stuck(self, marking: Marking) -> set[str]:
        """Return the nodes at which tokens could wait for ever; NotDecided when there are too many markings."""
        return {name for at, is_last in self._explore(marking, None) if is_last for _, name, _ in at}

    def doubled(self, marking: Marking) -> set[str]:
        """Return the nodes at which a second token could come while the first one is there; NotDecided as above.

        Two tokens can meet where one stands now, or where flows merge: tokens are held there, one place after the other. Where only one
        is left, what follows is the diagram's own affair.
        """
        if len(marking) < 2:
            return set()
        merges = [("at", node.name, "") for node in self.nodes.values() if len(node.incoming) > 1 and not isinstance(node, Join)]
        held = dict.fromkeys((*marking, *merges))
        return {place[1] for place in held if any(at.count(place) > 1 for at, _ in self._explore(marking, place))}

    def _explore(self, marking: Marking, held: Place | None) -> Iterator[tuple[Marking, bool]]:
        """Yield the markings to which one leads while one token is held, each with whether nothing can go on any more."""
        seen, todo = {marking}, [marking]
        while todo:
            at = todo.pop()
            following = self._first_step(at, held) if held is None or len(at) > 1 else []
            yield at, following is None
            for each in following or ():
                if each not in seen and not _is_crowded(each):
                    seen.add(each)
                    todo.append(each)
                    self._budget -= 1
                    if self._budget < 0:
                        raise NotDecided

    def _first_step(self, marking: Marking, held: Place | None) -> list[Marking] | None:
        """Return where one token leads that can go on; None when all wait."""
        if not marking:
            return []
        for kinds in (("at", "race"), _AT_JOINS):
            for place in marking:
                if place[0] not in kinds or place == held or (held is not None and held[0] in _AT_JOINS and place[1] == held[1]):
                    continue  # What is held does not go on, and no join takes it.
                following = self.step(marking, place)
                if following is not None:
                    return following
        return None

    def is_reachable(self, wanted: Marking) -> bool:
        """Whether ordinary execution can lead to a marking, as far as that can be seen within bounds."""
        starts = {node.name for node in self.nodes.values() if node.element.kind == "startEvent" and not node.is_standby}
        todo: list[Marking] = [tuple(sorted(("at", name, "") for name in self.graph.initial))]
        todo += [(("at", name, ""),) for name in sorted(starts)]
        seen = set(todo)
        while todo and len(seen) <= STATES_MAX:
            at = todo.pop()
            if at == wanted:
                return True
            for place in dict.fromkeys(at):
                for each in self.step(at, place) or ():
                    if each not in seen and not _is_crowded(each):
                        seen.add(each)
                        todo.append(each)
        return False


def _is_crowded(marking: Marking) -> bool:
    return any(marking.count(place) > _SAME_PLACE_MAX for place in set(marking))


def find_problems(graph: ProcessGraph, marking: Marking) -> set[tuple[str, str]]:
    """Return ("would_get_stuck" or "would_double", node) for a marking, or ("not_decided", "") when it is too large."""
    net = Net(graph)
    try:
        stuck = {("would_get_stuck", name) for name in net.stuck(marking)}
        return stuck or {("would_double", name) for name in net.doubled(marking)}
    except NotDecided:
        return {("not_decided", "")}


def new_problems(graph: ProcessGraph, marking: Marking, known: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the problems of a marking, beside those that are known, unless ordinary execution can lead to it as well."""
    found = {problem for problem in find_problems(graph, marking) if problem not in known or problem[0] == "not_decided"}
    return [] if not found or Net(graph).is_reachable(marking) else sorted(found)


def has_order(scope: Scope) -> bool:
    """Whether the diagram says in which order a scope is done; an ad-hoc sub-process has none."""
    return scope.owner is None or not isinstance(scope.owner.task_spec, AdHocSubProcess)
