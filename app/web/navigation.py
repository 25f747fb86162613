"""The main menu: which pages there are, and for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.people import ADMINISTRATOR
from app.domain.roles import KEEPERS as KEEPERS_OF_USERS
from app.operations.answer import Caller
from app.operations.calendars.changing import KEEPERS as KEEPERS_OF_CALENDARS
from app.operations.groups.keeping import READERS as READERS_OF_GROUPS
from app.operations.settings.read_settings import READERS as READERS_OF_SETTINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A page in the menu; `letter` leads to it after g, and without `roles` everybody may see it."""

    area: str
    endpoint: str
    icon: str
    label: str
    letter: str = ""
    roles: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A part of the menu under a title; the first has none."""

    title: str
    entries: Sequence[Entry]


MENU = (
    Section(
        title="",
        entries=(
            Entry(area="inbox", endpoint="web.inbox", icon="inbox", label="Inbox", letter="i"),
            Entry(area="documents", endpoint="web.documents", icon="file-text", label="Documents"),
            Entry(area="instances", endpoint="web.instances", icon="workflow", label="Process instances", letter="p"),
        ),
    ),
    Section(
        title="Administration",
        entries=(
            Entry(area="people", endpoint="web.people", icon="users", label="People", letter="u", roles=KEEPERS_OF_USERS),
            Entry(area="groups", endpoint="web.groups", icon="user-check", label="Groups", roles=frozenset(READERS_OF_GROUPS)),
            Entry(area="calendars", endpoint="web.calendars", icon="calendar", label="Calendars", roles=frozenset(KEEPERS_OF_CALENDARS)),
            Entry(
                area="partnerships",
                endpoint="web.partnerships",
                icon="link-2",
                label="Partnerships",
                roles=frozenset({ADMINISTRATOR}),
            ),
            Entry(area="settings", endpoint="web.settings", icon="settings-2", label="Settings", roles=frozenset(READERS_OF_SETTINGS)),
        ),
    ),
)


def menu_values(caller: Caller | None) -> dict[str, Any]:
    """Return what the shell shows of the menu: its sections, and the keys that lead to its pages."""
    menu = [] if caller is None else menu_of(caller)
    keys = [(f"g {entry.letter}", entry.label) for section in menu for entry in section.entries if entry.letter]
    return {"menu": menu, "menu_keys": keys}


def menu_of(caller: Caller) -> list[Section]:
    """Return the menu of the caller; sections without entries are left out."""
    sections = [Section(title=each.title, entries=[entry for entry in each.entries if _may_see(caller, entry)]) for each in MENU]
    return [section for section in sections if section.entries]


def _may_see(caller: Caller, entry: Entry) -> bool:
    return entry.roles is None or caller.has_role(*entry.roles)
