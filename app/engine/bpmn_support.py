"""What of BPMN the engine does not run as the standard says: the one list, for refusals, for checks and for `processes/README.md`.

Everything else that can stand in an executable process runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """A construct that is refused, with the way around it."""

    code: str
    construct: str
    remedy: str


UNSUPPORTED: Final = (
    Unsupported(
        code="choreography",
        construct="A choreography",
        remedy="Draw the process of one participant.",
    ),
    Unsupported(
        code="script_language",
        construct="A script in another language than FEEL, or without a script format",
        remedy='Set scriptFormat to "feel" and write the script as one FEEL expression.',
    ),
    Unsupported(
        code="expression_language",
        construct="An expression in another language than FEEL",
        remedy="Write the expression in FEEL, and take the language away.",
    ),
    Unsupported(
        code="pre_script",
        construct="A script before or after an activity",
        remedy="Put the expression into a script task of its own, with FEEL as its script format.",
    ),
    Unsupported(
        code="data_store",
        construct="A data store that an activity reads or writes",
        remedy="Read and write it in a service task.",
    ),
    Unsupported(
        code="complex_gateway_condition",
        construct="A complex gateway with several incoming flows and no activation condition",
        remedy="Write an activationCondition such as activationCount >= 2.",
    ),
    Unsupported(
        code="behavior_event",
        construct="A multi-instance that throws something else than a signal, message, escalation or error",
        remedy="Let it throw a signal, message, escalation or error.",
    ),
    Unsupported(
        code="process_not_executable",
        construct="A file without exactly one executable process that no other calls",
        remedy='Set isExecutable="true" on the process that is meant.',
    ),
)
BY_CODE: Final[Mapping[str, Unsupported]] = MappingProxyType({each.code: each for each in UNSUPPORTED})
