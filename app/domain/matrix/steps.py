"""The five approval steps, in the order in which they are taken (MXS-01)."""

from enum import StrEnum


class Step(StrEnum):
    """One approval step; `order` gives its place, `label` its name in a sentence."""

    SECRETARY = "secretary"
    FIRST_LINE = "first_line"
    SECOND_LINE = "second_line"
    FIRST_OVERALL = "first_overall"
    SECOND_OVERALL = "second_overall"

    @property
    def order(self) -> int:
        """Return 0 for secretary up to 4 for second overall."""
        return _ORDER[self]

    @property
    def label(self) -> str:
        """Return the name as it stands in a sentence, such as "first line"."""
        return STEP_LABELS[self.order]

    @property
    def is_overall(self) -> bool:
        """Whether one person signs the transaction as a whole in this step."""
        return self in OVERALL_STEPS


STEPS = tuple(Step)
LINE_STEPS = (Step.SECRETARY, Step.FIRST_LINE, Step.SECOND_LINE)
OVERALL_STEPS = (Step.FIRST_OVERALL, Step.SECOND_OVERALL)
STEPS_BY_NAME = {step.value: step for step in STEPS}
_ORDER = {step: place for place, step in enumerate(STEPS)}
STEP_LABELS = tuple(step.value.replace("_", " ") for step in STEPS)
"""The names of the steps as they stand in a sentence, in their order."""
