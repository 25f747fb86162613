"""Classes of characters of XPath's regular expressions (XML Schema part 2, appendix F)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from app.feel.record import Record

CHARACTER_MAX: Final = 0x10FFFF
_NAME_START: Final = (
    (0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D),
    (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF), (0xFDF0, 0xFFFD),
    (0x10000, 0xEFFFF),
)  # fmt: skip
_NAME_PART: Final = (*_NAME_START, (0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040))
_SPACES: Final = ((0x09, 0x0A), (0x0D, 0x0D), (0x20, 0x20))
_CATEGORIES: Final = frozenset(
    main + detail
    for main, details in {"L": "ultmo", "M": "nce", "N": "dlo", "P": "cdseifo", "Z": "slp", "S": "mcko", "C": "cfons"}.items()
    for detail in ("", *details)
)
_BLOCKS: Final = {
    "BasicLatin": (0x0, 0x7F),
    "Latin-1Supplement": (0x80, 0xFF),
    "LatinExtended-A": (0x100, 0x17F),
    "LatinExtended-B": (0x180, 0x24F),
    "IPAExtensions": (0x250, 0x2AF),
    "SpacingModifierLetters": (0x2B0, 0x2FF),
    "CombiningDiacriticalMarks": (0x300, 0x36F),
    "Greek": (0x370, 0x3FF),
    "GreekandCoptic": (0x370, 0x3FF),
    "Cyrillic": (0x400, 0x4FF),
    "Armenian": (0x530, 0x58F),
    "Hebrew": (0x590, 0x5FF),
    "Arabic": (0x600, 0x6FF),
    "Devanagari": (0x900, 0x97F),
    "Thai": (0xE00, 0xE7F),
    "Georgian": (0x10A0, 0x10FF),
    "LatinExtendedAdditional": (0x1E00, 0x1EFF),
    "GreekExtended": (0x1F00, 0x1FFF),
    "GeneralPunctuation": (0x2000, 0x206F),
    "SuperscriptsandSubscripts": (0x2070, 0x209F),
    "CurrencySymbols": (0x20A0, 0x20CF),
    "LetterlikeSymbols": (0x2100, 0x214F),
    "NumberForms": (0x2150, 0x218F),
    "Arrows": (0x2190, 0x21FF),
    "MathematicalOperators": (0x2200, 0x22FF),
    "BoxDrawing": (0x2500, 0x257F),
    "GeometricShapes": (0x25A0, 0x25FF),
    "MiscellaneousSymbols": (0x2600, 0x26FF),
    "Dingbats": (0x2700, 0x27BF),
    "CJKSymbolsandPunctuation": (0x3000, 0x303F),
    "Hiragana": (0x3040, 0x309F),
    "Katakana": (0x30A0, 0x30FF),
    "CJKUnifiedIdeographs": (0x4E00, 0x9FFF),
    "HangulSyllables": (0xAC00, 0xD7A3),
    "PrivateUse": (0xE000, 0xF8FF),
}


class CharacterClass(Record):
    """A set of characters: ranges and classes, perhaps all but those, less another set.

    Args:
        ranges: first and last code points.
        classes: tests of one character each.
        negated: True for the characters that are in none of them.
        minus: what is taken out in the end.
    """

    ranges: tuple[tuple[int, int], ...] = ()
    classes: tuple[Callable[[str], bool], ...] = ()
    negated: bool = False
    minus: CharacterClass | None = None

    def has(self, character: str) -> bool:
        """Return whether the character is in the set."""
        code = ord(character)
        inside = any(first <= code <= last for first, last in self.ranges) or any(test(character) for test in self.classes)
        return inside is not self.negated and not (self.minus is not None and self.minus.has(character))

    def python_text(self, alphabet: str | None = None) -> str | None:
        """Return it as a class of Python's `re`, or None when that cannot say it; with an alphabet, as those of its characters."""
        if alphabet is not None:
            return (
                "[" + "".join(_escaped(ord(each)) for each in alphabet if self.has(each)) + "]" if any(map(self.has, alphabet)) else "(?!)"
            )
        if self.classes or self.minus is not None:
            return None
        if not self.ranges:
            return r"[\s\S]" if self.negated else None
        body = "".join(f"{_escaped(first)}-{_escaped(last)}" if first != last else _escaped(first) for first, last in self.ranges)
        return f"[{'^' if self.negated else ''}{body}]"


def _escaped(code: int) -> str:
    return f"\\U{code:08x}"


def single(character: str) -> CharacterClass:
    """Return the class of one character."""
    return CharacterClass(ranges=((ord(character), ord(character)),))


def category(name: str) -> CharacterClass | None:
    """Return the class of a Unicode category or, with Is before it, of a block; None when there is none."""
    if name.startswith("Is"):
        block = _BLOCKS.get(name[2:])
        return None if block is None else CharacterClass(ranges=(block,))
    if name not in _CATEGORIES:
        return None
    return CharacterClass(classes=(lambda character: unicodedata.category(character).startswith(name),))


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] not in "PZC"


def _is_digit(character: str) -> bool:
    return unicodedata.category(character) == "Nd"


def _not(test: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda character: not test(character)


def complement(characters: CharacterClass) -> CharacterClass:
    """Return all other characters."""
    if characters.classes:
        return CharacterClass(classes=(_not(characters.has),))
    return CharacterClass(ranges=characters.ranges, negated=not characters.negated)


_DIGIT: Final = CharacterClass(classes=(_is_digit,))
_WORD: Final = CharacterClass(classes=(_is_word,))
_SPACE: Final = CharacterClass(ranges=_SPACES)
_START: Final = CharacterClass(ranges=_NAME_START)
_PART: Final = CharacterClass(ranges=_NAME_PART)
ESCAPES: Final = {
    "d": _DIGIT,
    "D": complement(_DIGIT),
    "w": _WORD,
    "W": complement(_WORD),
    "s": _SPACE,
    "S": complement(_SPACE),
    "i": _START,
    "I": complement(_START),
    "c": _PART,
    "C": complement(_PART),
}
EVERYTHING: Final = CharacterClass(negated=True)
NO_NEWLINE: Final = CharacterClass(ranges=((10, 10),), negated=True)


def join(parts: list[CharacterClass], *, negated: bool, minus: CharacterClass | None) -> CharacterClass:
    """Return the characters that are in one of the parts (or in none), less those of `minus`."""
    ranges: list[tuple[int, int]] = []
    classes: list[Callable[[str], bool]] = []
    for part in parts:
        if part.negated or part.minus is not None:
            classes.append(part.has)
        else:
            ranges += part.ranges
            classes += part.classes
    return CharacterClass(ranges=tuple(ranges), classes=tuple(classes), negated=negated, minus=minus)
