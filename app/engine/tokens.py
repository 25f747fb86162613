"""The library's task tree kept flat: one task is one token, and a token that has moved on is gone from the tree.

What stays in the tree is what is alive: the root of each running process or sub-process, tokens below it, instances below their
multi-instance activity, boundary events below their host. History goes into `Progress`, so neither work nor storage grows with it.
Nothing is predicted: which tokens follow is decided when a token leaves. All library code that reads the clock, walks the tree or
copies data from parent to child is replaced here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.domain.errors import ExecutionError
from app.engine.library import BpmnSubWorkflow, BpmnWorkflow, Task, TaskState

if TYPE_CHECKING:
    from app.engine.nodes import FlowNode
    from app.engine.run import Run

Stage = str
ENTER, WORK, HOLD, CHECK, LEAVE = "enter", "work", "hold", "check", "leave"
_ROOT = "root"
_HIDDEN = frozenset({"aside", "undoing", "quantity", "phase"})
NESTING_MAX = 100


class Token(Task):
    """One element instance.

    Attributes:
        stage: what is to be done next; a failed token keeps it, so that a retry repeats nothing that was done.
        is_alive: whether it is still in the tree.
        data: variables of this token alone (the item of a multi-instance); others live in the scope.
    """

    workflow: Scope
    task_spec: FlowNode

    def __init__(self, workflow: Scope, task_spec: FlowNode, parent: Token | None = None, *, name: str | None = None) -> None:
        # Not the library's own constructor, which reads the clock and looks up what is known here.
        run = workflow.run
        self.id: str = name or run.ports.new_id()
        self.workflow = workflow
        self.task_spec = task_spec
        self.stage: Stage = ENTER
        self.queued = False
        self.is_alive = True
        self.entered_at: datetime = run.now
        self.data = {}
        self.internal_data = {}
        self._state = TaskState.FUTURE
        self._parent = None
        self._children = []
        workflow.tasks[self.id] = self
        if parent is not None:
            parent.adopt(self)

    @property
    def host(self) -> Token | None:
        """The token above this one: the host of a boundary event, the multi-instance of an instance, else the root."""
        return self.workflow.tasks.get(self._parent)

    @property
    def repeated_by(self) -> Token | None:
        """The multi-instance or loop that this token is an instance of."""
        above = self.host if self._parent != _ROOT else None
        return above if above is not None and getattr(above.task_spec, "repeated", "") == self.task_spec.name else None

    @property
    def below(self) -> list[Token]:
        """Tokens that belong to this one."""
        return [self.workflow.tasks[name] for name in self._children] if self._children else []

    def _set_state(self, value: int) -> None:
        self._state = value

    def mark(self, state: int) -> None:
        """Set the library's task state, in any direction."""
        self._state = state

    def go_on(self) -> None:
        """Put the work of the element on the agenda, or report that somebody has to do it."""
        self._state = TaskState.READY
        self.stage = WORK
        if self.task_spec.manual:
            self.workflow.run.entered.append(self)
        else:
            self.workflow.run.queue(self)

    def adopt(self, child: Token) -> None:
        """Put a token below this one."""
        self._children.append(child.id)
        child._parent = self.id

    def dismiss(self, child: Token) -> None:
        """Put a token no longer below this one."""
        self._children.remove(child.id)

    def work(self) -> None:
        """Do the work of the element; then leave it, unless something outside has to complete it."""
        if self.task_spec.do_work(self):
            self.complete()
        else:
            self._state = TaskState.STARTED

    def complete(self) -> None:
        """Leave the element; when that fails, only the leaving is repeated."""
        self.stage = LEAVE
        self._state = TaskState.COMPLETED
        self.task_spec.let_out(self)

    def error(self) -> None:
        """Mark the token as failed."""
        self.mark(TaskState.ERROR)

    def cancel(self) -> None:
        """End this token, what belongs to it and what runs inside it; nothing follows."""
        if not self.is_alive:
            return
        for token in self.below:
            token.cancel()
        inner = self.workflow.top_workflow.subprocesses.pop(self.id, None)
        if inner is not None:
            inner.cancel_tokens()
        if self._state not in (TaskState.COMPLETED, TaskState.FUTURE):
            self.task_spec.record_end(self, "cancelled")
        self.mark(TaskState.CANCELLED)
        self.workflow.remove(self)
        self.tell_undone()

    def tell_undone(self) -> None:
        """Let the compensation that this token was a part of go on, when it is over."""
        name = self.internal_data.get("undoes")
        if name is not None:
            self.workflow.run.wake(self.workflow.top_workflow.find(name))

    def move_to_root(self) -> None:
        """Make this token independent of the one above it."""
        above, root = self.host, self.workflow.task_tree
        if above is not None and above is not root:
            above.dismiss(self)
            root.adopt(self)

    @property
    def is_standing_by(self) -> bool:
        """Whether this is an event sub-process that waits: it does not keep its scope open."""
        return self.task_spec.is_standby and self._state == TaskState.WAITING

    @property
    def is_hidden(self) -> bool:
        """Whether this token is bookkeeping of a node, not an element instance that anybody should see."""
        return not _HIDDEN.isdisjoint(self.internal_data)

    @property
    def instance(self) -> int | None:
        """Position of this token among the instances of its multi-instance activity, from 0; None outside one."""
        return self.internal_data.get("instance")

    def scopes(self) -> list[dict[str, Any]]:
        """Return the variables that this token sees, from the inside out."""
        found: list[dict[str, Any]] = []
        token: Token | None = self
        while token is not None:
            if token.data:
                found.append(token.data)
            if token.workflow.is_isolated:
                found.append(token.workflow.data)
                break
            token = token.workflow.owner
        return found

    def set_variable_around(self, name: str, value: Any) -> None:
        """Set a variable as `set_variable` does, but not one of this token alone."""
        owner = self.workflow.owner if self.repeated_by is None else self.repeated_by
        if self.instance is not None:
            self.data[name] = value
        elif self.repeated_by is not None:
            self.repeated_by.set_variable(name, value)
        elif self.workflow.is_isolated or owner is None:
            self.workflow.data[name] = value
            self.workflow.written[name] = None
        else:
            owner.set_variable(name, value)

    def set_variable(self, name: str, value: Any) -> None:
        """Set a variable of the multi-instance instance around this token, else of the process."""
        token: Token = self
        while True:
            if token.instance is not None or name in token.data or name in token.task_spec.local_outputs:
                token.data[name] = value
                return
            owner = token.workflow.owner
            if token.workflow.is_isolated or owner is None:
                token.workflow.data[name] = value
                token.workflow.written[name] = None
                return
            token = owner


