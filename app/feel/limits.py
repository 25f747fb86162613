"""The bounds of every text and every evaluation.

A step is one iteration of a loop, one function call, or a few cells of a list or characters of a text made by a builtin. The bounds
hold together: 500,000 steps end within about a second and below 200 MB.
"""

from typing import Final

TEXT_MAX: Final = 100_000  # characters of one expression
DEPTH_MAX: Final = 100  # nested brackets, function bodies and conditions of one expression
CHAIN_MAX: Final = 2_000  # operators of one chain such as a + b + c
POSTFIX_MAX: Final = 100  # .a.b.c or [1][2] after one operand
STEPS_MAX: Final = 500_000
CALLS_MAX: Final = 200  # calls of functions that are open at once
LIST_MAX: Final = 200_000  # items of one list
STRING_MAX: Final = 1_000_000  # characters of one string
ANSWER_MAX: Final = 500_000  # values within one JSON answer
NESTING_MAX: Final = 100  # lists and contexts within each other in JSON
CELLS_PER_STEP: Final = 8
CHARACTERS_PER_STEP: Final = 32
PATTERN_MAX: Final = 1_000  # characters of a regular expression
PATTERN_STATES_MAX: Final = 5_000
WARNINGS_MAX: Final = 50
