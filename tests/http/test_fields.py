"""Each field accepts what it says and names what it refuses."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from marshmallow import ValidationError

from app.http import fields
from app.http.faults import Fault
from app.http.schemas.documents import JsonDocument, LineCoding


def codes(found: pytest.ExceptionInfo[ValidationError]) -> list[str]:
    """Return the code of each fault."""
    messages: Any = found.value.messages
    texts = messages if isinstance(messages, list) else [text for each in messages.values() for text in each]
    return [text.code if isinstance(text, Fault) else "invalid" for text in texts]


@pytest.mark.parametrize("value", [1250, 12.5, Decimal("12.50"), 0])
def test_a_number_is_never_money(value: object) -> None:
    """Money in JSON is a decimal string; a number has its own fault."""
    for field in (fields.AmountText(), fields.LineAmount(), fields.MoneyValue()):
        with pytest.raises(ValidationError) as found:
            field.deserialize(value)
        assert codes(found) == ["money_as_number"]


def test_money_names_each_faulty_member() -> None:
    with pytest.raises(ValidationError) as found:
        fields.MoneyValue().deserialize({"amount": 3, "curency": "EUR"})

    assert sorted(codes(found)) == ["missing", "money_as_number", "unknown_field"]


@pytest.mark.parametrize("value", ["{}", "{{{}}}", "urn:uuid:{}"])
@pytest.mark.parametrize("change", [str, str.upper, lambda text: text.replace("-", "")])
def test_an_id_is_read_as_its_canonical_text_however_it_is_written(value: str, change: Any) -> None:
    canonical = "0190a000-0000-7000-8000-00000000000a"

    assert fields.Id().deserialize(value.format(change(canonical))) == canonical


@pytest.mark.parametrize("value", ["", "0190a000-0000-7000-8000-00000000000a\n", "0190a000-0000-7000-8000-00000000000", 5, [], b""])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        fields.Id().deserialize(value)


@pytest.mark.parametrize("value", ["1250.00", "-3", "0.0001"])
def test_a_line_amount_is_a_string_or_money(value: str) -> None:
    assert fields.LineAmount().deserialize(value) == value
    assert fields.LineAmount().deserialize({"amount": value, "currency": "EUR"}) == {"amount": value, "currency": "EUR"}


@pytest.mark.parametrize("value", ["1e5", "NaN", "1,250.00", "", " 1", "1 ", "٣", True, None, [], "1" * 19])
def test_other_text_is_no_amount(value: object) -> None:
    with pytest.raises(ValidationError):
        fields.AmountText().deserialize(value)


@pytest.mark.parametrize(
    "value", ["2026-02-30", "02-11-2026", "2026-11-02T00:00:00Z", 20261102, "2026-11-2", "0001-01-01", "9999-12-31", "٢٠٢٦-11-02"]
)
def test_a_date_that_does_not_exist_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        fields.Day().deserialize(value)


def test_a_date_is_read() -> None:
    assert fields.Day().deserialize("2026-11-02") == date(2026, 11, 2)


def test_an_instant_needs_its_offset() -> None:
    assert fields.Instant().deserialize("2026-11-02T09:00:00+01:00") == datetime(2026, 11, 2, 8, tzinfo=UTC)

    for naive in ("2026-11-02T09:00:00", "2026-11-02", "0001-01-01T00:00:00+14:00", 5):
        with pytest.raises(ValidationError):
            fields.Instant().deserialize(naive)


@pytest.mark.parametrize("value", ["a\x00b", "a\x1bb", 5, None, "x" * 4001])
def test_text_without_control_characters(value: object) -> None:
    with pytest.raises(ValidationError):
        fields.Text().deserialize(value)


def test_text_keeps_line_breaks_and_languages() -> None:
    assert fields.Text().deserialize("één\nregel\tž") == "één\nregel\tž"


@pytest.mark.parametrize("value", ["201", "0", "-1", "1.0", "ten", 1.0, True, "9" * 30, 10**40])
def test_a_count_stays_within_its_bounds(value: object) -> None:
    with pytest.raises(ValidationError):
        fields.Count(least=1, most=200).deserialize(value)


def test_an_object_is_bounded_in_depth_and_size() -> None:
    deep: Any = "leaf"
    for _ in range(30):
        deep = {"deeper": deep}

    values: list[Any] = [deep, {"many": list(range(20_000))}, [], "text"]
    for value in values:
        with pytest.raises(ValidationError):
            fields.Object().deserialize(value)
    assert fields.Object().deserialize({"amount": Decimal("0.1")}) == {"amount": Decimal("0.1")}


@pytest.mark.parametrize("value", ["Acme", {"name": "Acme", "legal_id": "12345678"}, None])
def test_a_seller_is_a_name_or_an_object(value: object) -> None:
    assert JsonDocument(partial=True).load({"seller": value}) == {"seller": value}


def test_a_seller_has_no_unknown_members() -> None:
    with pytest.raises(ValidationError):
        JsonDocument(partial=True).load({"seller": {"nickname": "A"}})


def test_only_the_codes_that_were_sent_are_passed_on() -> None:
    """Coding changes what is named and leaves the rest. Source: COD-02."""
    assert LineCoding().load({"id": "1", "cost_center": None}) == {"id": "1", "cost_center": None}
