"""What people working on tasks together is refused with."""

from app.domain.errors import Conflict, ExecutionError


class ManualTaskNotDeployed(Conflict):
    """A document that no process runs for gets its task from the process {definition}, which is not active here. Deploy the one that comes with Countersign."""


class TaskOnHold(Conflict):
    """Task {task} is on hold since {at}, by {who}. Release it, or hold it again once it is released."""


class TaskNotOnHold(Conflict):
    """Expected to release task {task}, but it is not on hold."""


class QuestionRefused(Conflict):
    """{whom} cannot be asked about task {task}: {reason}."""


class SharesStuck(ExecutionError):
    """{task} lies with {people} alone, who may not act on it any more. Reassign it to somebody who may, or determine the role players again."""
