"""All tables, one module an area. Every row belongs to an environment."""

from app.persistence.tables import definitions, documents, instances, journal, matrix, matrix_drafts, messages, people, tasks
from app.persistence.tables.base import metadata

__all__ = ["definitions", "documents", "instances", "journal", "matrix", "matrix_drafts", "messages", "metadata", "people", "tasks"]
