"""Matching regular expressions within bounds.

A pattern without repeated groups on a short text goes to Python's `re`, whose work is then bounded by the number of its quantifiers.
Everything else runs on a machine that keeps all possible states at once, in time proportional to pattern times text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
_WORK_MAX: Final = 200_000
_WORK_PER_STEP: Final = 128
_STEPS_PER_PATTERN_CHARACTER: Final = 6
_KEPT_MAX: Final = 256
_ALPHABET_MAX: Final = 300
_BACK_COST: Final = 8


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
        self._repeats, self._alternatives = _ways(part)
        self._repeats += 0 if _starts_at_edge(part) else 1

    def search(self, text: str, start: int, env: Env) -> Match | None:
        """Return the first match at or after `start`."""
        if self._native is not None and self._is_affordable(len(text) - start, env):
            found = self._native.search(text, start)
            env.charge_text((len(text) if found is None else found.end()) - start)
            if found is None:
                return None
            return Match(text=text, spans=tuple(found.span(number) for number in range(self.groups + 1)))
        if _has_back_reference(self._part):
            return self._search_back(text, start, env)
        if self._machine is None:
            self._machine = Machine(self._part, groups=self.groups, ignore_case=self._ignore_case)
            env.charge(self._machine.size)
        spans = self._machine.search(text, start, env)
        return None if spans is None else Match(text=text, spans=spans)

    def _search_back(self, text: str, start: int, env: Env) -> Match | None:
        """Search with back-references: Python's `re` is told which characters of this text each class has."""
        if self._is_affordable(len(text) - start, env):
            alphabet = "".join(sorted({each for character in text for each in (character, *character.swapcase())}))
            env.charge_text(len(text) * _BACK_COST)
            written = _python_text(self._part, alphabet) if len(alphabet) <= _ALPHABET_MAX else None
            if written is not None:
                found = re.compile(written, re.IGNORECASE if self._ignore_case else 0).search(text, start)
                return None if found is None else Match(text=text, spans=tuple(found.span(number) for number in range(self.groups + 1)))
        raise FeelLimitExceeded("pattern", "a pattern with back-references is too costly for this text")

    def _is_affordable(self, length: int, env: Env) -> bool:
        """Return whether a search that goes back and tries again ends soon, whatever the text; what it may take is paid for."""
        if self._repeats <= 1 and self._alternatives == 1:
            return True
        work = max(2, length + 1) ** self._repeats * self._alternatives
        if work > _WORK_MAX:
            return False
        env.charge(work // _WORK_PER_STEP)
        return True

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


_kept: dict[tuple[str, str], Pattern] = {}


def compile_pattern(pattern: str, flags: str, env: Env | None = None) -> Pattern:
    """Return a pattern of XPath with its flags (s, m, i, x, q) compiled; the last ones are kept.

    Args:
        pattern: the regular expression.
        flags: letters.
        env: pays for compiling a pattern that is not kept.

    Raises:
        PatternError: it is no such pattern.
        FeelLimitExceeded: it is too long or too deep.
    """
    known = _kept.get((pattern, flags))
    if known is not None:
        return known
    if env is not None:
        env.charge(len(pattern) * _STEPS_PER_PATTERN_CHARACTER)
    parser = PatternParser(pattern, flags)
    part = parser.parse()
    compiled = Pattern(part, groups=parser.groups, flags=flags)
    if len(_kept) >= _KEPT_MAX:
        _kept.clear()
    _kept[pattern, flags] = compiled
    return compiled


def _python_text(part: Part, alphabet: str | None = None) -> str | None:
    """Return a part in Python's notation, for texts of an alphabet; None when Python cannot say it, or could take very long over it."""
    if isinstance(part, Characters):
        return part.characters.python_text(alphabet)
    if isinstance(part, Edge):
        if part.line:
            return r"(?=\n|\Z)" if part.end else r"(?:\A|(?<=\n)(?!\Z))"
        return r"\Z" if part.end else r"\A"
    if isinstance(part, BackReference):
        return f"(?:\\{part.number})"
    if isinstance(part, Group):
        inner = _python_text(part.part, alphabet)
        return None if inner is None else f"({inner})"
    if isinstance(part, Repeat):
        inner = _python_text(part.part, alphabet)
        if inner is None or not (isinstance(part.part, Characters) or (part.least, part.most) == (0, 1)):
            return None
        most = "" if part.most is None else part.most
        return f"(?:{inner}){{{part.least},{most}}}{'' if part.greedy else '?'}"
    assert isinstance(part, (Sequence, Choice)), "these are all the parts"
    texts = [_python_text(child, alphabet) for child in part.parts]
    known = [text for text in texts if text is not None]
    if len(known) < len(texts):
        return None
    return "".join(known) if isinstance(part, Sequence) else f"(?:{'|'.join(known)})"


def _children(part: Part) -> tuple[Part, ...]:
    if isinstance(part, (Sequence, Choice)):
        return part.parts
    return (part.part,) if isinstance(part, (Group, Repeat)) else ()


def _ways(part: Part) -> tuple[int, int]:
    """Return how many repetitions have an open count, and in how many ways the choices can be taken together."""
    repeats, alternatives = 0, 1
    if isinstance(part, Repeat) and part.least != part.most:
        repeats = 1
    if isinstance(part, Choice):
        alternatives = len(part.parts)
    for child in _children(part):
        inner = _ways(child)
        repeats, alternatives = repeats + inner[0], min(alternatives * inner[1], _WORK_MAX + 1)
    return repeats, alternatives


def _starts_at_edge(part: Part) -> bool:
    """Return whether a match can only begin at the start of the text."""
    if isinstance(part, Sequence) and part.parts:
        return _starts_at_edge(part.parts[0])
    return isinstance(part, Edge) and not part.end and not part.line


def _has_back_reference(part: Part) -> bool:
    return isinstance(part, BackReference) or any(_has_back_reference(child) for child in _children(part))
