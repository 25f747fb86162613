"""The settings of the caller's environment."""

from collections.abc import Mapping

from app.domain.environment_settings import SETTINGS, SettingValue, values_in_force
from app.domain.people import ADMINISTRATOR, APPLICATION_MANAGER
from app.operations.answer import Answer, Caller, JsonObject, page
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence import settings

READERS = (ADMINISTRATOR, APPLICATION_MANAGER)


def read_settings(system: System, caller: Caller) -> Answer:
    """Return every setting with its value, its default and what it does.

    Raises:
        NotPermitted: the caller administers nothing.
    """
    require_role(caller, *READERS, verb="read the settings")
    with system.database.read() as reading:
        values = values_in_force(settings.read_settings(reading, caller.environment_id))
    return Answer(body=settings_view(values))


def settings_view(values: Mapping[str, SettingValue]) -> JsonObject:
    """Return settings in the form of the API."""
    return page(
        [
            {
                "key": key,
                "value": values[key],
                "default": setting.default,
                "description": setting.description,
                "least": setting.least,
                "most": setting.most,
                "choices": [*setting.choices],
            }
            for key, setting in SETTINGS.items()
        ]
    )
