"""The lines of an approval rule as they are kept."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.money import parse_amount
from app.persistence.matrix_content import Value, limit_order, plain_amount


def plain_limits(limits: Iterable[Mapping[str, Any]]) -> list[Value]:
    """Return the lines in their order, amounts without needless zeros, so that the same authority is the same value."""
    plain = [
        {
            "company": limit["company"],
            "currency": limit["currency"],
            "amount": None if limit["amount"] is None else plain_amount(parse_amount(limit["amount"])),
            "unlimited": limit["unlimited"],
        }
        for limit in limits
    ]
    return sorted(plain, key=limit_order)
