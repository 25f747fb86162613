"""The rules of getting in: with what somebody signs in, which passwords and PINs are good enough, what a token may be used for."""

import re
from collections.abc import Iterable
from itertools import pairwise

from app.domain.users import login_types_of

FAILURES_MAX = 3
PINS_MAX = 3
PASSWORD_LENGTH_MIN = 12
PASSWORD_LENGTH_MAX = 200
DISTINCT_MIN = 5
COMMON_PASSWORDS = frozenset(
    {
        "password1234",
        "password12345",
        "password123456",
        "passwordpassword",
        "password123!",
        "passw0rd1234",
        "p@ssw0rd1234",
        "p@ssword1234",
        "mypassword123",
        "123456789012",
        "1234567890123",
        "12345678901234567890",
        "0123456789012",
        "012345678910",
        "12345678910111213",
        "qwertyuiop12",
        "qwertyuiop123",
        "qwertyuiopasdf",
        "qwerty123456",
        "qwerty1234567",
        "qwertyqwerty",
        "1q2w3e4r5t6y",
        "1qaz2wsx3edc",
        "zaq12wsxcde3",
        "iloveyou1234",
        "iloveyouforever",
        "letmeinletmein",
        "letmein12345",
        "welcome12345",
        "welcome123456",
        "welkom123456",
        "wachtwoord123",
        "passwort1234",
        "administrator",
        "administrator1",
        "admin1234567",
        "changemechangeme",
        "changeme1234",
        "football1234",
        "sunshine1234",
        "princess1234",
        "abcdefghijkl",
        "abcdefghijklm",
        "abcd12345678",
        "abc123abc123",
        "countersign1",
        "countersign123",
        "countersign1234",
    }
)

EVERYONE = "everyone"

READ = "read"
APPROVE = "approve"
SEND = "send"
ADMINISTER = "administer"
SCOPES = {
    READ: "look at everything that the user may see",
    APPROVE: "act on his tasks: approve, reject, delegate, comment, code",
    SEND: "send documents and messages, and start process instances",
    ADMINISTER: "change people, processes, rules and the approval matrix, and steer process instances",
}

_PIN = re.compile(r"[0-9]{4,12}\Z")


def signs_in_with(login_type: str | None, what: str) -> bool:
    """Return whether a login type lets somebody sign in with `what`, "username" or "email". Source: USR-18."""
    return what in login_types_of(login_type or "")


def password_faults(password: str, *, username: str, email: str | None = None) -> list[str]:
    """Return what is wrong with a new password: too short, too long, guessed at once. No kind of letter is asked for."""
    folded = password.casefold()
    names = {name.casefold() for name in (username, email, (email or "").partition("@")[0]) if name}
    faults = []
    if len(password) < PASSWORD_LENGTH_MIN:
        faults.append(f"Use at least {PASSWORD_LENGTH_MIN} characters; a sentence is easy to remember.")
    if len(password) > PASSWORD_LENGTH_MAX:
        faults.append(f"Use at most {PASSWORD_LENGTH_MAX} characters.")
    if folded in names or any(folded.replace(name, "") == "" for name in names):
        faults.append("Do not use your name as the password.")
    elif folded in COMMON_PASSWORDS:
        faults.append("This is one of the first passwords that anybody guesses. Choose another.")
    elif len(set(folded)) < DISTINCT_MIN:
        faults.append(f"Use at least {DISTINCT_MIN} different characters.")
    return faults


def pin_faults(pin: str) -> list[str]:
    """Return what is wrong with a new PIN: 4 to 12 digits, neither all the same nor in a row."""
    if not _PIN.match(pin):
        return ["Use 4 to 12 digits."]
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        return ["Digits that are all the same or in a row are guessed at once. Choose others."]
    return []


def needs_pin(setting: str, roles: Iterable[str]) -> bool:
    """Return whether who holds these roles signs with a PIN, by the setting that names roles, or everyone."""
    named = set(setting.split())
    return EVERYONE in named or not named.isdisjoint(roles)


def ordered_scopes(scopes: Iterable[str]) -> list[str]:
    """Return the scopes in the order of SCOPES, each once; what is no scope is left out."""
    given = set(scopes)
    return [scope for scope in SCOPES if scope in given]
