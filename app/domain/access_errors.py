"""The refusals of getting in: attempts, PINs, links, tokens."""

from app.domain.errors import Conflict, CountersignError, NotPermitted


class TooManyAttempts(CountersignError):
    """Too many attempts came from your address. Try again in {retry_after} s."""


class PinRefused(CountersignError):
    """This needs your PIN."""


class PinRequired(PinRefused):
    """One of your roles signs with a PIN. Give it together with your decision."""


class PinNotSet(PinRefused):
    """One of your roles signs with a PIN, and you have none yet. Set one in your profile first."""


class PinWrong(PinRefused):
    """That is not your PIN. Tries left: {tries_left}."""


class PinLocked(PinRefused):
    """Your PIN is locked after {failures} wrong tries. Ask an administrator to reset it."""


class LinkUnknown(CountersignError):
    """This link leads nowhere. Look whether the whole address was copied, or ask for a new one."""


class LinkUsed(LinkUnknown):
    """This link was used at {at}, and it works once. Ask for a new one."""


class LinkExpired(LinkUnknown):
    """This link ended at {at}. Ask for a new one."""


class LinkWithdrawn(LinkUnknown):
    """Decisions from mails are switched off meanwhile, so this link works no more. Sign in and open your inbox."""


class LinkOwnerInactive(LinkUnknown):
    """This link belongs to somebody who is not active here any more. Nothing can be decided with it."""


class TokenScope(NotPermitted):
    """This token may not be used for that: it lacks the scope `{scope}`, and has {granted}. Make a token with it."""


class TokensMax(Conflict):
    """{user} has {count} tokens in force, which is the most. Revoke one that is not used any more."""
