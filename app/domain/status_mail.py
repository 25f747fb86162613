"""Who can be told that a document has a new status."""

from collections.abc import Sequence

OWNER = "owner"
SUPPLIER_CONTACT = "supplier_contact"
ROLE_PREFIX = "role:"
RECEIVERS_MAX = 50
MAILS_MAX = 200


def read_receivers(value: object) -> tuple[str, ...]:
    """Return whom the value of a property `notify` names: one name or a list of them, null for nobody.

    Raises:
        ValueError: it is something else; says what.
    """
    given = () if value is None else value if isinstance(value, Sequence) and not isinstance(value, str) else (value,)
    if not all(isinstance(each, str) and each.strip() for each in given):
        raise ValueError("it is no list of names")
    if len(given) > RECEIVERS_MAX:
        raise ValueError(f"it names more than {RECEIVERS_MAX}")
    return tuple(dict.fromkeys(str(each) for each in given))
