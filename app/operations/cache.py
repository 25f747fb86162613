"""A small cache for values that never change under their key: versions and hashes make the keys, so nothing needs invalidation."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")
_MISSING: Any = object()


class Cache(Generic[Key, Value]):
    """The most recently used values, loaded on demand; safe for threads.

    Looking needs no lock: to find a value, and to put it last in the order, are each one step of the interpreter.
    """

    def __init__(self, *, maxsize: int) -> None:
        self._maxsize = maxsize
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, load: Callable[[], Value]) -> Value:
        """Return the value of `key`, loaded when it is not there. Two threads may load the same value; either is right."""
        value: Value = self._values.get(key, _MISSING)
        if value is _MISSING:
            return self.put(key, load())
        try:
            self._values.move_to_end(key)
        except KeyError:  # another thread has dropped it meanwhile
            return self.put(key, value)
        return value

    def find(self, key: Key) -> Value | None:
        """Return the value of `key`, None when it is not there."""
        return self._values.get(key)

    def put(self, key: Key, value: Value) -> Value:
        """Keep the value under `key`, instead of another that may be there, and return it."""
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._maxsize:
                self._values.popitem(last=False)
        return value
