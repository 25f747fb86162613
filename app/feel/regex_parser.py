"""Regular expressions of XPath (XQuery 1.0 and XPath 2.0 Functions and Operators, clause 7.6) to trees."""

from __future__ import annotations

from typing import Final

from app.feel.errors import FeelLimitExceeded
from app.feel.limits import DEPTH_MAX, PATTERN_MAX, PATTERN_STATES_MAX
from app.feel.record import Record
from app.feel.regex_classes import ESCAPES, EVERYTHING, NO_NEWLINE, CharacterClass, category, complement, join, single

_SIMPLE: Final = {"n": "\n", "r": "\r", "t": "\t"}
_SPECIAL: Final = frozenset("\\|.?*+(){}[]^$-")


class PatternError(Exception):
    """A pattern is no regular expression of XPath."""


class Part(Record):
    """A part of a pattern."""


class Characters(Part):
    """One character of a class."""

    characters: CharacterClass


class Edge(Part):
    """The start or end of the text, or of a line."""

    end: bool
    line: bool


class Sequence(Part):
    """One part after the other."""

    parts: tuple[Part, ...]


class Choice(Part):
    """One of the parts, the first that fits."""

    parts: tuple[Part, ...]


class Group(Part):
    """A part whose text is kept under a number."""

    number: int
    part: Part


class Repeat(Part):
    """A part `least` to `most` times; `most` None has no bound."""

    part: Part
    least: int
    most: int | None
    greedy: bool


class BackReference(Part):
    """The text of a group again."""

    number: int


