"""The rules of users' fields: how names are cleaned, put together and searched, and what a user can be."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

KINDS = ("full", "portal", "none")
GENDERS = ("female", "male", "other", "unknown")
LOGIN_TYPES = ("username", "email")
ACCESS_LEVELS = ("cost_centers", "companies", "unlimited")
NAME_PARTS = ("first_name", "middle_name", "last_name")
USERNAME_LENGTH_MAX = 64
FULL_NAME_LENGTH_MAX = 200
FOLDED_BYTES_MAX = 400
SEPARATOR = "\n"
"""Between the parts of `folded`; no cleaned text has one."""

_USERNAME = re.compile(r"[^\W_][\w.@+-]*\Z")
_EMAIL = re.compile(r"[^@\s\"<>(),:;\\]+@[^@\s\"<>(),:;\\]+\.[^@\s.\"<>(),:;\\]+\Z")
_JOINERS = frozenset("\u200c\u200d")  # parts of the spelling of Persian and Indic names
_SHOWN_AS_ANOTHER = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean_text(text: str) -> str:
    """Return the text in its composed form, with single spaces.

    Raises:
        ValueError: it has characters that are not seen, or turn the direction of writing, so that it would look like another text.
    """
    spaced = " ".join(unicodedata.normalize("NFC", text).split())
    if any(unicodedata.category(each) in _SHOWN_AS_ANOTHER and each not in _JOINERS for each in spaced):
        raise ValueError("Expected text without invisible characters.")
    return spaced


def clean_lines(text: str) -> str:
    """Return a text of several lines, each of them cleaned.

    Raises:
        ValueError: it has characters that are not seen, or turn the direction of writing.
    """
    return "\n".join(clean_text(line) for line in text.splitlines()).strip()


def clean_username(text: str) -> str:
    """Return the user name as it is stored: composed, and in small letters, so that no two look or sound the same.

    Raises:
        ValueError: it is none.
    """
    name = unicodedata.normalize("NFKC", text.strip()).lower()
    if not _USERNAME.match(name) or len(name) > USERNAME_LENGTH_MAX:
        raise ValueError("Expected 1 to 64 letters, digits and . _ - + @, beginning with a letter or a digit.")
    return name


def clean_email(text: str) -> str:
    """Return the address as it is stored; ValueError when it is none."""
    address = unicodedata.normalize("NFC", text.strip())
    if not _EMAIL.match(address) or len(address) > 254 or not address.isprintable():
        raise ValueError("Expected an e-mail address, such as ann@example.com.")
    return address


def full_name_of(parts: Mapping[str, str | None]) -> str:
    """Return first, middle and last name as one; empty when there is none of them."""
    return " ".join(part for name in NAME_PARTS if (part := parts.get(name)))[:FULL_NAME_LENGTH_MAX]


def fold(text: str) -> str:
    """Return what two texts share that a search takes for the same: small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(each for each in apart if not unicodedata.combining(each)).split())


def folded_of(full_name: str, username: str, email: str | None) -> str:
    """Return what searches look at: name, user name and e-mail address, folded, each on a line of its own.

    A line is cut at FOLDED_BYTES_MAX, so that all of it fits into an index.
    """
    return SEPARATOR.join(_cut(fold(each or "")) for each in (full_name, username, email))


def _cut(text: str) -> str:
    return text.encode()[:FOLDED_BYTES_MAX].decode(errors="ignore")


def login_type_of(words: Sequence[str]) -> str:
    """Return login types as they are stored: in their order, separated by a comma."""
    return ",".join(word for word in LOGIN_TYPES if word in words)


def login_types_of(stored: str) -> list[str]:
    """Return the login types that a stored text names."""
    return [word for word in LOGIN_TYPES if word in stored.split(",")]
