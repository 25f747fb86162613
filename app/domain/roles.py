"""What each role is for, and who may give it."""

from collections.abc import Mapping

from app.domain.people import (
    ADMINISTRATOR,
    ANALYST,
    APPLICATION_MANAGER,
    CODING,
    CONSULTANT,
    INTEGRATOR,
    MATRIX_ADMINISTRATOR,
    ROLES,
    WORKFLOW_ADMINISTRATOR,
)

DESCRIPTIONS: Mapping[str, str] = {
    ADMINISTRATOR: "Keeps users, roles, settings, processes and transactions; may make others administrators.",
    APPLICATION_MANAGER: "Keeps users and their roles, but not administrators; sees all transactions.",
    WORKFLOW_ADMINISTRATOR: "Steers running transactions: moves, suspends, cancels and retries them, and starts tasks by hand.",
    MATRIX_ADMINISTRATOR: "Keeps the approval matrix: rules, mandates, cost centers and the organisation chart.",
    CONSULTANT: "Sets up approval types, and says whether changes of the matrix take a second person.",
    CODING: "Codes the lines of documents.",
    ANALYST: "Checks and deploys process definitions and decision tables.",
    INTEGRATOR: "Sends documents and messages and starts transactions for another system.",
}
KEEPERS = frozenset({ADMINISTRATOR, APPLICATION_MANAGER})
"""Who keeps users."""
_GIVEN_BY_ADMINISTRATORS = frozenset({ADMINISTRATOR, APPLICATION_MANAGER, CONSULTANT})
assert set(DESCRIPTIONS) == ROLES, "every role says what it is for"


def may_give(giver: frozenset[str], role: str, *, to_himself: bool) -> bool:
    """Return whether who holds the roles `giver` may give a role to somebody, or take it away.

    An administrator may give any role, but not to himself the one that says whether the matrix takes a second person. An application manager may give none to himself, and none that could give him more.
    """
    if ADMINISTRATOR in giver:
        return not (to_himself and role == CONSULTANT)
    return APPLICATION_MANAGER in giver and not to_himself and role not in _GIVEN_BY_ADMINISTRATORS
