"""The parts of SpiffWorkflow 3.2 that Countersign stands on, with the types that the library does not declare.

Everything else of the library (parser, Python script engine, DMN, serializer, event manager) is left aside, for the reasons that
`tests/engine/test_spiff_quirks.py` shows one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    class TaskState:
        """Numbers of the library's task states, in the order of a task's life."""

        FUTURE: int
        WAITING: int
        READY: int
        STARTED: int
        COMPLETED: int
        ERROR: int
        CANCELLED: int
        FINISHED_MASK: int

    class TaskSpec:
        """What a task does at each point of its life."""

        name: str
        manual: bool

        def __init__(self, wf_spec: Any, name: str, **settings: Any) -> None: ...

    class BpmnSpecMixin(TaskSpec):
        """A task specification that stands on the diagram."""

        bpmn_id: str
        bpmn_name: str | None

    class BpmnProcessSpec:
        """The graph of one process or sub-process."""

        name: str
        start: TaskSpec
        task_specs: dict[str, Any]

        def __init__(self, name: str, **settings: Any) -> None: ...

    class Task:
        """One token in the library's task tree."""

        id: Any
        workflow: Any
        task_spec: Any
        data: dict[str, Any]
        internal_data: dict[str, Any]
        _parent: Any
        _children: list[Any]
        _state: int

        def __init__(self, workflow: Any, task_spec: Any, parent: Any = None, state: int = 0, **settings: Any) -> None: ...
        @property
        def state(self) -> int:
            """The state, one of TaskState."""

        def complete(self) -> None:
            """Complete the task."""

    class BpmnWorkflow:
        """A running process with its sub-processes."""

        spec: Any
        subprocess_specs: Mapping[str, Any]
        subprocesses: dict[Any, Any]
        tasks: dict[Any, Any]
        task_tree: Any
        data: dict[str, Any]
        completed: bool
        success: bool

    class BpmnSubWorkflow:
        """A running sub-process or called process."""

        spec: Any
        tasks: dict[Any, Any]
        task_tree: Any
        data: dict[str, Any]
        completed: bool
        success: bool
        top_workflow: Any
        depth: int

else:
    from SpiffWorkflow.bpmn import BpmnWorkflow
    from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
    from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
    from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
    from SpiffWorkflow.specs.base import TaskSpec
    from SpiffWorkflow.task import Task
    from SpiffWorkflow.util.task import TaskState

__all__ = ["BpmnProcessSpec", "BpmnSpecMixin", "BpmnSubWorkflow", "BpmnWorkflow", "Task", "TaskSpec", "TaskState"]
