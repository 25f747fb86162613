"""What an environment has set, read once for each authority version: a change of a setting raises that version."""

from collections.abc import Mapping

from app.domain.environment_settings import SettingValue, values_in_force
from app.operations.system import Environment, System
from app.persistence.database import Reading
from app.persistence.settings import read_settings


def settings_of(system: System, reading: Reading, environment: Environment) -> Mapping[str, SettingValue]:
    """Return the value of every setting of `domain/environment_settings.py` in the environment."""
    key = (environment.id, environment.authority_version)
    return system.settings.get(key, lambda: values_in_force(read_settings(reading, environment.id)))
