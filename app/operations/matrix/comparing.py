"""Comparing two matrices on many transactions: in this process when they are few, else in processes of its own beside it.

The processes are plain children with pipes, so that they work under a web server, whose own processes may have none of
`multiprocessing`; they end with their parent, and with the comparison.
"""

import gc
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Any

from app.domain.matrix.snapshot import Snapshot
from app.domain.matrix.whatif import Asked, Comparison, Tally
from app.operations.collector import without_collector

BATCH = 500
"""How many transactions go to a process at once; progress is told, and a caller's end noticed, after each batch."""

PROCESSES_MAX = 2
FEW = 2_000
"""Up to this many transactions no process is started."""

_CONTENT = ("approval_type", "rules", "mandates", "people", "chart", "exchange_rates", "base_currencies", "version")


def compare_in_batches(
    current: Snapshot, proposed: Snapshot, batches: Iterable[Sequence[Asked]], *, on: date, number: int
) -> Iterator[Tally]:
    """Give one tally a batch, in any order; `number` is how many transactions are expected."""
    processes = min(PROCESSES_MAX, os.cpu_count() or 1)
    if number <= FEW or processes == 1:
        comparison = Comparison(current, proposed, on=on)
        for batch in batches:
            yield comparison.compare(batch)
        return
    children: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
    started = [_start_child() for _ in range(processes)]
    try:
        with ThreadPoolExecutor(max_workers=processes) as threads:
            matrices = _pack_matrices(current, proposed, on)
            for ready in [threads.submit(_introduce, child, matrices) for child in started]:
                children.put(ready.result())
            yield from _hand_out(threads, children, batches, in_flight=processes * 2)
    finally:
        for child in started:
            child.kill()
            child.communicate()


def _hand_out(
    threads: ThreadPoolExecutor, children: "SimpleQueue[subprocess.Popen[bytes]]", batches: Iterable[Sequence[Asked]], *, in_flight: int
) -> Iterator[Tally]:
    waiting: deque[Future[Tally]] = deque()
    for batch in batches:
        waiting.append(threads.submit(_ask_child, children, batch))
        if len(waiting) >= in_flight:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _start_child() -> "subprocess.Popen[bytes]":
    root = str(Path(__file__).parents[3])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
    return subprocess.Popen([sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def _pack_matrices(current: Snapshot, proposed: Snapshot, on: date) -> bytes:
    """Return both matrices as bytes; rows that they share are packed once."""
    known = {row: row for row in current.mandates}
    before = {name: getattr(current, name) for name in _CONTENT}
    after = {name: getattr(proposed, name) for name in _CONTENT}
    after["mandates"] = tuple(known.get(row, row) for row in proposed.mandates)
    for name in ("rules", "people", "chart"):
        after[name] = before[name] if after[name] == before[name] else after[name]
    return pickle.dumps((before, after, on), protocol=5)


def _introduce(child: "subprocess.Popen[bytes]", matrices: bytes) -> "subprocess.Popen[bytes]":
    assert child.stdin is not None, "it is a pipe"
    _write(child.stdin, matrices)
    return child


def _ask_child(children: "SimpleQueue[subprocess.Popen[bytes]]", batch: Sequence[Asked]) -> Tally:
    child = children.get()
    assert child.stdin is not None, "it is a pipe"
    assert child.stdout is not None, "it is a pipe"
    try:
        _write(child.stdin, pickle.dumps(list(batch), protocol=5))
        answer = _read(child.stdout)
    finally:
        children.put(child)
    assert answer is not None, "a child answers every batch"
    tally: Tally = pickle.loads(answer)  # noqa: S301 - from a process of our own
    return tally


def _write(stream: IO[bytes], content: bytes) -> None:
    stream.write(len(content).to_bytes(8, "big"))
    stream.write(content)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    head = stream.read(8)
    return stream.read(int.from_bytes(head, "big")) if head else None


def run_child(source: IO[bytes], target: IO[bytes]) -> None:
    """Answer batches from `source` until it ends: first both matrices, then transactions."""
    first = _read(source)
    if first is None:
        return
    before, after, on = pickle.loads(first)  # noqa: S301 - from the process that started this one
    with without_collector():
        comparison = Comparison(_unpack(before), _unpack(after), on=on)
    gc.freeze()  # the matrices stay as long as the process: no collection need look at them
    while (batch := _read(source)) is not None:
        _write(target, pickle.dumps(comparison.compare(pickle.loads(batch)), protocol=5))  # noqa: S301 - as above


def _unpack(content: dict[str, Any]) -> Snapshot:
    return Snapshot(**content)


if __name__ == "__main__":
    run_child(sys.stdin.buffer, sys.stdout.buffer)
