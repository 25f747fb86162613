"""The metadata that all tables share, and the columns that most of them have."""

import sqlalchemy as sa

from app.persistence.types import Id, UtcInstant

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_column() -> sa.Column[str]:
    """Return the primary key: a UUID version 7, made by the operation, so that rows sort by birth."""
    return sa.Column("id", Id, primary_key=True)


def environment_column() -> sa.Column[int]:
    """Return the column that says to which environment (tenant) the row belongs."""
    return sa.Column("environment_id", sa.Integer, sa.ForeignKey("environment.id"), nullable=False)


def owned_environment_column() -> sa.Column[int]:
    """Return the column that says to which environment a row of the hot path belongs: the same as its owner's, which refers to it.

    A foreign key of its own would lock the environment's row for each of them, in all transactions at once, to learn nothing new.
    """
    return sa.Column("environment_id", sa.Integer, nullable=False)


def created_column() -> sa.Column[object]:
    """Return the instant of the row's birth."""
    return sa.Column("created_at", UtcInstant, nullable=False)


def reference(name: str, target: str, *, nullable: bool = False, index: bool = False) -> sa.Column[str]:
    """Return a foreign key column to `target` ("table.id")."""
    return sa.Column(name, Id, sa.ForeignKey(target), nullable=nullable, index=index)


def revision_column() -> sa.Column[int]:
    """Return the number that grows with every change of the row, and that callers echo to change what they have seen alone."""
    return sa.Column("revision", sa.Integer, nullable=False, server_default="1")


def partial_index(name: str, *columns: str, where: str) -> sa.Index:
    """Return an index of the rows alone for which `where` holds; a statement uses it when it says the same with literals."""
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