class Scope:
    """One running process, sub-process or called process: what the two workflow classes of the library share here.

    Attributes:
        owner: the token of the sub-process or call activity; None for the process itself.
        is_isolated: whether it has variables of its own (a process, a called process), else it shares its owner's.
        written: names that were set, in order; they go back to the caller.
        done: activities that have been completed here and can be compensated, in order of completion.
    """

    spec: Any
    tasks: dict[str, Token]
    task_tree: Token
    data: dict[str, Any]
    completed: bool
    top_workflow: Process
    depth: int
    owner: Token | None
    is_isolated: bool
    run: Run
    written: dict[str, None]
    done: list[dict[str, Any]]

    def plant(self) -> None:
        """Begin without anything but the root of the task tree."""
        self.tasks = {}
        self.data = {}
        self.written = {}
        self.done = []
        self.completed = False
        self.is_isolated = self.owner is None or self.owner.task_spec.isolates
        self.task_tree = Token(self, self.spec.start, name=_ROOT)
        self.task_tree.mark(TaskState.COMPLETED)

    def begin(self, start: str | None = None) -> None:
        """Put tokens on the start event (or on all nodes that nothing leads to) and arm the event sub-processes."""
        self.arm_standby(self.spec.standby)
        for name in [start] if start else self.spec.initial:
            self.run.queue(self.add(name))
        self.close_when_empty()

    def arm_standby(self, names: Iterable[str]) -> None:
        """Let the start events of event sub-processes wait."""
        for name in names:
            token = self.add(name)
            token.task_spec.arm(token)

    def add(self, name: str, *, above: Token | None = None) -> Token:
        """Create a token on the node `name`."""
        return Token(self, self.spec.task_specs[name], above or self.task_tree)

    def remove(self, token: Token) -> None:
        """Take an ended token out of the tree."""
        above = token.host
        if above is not None:
            above.dismiss(token)
        del self.tasks[token.id]
        token.is_alive = False

    def tokens(self) -> list[Token]:
        """Return what is alive here, in order of creation, without the root and without nested scopes."""
        return list(self.tasks.values())[1:]  # the root is planted first

    def cancel_tokens(self, *, besides: Token | None = None) -> None:
        """Cancel everything here, in order, except for one token."""
        for token in self.tokens():
            if token is not besides and token.is_alive:
                token.cancel()

    def discard(self, token: Token) -> None:
        """Take away a token that has left, and finish the scope when it was the last one."""
        if token.is_alive:
            for child in token.below:
                child.cancel()
            self.remove(token)
            if self.owner is not None:
                self.owner.task_spec.inner_left(self.owner)
            self.close_when_empty()

    def close_when_empty(self) -> None:
        """Finish the scope when nothing but waiting event sub-processes is left, unless its owner has more to do in it."""
        if self.completed:
            return
        for token in reversed(self.tasks.values()):  # those that stand by were there first
            if token is not self.task_tree and not token.is_standing_by:
                return
        if self.owner is not None and self.owner.task_spec.keeps_open(self.owner):
            return
        self.close()

    def close(self) -> None:
        """Finish the scope."""
        self.cancel_tokens()
        self.completed = True
        owner = self.owner
        if owner is None:
            return
        del self.top_workflow.subprocesses[owner.id]
        owner.task_spec.inner_ended(owner, self)


