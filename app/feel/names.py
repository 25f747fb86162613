"""Known names, which may have spaces and operators in them; the longest one that fits is taken (clause 10.3.1.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from app.feel.errors import FeelError
from app.feel.lexer import END, NAME, NUMBER, OPERATOR, Token, read_tokens

NAME_SYMBOLS: Final = frozenset("./-'\u2019+*@#$")
# Words that end an operand: two names in a row are one unknown name, unless the second is one of these.
INFIX_WORDS: Final = frozenset({"and", "or", "in", "between", "instance", "then", "else", "return", "satisfies"})
PROPERTY_NAMES: Final = ("time offset", "start included", "end included")


class NameTable:
    """Names by their first token."""

    __slots__ = ("by_first", "parent")

    def __init__(self, names: Iterable[str] = (), *, parent: NameTable | None = None) -> None:
        self.parent = parent
        self.by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """Make `name` known; a text that has no tokens of a name is ignored."""
        if self.has(name):
            return
        try:
            tokens = read_tokens(name)
        except FeelError:
            return
        parts = tuple(token.text for token in tokens if token.kind != END)
        if parts:
            known = self.by_first.setdefault(parts[0], [])
            known.append((parts, name))
            known.sort(key=lambda entry: -len(entry[0]))

    def has(self, name: str) -> bool:
        """Return whether `name` itself, in this spelling, is known here."""
        first = name.split(" ", 1)[0]
        return any(known == name for _, known in self.by_first.get(first, ()))

    def longest(self, tokens: Sequence[Token], index: int) -> tuple[int, str]:
        """Return how many tokens from `index` on are the longest known name, and its spelling; 0 when none is."""
        best = (0, "")
        table: NameTable | None = self
        while table is not None:
            for parts, name in table.by_first.get(tokens[index].text, ()):
                if len(parts) > best[0] and _fits(parts, tokens, index):
                    best = (len(parts), name)
            table = table.parent
        return best


def _fits(parts: tuple[str, ...], tokens: Sequence[Token], index: int) -> bool:
    if index + len(parts) >= len(tokens):
        return False
    return all(tokens[index + step].text == part for step, part in enumerate(parts))


def name_end(tokens: Sequence[Token], index: int) -> int:
    """Return the index after the tokens from `index` on that can be part of one new name."""
    if tokens[index].kind != NAME and tokens[index].text not in ("@", "#", "$"):
        return index
    while tokens[index].kind in (NAME, NUMBER) or (tokens[index].kind == OPERATOR and tokens[index].text in NAME_SYMBOLS):
        index += 1
    return index


def name_between(tokens: Sequence[Token], start: int, end: int) -> str:
    """Return the name made of the tokens `start` up to `end`, spaces and comments between them as one space."""
    parts: list[str] = []
    reached = tokens[start].at
    for token in tokens[start:end]:
        if token.at > reached:
            parts.append(" ")
        parts.append(token.text)
        reached = token.at + len(token.text)
    return "".join(parts)
