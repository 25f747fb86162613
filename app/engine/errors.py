"""Refusals that only the engine can give."""

from app.domain.errors import Conflict, ExecutionError


class StateUnreadable(ExecutionError):
    """The stored state of the process instance cannot be read: {reason}."""


class ErrorNotCaught(ExecutionError):
    """Error {code}, thrown at {element}, is not caught by any boundary event or event sub-process around it."""


class NothingWaits(Conflict):
    """Expected to {verb} element instance {element_instance}, but it does not wait for that: it has ended or is in another state."""
