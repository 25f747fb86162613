"""What operations take and give, whoever calls them."""

from dataclasses import dataclass
from typing import Any, NamedTuple

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The signed-in person on whose behalf an operation runs."""

    user_id: str
    username: str
    full_name: str
    environment_id: int
    roles: frozenset[str] = frozenset()
    security_level: int = 0
    kinds_seen: frozenset[str] = frozenset()  # of documents that his security level lets him see
    shows_phones: bool = False  # whether his environment shows him the phone numbers of role players
    access_level: str = "cost_centers"  # what his links mean: cost_centers, companies or unlimited
    pin_required: bool = False  # whether one of his roles signs with a PIN
    pin_set: bool = False  # when he was read; a PIN that is set later is no change of authority
    session_epoch: int = 0  # sessions that began under another number have ended
    scopes: frozenset[str] | None = None  # what his token may be used for; None for who came without an API token
    guest_in: frozenset[int] | None = None  # environments of active partners that know him as a guest; None where he never was one
    home_id: int | None = None  # of a guest: the environment that he belongs to, while `environment_id` is where he acts
    authority_version: int | None = None  # as of which a cache knows him; None where he was read for this request

    def has_role(self, *roles: str) -> bool:
        """Return whether the caller holds one of the roles."""
        return not self.roles.isdisjoint(roles)


class CallerOutdated(Exception):
    """People, roles or tokens changed since the caller was cached: he is asked for again, and the operation runs again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """An Idempotency-Key with the route it was sent to and the digest of what was sent."""

    key: str
    route: str
    digest: str


class Answer(NamedTuple):
    """The JSON body of an answer in the form of API.md; `status` is 200 or, for something new, 201."""

    body: JsonObject
    status: int = 200
    revision: int | None = None


def page(items: list[JsonObject], *, next_cursor: str | None = None) -> JsonObject:
    """Return a list answer."""
    return {"items": items, "next_cursor": next_cursor}
