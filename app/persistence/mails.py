"""Statements about what mails say, and to whom."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.persistence.database import Reading, UnitOfWork
from app.persistence.tables.journal import mail_template
from app.persistence.tables.people import company, environment, user


def read_frame(
    reading: Reading, environment_id: int, *, user_id: str | None, company_key: str | None, template: str
) -> Sequence[sa.Row[Any]]:
    """Return the environment with the receiver's language, once for each own text that it has of the template.

    It is his own or his company's; for somebody without an account that of the company named. `spoken` is the receiver's language; `language`, `subject` and `text` are of the own text, None where there is none.
    """
    spoken = (
        sa.select(sa.func.coalesce(user.c.language, company.c.language))
        .select_from(user.outerjoin(company, sa.and_(company.c.environment_id == user.c.environment_id, company.c.key == user.c.company)))
        .where(user.c.id == user_id)
    )
    if user_id is None:
        spoken = sa.select(company.c.language).where(company.c.environment_id == environment_id, company.c.key == company_key)
    own = sa.and_(mail_template.c.environment_id == environment.c.id, mail_template.c.template == template)
    statement = sa.select(
        environment, spoken.scalar_subquery().label("spoken"), mail_template.c.language, mail_template.c.subject, mail_template.c.text
    )
    return reading.rows(statement.select_from(environment.outerjoin(mail_template, own)).where(environment.c.id == environment_id))


def find_template(reading: Reading, environment_id: int, *, template: str, language: str) -> sa.Row[Any] | None:
    """Return the environment's own text of a template in a language."""
    return reading.row(sa.select(mail_template).where(*_one(environment_id, template, language)))


def list_templates(reading: Reading, environment_id: int) -> Sequence[sa.Row[Any]]:
    """Return the environment's own texts."""
    return reading.rows(sa.select(mail_template).where(mail_template.c.environment_id == environment_id))


def put_template(work: UnitOfWork, environment_id: int, *, template: str, language: str, **values: object) -> None:
    """Store the environment's own text of a template in a language, whatever it was."""
    named = {"environment_id": environment_id, "template": template, "language": language}
    statement = work.upsert(mail_template).values(**named, **values)
    work.execute(statement.on_conflict_do_update(index_elements=[*named], set_=values))


def delete_template(work: UnitOfWork, environment_id: int, *, template: str, language: str) -> bool:
    """Delete the environment's own text; return whether there was one."""
    return work.execute(sa.delete(mail_template).where(*_one(environment_id, template, language))).rowcount == 1


def _one(environment_id: int, template: str, language: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        mail_template.c.environment_id == environment_id,
        mail_template.c.template == template,
        mail_template.c.language == language,
    )
