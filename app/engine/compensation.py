"""Compensation (BPMN 2.0, clause 13.5.5): completed activities are undone in the reverse order of their completion.

A scope keeps a record of each activity that was completed in it and can be compensated: by the handler at its boundary, by the
compensation event sub-process inside it, or by compensating what was completed inside it. The token that asks for compensation is its
coordinator: it holds the steps that are still to do. A sub-process is opened again, with what was known of it, to compensate inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.engine.library import TaskState
from app.engine.tokens import CHECK, HOLD, Scope, Token
from app.engine.values import ElementEnd

Record = dict[str, Any]


def take_records(scope: Scope, activity: str) -> list[Record]:
    """Take out of a scope, in order of completion, what is to be compensated: all, or what was done of one activity.

    From inside an event sub-process, what was completed in the scope around it comes first.
    """
    found: list[Record] = []
    at: Scope | None = scope
    while at is not None:
        owner = at.owner
        taken = [{**record, "scope": owner.id if owner is not None else None} for record in at.done if _is_meant(at, record, activity)]
        at.done = [record for record in at.done if not _is_meant(at, record, activity)]
        found = taken + found
        at = owner.workflow if owner is not None and owner.task_spec.is_event_subprocess else None
    return found


def _is_meant(scope: Scope, record: Record, activity: str) -> bool:
    return not activity or scope.spec.task_specs[record["node"]].element.id == activity


def collect_running(scope: Scope) -> list[Record]:
    """Return records of the sub-processes that still run in a transaction that is cancelled, for what was completed in them."""
    found: list[Record] = []
    for token in scope.tokens():
        inner = scope.top_workflow.subprocesses.get(token.id)
        if inner is None:
            continue
        done = [*inner.done, *collect_running(inner)]
        if done:
            owner = scope.owner
            record = {"node": token.task_spec.name, "id": token.id, "data": dict(token.data), **keep_scope(inner), "running": True}
            found.append({**record, "done": done, "scope": owner.id if owner is not None else None})
            inner.done = []
    return found


def keep_scope(scope: Scope) -> Record:
    """Return what a record keeps of a scope that has ended."""
    kept: Record = {"done": scope.done}
    if scope.is_isolated:
        kept |= {"variables": dict(scope.data), "written": list(scope.written)}
    return kept


def begin_undo(coordinator: Token, records: list[Record]) -> bool:
    """Let a token compensate, the last record first; return whether that is over already.

    The instances of a parallel multi-instance are compensated together.
    """
    steps: list[list[Record]] = []
    for record in reversed(records):
        together = record.get("together")
        if steps and together is not None and steps[-1][0].get("together") == together:
            steps[-1].insert(0, record)
        else:
            steps.append([record])
    coordinator.internal_data["undo"] = steps
    return advance_undo(coordinator)


def advance_undo(coordinator: Token) -> bool:
    """Begin the next step when nothing of the last one runs any more; return whether all is done."""
    steps = coordinator.internal_data["undo"]
    while not any(_parts(coordinator)):
        if not steps:
            del coordinator.internal_data["undo"]
            return True
        for record in steps.pop(0):
            _undo(coordinator, record)
    return False


def _parts(coordinator: Token) -> Iterator[Token]:
    """Yield the tokens that compensate for a coordinator now."""
    for token in coordinator.workflow.top_workflow.everywhere():
        if token.internal_data.get("undoes") == coordinator.id:
            yield token


def _undo(coordinator: Token, record: Record) -> None:
    process = coordinator.workflow.top_workflow
    scope: Scope = process if record["scope"] is None else process.subprocesses[record["scope"]]
    node = scope.spec.task_specs[record["node"]]
    run = scope.run
    if node.handler is not None and not record.get("running"):
        boundary, handler = node.handler
        element = scope.spec.task_specs[boundary].element
        run.happened.left.append(
            ElementEnd(
                element_instance=run.ports.new_id(),
                element=element.id,
                name=element.name,
                kind=element.kind,
                state="completed",
                started_at=run.now,
                at=run.now,
            )
        )
        token = scope.add(handler)
        token.internal_data["undoes"] = coordinator.id
        token.data = dict(record["data"])
        run.queue(token)
    else:
        _reopen(coordinator, scope, record)


def _reopen(coordinator: Token, scope: Scope, record: Record) -> None:
    """Open a sub-process again: its compensation event sub-process does the work, else what was completed inside is compensated."""
    token = scope.add(record["node"])
    token.internal_data.update(undoes=coordinator.id, undoing=True)
    token.data = dict(record["data"])
    token.stage = HOLD
    token.mark(TaskState.STARTED)
    inner = scope.top_workflow.open_inner(token)
    inner.data.update(record.get("variables", {}))
    inner.written.update(dict.fromkeys(record.get("written", ())))
    if inner.spec.undo is not None and not record.get("running"):
        inner.done = record["done"]
        scope.run.queue(inner.add(inner.spec.undo))
        return
    begin_undo_inside(token, [{**each, "scope": token.id} for each in record["done"]])


def begin_undo_inside(token: Token, records: list[Record]) -> None:
    """Let the token of a sub-process that was opened again compensate what was completed inside."""
    begin_undo(token, records)
    token.stage = CHECK
    token.workflow.run.queue(token)
