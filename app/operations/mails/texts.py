"""The texts of mails by language: files beside this one, read once, and what may stand in them."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.money import amount_text

LANGUAGE = "en"
SUBJECT_LENGTH_MAX = 200
TEXT_LENGTH_MAX = 4000

_FOLDER = Path(__file__).with_name("texts")
_PLACEHOLDER = re.compile(r"\$\{([a-z_]*)\}")
_OF_TASK = ("name", "document", "task", "why", "due")
_ALWAYS = ("name",)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailText:
    """Subject and text of a mail, with placeholders such as `${document}`."""

    subject: str
    text: str

    @property
    def placeholders(self) -> frozenset[str]:
        """The names of all placeholders in it."""
        return frozenset(_PLACEHOLDER.findall(f"{self.subject} {self.text}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The texts of one language, and how it writes amounts and dates."""

    key: str
    templates: Mapping[str, MailText]
    words: Mapping[str, str]
    steps: Mapping[str, str]
    format: Mapping[str, Any]

    def amount(self, amount: Decimal, currency: str) -> str:
        """Return "12,000.00 EUR" as this language writes it."""
        whole, point, decimals = amount_text(amount, currency).partition(".")
        grouped = f"{int(whole):,}".replace(",", self.format["thousands"])
        sign = "-" if whole == "-0" else ""  # which has no sign as a number
        return f"{sign}{grouped}{self.format['point'] if point else ''}{decimals} {currency}"

    def instant(self, at: datetime, zone: ZoneInfo) -> str:
        """Return "Monday 2 November 2026, 17:00" in local time."""
        local = at.astimezone(zone)
        parts = {
            "weekday": self.format["weekdays"][local.weekday()],
            "day": str(local.day),
            "month": self.format["months"][local.month - 1],
            "year": str(local.year),
            "time": f"{local:%H:%M}",
        }
        return fill(self.format["date"], parts)

    def step(self, step: str | None) -> str:
        """Return an approval step in words."""
        return self.steps.get(step or "", step or self.words["task"])


PLACEHOLDERS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("status", "status_contact"), (*_ALWAYS, "document", "status")),
    "digest": (*_ALWAYS, "count", "tasks"),
    "matrix_review": (*_ALWAYS, "document", "actor"),
    "standing_in": (*_ALWAYS, "why"),
    "activation": (*_ALWAYS, "username", "days"),
    **dict.fromkeys(("locked_out", "password_reset", "password_changed", "pin_locked", "pin_reset"), _ALWAYS),
}
"""What may stand in the texts of a template; in those that are not named, what a task has."""


def placeholders_of(template: str) -> tuple[str, ...]:
    """Return the names of the placeholders that a template knows."""
    return PLACEHOLDERS.get(template, _OF_TASK)


def faults_of(text: str, *, known: Collection[str]) -> list[str]:
    """Return what is wrong with the placeholders of a text: those that are not known, and what begins like one and is none."""
    named = _PLACEHOLDER.findall(text)
    faults = [f"There is no ${{{name}}} here." for name in dict.fromkeys(named) if name not in known]
    if text.count("${") != len(named):
        faults.append("A placeholder is written as ${name}, in small letters.")
    listed = ", ".join(f"${{{name}}}" for name in known)
    return [f"{fault} Known are: {listed}." for fault in faults]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its placeholders replaced, once: what a value says is never looked at; what is not known is left out."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), text)


def languages() -> tuple[str, ...]:
    """Return the languages that there are texts in."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def language_of(wanted: str | None) -> Language:
    """Return the texts in a language such as `nl` or `nl-BE`, in English when there are none."""
    key = (wanted or LANGUAGE).partition("-")[0]
    return _read(key if key in languages() else LANGUAGE)


@cache
def _read(key: str) -> Language:
    content = tomllib.loads((_FOLDER / f"{key}.toml").read_text(encoding="utf-8"))
    return Language(
        key=key,
        templates={name: MailText(subject=each["subject"], text=each["text"].strip()) for name, each in content["templates"].items()},
        words=content["words"],
        steps=content["steps"],
        format=content["format"],
    )
