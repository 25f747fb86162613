r"""FEEL, the Friendly Enough Expression Language of DMN 1.3 to 1.5 (chapter 10): parsed once, compiled to closures, bounded.

    expression = compile_expression("amount > 1000 and category = \"travel\"", names=("amount", "category"))
    expression.value({"amount": Decimal("1250.00"), "category": "travel"})

Pure standard library. README.md says what is covered.
"""

from app.feel.api import (
    Evaluation,
    Expression,
    UnaryTests,
    begin_evaluation,
    compile_expression,
    compile_unary_tests,
)
from app.feel.errors import FeelError, FeelLimitExceeded, FeelSyntaxError, FeelValueError

__all__ = [
    "Evaluation",
    "Expression",
    "FeelError",
    "FeelLimitExceeded",
    "FeelSyntaxError",
    "FeelValueError",
    "UnaryTests",
    "begin_evaluation",
    "compile_expression",
    "compile_unary_tests",
]
