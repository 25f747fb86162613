"""The operations that the pages call, in one value, so that tests can put fixtures in their place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from importlib import import_module
from typing import Any

from app.operations.answer import Answer, Caller

Operation = Callable[..., Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """One callable for each operation; each takes the system and the caller first."""

    sign_in: Callable[..., Caller]
    load_caller: Callable[..., Caller]
    list_tasks: Operation
    count_tasks: Operation
    read_task: Operation
    approve_task: Operation
    reject_task: Operation
    delegate_task: Operation
    claim_task: Operation
    unclaim_task: Operation
    comment_task: Operation
    list_documents: Operation
    read_document: Operation
    read_timeline: Operation
    read_original: Callable[..., Any]
    confirm_not_duplicate: Operation
    code_lines: Operation
    list_instances: Operation
    read_instance: Operation
    list_elements: Operation
    read_variables: Operation
    suspend_instance: Operation
    resume_instance: Operation
    cancel_instance: Operation
    retry_incident: Operation
    resolve_incident: Operation
    read_bpmn: Callable[..., Any]


_AREAS = {
    "people": ("sign_in", "load_caller"),
    "documents": ("list_documents", "read_document", "read_timeline", "read_original", "confirm_not_duplicate", "code_lines"),
    "definitions": ("read_bpmn",),
    "tasks": (
        "list_tasks",
        "count_tasks",
        "read_task",
        "approve_task",
        "reject_task",
        "delegate_task",
        "claim_task",
        "unclaim_task",
        "comment_task",
    ),
}


def load_operations() -> Operations:
    """Return the real operations, each from the file that has its name."""
    areas = {name: area for area, names in _AREAS.items() for name in names}
    names = [field.name for field in fields(Operations)]
    return Operations(**{name: getattr(import_module(f"app.operations.{areas.get(name, 'instances')}.{name}"), name) for name in names})
