"""The settings of an environment: each with its type, its default and what it does. A setting that is not in this list does not exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from app.domain.access import EVERYONE
from app.domain.people import ROLES
from app.domain.status_mail import OWNER, SUPPLIER_CONTACT

SettingValue: TypeAlias = bool | int | str

SHOW_PHONE_NUMBER = "Users.RolePlayersSummary.ShowPhoneNumber"
NOTIFY_NEW_TASK_DEFAULT = "Users.NotifyNewTask.Default"
NOTIFY_REMINDERS_DEFAULT = "Users.NotifyReminders.Default"
NOTIFY_STATUS_DEFAULT = "Users.NotifyStatus.Default"
STATUS_MAIL_RECEIVERS = "Documents.StatusMail.Receivers"
ACTION_LINKS = "Mail.ActionLinks"
ACTION_LINK_HOURS = "Mail.ActionLinks.Hours"
DELEGATION_HOPS_MAX = "Tasks.Delegation.HopsMax"
PIN_ROLES = "Tasks.Decisions.PinRoles"
LEVEL_OF_INVOICE = "Documents.SecurityLevel.Invoice"
LEVEL_OF_EXPENSE_CLAIM = "Documents.SecurityLevel.ExpenseClaim"
LEVEL_OF_ORDER = "Documents.SecurityLevel.Order"
LEVEL_OF_OTHER = "Documents.SecurityLevel.Other"

SECURITY_LEVELS = {0: "No protection", 20: "Internal resources", 40: "Management", 90: "Board of directors", 100: "Personal"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What an environment can set: whole numbers have bounds or are one of `choices`, texts are one of `choices` or consist of `words`."""

    key: str
    default: SettingValue
    description: str
    least: int | None = None
    most: int | None = None
    choices: Sequence[SettingValue] = ()
    words: frozenset[str] = frozenset()

    def fault(self, value: object) -> str | None:
        """Return what is wrong with a value, None when it is one that the setting takes."""
        if type(value) is not type(self.default):
            return f"Expected {_TYPES[type(self.default)]}."
        if self.choices and value not in self.choices:
            return f"Expected one of: {', '.join(str(choice) for choice in self.choices)}."
        if isinstance(value, str) and self.words and not self.words.issuperset(value.split()):
            return f"Expected any of these, with spaces between them: {', '.join(sorted(self.words))}."
        if isinstance(value, int) and not isinstance(value, bool) and not _is_within(value, self.least, self.most):
            return f"Expected {self.least} to {self.most}."
        return None


def values_in_force(stored: Mapping[str, SettingValue]) -> dict[str, SettingValue]:
    """Return the value of every setting: the stored one, else its default; what is stored and not known any more counts no more."""
    return {key: stored.get(key, setting.default) for key, setting in SETTINGS.items()}


def _is_within(value: int, least: int | None, most: int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def _level(key: str, default: int, what: str) -> Setting:
    return Setting(
        key=key, default=default, description=f"The security level that a user needs to see {what}.", choices=(*SECURITY_LEVELS,)
    )


_TYPES: Mapping[type, str] = {bool: "true or false", int: "a whole number", str: "text"}
_ALL = (
    Setting(
        key=SHOW_PHONE_NUMBER,
        default=False,
        description="Whether the phone number of a role player is shown to who sees the route.",
    ),
    Setting(
        key=NOTIFY_NEW_TASK_DEFAULT,
        default=False,
        description="Whether a new user gets a mail for every new task, until he changes it in his profile.",
    ),
    Setting(
        key=NOTIFY_REMINDERS_DEFAULT,
        default=True,
        description="Whether a new user gets a mail for a task that still waits, until he changes it in his profile.",
    ),
    Setting(
        key=NOTIFY_STATUS_DEFAULT,
        default=True,
        description="Whether a new user gets a mail when a document of his has a new status, until he changes it in his profile.",
    ),
    Setting(
        key=STATUS_MAIL_RECEIVERS,
        default="",
        words=frozenset({OWNER, SUPPLIER_CONTACT}),
        description="Who gets a mail when a document has its final status, where the process does not say it: "
        "owner is who sent it in, supplier_contact the address that it names for the supplier.",
    ),
    Setting(
        key=ACTION_LINKS,
        default=False,
        description="Whether mails about tasks carry a link to approve or reject without signing in; whoever has the mail can use it.",
    ),
    Setting(
        key=ACTION_LINK_HOURS,
        default=72,
        least=1,
        most=720,
        description="For how many hours such a link works.",
    ),
    Setting(
        key=DELEGATION_HOPS_MAX,
        default=10,
        least=1,
        most=100,
        description="How many times one task can be delegated on.",
    ),
    Setting(
        key=PIN_ROLES,
        default="",
        words=ROLES | {EVERYONE},
        description="The roles whose holders give their PIN when they approve or reject; everyone stands for all users.",
    ),
    _level(LEVEL_OF_INVOICE, 20, "invoices and credit notes that he is not involved in"),
    _level(LEVEL_OF_EXPENSE_CLAIM, 40, "expense claims that he is not involved in"),
    _level(LEVEL_OF_ORDER, 20, "orders that he is not involved in"),
    _level(LEVEL_OF_OTHER, 20, "other documents that he is not involved in"),
)
SETTINGS: Mapping[str, Setting] = {setting.key: setting for setting in _ALL}

_LEVELS = {
    "invoice": LEVEL_OF_INVOICE,
    "credit_note": LEVEL_OF_INVOICE,
    "order": LEVEL_OF_ORDER,
    "expense_claim": LEVEL_OF_EXPENSE_CLAIM,
    "other": LEVEL_OF_OTHER,
}


def kinds_within(level: int, values: Mapping[str, SettingValue]) -> frozenset[str]:
    """Return the kinds of documents that a user of this security level may see without being involved. Source: USR-23."""
    return frozenset(kind for kind, key in _LEVELS.items() if int(values[key]) <= level)


def all_kinds() -> frozenset[str]:
    """Return the kinds of documents that have a security level."""
    return frozenset(_LEVELS)
