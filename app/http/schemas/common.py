"""What the schemas of several areas share."""

from marshmallow import RAISE, Schema, fields

from app.http.fields import Contract, Count, MoneyValue, Text

LIMIT_MAX = 200
LIMIT_DEFAULT = 50


class Request(Contract):
    """A request body or query whose unknown fields are refused."""

    class Meta:
        """Refuse unknown fields."""

        unknown = RAISE


class Page(Request):
    """Which part of a list is wanted."""

    limit = Count(least=1, most=LIMIT_MAX, load_default=LIMIT_DEFAULT, metadata={"description": "How many items at most."})
    cursor = Text(
        length_min=1,
        length_max=500,
        pattern=r"[A-Za-z0-9._~=:-]+",
        metadata={"description": "`next_cursor` of the answer before; leave it out for the first page."},
    )


def code_text(**options: object) -> Text:
    """Return the field of a short key, such as a cost center or a company."""
    return Text(length_min=1, length_max=64, **options)  # type: ignore[arg-type]  # options of marshmallow's field


def id_text(description: str, *, required: bool = True) -> fields.String:
    """Return the answer field of an id."""
    return fields.String(required=required, metadata={"format": "uuid", "description": description})


def next_cursor() -> fields.String:
    """Return the answer field that leads to the next page."""
    return fields.String(required=True, allow_none=True, metadata={"description": "Give it as `cursor` to read on; null at the end."})


class DefinitionVersion(Schema):
    """A version of a process definition."""

    key = fields.String(required=True)
    version = fields.Integer(required=True)


class Person(Schema):
    """Somebody who uses Countersign."""

    username = fields.String(required=True)
    full_name = fields.String(required=True)


class DocumentReference(Schema):
    """What rows show of their document."""

    id = id_text("The document's id.")
    number = fields.String(required=True)
    kind = fields.String(required=True)
    currency = fields.String(required=True)
    total = MoneyValue(required=True)
    seller = fields.String(required=True, allow_none=True)
