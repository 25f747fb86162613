"""What an environment may set about reading UBL documents."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from app.formats.ubl_checks import TAX_TOLERANCE
from app.formats.ubl_path import compile_path

BYTES_MAX: Final = 10 * 1024 * 1024
LINES_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class UblSettings:
    """Bounds, paths and rules of reading.

    `parameter_3_path` and `parameter_4_path` are restricted paths (see compile_path), from the line, or from the document when
    they start with "/". `order_number_placeholders` are texts that count as no order number, compared without case.
    `order_number_on_lines` also looks at OrderLineReference/OrderReference/ID. `period_earliest_on` and `period_latest_on` are the
    window of invoice periods. Raises ValueError on a path that is not of the restricted form.
    """

    bytes_max: int = BYTES_MAX
    lines_max: int = LINES_MAX
    parameter_3_path: str | None = None
    parameter_4_path: str | None = None
    order_number_placeholders: tuple[str, ...] = ("NA",)
    order_number_on_lines: bool = False
    period_earliest_on: date | None = None
    period_latest_on: date | None = None
    tax_tolerance: Decimal = TAX_TOLERANCE

    def __post_init__(self) -> None:
        for path in (self.parameter_3_path, self.parameter_4_path):
            if path is not None:
                compile_path(path)
