"""Who can be told that a document has a new status."""

from collections.abc import Sequence

OWNER = "owner"
SUPPLIER_CONTACT = "supplier_contact"
ROLE_PREFIX = "role:"
RECEIVERS_MAX = 50


def receivers_fault(value: object) -> str | None:
    """Return what is wrong with the value of a property `notify`, None when it is a list of receivers."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not all(isinstance(each, str) and each.strip() for each in value):
        return "it is no list of names"
    return f"it names more than {RECEIVERS_MAX}" if len(value) > RECEIVERS_MAX else None
