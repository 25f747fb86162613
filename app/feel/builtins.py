"""The table of all builtin functions."""

from typing import Final

from app.feel import (
    builtins_contexts,
    builtins_conversion,
    builtins_lists,
    builtins_numbers,
    builtins_ranges,
    builtins_strings,
    builtins_temporal,
)
from app.feel.functions import Builtin

BUILTINS: Final[dict[str, Builtin]] = {
    builtin.name: builtin
    for module in (
        builtins_conversion,
        builtins_strings,
        builtins_lists,
        builtins_numbers,
        builtins_temporal,
        builtins_ranges,
        builtins_contexts,
    )
    for builtin in module.BUILTINS
}
