"""All tables, one module an area. Every row belongs to an environment."""

from app.persistence.tables import definitions, documents, instances, journal, matrix, people, tasks
from app.persistence.tables.base import metadata

__all__ = ["definitions", "documents", "instances", "journal", "matrix", "metadata", "people", "tasks"]
