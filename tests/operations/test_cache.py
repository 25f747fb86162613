"""The cache of values that never change under their key."""

from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.operations.cache import Cache


def count_up() -> Iterator[int]:
    yield from range(100)


def test_what_was_not_used_for_longest_is_dropped() -> None:
    cache: Cache[str, int] = Cache(maxsize=2)
    numbers = count_up()
    for key in ("a", "b", "a", "c"):
        cache.get(key, lambda: next(numbers))

    assert (cache.find("a"), cache.find("b"), cache.find("c")) == (0, None, 2)


def test_a_value_that_another_thread_drops_while_it_is_read_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Dropping(OrderedDict[str, int]):
        def move_to_end(self, key: str, last: bool = True) -> None:
            if key == "a" and not dropped:
                dropped.append(self.pop(key))
            super().move_to_end(key, last)

    dropped: list[int] = []
    cache: Cache[str, int] = Cache(maxsize=2)
    monkeypatch.setattr(cache, "_values", Dropping(a=1))

    assert cache.get("a", lambda: 2) == 1
    assert (dropped, cache.find("a")) == ([1], 1)


def test_many_threads_get_the_value_of_their_key() -> None:
    cache: Cache[int, int] = Cache(maxsize=3)

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda number: cache.get(number % 7, lambda: number % 7), range(5_000)))

    assert found == [number % 7 for number in range(5_000)]
