"""Separation of duty: one person plays one step of a transaction, acting himself or through others (MXR-01, MXR-08)."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from app.domain.errors import SeparationOfDuty


class Role(NamedTuple):
    """A role that stands: this person acted, or another acted for him, in this step."""

    user: str
    step: str


def check_separation(
    roles: Iterable[Role],
    *,
    actor: str,
    principal: str,
    step: str,
    excluded: Collection[str] = (),
    names: Mapping[str, str] | None = None,
) -> None:
    """Refuse when the acting person, or the principal he acts for, plays another step of this transaction.

    Args:
        roles: every role that stands in the transaction (not in the instance), of actors and principals alike.
        actor: who wants to sign.
        principal: for whom; the same person when he signs for himself.
        step: the step to sign.
        excluded: people who hold no approval role at all here: submitter and coders, where the approval type excludes them.
        names: full names for the message.

    Raises:
        SeparationOfDuty: names the person, the step, and what he plays already.
    """
    standing = tuple(roles)
    for person in dict.fromkeys((actor, principal)):
        other = find_other_role(standing, person=person, step=step, excluded=excluded)
        if other is not None:
            shown = (names or {}).get(person, person)
            raise SeparationOfDuty(person=shown, step=_label(step), other_step=_label(other), user=person)


def find_other_role(roles: Iterable[Role], *, person: str, step: str, excluded: Collection[str] = ()) -> str | None:
    """Return what else the person plays in the transaction, or None when he may sign `step`."""
    if person in excluded:
        return "submitter or coder"
    return next((role.step for role in roles if role.user == person and role.step != step), None)


def _label(step: str) -> str:
    return str(step).replace("_", " ")