class Process(Scope, BpmnWorkflow):
    """The process instance itself, the library's top workflow."""

    def __init__(self, spec: Any, specs: Mapping[str, Any], run: Run) -> None:
        # Not the library's own constructor: its events, its event manager and its Python script engine are never asked.
        self.spec = spec
        self.subprocess_specs = specs
        self.subprocesses = {}
        self.run = run
        self.owner = None
        self.success = True
        self.outcome: str | None = None
        self.correlation: dict[str, dict[str, Any]] = {}
        self.plant()

    def open_inner(self, owner: Token) -> InnerProcess:
        """Create the scope of a sub-process or call activity; its tokens begin with `begin`."""
        inner = InnerProcess(self.subprocess_specs[owner.task_spec.inner], owner)
        if inner.depth > NESTING_MAX:
            raise ExecutionError(f"Sub-processes and calls are nested deeper than {NESTING_MAX} at {owner.task_spec.name}.")
        self.subprocesses[owner.id] = inner
        return inner

    def find(self, name: str) -> Token | None:
        """Return the live token of that id, in whatever scope."""
        for scope in (self, *self.subprocesses.values()) if name != _ROOT else ():
            token: Token | None = scope.tasks.get(name)
            if token is not None:
                return token
        return None

    def fall_apart(self) -> None:
        """Let go of all tokens: they know their process as it knows them, and would stay in memory until a garbage collection."""
        for scope in (self, *self.subprocesses.values()):
            scope.tasks.clear()
            del scope.task_tree
        self.subprocesses.clear()

    def everywhere(self) -> list[Token]:
        """Return every live token, nested scopes included, outer scopes first."""
        found = self.tokens()
        for inner in self.subprocesses.values():
            found += inner.tokens()
        return found


class InnerProcess(Scope, BpmnSubWorkflow):
    """A running sub-process or called process."""

    def __init__(self, spec: Any, owner: Token) -> None:
        self.spec = spec
        self.run = owner.workflow.run
        self.owner = owner
        self.top_workflow = owner.workflow.top_workflow
        self.depth = owner.workflow.depth + 1
        self.plant()
