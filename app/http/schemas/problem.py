"""The problem detail that every refusal is."""

from marshmallow import Schema, fields


class FieldFault(Schema):
    """One faulty field."""

    pointer = fields.String(metadata={"description": "JSON pointer into the request body, such as `#/lines/0/amount`."})
    parameter = fields.String(metadata={"description": "Name of the query parameter."})
    code = fields.String(required=True, metadata={"description": "`missing`, `null`, `unknown_field`, `money_as_number`, `invalid`"})
    detail = fields.String(required=True)


class Problem(Schema):
    """A refusal as RFC 9457 describes it, with the facts of the case as further members."""

    type = fields.String(
        required=True, metadata={"description": "Address of the page that explains this kind of problem.", "format": "uri-reference"}
    )
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(metadata={"description": "This case, for the user. Absent from a 500."})
    instance = fields.String(required=True, metadata={"description": "The request id; the log knows it too."})
    errors = fields.List(fields.Nested(FieldFault), metadata={"description": "Every faulty field of an invalid request."})
    diagnostics = fields.List(fields.Dict(), metadata={"description": "Every fault of a model."})
