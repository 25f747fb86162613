"""Text to tokens. Any text has tokens; only an open string or comment is refused here."""

import re
from functools import lru_cache
from typing import Final

from app.feel.errors import FeelLimitExceeded, FeelSyntaxError
from app.feel.limits import TEXT_MAX

_ASCII_START: Final = "?A-Z_a-z"
_ASCII_PART: Final = "?A-Z_a-z0-9"
_START: Final = _ASCII_START + (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u167f\u1681-\u180d\u180f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\uff00-\ufffd\U00010000-\U000effff"
)
_PART: Final = _START + "0-9\u00b7\u0300-\u036f\u203f-\u2040"
_SPACE: Final = "\u0009-\u000d\u0020\u0085\u00a0\u1680\u180e\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff"


def _token_pattern(start: str, part: str, space: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<skip>[{space}]+|//[^\n]*|/\*.*?\*/)"
        rf"|(?P<name>[{start}][{part}]*)"
        r"|(?P<number>(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
        r'|(?P<string>"(?:[^"\\\n\x0b\x0c\r]|\\[^\n\x0b\x0c\r])*")'
        r"|(?P<operator>\.\.|\*\*|<=|>=|!=|->|.)",
        re.DOTALL,
    )


# Compiling the classes of Unicode takes ten times as long as the rest, so it waits for a text that needs it.
_ASCII_TOKEN: Final = _token_pattern(_ASCII_START, _ASCII_PART, "\t-\r ")


@lru_cache(maxsize=1)
def _unicode_token() -> re.Pattern[str]:
    return _token_pattern(_START, _PART, _SPACE)


_ESCAPE: Final = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|(['\"\\nrt]))")
_SIMPLE: Final = {"'": "'", '"': '"', "\\": "\\", "n": "\n", "r": "\r", "t": "\t"}

NAME: Final = "name"
NUMBER: Final = "number"
STRING: Final = "string"
OPERATOR: Final = "operator"
END: Final = "end"


class Token:
    """A token: its kind, its text and its offset."""

    __slots__ = ("at", "kind", "text")

    def __init__(self, *, kind: str, text: str, at: int) -> None:
        self.kind = kind
        self.text = text
        self.at = at


def read_tokens(text: str) -> list[Token]:
    """Return the tokens of `text` and an end token.

    Raises:
        FeelSyntaxError: a string or a comment is not closed.
        FeelLimitExceeded: the text is longer than TEXT_MAX.
    """
    if len(text) > TEXT_MAX:
        raise FeelLimitExceeded("text size", f"{len(text)} characters")
    tokens = []
    pattern = _ASCII_TOKEN if text.isascii() else _unicode_token()
    for match in pattern.finditer(text):
        kind = match.lastgroup or OPERATOR
        if kind == "skip":
            continue
        written = match.group()
        if written == '"':
            raise FeelSyntaxError("This string is not closed on its line", match.start(), text)
        if written == "/" and text.startswith("/*", match.start()):
            raise FeelSyntaxError("This comment is not closed", match.start(), text)
        tokens.append(Token(kind=kind, text=written, at=match.start()))
    tokens.append(Token(kind=END, text="", at=len(text)))
    return tokens


def unquote(token: Token, text: str) -> str:
    """Return the value of a string token; an escape that FEEL does not know stands for itself."""
    if "\\" not in token.text:
        return token.text[1:-1]

    def unescape(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        if code is None:
            return _SIMPLE[match[3]]
        if int(code, 16) > 0x10FFFF:
            raise FeelSyntaxError(f"There is no character {code}", token.at, text)
        return chr(int(code, 16))

    value = _ESCAPE.sub(unescape, token.text[1:-1])
    try:
        return value.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise FeelSyntaxError("This string has half of a surrogate pair", token.at, text) from None


def quote(value: str) -> str:
    """Return `value` as a FEEL string literal."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return '"' + escaped.replace("\x0b", "\\u000b").replace("\x0c", "\\u000c") + '"'


def normalize_name(name: str) -> str:
    """Return a name with each run of spaces as one."""
    if name.isascii():
        return " ".join(name.split())
    return re.sub(f"[{_SPACE}]+", " ", name).strip(" ")


def is_plain_name(name: str) -> bool:
    """Return whether `name` is one single name token."""
    match = (_ASCII_TOKEN if name.isascii() else _unicode_token()).fullmatch(name)
    return match is not None and match.lastgroup == NAME
