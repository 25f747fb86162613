"""The control flow of one process or sub-process as a net of stations: what soundness is decided on.

A station takes tokens by its join and gives them on by its split, in one step:

    join   each: one token of one edge; all: one of every edge; some: waits, as an inclusive gateway does, for all that can still come
    split  one: on one edge; all: on every edge; some: on one or more edges

Data is not known, so every choice is free. An activity with boundary events becomes several stations: its interrupting events are a
choice beside its normal end, each non-interrupting one a token that may go on or vanish.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, Literal

from app.formats.bpmn_model import ACTIVITIES, CHOREOGRAPHY, FlowNode, Scope, is_true, link_name

Join = Literal["each", "all", "some"]
Split = Literal["one", "all", "some"]
# Nested pairs of trails, with flow nodes as leaves: joining two takes no time, however long they are.
Trail = Any

_JOINS: Final[Mapping[str, Join]] = {"parallelGateway": "all", "inclusiveGateway": "some", "complexGateway": "some"}
_SPLITS: Final[Mapping[str, Split]] = {"exclusiveGateway": "one", "inclusiveGateway": "some", "complexGateway": "some"}
_ENDING: Final = frozenset({"terminate", "error", "cancel"})


class Net:
    """Stations and edges by number; `root` is where the one token begins. Reduction changes it in place.

    `stops` are the stations that end everything, with whether that is a normal end; `optional` edges carry at most one token; `entered` is
    the flow node that an edge leads to in the diagram; `folded` the trails of what reduction left out.
    """

    def __init__(self) -> None:
        self.joins: list[Join] = []
        self.splits: list[Split] = []
        self.trails: list[Trail] = []
        self.labels: list[FlowNode | None] = []
        self.ins: list[dict[int, None]] = []
        self.outs: list[dict[int, None]] = []
        self.stops: dict[int, bool] = {}
        self.source: dict[int, int] = {}
        self.target: dict[int, int] = {}
        self.edge_trail: dict[int, Trail] = {}
        self.entered: dict[int, FlowNode | None] = {}
        self.optional: set[int] = set()
        self.folded: list[Trail] = []
        self.between: dict[tuple[int, int], dict[int, None]] = {}
        self.root = self.add_station(None)

    def add_station(self, label: FlowNode | None, join: Join = "each", split: Split = "all") -> int:
        """Return the number of a new station."""
        self.joins.append(join)
        self.splits.append(split)
        self.trails.append(label)
        self.labels.append(label)
        self.ins.append({})
        self.outs.append({})
        return len(self.joins) - 1

    def add_edge(self, source: int, target: int) -> int:
        """Return the number of a new edge."""
        edge = len(self.source)
        self.source[edge], self.target[edge] = source, target
        self.edge_trail[edge] = None
        self.entered[edge] = self.labels[target]
        self.outs[source][edge] = None
        self.ins[target][edge] = None
        self.between.setdefault((source, target), {})[edge] = None
        return edge

    def move_edge(self, edge: int, *, source: int | None = None, target: int | None = None) -> None:
        """Give an edge another source or another target."""
        self._forget_pair(edge)
        if source is not None:
            del self.outs[self.source[edge]][edge]
            self.source[edge] = source
            self.outs[source][edge] = None
        if target is not None:
            del self.ins[self.target[edge]][edge]
            self.target[edge] = target
            self.ins[target][edge] = None
        self.between.setdefault((self.source[edge], self.target[edge]), {})[edge] = None

    def remove_edge(self, edge: int) -> None:
        """Take an edge out; its number is not used again, and its ends are kept for who asks."""
        self._forget_pair(edge)
        del self.outs[self.source[edge]][edge]
        del self.ins[self.target[edge]][edge]

    def _forget_pair(self, edge: int) -> None:
        pair = (self.source[edge], self.target[edge])
        del self.between[pair][edge]
        if not self.between[pair]:
            del self.between[pair]


def read_trail(*trails: Trail) -> list[FlowNode]:
    """Return the flow nodes of the trails in order."""
    found: list[FlowNode] = []
    stack = list(reversed(trails))
    while stack:
        part = stack.pop()
        if isinstance(part, tuple):
            stack.extend(reversed(part))
        elif part is not None:
            found.append(part)
    return found


def number_components(net: Net) -> list[int]:
    """Return the number of each station's strongly connected component, in topological order (Tarjan, without recursion)."""
    count = len(net.joins)
    index, low, number = [-1] * count, [0] * count, [-1] * count
    stack: list[int] = []
    clock = found = 0
    for root in range(count):
        if index[root] >= 0:
            continue
        work = [(root, iter(net.outs[root]))]
        index[root] = low[root] = clock
        clock += 1
        stack.append(root)
        while work:
            station, edges = work[-1]
            for edge in edges:
                target = net.target[edge]
                if index[target] < 0:
                    index[target] = low[target] = clock
                    clock += 1
                    stack.append(target)
                    work.append((target, iter(net.outs[target])))
                    break
                if number[target] < 0:
                    low[station] = min(low[station], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[station])
                if low[station] == index[station]:
                    while True:
                        member = stack.pop()
                        number[member] = found
                        if member == station:
                            break
                    found += 1
    return [found - each for each in number]


def build_net(scope: Scope, *, starts_together: bool = False) -> Net:
    """Return the net of a scope.

    Args:
        scope: a process, sub-process or choreography.
        starts_together: let all start events happen, as for an instance that waits for several messages, instead of one of them.
    """
    return _Builder(scope).build(starts_together=starts_together)


