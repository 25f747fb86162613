"""Other values of settings of the caller's environment."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.environment_settings import SETTINGS, SettingValue, values_in_force
from app.domain.errors import InvalidRequest
from app.domain.people import ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.settings.read_settings import settings_view
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.operations.visibility import require_role
from app.persistence import people
from app.persistence import settings as statements


def change_settings(system: System, caller: Caller, *, settings: Sequence[Mapping[str, Any]], request: RequestKey | None = None) -> Answer:
    """Set settings, all of them or none, and return every setting as it is now; what is not named stays.

    Args:
        system: the clock and the database.
        caller: an administrator.
        settings: `key` and `value` of each.
        request: the key of a request that may be sent again.

    Raises:
        NotPermitted: the caller is no administrator.
        InvalidRequest: a setting that does not exist or is named twice, or a value that it does not take; all faults at once.
    """
    require_role(caller, ADMINISTRATOR, verb="change the settings")
    values = _checked(settings)

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            check_current(caller, read_environment(work, caller.environment_id))
            before = values_in_force(statements.read_settings(work, caller.environment_id))
            changed = {key: value for key, value in values.items() if value != before[key]}
            for key, value in changed.items():
                statements.put_setting(work, caller.environment_id, key, value)
            if changed:
                people.raise_authority_version(work, caller.environment_id)
                entry = AuditEntry(
                    at=system.clock(),
                    kind="settings_changed",
                    text=f"{caller.full_name} changed settings: {', '.join(changed)}.",
                    actor=caller.username,
                    facts={"before": {key: before[key] for key in changed}, "after": changed},
                )
                tell_environment(system, work, caller.environment_id, entry)
            answer = Answer(body=settings_view(before | changed))
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _checked(given: Sequence[Mapping[str, Any]]) -> dict[str, SettingValue]:
    """Return the values by key, or raise InvalidRequest that names every fault of them."""
    values: dict[str, SettingValue] = {}
    faults: dict[str, list[str]] = {}
    for index, each in enumerate(given):
        key, value = each["key"], each["value"]
        setting = SETTINGS.get(key)
        if setting is None:
            faults[f"settings[{index}].key"] = ["There is no such setting. GET /settings lists them."]
        elif key in values:
            faults[f"settings[{index}].key"] = ["This setting is named twice."]
        elif fault := setting.fault(value):
            faults[f"settings[{index}].value"] = [fault]
        else:
            values[key] = value
    if faults:
        raise InvalidRequest(" ".join(f"{place}: {fault}" for place, (fault,) in list(faults.items())[:3]), errors=faults)
    return values