class PatternParser:
    """One pass over a pattern."""

    def __init__(self, pattern: str, flags: str) -> None:
        if len(pattern) > PATTERN_MAX:
            raise FeelLimitExceeded("pattern size", f"more than {PATTERN_MAX} characters")
        if not set(flags) <= set("smixq"):
            raise PatternError(f"unknown flags {flags!r}")
        self.flags = flags
        self.pattern = "".join(pattern.split()) if "x" in flags and "q" not in flags else pattern
        self.index = 0
        self.groups = 0
        self._closed: set[int] = set()
        self._depth = 0

    def parse(self) -> Part:
        """Return the tree of the pattern."""
        if "q" in self.flags:
            return Sequence(parts=tuple(Characters(characters=single(character)) for character in self.pattern))
        part = self._choice()
        if self.index < len(self.pattern):
            raise PatternError(f"unexpected {self.pattern[self.index]!r} at {self.index}")
        return part

    def _peek(self) -> str:
        return self.pattern[self.index : self.index + 1]

    def _next(self) -> str:
        character = self._peek()
        if not character:
            raise PatternError("it ends too early")
        self.index += 1
        return character

    def _accept(self, text: str) -> bool:
        if self.pattern.startswith(text, self.index):
            self.index += len(text)
            return True
        return False

    def _choice(self) -> Part:
        self._depth += 1
        if self._depth > DEPTH_MAX // 2:
            raise FeelLimitExceeded("depth", "nested groups of a pattern")
        branches = [self._branch()]
        while self._accept("|"):
            branches.append(self._branch())
        self._depth -= 1
        return branches[0] if len(branches) == 1 else Choice(parts=tuple(branches))

    def _branch(self) -> Part:
        parts = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._quantified(self._atom()))
        return Sequence(parts=tuple(parts))

    def _quantified(self, part: Part) -> Part:
        bounds: tuple[int, int | None]
        if self._accept("?"):
            bounds = 0, 1
        elif self._accept("*"):
            bounds = 0, None
        elif self._accept("+"):
            bounds = 1, None
        elif self._accept("{"):
            bounds = self._counts()
        else:
            return part
        if self._peek() in ("*", "+", "{"):
            raise PatternError("two quantifiers in a row")
        least, most = bounds
        if max(least, most or 0) > PATTERN_STATES_MAX:
            raise FeelLimitExceeded("pattern size", "too many repetitions")
        return Repeat(part=part, least=least, most=most, greedy=not self._accept("?"))

    def _counts(self) -> tuple[int, int | None]:
        end = self.pattern.find("}", self.index)
        text = self.pattern[self.index : end] if end >= 0 else ""
        least, comma, most = text.partition(",")
        if not _is_count(least) or (most and not _is_count(most)):
            raise PatternError("a quantifier in braces is {n}, {n,} or {n,m}")
        self.index = end + 1
        if most and int(most) < int(least):
            raise PatternError("a quantifier ends before it starts")
        return int(least), int(most) if most else None if comma else int(least)

    def _atom(self) -> Part:
        character = self._next()
        if character == "(":
            return self._group()
        if character == "[":
            return Characters(characters=self._class())
        if character == "\\":
            return self._escape()
        if character == ".":
            return Characters(characters=EVERYTHING if "s" in self.flags else NO_NEWLINE)
        if character in "^$":
            return Edge(end=character == "$", line="m" in self.flags)
        if character in "?*+{}]":
            raise PatternError(f"unexpected {character!r}")
        return Characters(characters=single(character))

    def _group(self) -> Part:
        if self._accept("?:"):
            part = self._choice()
        else:
            self.groups += 1
            number = self.groups
            part = Group(number=number, part=self._choice())
            self._closed.add(number)
        if not self._accept(")"):
            raise PatternError("a group is not closed")
        return part

    def _escape(self) -> Part:
        character = self._peek()
        if character in "123456789" and character:
            return self._back_reference()
        return Characters(characters=self._escaped_class())

    def _back_reference(self) -> Part:
        number = int(self._next())
        while self._peek().isascii() and self._peek().isdigit() and number * 10 + int(self._peek()) <= self.groups:
            number = number * 10 + int(self._next())
        if number not in self._closed:
            raise PatternError(f"there is no group {number} before \\{number}")
        return BackReference(number=number)

    def _escaped_class(self) -> CharacterClass:
        character = self._next()
        if character in ESCAPES:
            return ESCAPES[character]
        if character in "pP":
            end = self.pattern.find("}", self.index)
            named = category(self.pattern[self.index + 1 : end]) if self._peek() == "{" and end > 0 else None
            if named is None:
                raise PatternError("unknown category")
            self.index = end + 1
            return named if character == "p" else complement(named)
        if character in _SIMPLE:
            return single(_SIMPLE[character])
        if character in _SPECIAL:
            return single(character)
        raise PatternError(f"unknown escape \\{character}")

    def _class(self) -> CharacterClass:
        """Return the class after its opening bracket."""
        self._depth += 1
        if self._depth > DEPTH_MAX // 2:
            raise FeelLimitExceeded("depth", "nested classes of a pattern")
        negated = self._accept("^")
        parts: list[CharacterClass] = []
        minus = None
        while not self._accept("]"):
            if parts and self._accept("-["):
                minus = self._class()
                if not self._accept("]"):
                    raise PatternError("a subtraction ends its class")
                break
            parts.append(self._class_part(first=not parts))
        self._depth -= 1
        return join(parts, negated=negated, minus=minus)

    def _class_part(self, *, first: bool) -> CharacterClass:
        start = self._class_character()
        if isinstance(start, CharacterClass):
            return start
        if start == "-" and not first and self._peek() not in ("]", ""):
            raise PatternError("a hyphen stands first or last in a class, or is escaped")
        if self._peek() != "-" or self.pattern[self.index + 1 : self.index + 2] in ("]", "[", ""):
            return single(start)
        self.index += 1
        end = self._class_character()
        if isinstance(end, CharacterClass) or end < start:
            raise PatternError("a range of characters ends before it starts")
        return CharacterClass(ranges=((ord(start), ord(end)),))

    def _class_character(self) -> CharacterClass | str:
        character = self._next()
        if character == "[":
            raise PatternError("an opening bracket within a class is escaped")
        if character != "\\":
            return character
        escaped = self._escaped_class()
        if len(escaped.ranges) == 1 and not escaped.negated and escaped.ranges[0][0] == escaped.ranges[0][1]:
            return chr(escaped.ranges[0][0])
        return escaped


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6
