"""The mandate rows of a matrix, and of the matrix after a change, which shares all other rows with the one before."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

from app.domain.matrix.values import MandateRow

CHANGES_MAX = 1_000
"""How many changed rows are kept beside the others; beyond it all rows are put together anew."""


class MandateRows(Sequence[MandateRow]):
    """All rows in a row, found by id as well. Immutable; after a change they are put together when somebody asks for all of them."""

    __slots__ = ("_all", "_base", "_changes")

    def __init__(self, rows: Iterable[MandateRow] = ()) -> None:
        self._all: tuple[MandateRow, ...] | None = tuple(rows)
        self._base: Mapping[str, MandateRow] = {row.id: row for row in self._all}
        self._changes: Mapping[str, MandateRow | None] = {}

    def find(self, row_id: str) -> MandateRow | None:
        """Return the row of this id, or None when there is none."""
        return self._changes[row_id] if row_id in self._changes else self._base.get(row_id)

    def with_rows(self, *, put: Iterable[MandateRow], removed: Iterable[str]) -> "MandateRows":
        """Return the rows without those of the ids `removed`, and with those of `put` added or in the place of others with the same ids."""
        changes = {**self._changes, **dict.fromkeys(removed), **{row.id: row for row in put}}
        changed = object.__new__(MandateRows)
        changed._all, changed._base, changed._changes = None, self._base, changes
        return changed if len(changes) <= CHANGES_MAX else MandateRows(changed)

    def _put_together(self) -> tuple[MandateRow, ...]:
        if self._all is None:
            changes = self._changes
            kept = [changes.get(row_id, row) for row_id, row in self._base.items()]
            added = [row for row_id, row in changes.items() if row_id not in self._base]
            self._all = tuple(row for row in (*kept, *added) if row is not None)
        return self._all

    def __iter__(self) -> Iterator[MandateRow]:
        return iter(self._put_together())

    def __len__(self) -> int:
        return len(self._put_together())

    @overload
    def __getitem__(self, place: int) -> MandateRow: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[MandateRow]: ...

    def __getitem__(self, place: int | slice) -> MandateRow | Sequence[MandateRow]:
        return self._put_together()[place]

    def __eq__(self, other: object) -> bool:
        return self._put_together() == tuple(other) if isinstance(other, MandateRows | tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._put_together())

    def __repr__(self) -> str:
        return repr(self._put_together())