class _Builder:
    def __init__(self, scope: Scope) -> None:
        self._net = Net()
        self._scope = scope
        self._nodes = [node for node in scope.nodes if not (node.is_event_sub_process or node.is_compensation)]
        self._entries: dict[FlowNode, int] = {}
        self._exits: dict[FlowNode, int] = {}

    def build(self, *, starts_together: bool) -> Net:
        for node in self._nodes:
            self._entries[node] = self._exits[node] = self._net.add_station(node, _JOINS.get(node.kind, "each"))
        self._attach_boundary_events()
        for node in self._nodes:
            self._leave(node)
        self._begin(starts_together=starts_together)
        return self._net

    def _attach_boundary_events(self) -> None:
        hosts = {node.id: node for node in self._nodes if node.id and node.kind in ACTIVITIES | CHOREOGRAPHY}
        attached: dict[FlowNode, list[FlowNode]] = defaultdict(list)
        for event in self._scope.of_kind("boundaryEvent"):
            host = hosts.get(event.host_id)
            if host is not None and "compensate" not in event.triggers:
                attached[host].append(event)
        for host, events in attached.items():
            self._attach(host, [event for event in events if _interrupts(event)], [event for event in events if not _interrupts(event)])

    def _attach(self, host: FlowNode, interrupting: list[FlowNode], others: list[FlowNode]) -> None:
        net, core = self._net, self._entries[host]
        if others:
            first, core = core, net.add_station(None)
            net.add_edge(first, core)
            for event in others:
                maybe = net.add_station(None, split="one")
                net.optional.add(net.add_edge(first, maybe))
                net.add_edge(maybe, self._entries[event])
                net.add_edge(maybe, net.add_station(None))
        self._exits[host] = core
        if interrupting:
            net.splits[core] = "one"
            for event in interrupting:
                net.add_edge(core, self._entries[event])
            self._exits[host] = net.add_station(None)
            net.add_edge(core, self._exits[host])

    def _leave(self, node: FlowNode) -> None:
        net, station = self._net, self._exits[node]
        if node.kind == "endEvent" and _ends_scope(node):
            net.stops[station] = "terminate" in node.triggers
            return
        targets = [self._entries[flow.target] for flow in node.outgoing if flow.target in self._entries]
        if node.kind == "intermediateThrowEvent" and node.is_link:
            targets += [self._entries[each] for each in self._nodes if each.kind == "intermediateCatchEvent" and _continues(node, each)]
        if node.kind == "eventBasedGateway":
            net.splits[station] = "all" if node.element.get("eventGatewayType") == "Parallel" else "one"
        elif node.kind in _SPLITS:
            net.splits[station] = _SPLITS[node.kind]
        elif node.kind in ACTIVITIES and any(flow.condition is not None for flow in node.outgoing) and len(targets) > 1:
            self._leave_by_condition(node)
            return
        for target in targets:
            net.add_edge(station, target)

    def _leave_by_condition(self, node: FlowNode) -> None:
        """Let an activity take its unconditional flows and one of the others: whether several conditions hold at once is not known."""
        net, station = self._net, self._exits[node]
        flows = [flow for flow in node.outgoing if flow.target in self._entries]
        certain = [flow for flow in flows if flow.condition is None and not flow.is_default]
        choice = net.add_station(None, split="one") if certain else station
        if certain:
            net.add_edge(station, choice)
        for flow in certain:
            net.add_edge(station, self._entries[flow.target])
        for flow in flows:
            if flow not in certain:
                net.add_edge(choice, self._entries[flow.target])
        if certain and not any(flow.is_default for flow in flows):
            net.add_edge(choice, net.add_station(None))
        net.splits[choice] = "one"

    def _begin(self, *, starts_together: bool) -> None:
        net = self._net
        alternatives, together = find_starts(self._scope)
        alternatives = [node for node in alternatives if node in self._entries]
        if len(alternatives) > 1 and not starts_together:
            choice = net.add_station(None, split="one")
            net.add_edge(net.root, choice)
            for node in alternatives:
                net.add_edge(choice, self._entries[node])
        else:
            together = [*alternatives, *together]
        for node in together:
            if node in self._entries:
                net.add_edge(net.root, self._entries[node])


def find_starts(scope: Scope) -> tuple[list[FlowNode], list[FlowNode]]:
    """Return the flow nodes one of which starts the scope, and those that it starts together because nothing leads to them."""
    alternatives: list[FlowNode] = []
    together: list[FlowNode] = []
    for node in scope.nodes:
        if node.incoming or node.kind == "boundaryEvent" or node.is_event_sub_process or node.is_compensation:
            continue
        if node.kind == "intermediateCatchEvent" and node.is_link:
            continue
        if node.kind == "startEvent" or is_true(node.element, "instantiate"):
            alternatives.append(node)
        else:
            together.append(node)
    return alternatives, together


def _interrupts(event: FlowNode) -> bool:
    return (event.element.get("cancelActivity") or "true").strip() not in {"false", "0"}


def _continues(throw: FlowNode, catch: FlowNode) -> bool:
    return catch.is_link and link_name(catch) == link_name(throw)


def _ends_scope(node: FlowNode) -> bool:
    """Return whether an end event ends everything else in its scope."""
    if not _ENDING.isdisjoint(node.triggers):
        return True
    return "escalation" in node.triggers and _is_caught_by_host(node.scope)


def _is_caught_by_host(scope: Scope) -> bool:
    place: Scope | None = scope
    while place is not None and place.parent is not None:
        for event in place.parent.of_kind("boundaryEvent"):
            if event.host_id == place.id and "escalation" in event.triggers and _interrupts(event):
                return True
        place = place.parent
    return False
