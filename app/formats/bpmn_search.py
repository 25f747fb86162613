"""Searches the states of a net: where tokens get stuck, meet unjoined, go round for ever, or never come.

Every edge leads to one station, so what one station does never keeps another from acting. It is therefore enough to let one station act in
a state, as long as nothing is put off for ever; stations where ways merge act as late as they can, so that tokens that may meet do meet.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Final

from app.formats.bpmn_model import FlowNode
from app.formats.bpmn_net import Net, number_components, read_trail

State = tuple[int, ...]

BRANCHES_MAX: Final = 8
FINDINGS_MAX: Final = 20
INCLUSIVE_CELLS_MAX: Final = 200_000
_ENDED: Final[State] = ()
_ABORTED: Final[State] = (-1,)
_TOKENS_OF_EDGE_MAX: Final = 2


@dataclass(slots=True)
class Budget:
    """How many tokens may still be looked at, for all nets of a file together."""

    left: int


@dataclass(slots=True)
class Findings:
    """What the search found; `decided` is false when it ended at a bound: then there may be more than is told."""

    decided: bool = True
    completes: bool = False
    deadlocks: dict[FlowNode, list[FlowNode]] = field(default_factory=dict)
    meetings: dict[FlowNode, list[FlowNode]] = field(default_factory=dict)
    dead: list[FlowNode] = field(default_factory=list)
    endless: list[FlowNode] = field(default_factory=list)


def search_net(net: Net, budget: Budget) -> Findings:
    """Return what can happen in a net, which should have been reduced."""
    search = _Search(net, budget)
    try:
        search.run()
    except _BudgetSpent:
        search.findings.decided = False
    return search.finish()


class _BudgetSpent(Exception):
    """The bound is reached."""


class _Search:
    def __init__(self, net: Net, budget: Budget) -> None:
        self.findings = Findings()
        self._net = net
        self._budget = budget
        self._from: dict[State, tuple[State, int, tuple[int, ...]] | None] = {}
        self._next: dict[State, set[State]] = {}
        self._full: set[State] = set()
        self._fired: set[int] = set()
        self._used: set[int] = set()
        self._truncated = False

    def run(self) -> None:
        self._ranks = _rank_stations(self._net)
        self._upstream = _find_upstream(self._net)
        if self._upstream is None:
            raise _BudgetSpent
        todo: deque[State] = deque()
        start: State = (-2,)
        self._from[start] = None
        self._full.add(start)
        self._fire(start, self._net.root, (), todo)
        while True:
            while todo:
                self._expand(todo.pop(), todo)
            trapped = [state for state in self._find_trapped() if state not in self._full]
            if not trapped:
                return
            for state in trapped:
                self._full.add(state)
                self._expand(state, todo)

    def finish(self) -> Findings:
        found = self.findings
        found.completes = _ENDED in self._from or not found.decided
        if not found.decided or self._truncated:
            found.decided = False
            return found
        trapped = self._find_trapped()
        if trapped and not found.deadlocks:
            found.endless = self._trace(trapped[-1])
        if not found.deadlocks and not found.endless:
            found.dead = self._find_dead()
        return found

    def _expand(self, state: State, todo: deque[State]) -> None:
        self._budget.left -= len(state) + 1
        if self._budget.left < 0:
            raise _BudgetSpent
        waiting = self._group(state)
        self._note_meetings(state, waiting)
        enabled = [station for station, edges in waiting.items() if self._is_enabled(station, edges, state)]
        if not enabled:
            self._note_deadlock(state, waiting)
            return
        if state not in self._full:
            first = min(self._ranks[station] for station in enabled)
            enabled = [station for station in enabled if self._ranks[station] == first]
            if first[0] == 0:
                del enabled[1:]
        for station in enabled:
            if self._net.joins[station] == "each":
                for edge in dict.fromkeys(waiting[station]):
                    self._fire(state, station, (edge,), todo)
            else:
                self._fire(state, station, tuple(dict.fromkeys(waiting[station])), todo)

    def _group(self, state: State) -> dict[int, list[int]]:
        waiting: dict[int, list[int]] = {}
        for edge in state:
            waiting.setdefault(self._net.target[edge], []).append(edge)
        return waiting

    def _is_enabled(self, station: int, edges: list[int], state: State) -> bool:
        join = self._net.joins[station]
        if join == "each":
            return True
        if join == "all":
            return len(set(edges)) == len(self._net.ins[station])
        assert self._upstream is not None, "a search without it has ended"
        upstream = self._upstream.get(station)
        if upstream is None:
            return True
        numbers, reaching = upstream
        filled = 0
        for edge in edges:
            filled |= 1 << numbers[edge]
        for edge in state:
            reach = 0 if edge in numbers else reaching.get(edge, 0)
            if reach & ~filled and not reach & filled:
                return False
        return True

    def _fire(self, state: State, station: int, taken: tuple[int, ...], todo: deque[State]) -> None:
        net = self._net
        self._fired.add(station)
        if station in net.stops:
            self._reach(_ENDED if net.stops[station] else _ABORTED, state, station, (), todo)
            return
        rest = [] if state == (-2,) else list(state)
        for edge in taken:
            rest.remove(edge)
        for chosen in self._options(station):
            self._budget.left -= len(rest) + 1
            if self._budget.left < 0:
                raise _BudgetSpent
            after = list(rest)
            for edge in chosen:
                if after.count(edge) >= _TOKENS_OF_EDGE_MAX:
                    self._truncated = self._truncated or edge not in net.optional
                elif not (edge in net.optional and edge in after):
                    after.append(edge)
            self._used.update(chosen)
            self._reach(tuple(sorted(after)), state, station, chosen, todo)

    def _options(self, station: int) -> Iterator[tuple[int, ...]]:
        edges = tuple(self._net.outs[station])
        if not edges:
            yield ()
        elif self._net.splits[station] == "all":
            yield edges
        elif self._net.splits[station] == "one":
            yield from ((edge,) for edge in edges)
        else:
            sizes = range(1, len(edges) + 1)
            if len(edges) > BRANCHES_MAX:
                self._truncated = True
                sizes = range(1, len(edges) + 1, len(edges) - 1)
            for size in sizes:
                yield from combinations(edges, size)

    def _reach(self, after: State, before: State, station: int, chosen: tuple[int, ...], todo: deque[State]) -> None:
        self._next.setdefault(before, set()).add(after)
        if after not in self._from:
            self._from[after] = (before, station, chosen)
            if after not in (_ENDED, _ABORTED):
                todo.append(after)

    def _note_meetings(self, state: State, waiting: dict[int, list[int]]) -> None:
        net = self._net
        for station, edges in waiting.items():
            if len(edges) < 2 or net.joins[station] != "each" or station in net.stops:
                continue
            labels = {net.entered[edge] for edge in edges}
            label = labels.pop() if len(labels) == 1 else net.labels[station]
            self._note(self.findings.meetings, label, state)

    def _note_deadlock(self, state: State, waiting: dict[int, list[int]]) -> None:
        for station, edges in waiting.items():
            label = self._net.labels[station] or self._net.entered[edges[0]]
            self._note(self.findings.deadlocks, label, state)

    def _note(self, found: dict[FlowNode, list[FlowNode]], label: FlowNode | None, state: State) -> None:
        if label is None or label in found:
            return
        if len(found) >= FINDINGS_MAX:
            raise _BudgetSpent
        found[label] = self._trace(state)

    def _trace(self, state: State) -> list[FlowNode]:
        """Return the flow nodes that were passed on the way to a state, in order."""
        steps: list[FlowNode] = []
        place: State | None = state
        while place is not None:
            step = self._from[place]
            if step is None:
                break
            place, station, chosen = step
            steps[:0] = read_trail(self._net.trails[station], *(self._net.edge_trail[edge] for edge in chosen))
        return list(dict.fromkeys(steps))

    def _find_trapped(self) -> list[State]:
        """Return the states from which neither an end nor a deadlock is reached."""
        before: dict[State, list[State]] = {}
        for state, successors in self._next.items():
            for successor in successors:
                before.setdefault(successor, []).append(state)
        free = [state for state in self._from if state not in self._next]
        seen = set(free)
        while free:
            for state in before.get(free.pop(), ()):
                if state not in seen:
                    seen.add(state)
                    free.append(state)
        return [state for state in self._from if state not in seen]

    def _find_dead(self) -> list[FlowNode]:
        net = self._net
        lived = set(read_trail(*net.folded))
        for station in self._fired:
            lived.update(read_trail(net.trails[station]))
        for edge in self._used:
            lived.update(read_trail(net.edge_trail[edge]))
        dead: dict[FlowNode, None] = {}
        for station in {*net.source.values(), *net.target.values()}:
            present = net.ins[station] or net.outs[station]
            if present and station not in self._fired:
                dead.update(dict.fromkeys(read_trail(net.trails[station])))
        for station in range(len(net.joins)):
            for edge in net.outs[station]:
                if edge not in self._used:
                    dead.update(dict.fromkeys(read_trail(net.edge_trail[edge])))
        return [node for node in dead if node not in lived]


def _rank_stations(net: Net) -> list[tuple[int, int]]:
    """Return for each station its class (0 acts first, 1 merges, 2 ends everything) and, of merges, its place along the flow."""
    order = number_components(net)
    ranks = []
    for station in range(len(net.joins)):
        if station in net.stops:
            ranks.append((2, 0))
        elif net.joins[station] != "all" and len(net.ins[station]) > 1:
            ranks.append((1, order[station]))
        else:
            ranks.append((0, 0))
    return ranks


def _find_upstream(net: Net) -> dict[int, tuple[dict[int, int], dict[int, int]]] | None:
    """Return for each inclusive join the numbers of its edges and, by edge, which of them a token there can reach; None when too large."""
    found: dict[int, tuple[dict[int, int], dict[int, int]]] = {}
    cells = 0
    for join in range(len(net.joins)):
        if net.joins[join] != "some" or len(net.ins[join]) < 2:
            continue
        numbers = {edge: number for number, edge in enumerate(net.ins[join])}
        reaching: dict[int, int] = {}
        for edge, number in numbers.items():
            seen = {join, net.source[edge]}
            todo = [net.source[edge]] if net.source[edge] != join else []
            while todo:
                for each in net.ins[todo.pop()]:
                    reaching[each] = reaching.get(each, 0) | 1 << number
                    cells += 1
                    if net.source[each] not in seen:
                        seen.add(net.source[each])
                        todo.append(net.source[each])
            if cells > INCLUSIVE_CELLS_MAX:
                return None
        found[join] = (numbers, reaching)
    return found
