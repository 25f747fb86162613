"""The environment's own text of a mail, and the product's again."""

from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import NotFound, StaleRevision
from app.domain.people import ADMINISTRATOR
from app.operations.answer import Answer, Caller, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.mails.templates import find_template, read_text, template_view, text_of
from app.operations.mails.texts import MailText
from app.operations.system import System
from app.operations.turn import check_current, read_environment
from app.operations.visibility import require_role
from app.persistence import mails, people


def put_mail_template(
    system: System,
    caller: Caller,
    template: str,
    language: str,
    *,
    subject: str,
    text: str,
    dry_run: bool = False,
    revision: int | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Let mails of a template in a language say something else, or with `dry_run` only return how one would look.

    Raises:
        NotPermitted: the caller is no administrator.
        NotFound: there is no such template or language.
        InvalidRequest: an empty or too long text, or placeholders that the template does not know.
        StaleRevision: somebody changed it since.
    """
    require_role(caller, ADMINISTRATOR, verb="change the mail templates")
    find_template(template, language)
    own = read_text(template, subject=subject, text=text)
    return _change(system, caller, template, language, own=own, dry_run=dry_run, revision=revision, request=request)


def delete_mail_template(
    system: System, caller: Caller, template: str, language: str, *, revision: int | None = None, request: RequestKey | None = None
) -> Answer:
    """Let mails of a template in a language say what the product says again.

    Raises:
        NotPermitted: the caller is no administrator.
        NotFound: there is no such template or language, or the environment has no text of its own.
        StaleRevision: somebody changed it since.
    """
    require_role(caller, ADMINISTRATOR, verb="change the mail templates")
    find_template(template, language)
    return _change(system, caller, template, language, own=None, dry_run=False, revision=revision, request=request)


def _change(
    system: System,
    caller: Caller,
    template: str,
    language: str,
    *,
    own: MailText | None,
    dry_run: bool,
    revision: int | None,
    request: RequestKey | None,
) -> Answer:
    named = {"template": template, "language": language}

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            environment = read_environment(work, caller.environment_id)
            check_current(caller, environment)
            row, now = mails.find_template(work, environment.id, **named), system.clock()
            before = 0 if row is None else row.revision
            if revision is not None and revision != before:
                raise StaleRevision(what=f"mail template {template}/{language}", expected=revision, actual=before)
            if own is None and row is None:
                raise NotFound(what="own text of the mail template", id=f"{template}/{language}")
            if own is not None and not dry_run:
                values: dict[str, Any] = {
                    "subject": own.subject,
                    "text": own.text,
                    "changed_by": caller.user_id,
                    "changed_at": now,
                    "revision": before + 1,
                }
                mails.put_template(work, environment.id, **named, **values)
            elif own is None:
                mails.delete_template(work, environment.id, **named)
            if not dry_run:
                kept = mails.find_template(work, environment.id, **named)
                was, now_is = text_of(row), text_of(kept)
                facts = {**named, "before": _facts(was), "after": _facts(now_is)}
                text = f"{caller.full_name} changed the mail {template} in {language}."
                entry = AuditEntry(at=now, kind="mail_template_changed", text=text, actor=caller.username, facts=facts)
                tell_environment(system, work, environment.id, entry)
                row = kept
            body = template_view(template, find_template(template, language), row, own=own, now=now, zone=environment.zone)
            answer = Answer(body=body, revision=body["revision"])
            remember(work, answer)
            if not dry_run or request is not None:
                work.commit()
            return answer

    return answer_once(system, caller, request, run)


def _facts(text: MailText | None) -> dict[str, str] | None:
    return None if text is None else {"subject": text.subject, "text": text.text}
