"""Message correlation as the model says it (BPMN 2.0, clause 8.4.2): keys of properties that are read from messages.

A key is learnt from the first message that the instance sends or receives, unless the process subscribes to it: then it is what the
process's own data say at the time. A message fits when every key that is known and that it has has the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from app.engine.formulas import Formula, Names

if TYPE_CHECKING:
    from app.engine.run import Run
    from app.engine.tokens import Process


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """A correlation property: how it is read from each message."""

    id: str
    name: str
    readings: Mapping[str, Formula]


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationModel:
    """The properties of a model by id, the keys by id with their properties, and what a process subscribes to.

    `subscriptions` holds, by key, the expressions that give the values of its properties.
    """

    properties: Mapping[str, Property] = field(default_factory=lambda: MappingProxyType({}))
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    subscriptions: Mapping[str, Mapping[str, Formula]] = field(default_factory=lambda: MappingProxyType({}))

    def has(self, name: str) -> bool:
        """Whether `name` is the id or the name of a property."""
        return any(name in (each.id, each.name) for each in self.properties.values())

    def names_of(self, message: str) -> tuple[str, ...]:
        """Return the names of the properties that a message has."""
        return tuple(each.name for each in self.properties.values() if message in each.readings)

    def keys_of(self, message: str) -> list[tuple[str, tuple[str, ...]]]:
        """Return the keys of which a message has all properties."""
        return [
            (key, parts) for key, parts in self.keys.items() if parts and all(message in self.properties[part].readings for part in parts)
        ]


def values_of(model: CorrelationModel, run: Run, message: str, payload: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the correlation values of a message by property id: those that are given, else those that the model reads from the payload."""
    values: dict[str, Any] = {}
    for each in model.properties.values():
        reading = each.readings.get(message)
        if each.name in given or each.id in given:
            values[each.id] = given[each.id] if each.id in given else given[each.name]
        elif reading is not None:
            seen = dict(payload) if isinstance(payload, Mapping) else {}
            names = Names([{**seen, "payload": payload}], run.lazy)
            values[each.id], _ = reading.evaluate(names, now=run.now, zone=run.ports.zone)
    return values


def expected_values(process: Process, message: str) -> list[dict[str, Any]]:
    """Return the values that each key of a message must have here; a key that is not known yet is left out."""
    run, model = process.run, process.run.definition.correlations
    found = []
    for key, parts in model.keys_of(message):
        subscribed = model.subscriptions.get(key)
        if subscribed is not None:
            values = {part: run.evaluate_with_warnings(process.task_tree, subscribed[part])[0] for part in parts if part in subscribed}
            found.append(values)
        elif key in process.correlation:
            found.append(process.correlation[key])
    return found


def fits(expected: list[dict[str, Any]], values: Mapping[str, Any]) -> bool:
    """Whether a message with these values is for who expects those; null is like nothing."""
    return all(value is not None and values.get(part) == value for each in expected for part, value in each.items())


def learn(process: Process, message: str, values: Mapping[str, Any]) -> None:
    """Keep the keys that this message is the first to have."""
    model = process.run.definition.correlations
    for key, parts in model.keys_of(message):
        if key not in model.subscriptions and all(values.get(part) is not None for part in parts):
            process.correlation.setdefault(key, {part: values[part] for part in parts})


def by_name(model: CorrelationModel, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return correlation values by the names of their properties, for another instance, without null."""
    return {model.properties[part].name: value for part, value in values.items() if value is not None}
