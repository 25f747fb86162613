"""Makes a net small without changing whether it is sound: what is plainly structured vanishes, what is left is searched.

The rules look at one edge e from station u to station v:

    contract   e alone leaves u and alone enters v: one station, with the join of u and the split of v
    fuse       e alone enters v and both split alike, or e alone leaves u and both join alike: one station
    fold       two edges from u to v, where u splits as v joins: one edge
    end        a token that only ends is left out beside others; of several ends to choose from one is kept
    loop       a choice that leads back to where it began and that has other ways is left out
"""

from collections import Counter, deque
from typing import Final

from app.formats.bpmn_net import Net, number_components

_FOLDING: Final = frozenset({("all", "all"), ("one", "each"), ("one", "some"), ("all", "some"), ("some", "some")})


def reduce_net(net: Net) -> None:
    """Apply the rules until none applies."""
    _Reduction(net).run()


class _Reduction:
    def __init__(self, net: Net) -> None:
        self._net = net
        self._queue = deque(net.source)
        self._queued = set(net.source)
        self._end_of: dict[int, int] = {}
        # Inclusive joins on a cycle wait for one another: two of them are not as good as one.
        components = number_components(net)
        sizes = Counter(components)
        self._circling = {station for station, number in enumerate(components) if sizes[number] > 1}

    def run(self) -> None:
        while self._queue:
            edge = self._queue.popleft()
            self._queued.discard(edge)
            if edge in self._net.outs[self._net.source[edge]]:
                self._look_at(edge)

    def _look_at(self, edge: int) -> None:
        net = self._net
        u, v = net.source[edge], net.target[edge]
        if u == v:
            self._drop_loop(edge, u)
        elif len(net.between[u, v]) > 1 and (net.splits[u], net.joins[v]) in _FOLDING:
            self._fold(u, v)
        elif len(net.outs[u]) == 1 and len(net.ins[v]) == 1:
            self._contract(edge, u, v)
        elif len(net.ins[v]) == 1 and not net.outs[v] and v not in net.stops:
            self._drop_end(edge, u)
        elif len(net.ins[v]) == 1 and net.outs[v] and self._split_alike(u, v) and edge not in net.optional:
            self._fuse_splits(edge, u, v)
        elif len(net.outs[u]) == 1 and net.ins[u] and self._join_alike(u, v):
            self._fuse_joins(edge, u, v)

    def _split_alike(self, u: int, v: int) -> bool:
        return self._net.splits[u] == self._net.splits[v] or len(self._net.outs[v]) == 1

    def _join_alike(self, u: int, v: int) -> bool:
        joins = self._net.joins
        return len(self._net.ins[u]) == 1 or (joins[u] == joins[v] and not (joins[u] == "some" and u in self._circling))

    def _drop_loop(self, edge: int, u: int) -> None:
        net = self._net
        if net.joins[u] == "each" and net.splits[u] == "one" and len(net.outs[u]) > 1 and len(net.ins[u]) > 1:
            self._leave_out(edge)

    def _fold(self, u: int, v: int) -> None:
        for edge in list(self._net.between[u, v])[1:]:
            self._leave_out(edge)

    def _contract(self, edge: int, u: int, v: int) -> None:
        """Make one station of two; the one with fewer edges to move is given up."""
        net = self._net
        trail = (net.trails[u], net.edge_trail[edge], net.trails[v])
        net.remove_edge(edge)
        if v in net.stops or not net.outs[v] or len(net.outs[v]) > len(net.ins[u]) + 1:
            kept, gone = v, u
            for each in list(net.ins[u]):
                net.move_edge(each, target=v)
                self._enqueue(each)
            net.joins[v] = net.joins[u]
            if u == net.root:
                net.root = v
        else:
            kept, gone = u, v
            for each in list(net.outs[v]):
                net.move_edge(each, source=u)
                self._enqueue(each)
            net.splits[u] = net.splits[v]
        if gone in self._circling:
            self._circling.add(kept)
        # What a station waits for is what its join waits for.
        net.labels[kept] = net.labels[u] or net.labels[v]
        net.trails[kept] = trail
        self._end_of.pop(gone, None)
        self._enqueue_around(kept)

    def _drop_end(self, edge: int, u: int) -> None:
        net = self._net
        if len(net.outs[u]) < 2:
            return
        kept = self._end_of.setdefault(u, edge)
        if net.splits[u] == "all":
            self._leave_out(edge)
        elif kept != edge:
            if kept in net.outs[u] and len(net.ins[net.target[kept]]) == 1 and not net.outs[net.target[kept]]:
                self._leave_out(edge)
            else:
                self._end_of[u] = edge

    def _fuse_splits(self, edge: int, u: int, v: int) -> None:
        net = self._net
        way = (net.edge_trail[edge], net.trails[v])
        for each in list(net.outs[v]):
            net.edge_trail[each] = (way, net.edge_trail[each])
            net.move_edge(each, source=u)
            self._enqueue(each)
        self._remove(edge)

    def _fuse_joins(self, edge: int, u: int, v: int) -> None:
        net = self._net
        way = (net.trails[u], net.edge_trail[edge])
        passes = len(net.ins[u]) == 1
        for each in list(net.ins[u]):
            if passes:
                net.entered[each] = net.entered[edge]
            net.edge_trail[each] = (net.edge_trail[each], way)
            net.move_edge(each, target=v)
            self._enqueue(each)
        self._remove(edge)

    def _leave_out(self, edge: int) -> None:
        net = self._net
        net.folded.append(net.edge_trail[edge])
        if not net.outs[net.target[edge]]:
            net.folded.append(net.trails[net.target[edge]])
        self._remove(edge)

    def _remove(self, edge: int) -> None:
        u, v = self._net.source[edge], self._net.target[edge]
        self._net.remove_edge(edge)
        self._enqueue_around(u)
        if v != u:
            self._enqueue_around(v)

    def _enqueue_around(self, station: int) -> None:
        """Look again at the edges of a station for which a change of its neighbours' number can matter."""
        net = self._net
        if len(net.ins[station]) <= 2:
            for edge in net.ins[station]:
                self._enqueue(edge)
        if len(net.outs[station]) <= 2:
            for edge in net.outs[station]:
                self._enqueue(edge)

    def _enqueue(self, edge: int) -> None:
        if edge not in self._queued:
            self._queued.add(edge)
            self._queue.append(edge)
