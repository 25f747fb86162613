"""Soundness: what the search says is what playing every interleaving of tokens by hand gives."""

import os
import random
from collections import Counter
from dataclasses import dataclass
from itertools import combinations

import pytest

from app.formats.bpmn_model import read_model
from app.formats.bpmn_soundness import check_soundness
from app.formats.xml import parse_xml

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
MODELS = 20_000 if os.environ.get("COUNTERSIGN_THOROUGH") else 400
STATES_MAX = 6_000
KINDS = ("task", "task", "exclusiveGateway", "exclusiveGateway", "parallelGateway", "parallelGateway", "inclusiveGateway")


@dataclass
class Graph:
    """Nodes by name with their kind, flows as pairs, boundary events with their hosts; S is the start event."""

    kinds: dict[str, str]
    flows: list[tuple[str, str]]
    hosts: dict[str, str]
    terminating: frozenset[str]

    def to_xml(self) -> bytes:
        parts = []
        for name, kind in self.kinds.items():
            attributes = f' attachedToRef="{self.hosts[name]}"' if name in self.hosts else ""
            body = "<terminateEventDefinition />" if name in self.terminating else ""
            body = '<errorEventDefinition id="x" />' if name in self.hosts else body
            parts.append(f'<{kind} id="{name}"{attributes}>{body}</{kind}>')
        parts += [f'<sequenceFlow id="f{n}" sourceRef="{a}" targetRef="{b}" />' for n, (a, b) in enumerate(self.flows)]
        return f'<definitions xmlns="{BPMN}" targetNamespace="urn:t"><process id="p">{"".join(parts)}</process></definitions>'.encode()


def draw_graph(rng: random.Random) -> Graph:
    """Return a random graph in which every node has a way in and a way out."""
    kinds = {"S": "startEvent", "E": "endEvent"}
    inner = [f"n{number}" for number in range(rng.randint(2, 7))]
    kinds |= {name: rng.choice(KINDS) for name in inner}
    if rng.random() < 0.4:
        kinds["E2"] = "endEvent"
    ends = [name for name, kind in kinds.items() if kind == "endEvent"]
    flows = {("S", inner[0])}
    for position, name in enumerate(inner):
        flows.add((name, rng.choice(inner[position + 1 :] + ends)))
        if kinds[name] != "task" or rng.random() < 0.1:
            for _ in range(rng.randint(0, 2)):
                flows.add((name, rng.choice(inner + ends + inner[position:])))
    for name in inner[1:] + ends:
        if not any(target == name for _, target in flows):
            flows.add((rng.choice(["S", *inner[: max(1, inner.index(name) if name in inner else len(inner))]]), name))
    hosts = {}
    for host in [name for name in inner if kinds[name] == "task" and rng.random() < 0.2]:
        kinds[f"b{host}"] = "boundaryEvent"
        hosts[f"b{host}"] = host
        flows.add((f"b{host}", rng.choice(inner + ends)))
    terminating = frozenset(end for end in ends if rng.random() < 0.15)
    return Graph(kinds=kinds, flows=sorted(flows), hosts=hosts, terminating=terminating)


