"""Matching regular expressions within bounds.

A pattern without repeated groups on a short text goes to Python's `re`, whose work is then bounded by the number of its quantifiers.
Everything else runs on a machine that keeps all possible states at once, in time proportional to pattern times text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from app.feel.env import Env
from app.feel.errors import FeelLimitExceeded
from app.feel.record import Record
from app.feel.regex_machine import Machine
from app.feel.regex_parser import (
    BackReference,
    Characters,
    Choice,
    Edge,
    Group,
    Part,
    PatternError,
    PatternParser,
    Repeat,
    Sequence,
)

__all__ = ["Match", "Pattern", "PatternError", "compile_pattern"]
_WORK_MAX: Final = 1_000_000


class Match(Record):
    """Where a pattern was found; `spans` has the groups, those that took no part as (-1, -1)."""

    text: str
    spans: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        """Offset of the first character."""
        return self.spans[0][0]

    @property
    def end(self) -> int:
        """Offset after the last character."""
        return self.spans[0][1]

    def group(self, number: int) -> str:
        """Return the text of a group; the empty string when it took no part or does not exist."""
        if number >= len(self.spans) or self.spans[number][0] < 0:
            return ""
        first, last = self.spans[number]
        return self.text[first:last]


class Pattern:
    """A compiled pattern."""

    def __init__(self, part: Part, *, groups: int, flags: str) -> None:
        self.groups = groups
        self.literal = "q" in flags
        self._part = part
        self._ignore_case = "i" in flags
        self._machine: Machine | None = None
        text = _python_text(part)
        self._native = None if text is None else re.compile(text, re.IGNORECASE if self._ignore_case else 0)
        self._power = _variable_parts(part) + 1

    def search(self, text: str, start: int, env: Env) -> Match | None:
        """Return the first match at or after `start`."""
        env.charge_text(len(text) - start)
        if self._native is not None and (self._power == 1 or (len(text) - start + 1) ** min(self._power, 8) <= _WORK_MAX):
            found = self._native.search(text, start)
            if found is None:
                return None
            return Match(text=text, spans=tuple(found.span(number) for number in range(self.groups + 1)))
        if self._machine is None:
            if _has_back_reference(self._part):
                raise FeelLimitExceeded("pattern", "a pattern with back-references is too costly for this text")
            self._machine = Machine(self._part, groups=self.groups, ignore_case=self._ignore_case)
        spans = self._machine.search(text, start, env)
        return None if spans is None else Match(text=text, spans=spans)

    def matches(self, text: str, env: Env) -> Iterator[Match]:
        """Yield the matches from left to right."""
        start = 0
        while start <= len(text):
            match = self.search(text, start, env)
            if match is None:
                return
            yield match
            start = max(match.end, start + 1)

    def read_replacement(self, replacement: str) -> list[str | int] | None:
        """Return the texts and group numbers of a replacement, or None when it is none."""
        if self.literal:
            return [replacement]
        parts: list[str | int] = []
        index = 0
        while index < len(replacement):
            character = replacement[index]
            following = replacement[index + 1 : index + 2]
            if character == "\\":
                if following not in ("\\", "$"):
                    return None
                parts.append(following)
                index += 2
            elif character == "$":
                if not (following.isascii() and following.isdigit()):
                    return None
                end = index + 2
                while replacement[end : end + 1].isdigit() and int(replacement[index + 1 : end + 1]) <= self.groups:
                    end += 1
                parts.append(int(replacement[index + 1 : end]))
                index = end
            else:
                parts.append(character)
                index += 1
        return parts


@lru_cache(maxsize=256)
def compile_pattern(pattern: str, flags: str) -> Pattern:
    """Return a pattern of XPath with its flags (s, m, i, x, q) compiled.

    Raises:
        PatternError: it is no such pattern.
        FeelLimitExceeded: it is too long or too deep.
    """
    parser = PatternParser(pattern, flags)
    part = parser.parse()
    return Pattern(part, groups=parser.groups, flags=flags)


def _python_text(part: Part) -> str | None:
    """Return a part in Python's notation; None when Python cannot say it, or could take very long over it."""
    if isinstance(part, Characters):
        return part.characters.python_text()
    if isinstance(part, Edge):
        if part.line:
            return r"(?=\n|\Z)" if part.end else r"(?:\A|(?<=\n)(?!\Z))"
        return r"\Z" if part.end else r"\A"
    if isinstance(part, BackReference):
        return f"(?:\\{part.number})"
    if isinstance(part, Group):
        inner = _python_text(part.part)
        return None if inner is None else f"({inner})"
    if isinstance(part, Repeat):
        inner = _python_text(part.part)
        if inner is None or not (isinstance(part.part, Characters) or (part.least, part.most) == (0, 1)):
            return None
        most = "" if part.most is None else part.most
        return f"(?:{inner}){{{part.least},{most}}}{'' if part.greedy else '?'}"
    assert isinstance(part, (Sequence, Choice)), "these are all the parts"
    texts = [_python_text(child) for child in part.parts]
    known = [text for text in texts if text is not None]
    if len(known) < len(texts):
        return None
    return "".join(known) if isinstance(part, Sequence) else f"(?:{'|'.join(known)})"


def _children(part: Part) -> tuple[Part, ...]:
    if isinstance(part, (Sequence, Choice)):
        return part.parts
    return (part.part,) if isinstance(part, (Group, Repeat)) else ()


def _variable_parts(part: Part) -> int:
    """Return how many choices a backtracking search could have to try against each other."""
    own = int((isinstance(part, Repeat) and part.least != part.most) or isinstance(part, Choice))
    return own + sum(_variable_parts(child) for child in _children(part))


def _has_back_reference(part: Part) -> bool:
    return isinstance(part, BackReference) or any(_has_back_reference(child) for child in _children(part))
