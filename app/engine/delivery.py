"""How an event that was thrown finds who catches it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.engine.correlation import expected_values, fits, learn, values_of
from app.engine.events import CatchEvent, RecurringCatch, StandbyStart, catch_of, is_waiting
from app.engine.library import TaskState
from app.engine.tokens import Process, Scope, Token


def waiting(process: Process, kind: str, name: str) -> Iterator[tuple[Token, int]]:
    """Yield the tokens that wait for this message or signal, with the number of their trigger."""
    for token in process.everywhere():
        if is_waiting(token):
            at = catch_of(token).index_of(token, kind, name)
            if at is not None:
                yield token, at


def message_receivers(process: Process, name: str, payload: Any, correlation: Mapping[str, Any]) -> list[tuple[Token, int]]:
    """Return the tokens that would get a message, the first first.

    1. Its correlation values are what is said in `correlation` by property, else what the model reads from the payload.
    2. They must be the values that the instance expects.
    3. The other names in `correlation` are variables: who sees another value there does not get the message.
    """
    found = list(waiting(process, "message", name))
    if not found:
        return []
    run = process.run
    model = run.definition.correlations
    values = values_of(model, run, name, payload, correlation)
    if not fits(expected_values(process, name), values):
        return []
    plain = {key: value for key, value in correlation.items() if not model.has(key)}
    if not plain:
        return found
    chosen = []
    for token, at in found:
        names = token.workflow.run.names(token)
        if all(key not in names or names[key] == value for key, value in plain.items()):
            chosen.append((token, at))
    return chosen


def deliver_message(process: Process, name: str, payload: Any, *, correlation: Mapping[str, Any]) -> bool:
    """Give a message to the first that it fits; return whether there was one. The instance learns the correlation keys it has not yet."""
    found = message_receivers(process, name, payload, correlation)
    if not found:
        return False
    run = process.run
    learn(process, name, values_of(run.definition.correlations, run, name, payload, correlation))
    token, at = found[0]
    catch_of(token).catch(token, at, payload)
    return True


def deliver_signal(process: Process, name: str, payload: Any) -> int:
    """Give a signal to all tokens that wait for it; return how many there were."""
    count = 0
    for token, at in list(waiting(process, "signal", name)):
        if token.is_alive and token.state == TaskState.WAITING:
            catch_of(token).catch(token, at, payload)
            count += 1
    return count


def throw_at(token: Token, kind: str, code: str, payload: Any = None) -> bool:
    """Give an error, escalation or cancellation that is thrown at `token` to who catches it; return whether somebody does."""
    found = find_handler(token, kind, code)
    if found is None:
        return False
    catcher, at = found
    catch_of(catcher).catch(catcher, at, payload)
    return True


def find_handler(token: Token, kind: str, code: str) -> tuple[Token, int] | None:
    """Return the nearest waiting token that catches an error, escalation or cancellation thrown at `token`, with its trigger's number.

    1. The boundary of the activity itself, or of the multi-instance that it is an instance of.
    2. Event sub-processes of its scope, unless it is one of them.
    3. The same for the activity around the scope, and so on outwards.
    A catcher that names the code comes before one that catches all.
    """
    inside: Token | None = token
    while inside is not None:
        hosts = [inside, inside.repeated_by]
        found = [each for host in hosts if host is not None for child in host.below for each in _catches(child, kind, code)]
        if not found and not isinstance(inside.task_spec, StandbyStart) and not inside.task_spec.is_event_subprocess:
            standing = (other for other in inside.workflow.tokens() if other.task_spec.is_standby)
            found = [each for other in standing for each in _catches(other, kind, code)]
        if found:
            return next(((catcher, at) for catcher, at in found if catch_of(catcher).triggers[at].name), found[0])
        scope: Scope = inside.workflow
        inside = scope.owner
    return None


def _catches(token: Token, kind: str, code: str) -> Iterator[tuple[Token, int]]:
    node = token.task_spec
    if isinstance(node, RecurringCatch) and isinstance(node, CatchEvent) and token.state == TaskState.WAITING:
        for name in dict.fromkeys((code, "")):
            at = node.index_of(token, kind, name)
            if at is not None:
                yield token, at
                return
