"""What operations work with: made once by the composition root, passed to every operation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from app.domain.environment_settings import SettingValue
from app.domain.matrix.authority import Rates
from app.domain.matrix.snapshot import Snapshot
from app.domain.people import Directory
from app.engine import Definition, DefinitionCache, Progress
from app.formats.dmn import DecisionModel
from app.operations.answer import Caller
from app.operations.cache import Cache
from app.persistence.database import Database

if TYPE_CHECKING:
    from app.operations.calendars.in_force import Calendars
    from app.operations.matrix.snapshots import Catalogue, Newest


class PasswordHasher(Protocol):
    """Hashes and verifies passwords; slow on purpose."""

    def hash(self, password: str) -> str:
        """Return the encoded hash."""

    def verify(self, encoded: str | None, password: str) -> bool:
        """Return whether the password is the one that was hashed; without a hash it takes the same time and is never true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """Whose token it is, as of the authority version that stands in the caller."""

    caller: Caller
    expires_at: datetime | None
    token_id: str | None = None
    noted_at: datetime | None = None  # when its use was last looked at, so that it is stored at most once an hour


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """The clock, the database, the caches and the ways out of the process."""

    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    new_secret: Callable[[], str]
    send_mail: Callable[[EmailMessage], None]
    queue_is_up: Callable[[], bool]
    passwords: PasswordHasher
    public_url: str
    mail_from: str
    demo: bool = False
    watch: Callable[[Definition, Progress], None] | None = None
    """Sees what every turn did, such as the coverage of scenarios; None in production."""
    definitions: DefinitionCache = field(default_factory=lambda: DefinitionCache(maxsize=256))
    decisions: Cache[tuple[int, str, int], DecisionModel] = field(default_factory=lambda: Cache(maxsize=256))
    directories: Cache[tuple[int, int], Directory] = field(default_factory=lambda: Cache(maxsize=64))
    settings: Cache[tuple[int, int], Mapping[str, SettingValue]] = field(default_factory=lambda: Cache(maxsize=64))
    environments: "Cache[int, Environment]" = field(default_factory=lambda: Cache(maxsize=64))
    tokens: Cache[str, KnownToken] = field(default_factory=lambda: Cache(maxsize=10_000))
    snapshots: Cache[tuple[int, int, int, str], Snapshot] = field(default_factory=lambda: Cache(maxsize=16))
    newest_snapshots: "Cache[tuple[int, str], Newest]" = field(default_factory=lambda: Cache(maxsize=64))
    rates: Cache[tuple[int, int], Rates] = field(default_factory=lambda: Cache(maxsize=64))
    codable: Cache[tuple[int, int, str | None, frozenset[str]], frozenset[str]] = field(default_factory=lambda: Cache(maxsize=4096))
    bound_definitions: Cache[tuple[int, int, str, str, str], Any] = field(default_factory=lambda: Cache(maxsize=1024))
    calendars: "Cache[tuple[int, int, int], Calendars]" = field(default_factory=lambda: Cache(maxsize=64))
    catalogues: "Cache[tuple[int, int], Catalogue]" = field(default_factory=lambda: Cache(maxsize=64))


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The tenant a transaction belongs to, as of the versions that the current transaction sees."""

    id: int
    key: str
    zone: ZoneInfo
    base_currency: str
    authority_version: int
    matrix_version: int
    definitions_version: int
