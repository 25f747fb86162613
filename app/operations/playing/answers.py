"""What a play answers in place of people, services and decisions."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, Final

from app.domain.errors import DecisionError, InvalidInput, ServiceTaskFailed
from app.engine import PENDING, DecisionAnswer, DecisionCall, Definition, ServiceCall
from app.formats.play_json import Question
from app.operations.playing.library import Library
from app.operations.services import SERVICES

NOTHING: Final = object()
"""There is no answer (any more), which is not the answer null."""


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers of a question, and how many visits of each element have had theirs."""

    question: Question
    library: Library
    visits: Counter[str] = field(default_factory=Counter)

    def take(self, element: str) -> Any:
        """Return the answer of the next visit of an element, or NOTHING."""
        answer = self.question.answers.get(element, NOTHING)
        if not isinstance(answer, list):
            return answer
        visit = self.visits[element]
        self.visits[element] += 1
        return answer[visit] if visit < len(answer) else NOTHING

    def take_outputs(self, element: str) -> Mapping[str, Any]:
        """Return what somebody enters when he completes a user task: nothing, when nothing is said.

        Raises:
            InvalidInput: the answer is no object.
        """
        answer = self.take(element)
        if answer is NOTHING or answer is None:
            return {}
        if not isinstance(answer, Mapping):
            raise InvalidInput(reason=f'the answer of the user task {element} must be an object, such as {{"outcome": "approved"}}')
        return answer

    def serve(self, call: ServiceCall) -> Any:
        """Return what a service task returns; one that is held waits.

        Raises:
            ServiceTaskFailed: there is no answer, and without the database no service.
        """
        element = call.element.id
        if element in self.question.hold:
            return PENDING
        answer = self.take(element)
        if answer is not NOTHING:
            return answer
        if call.operation in SERVICES:
            reason = f"{call.operation} needs the database; give the play an answer for {element}"
        elif call.operation == element:
            reason = f"it names no operation; give the play an answer for {element}"
        else:
            reason = f"no service named {call.operation} is registered; give the play an answer for {element}"
        raise ServiceTaskFailed(element=element, reason=reason)

    def decide(self, call: DecisionCall, *, now: datetime, zone: tzinfo) -> DecisionAnswer:
        """Return what a business rule task is told: its answer, else what the decision of the files gives.

        Raises:
            DecisionError: there is neither, or the decision cannot be evaluated.
        """
        answer = self.take(call.element.id)
        if answer is not NOTHING:
            return DecisionAnswer(outputs=answer)
        found = self.library.decision(call.decision)
        if found is None:
            reason = f"no DMN file of the play has it; add the file, or give the play an answer for {call.element.id}"
            raise DecisionError(decision=call.decision, reason=reason)
        model, decision = found
        result = model.evaluate(decision, call.variables, now=now, zone=zone)
        return DecisionAnswer(outputs=result.outputs, matched_rules=result.matched_rules, warnings=result.warnings)

    def unknown(self, definition: Definition) -> Iterator[str]:
        """Yield a warning for each answer and each hold of an element that is not there: a misspelt id would do nothing."""
        for name in (*self.question.answers, *sorted(self.question.hold)):
            if definition.element(name) is None:
                yield f"{definition.key} has no element {name}, so what is said about it has no effect."


class Services(Mapping[str, Callable[[ServiceCall], Any]]):
    """Every operation there could be, each answered by the play."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def __getitem__(self, name: str) -> Callable[[ServiceCall], Any]:
        """Return the service, whatever its name."""
        return self._answers.serve

    def __iter__(self) -> Iterator[str]:
        """Yield the names that are registered."""
        return iter(SERVICES)

    def __len__(self) -> int:
        """Return how many are registered."""
        return len(SERVICES)
