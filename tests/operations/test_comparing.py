"""Comparisons of many transactions run in processes of their own; the answer is that of one process, and nothing is left behind."""

from decimal import Decimal

import pytest

from app.domain.matrix.whatif import Tally
from app.operations.matrix import comparing
from tests.domain.matrix.fx import SNAPSHOT, TODAY, line, make_snapshot, transaction


def batches(count):
    return [[(f"{number}.{place}", transaction(line("12000"), line("500", "CON"))) for place in range(10)] for number in range(count)]


def total(found):
    tally = Tally()
    for each in found:
        tally.add(each)
    return tally


@pytest.fixture
def children(monkeypatch):
    """Have processes for few transactions too, and keep them to be looked at."""
    started = []
    start = comparing._start_child
    monkeypatch.setattr(comparing, "FEW", 0)
    monkeypatch.setattr(comparing.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(comparing, "_start_child", lambda: started.append(start()) or started[-1])
    return started


def test_processes_answer_as_one_process_does(children):
    proposed = make_snapshot(check_amount=Decimal(100))
    alone = total(comparing.compare_in_batches(SNAPSHOT, proposed, batches(6), on=TODAY, number=-1))

    together = total(comparing.compare_in_batches(SNAPSHOT, proposed, batches(6), on=TODAY, number=60))

    assert len(children) == 2
    assert together == alone
    assert all(child.poll() is not None for child in children)


def test_a_comparison_that_is_given_up_leaves_no_process(children):
    running = comparing.compare_in_batches(SNAPSHOT, make_snapshot(), batches(20), on=TODAY, number=200)
    next(running)

    running.close()

    assert all(child.poll() is not None for child in children)


def test_a_process_whose_parent_is_gone_ends(children):
    (child,) = [comparing._start_child()]

    child.stdin.close()

    assert child.wait(30) == 0
    child.stdout.close()
