"""The chain of hands that a share of a task has gone through."""

from collections.abc import Iterable, Mapping
from typing import Any

DELEGATION, RETURN = "delegation", "return"
"""Why a share was handed over: to somebody new, or back to who held it earlier."""
DELEGATED_BACK = "delegated_back"


def chain_of(share: Any, by_id: Mapping[str, Any]) -> list[Any]:
    """Return the share and those that it came from, newest first."""
    chain = [share]
    while chain[-1].previous_id is not None:
        chain.append(by_id[chain[-1].previous_id])
    return chain


def find_delegator(share: Any, by_id: Mapping[str, Any]) -> str | None:
    """Return the id of who delegated the share to its holder; None where nobody did.

    What came back to him is where it was before he delegated it: going back from there leads to who delegated it to him.
    """
    chain = chain_of(share, by_id)
    position = 0
    while chain[position].cause == RETURN:
        holder = chain[position].user_id
        position = next((later for later in range(position + 1, len(chain)) if chain[later].user_id == holder), len(chain) - 1)
    return str(chain[position + 1].user_id) if chain[position].cause == DELEGATION else None


def is_delegated_back(share: Any, shares: Iterable[Any]) -> bool:
    """Return whether the share went back to who held it earlier."""
    return share.status == "delegated" and any(each.previous_id == share.id and each.cause == RETURN for each in shares)
