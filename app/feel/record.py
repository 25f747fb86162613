"""The base of this package's immutable values."""

from __future__ import annotations

from typing import Any, ClassVar, dataclass_transform


@dataclass_transform(kw_only_default=True, frozen_default=True, eq_default=True)
class Record:
    """An immutable value with the fields that its class annotates, given by keyword.

    It is what a frozen, keyword-only dataclass is; the module `dataclasses` would take half of the package's start-up time.
    """

    _defaults: ClassVar[dict[str, Any]] = {}
    _names: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls) -> None:
        own = [name for name in cls.__annotations__ if not name.startswith("_")]
        cls._names = cls._names | frozenset(own)
        cls._defaults = cls._defaults | {name: cls.__dict__[name] for name in own if name in cls.__dict__}

    def __init__(self, **fields: Any) -> None:
        values = self._defaults | fields
        if values.keys() != self._names:
            raise TypeError(f"{type(self).__name__} needs {sorted(self._names)}, but got {sorted(fields)}")
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), frozenset(self._compared().items())))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self._compared().items())
        return f"{type(self).__name__}({shown})"

    def _compared(self) -> dict[str, Any]:
        return self.__dict__
