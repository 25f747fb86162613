"""The settings of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.domain.environment_settings import SECURITY_LEVELS, SETTINGS, Setting, SettingValue
from app.domain.people import ADMINISTRATOR
from app.operations.settings.change_settings import change_settings
from app.operations.settings.read_settings import read_settings
from app.web.context import caller, new_key, render_part, request_key
from app.web.formatting import words
from app.web.forms import NOTHING_SENT, Sent, answer_form, perform, ticked, typed

SHOWN = "shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One setting with its field: a switch, a number, a list or boxes."""

    key: str
    field: str
    description: str
    kind: str
    value: SettingValue
    default: str
    least: int | None
    most: int | None
    options: tuple[tuple[str, str], ...]


def add_setting_routes(blueprint: Blueprint) -> None:
    """Add the page of the settings."""
    blueprint.add_url_rule("/settings", "settings", show_settings)
    blueprint.add_url_rule("/settings", "change_settings", change_all, methods=["POST"])


def show_settings(sent: Sent = NOTHING_SENT) -> str:
    """Show every setting under the first word of its key; who may not change them reads them."""
    rows = [_show(item) for item in perform(read_settings)["items"]]
    titles = dict.fromkeys(row.key.partition(".")[0] for row in rows)
    groups = [(title, [row for row in rows if row.key.partition(".")[0] == title]) for title in titles]
    return render_part(
        "settings/settings.html", area="settings", groups=groups, may_change=caller().has_role(ADMINISTRATOR), sent=sent, key=new_key
    )


def change_all() -> BaseResponse:
    """Store the settings that the form showed."""
    keys = [key for key in ticked(SHOWN) if key in SETTINGS]

    def change() -> str:
        perform(change_settings, settings=[{"key": key, "value": _typed(SETTINGS[key])} for key in keys], request=request_key())
        return "The settings are saved."

    names = {f"settings[{index}].value": key for index, key in enumerate(keys)}
    return answer_form("settings", change, target=url_for("web.settings"), show=show_settings, names=names)


def _show(item: Mapping[str, Any]) -> SettingRow:
    setting = SETTINGS[item["key"]]
    kind = "switch" if isinstance(setting.default, bool) else "list" if setting.choices else "boxes" if setting.words else "number"
    levels = {str(level): name for level, name in SECURITY_LEVELS.items()}
    options = [(str(choice), f"{choice} {levels.get(str(choice), '')}".strip()) for choice in setting.choices]
    options += [(word, words(word)) for word in sorted(setting.words)]
    return SettingRow(
        key=setting.key,
        field=setting.key,
        description=setting.description,
        kind=kind,
        value=item["value"],
        default=_say(setting, dict(options)),
        least=setting.least,
        most=setting.most,
        options=tuple(options),
    )


def _say(setting: Setting, options: Mapping[str, str]) -> str:
    if isinstance(setting.default, bool):
        return "on" if setting.default else "off"
    return options.get(str(setting.default), str(setting.default)) or "none"


def _typed(setting: Setting) -> SettingValue:
    """Return what was chosen for a setting, in its type; a number that is none stays a text, which the operation refuses."""
    if isinstance(setting.default, bool):
        return setting.key in request.form
    if setting.words:
        return " ".join(ticked(setting.key))
    text = typed(setting.key, length_max=200)
    if isinstance(setting.default, int):
        return int(text) if text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 10 else text
    return text
