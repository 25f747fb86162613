"""SpiffWorkflow used as its own documentation says, to show what it does by itself."""

from lxml import etree
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskState


class Library:
    """The library used as its documentation says."""

    def __init__(self, diagram, data=None, *, specs=None, engine=None):
        self.specs = specs or library_specs(diagram)
        self.workflow = BpmnWorkflow(*self.specs, script_engine=engine)
        self.workflow.task_tree.data.update(data or {})
        self.workflow.do_engine_steps()

    def ready(self):
        return [task.task_spec.bpmn_id for task in self.workflow.get_tasks(state=TaskState.READY, manual=True)]

    def task(self, name, *, at=0):
        return [task for task in self.workflow.get_tasks(state=TaskState.READY, manual=True) if task.task_spec.bpmn_id == name][at]

    def complete(self, name, data=None, *, at=0):
        task = self.task(name, at=at)
        task.data.update(data or {})
        task.run()
        self.workflow.do_engine_steps()
        return task

    def fire_timers(self):
        """Make every timer due, without sleeping, and let the library poll."""
        for task in self.workflow.event_manager.tasks.values():
            if isinstance(task.internal_data.get("event_value"), str):
                task.internal_data["event_value"] = "2000-01-01T00:00:00+00:00"
        self.workflow.refresh_timers()


def library_specs(diagram):
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(etree.fromstring(diagram))
    return parser.get_spec("p"), parser.get_subprocess_specs("p")


def serializer():
    return BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))


def as_jsonb(value):
    """Return the value with its keys in the order in which PostgreSQL keeps them: shorter first, then by bytes."""
    if isinstance(value, dict):
        return {key: as_jsonb(value[key]) for key in sorted(value, key=lambda key: (len(key), key.encode()))}
    return [as_jsonb(item) for item in value] if isinstance(value, list) else value
