"""How things stand in a scenario, and in what they differ from what is expected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.formats.scenario_steps import Expect, ExpectMail, Worklist
from app.operations.documents.read_timeline import read_timeline
from app.operations.instances.read_instance import read_instance
from app.operations.instances.read_variables import read_variables
from app.operations.scenarios.stage import Stage
from app.operations.turn import directory_of, read_environment
from app.persistence import instances, tasks

_ADMINISTRATOR: Final = "adm"
_MISSING: Final = object()


@dataclass(frozen=True, kw_only=True)
class Look:
    """The process instance of a scenario, looked at with the eyes of an administrator."""

    stage: Stage
    environment_id: int
    instance_id: str
    document_id: str | None

    def worklist(self) -> dict[str, list[str]]:
        """Return who has which open user tasks of the instance, by user name; element ids."""
        with self.stage.system.database.read() as reading:
            directory = directory_of(self.stage.system, reading, read_environment(reading, self.environment_id))
            elements = {row.id: row.element for row in tasks.tasks_of_instance(reading, self.instance_id, status="open")}
            found: dict[str, list[str]] = {}
            for row in tasks.assignments_of_instance(reading, self.instance_id):
                if row.status == "open" and row.task_id in elements:
                    found.setdefault(directory.get(row.user_id).username, []).append(elements[row.task_id])
        return {who: sorted(set(elements)) for who, elements in sorted(found.items())}

    def worklist_text(self) -> str:
        """Return the worklist as a sentence without a full stop."""
        there = self.worklist()
        if not there:
            return "nobody has an open task"
        return "; ".join(f"{who} has {', '.join(elements)}" for who, elements in there.items())

    def worklist_fault(self, step: Worklist) -> str | None:
        """Return in what the worklist differs from the expected one."""
        expected = {who: sorted(elements) for who, elements in step.expected.items()}
        if self.worklist() == expected:
            return None
        said = " and ".join(f"{who} to have {', '.join(elements)}" for who, elements in expected.items()) or "nobody to have an open task"
        return f"expected {said}, but {self.worklist_text()}."

    def task_at(self, element: str) -> str | None:
        """Return the id of the open task of an element, else of the newest one there was."""
        with self.stage.system.database.read() as reading:
            rows = [row for row in tasks.tasks_of_instance(reading, self.instance_id) if row.element == element]
        rows.sort(key=lambda row: (row.status == "open", row.created_at, row.id))
        return rows[-1].id if rows else None

    def mail_fault(self, step: ExpectMail, seen: set[int]) -> str | None:
        """Return which mail is missing, and note those found in `seen`."""
        there = [number for number, mail in enumerate(self.stage.mails) if number not in seen]
        fitting = [number for number in there if self._fits(number, step)]
        if len(fitting) < step.count:
            what = f"{step.count} mails" if step.count > 1 else "a mail"
            about = f' with "{step.subject}" in its subject' if step.subject else ""
            return f"expected {what} to {step.to}{about}, but there {self._mails_text(there)}."
        seen.update(fitting[: step.count])
        return None

    def no_mail_fault(self, seen: set[int]) -> str | None:
        """Return which mails nobody asked for."""
        there = [number for number in range(len(self.stage.mails)) if number not in seen]
        return f"expected no other mail, but there {self._mails_text(there)}." if there else None

    def _fits(self, number: int, step: ExpectMail) -> bool:
        mail = self.stage.mails[number]
        return mail["To"].partition("@")[0] == step.to and (step.subject or "") in mail["Subject"]

    def _mails_text(self, numbers: Sequence[int]) -> str:
        if not numbers:
            return "was none"
        mails = (self.stage.mails[number] for number in numbers)
        return "was " + "; ".join(f'one to {mail["To"]}, "{mail["Subject"]}"' for mail in mails)

    def path(self) -> tuple[str, ...]:
        """Return the elements that were finished, in order."""
        with self.stage.system.database.read() as reading:
            return tuple(row.element for row in instances.ended_elements(reading, self.instance_id) if row.state == "completed")

    def state_fault(self, step: Expect) -> str | None:
        """Return in what the instance differs from what is expected of it."""
        instance = read_instance(self.stage.system, self.stage.caller(_ADMINISTRATOR), self.instance_id).body
        if step.end is not None and (instance["status"], instance["outcome"]) != ("completed", step.end):
            return f'expected the end "{step.end}", but {self._state_text(instance)}.'
        if step.status is not None and instance["status"] != step.status:
            return f"expected the status {step.status}, but {self._state_text(instance)}."
        return self._incident_fault(step, instance) or self._variables_fault(step) or self._path_fault(step) or self._timeline_fault(step)

    def _state_text(self, instance: Mapping[str, Any]) -> str:
        if instance["status"] == "completed":
            return f'it ended at "{instance["outcome"]}"'
        incidents = "; ".join(f"{each['element']}: {each['detail']} ({each['code']})" for each in instance["incidents"])
        if incidents:
            return f"it is stuck: {incidents}"
        return f"it is {instance['status']} and {self.worklist_text()}"

    def _incident_fault(self, step: Expect, instance: Mapping[str, Any]) -> str | None:
        if step.incident is None and step.element is None:
            return None
        fitting = [
            each for each in instance["incidents"] if step.incident in {None, each["code"]} and step.element in {None, each["element"]}
        ]
        what = " ".join(filter(None, (step.incident, f"at {step.element}" if step.element else None)))
        return None if fitting else f"expected the incident {what}, but {self._state_text(instance)}."

    def _variables_fault(self, step: Expect) -> str | None:
        if not step.variables:
            return None
        variables = read_variables(self.stage.system, self.stage.caller(_ADMINISTRATOR), self.instance_id).body
        for path, expected in step.variables.items():
            actual = _value_at(variables, path)
            if actual is _MISSING:
                return f"expected {path} to be {_show(expected)}, but there is no such variable."
            if not _is_same(actual, expected):
                return f"expected {path} to be {_show(expected)}, but it is {_show(actual)}."
        return None

    def _path_fault(self, step: Expect) -> str | None:
        taken = iter(self.path()) if step.path else iter(())
        for element in step.path:
            if element not in taken:
                return (
                    f"expected {element} to be finished"
                    + (f" after {_before(step.path, element)}" if element != step.path[0] else "")
                    + ", but it was not."
                )
        return None

    def _timeline_fault(self, step: Expect) -> str | None:
        if not step.timeline:
            return None
        if self.document_id is None:
            return "expected a timeline, but there is no document."
        items = read_timeline(self.stage.system, self.stage.caller(_ADMINISTRATOR), self.document_id).body["items"]
        texts = [item["text"] for item in items]
        missing = next((words for words in step.timeline if not any(words in text for text in texts)), None)
        return None if missing is None else f'expected "{missing}" in the timeline, but it says: {" ".join(texts)}'


def _before(path: Sequence[str], element: str) -> str:
    return path[path.index(element) - 1]


def _value_at(value: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(value, Mapping) or name not in value:
            return _MISSING
        value = value[name]
    return value


def _is_same(actual: Any, expected: Any) -> bool:
    """Compare values as an analyst reads them: a number equals its text, since exact numbers may be written as texts."""
    if isinstance(expected, bool) or isinstance(actual, bool):
        return actual is expected
    if isinstance(expected, int | float) and not isinstance(actual, Mapping | list):
        return str(actual) == str(expected)
    return bool(actual == expected)


def _show(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)