class Oracle:
    """Plays every interleaving, one token at a time, straight from the words of the standard; no reduction, no order."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.incoming = {name: [f for f in graph.flows if f[1] == name] for name in graph.kinds}
        self.outgoing = {name: [f for f in graph.flows if f[0] == name] for name in graph.kinds}
        self.events = {host: [event for event, each in graph.hosts.items() if each == host] for host in graph.kinds}
        self.deadlock = self.meeting = self.doubled = False
        self.executed: set[str] = {"S"}
        self.successors: dict[frozenset, set[frozenset]] = {}

    def play(self) -> bool:
        """Return whether all states were seen."""
        first = frozenset(Counter(self.outgoing["S"]).items())
        todo, seen = [first], {first}
        while todo:
            state = todo.pop()
            if len(seen) > STATES_MAX:
                return False
            after = set()
            if state:
                after = self._step(Counter(dict(state)))
                if after is None:
                    return False
                if not after:
                    self.deadlock = True
            self.successors[state] = after
            todo += after - seen
            seen |= after
        return True

    def endless(self) -> bool:
        """Return whether from some state neither an end nor a deadlock can be reached."""
        good = {state for state, after in self.successors.items() if not after}
        while True:
            more = {state for state, after in self.successors.items() if state not in good and after & good}
            if not more:
                return len(good) < len(self.successors)
            good |= more

    def waits_in_loop(self) -> bool:
        """Return whether an inclusive gateway waits on a loop: tokens then pass one after the other what parallel ones would pass."""
        loops = [name for name, kind in self.graph.kinds.items() if kind == "inclusiveGateway"]
        return any(self._leads(out, flow, "") for name in loops for out in self.outgoing[name] for flow in self.incoming[name])

    def _step(self, state: Counter) -> set[frozenset] | None:
        after = set()
        for name, flows in self.incoming.items():
            marked = [flow for flow in flows if state[flow]]
            kind = self.graph.kinds[name]
            if not marked:
                continue
            joins = {"parallelGateway": len(marked) == len(flows), "inclusiveGateway": self._may_join(name, marked, state)}
            if kind in joins:
                if joins[kind]:
                    after |= self._go(state, marked, name)
                continue
            if name not in self.graph.terminating and (len(marked) > 1 or any(state[flow] > 1 for flow in marked)):
                self.meeting = True
            for flow in marked:
                after |= self._go(state, [flow], name)
        if any(count > 2 for each in after for _, count in each):
            self.doubled = True
            return None
        return after

    def _go(self, state: Counter, taken: list, name: str) -> set[frozenset]:
        self.executed.add(name)
        if name in self.graph.terminating:
            return {frozenset()}
        rest = state - Counter(taken)
        return {frozenset((rest + Counter(chosen)).items()) for chosen in self._choices(name)}

    def _choices(self, name: str) -> list[tuple]:
        out = self.outgoing[name]
        kind = self.graph.kinds[name]
        if not out:
            return [()]
        if kind == "exclusiveGateway":
            return [(flow,) for flow in out]
        if kind == "inclusiveGateway":
            return [chosen for size in range(1, len(out) + 1) for chosen in combinations(out, size)]
        choices = [tuple(out)]
        for event in self.events[name]:
            choices.append(tuple(self.outgoing[event]))
            self.executed.add(event)
        return choices

    def _may_join(self, name: str, marked: list, state: Counter) -> bool:
        empty = [flow for flow in self.incoming[name] if flow not in marked]
        for token in state:
            may_come = state[token] and token[1] != name and any(self._leads(token, flow, name) for flow in empty)
            if may_come and not any(self._leads(token, flow, name) for flow in marked):
                return False
        return True

    def _leads(self, start: tuple, goal: tuple, avoid: str) -> bool:
        seen, todo = set(), [start[1]]
        while todo:
            name = todo.pop()
            if name == avoid or name in seen:
                continue
            seen.add(name)
            if name == goal[0]:
                return True
            todo += [target for source, target in self.graph.flows if source == name] + self.events[name]
        return False


def find(content: bytes) -> list:
    return list(check_soundness(read_model(parse_xml(content, what="x", bytes_max=10**6), file="x")))


@pytest.mark.parametrize("block", range(10))
def test_the_search_finds_what_playing_every_interleaving_finds(block):
    for number in range(MODELS // 10):
        seed = f"{block}-{number}"
        graph = draw_graph(random.Random(seed))
        oracle = Oracle(graph)
        if not oracle.play():
            continue

        found = find(graph.to_xml())

        codes = {each.code for each in found}
        shown = (seed, graph, found)
        assert "soundness_undecided" not in codes, shown
        assert ("deadlock" in codes) == oracle.deadlock, shown
        # Parallel paths that race to a terminate end event may merge before it.
        if oracle.meeting and graph.terminating:
            continue
        meeting = bool({"lack_of_synchronization", "improper_completion"} & codes)
        assert meeting == oracle.meeting or (oracle.meeting and (oracle.deadlock or oracle.waits_in_loop())), shown
        if not oracle.deadlock and not graph.terminating:
            assert ("endless_loop" in codes) == oracle.endless(), shown
        if not oracle.deadlock and not oracle.endless():
            dead = {each.element for each in found if each.code in {"dead_element", "unreachable"}}
            never = set(graph.kinds) - oracle.executed
            assert dead <= never, shown
            assert bool(dead) == bool(never), shown


def drawn_as(kinds: dict[str, str], *flows: str, **hosts: str) -> list:
    """Return the findings of a diagram whose flows are written as "a b"."""
    pairs = [tuple(each.split()) for each in flows]
    return find(Graph(kinds=kinds, flows=pairs, hosts=hosts, terminating=frozenset()).to_xml())


ENDS = {"S": "startEvent", "E": "endEvent", "a": "task", "b": "task"}


def test_a_choice_joined_in_parallel_is_a_deadlock_with_a_way_that_leads_there():
    kinds = ENDS | {"x": "exclusiveGateway", "j": "parallelGateway"}

    [found] = drawn_as(kinds, "S x", "x a", "x b", "a j", "b j", "j E")

    assert (found.code, found.element, found.severity, found.kind) == ("deadlock", "j", "error", "unsound")
    assert any(f"One way there: S → x → {each}." in found.message for each in "ab")
    assert "exclusive" in found.remedy


def test_parallel_paths_merged_as_alternatives_lack_synchronization():
    kinds = ENDS | {"p": "parallelGateway", "x": "exclusiveGateway", "after": "task"}

    [found] = drawn_as(kinds, "S p", "p a", "p b", "a x", "b x", "x after", "after E")

    assert (found.code, found.element, found.severity) == ("lack_of_synchronization", "x", "error")


def test_an_activity_that_runs_once_for_each_token_is_only_a_warning():
    kinds = ENDS | {"p": "parallelGateway", "after": "task"}

    [found] = drawn_as(kinds, "S p", "p a", "p b", "a after", "b after", "after E")

    assert (found.code, found.element, found.severity) == ("lack_of_synchronization", "after", "warning")


def test_an_end_event_reached_twice_is_a_warning():
    kinds = ENDS | {"p": "parallelGateway"}

    [found] = drawn_as(kinds, "S p", "p a", "p b", "a E", "b E")

    assert (found.code, found.element, found.severity) == ("improper_completion", "E", "warning")


def test_an_optional_path_needs_an_inclusive_join():
    kinds = ENDS | {"i": "inclusiveGateway", "j": "inclusiveGateway"}
    flows = ("S i", "i a", "i b", "a j", "b j", "j E")

    assert drawn_as(kinds, *flows) == []
    assert [each.code for each in drawn_as(kinds | {"j": "parallelGateway"}, *flows)] == ["deadlock"]


def test_a_loop_without_a_way_out_is_an_error_and_one_that_waits_for_events_a_warning():
    flows = ("S x", "x E", "x m", "m a", "a m")
    kinds = {"S": "startEvent", "E": "endEvent", "x": "exclusiveGateway", "m": "exclusiveGateway", "a": "task"}

    assert [(each.code, each.severity) for each in drawn_as(kinds, *flows)] == [("endless_loop", "error")]
    assert [(each.code, each.severity) for each in drawn_as(kinds | {"a": "receiveTask"}, *flows)] == [("endless_loop", "warning")]


def test_several_start_events_may_be_awaited_together():
    kinds = {"S": "startEvent", "S2": "startEvent", "j": "parallelGateway", "E": "endEvent"}

    assert drawn_as(kinds, "S j", "S2 j", "j E") == []


def test_what_is_too_entangled_is_said_to_be_undecided():
    branches = 12
    kinds = {"S": "startEvent", "E": "endEvent", "f": "inclusiveGateway"}
    flows = ["S f"]
    for number in range(branches):
        kinds |= {f"t{number}": "exclusiveGateway", f"j{number}": "inclusiveGateway"}
        flows += [f"f t{number}", f"t{number} j{number}", f"t{number} j{(number + 1) % branches}", f"j{number} E"]

    [found] = [each for each in drawn_as(kinds, *flows) if each.code == "soundness_undecided"]

    assert (found.severity, found.kind, found.element) == ("info", "unsound", "p")
