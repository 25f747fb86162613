"""Requests and answers about the settings of an environment."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from app.http.faults import Fault
from app.http.schemas.common import Request, code_text, next_cursor

TEXT_LENGTH_MAX = 200
SETTINGS_MAX = 100


class SettingValueField(fields.Field[Any]):
    """True, false, a whole number or a short text."""

    def _deserialize(self, value: Any, *_place: Any, **_context: Any) -> bool | int | str:
        if isinstance(value, bool | int) or (isinstance(value, str) and len(value) <= TEXT_LENGTH_MAX):
            return value
        raise ValidationError(Fault("Expected true, false, a whole number or a short text."))


class ChangedSetting(Request):
    """Another value of one setting."""

    key = code_text(required=True)
    value = SettingValueField(required=True)


class ChangeSettings(Request):
    """Other values of settings; what is not named stays."""

    settings = fields.List(
        fields.Nested(ChangedSetting),
        required=True,
        validate=[validate.Length(min=1, max=SETTINGS_MAX, error="Expected 1 to 100 settings.")],
    )


class EnvironmentSetting(Schema):
    """A setting of the environment."""

    key = fields.String(required=True)
    value = fields.Raw(required=True, metadata={"description": "What counts now."})
    default = fields.Raw(required=True, metadata={"description": "What counts where nothing is set."})
    description = fields.String(required=True)
    least = fields.Integer(required=True, allow_none=True)
    most = fields.Integer(required=True, allow_none=True)
    choices = fields.List(fields.Raw(), required=True, metadata={"description": "The values that it takes; empty when there are others."})


class EnvironmentSettings(Schema):
    """Every setting of the environment."""

    items = fields.List(fields.Nested(EnvironmentSetting), required=True)
    next_cursor = next_cursor()
