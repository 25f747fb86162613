"""All tables, one module an area. Every row belongs to an environment."""

from app.persistence.tables import (
    absences,
    access,
    definitions,
    documents,
    groups,
    inbox,
    instances,
    journal,
    matrix,
    matrix_drafts,
    messages,
    partners,
    people,
    schedules,
    tasks,
)
from app.persistence.tables.base import metadata

__all__ = [
    "absences",
    "access",
    "definitions",
    "documents",
    "groups",
    "inbox",
    "instances",
    "journal",
    "matrix",
    "matrix_drafts",
    "messages",
    "metadata",
    "partners",
    "people",
    "schedules",
    "tasks",
]
