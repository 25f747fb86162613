"""Mails about a new status of a document: to who sent it in, to the supplier's contact, to whomever the process names."""

from collections.abc import Iterator, Sequence
from typing import Any

from app.domain.environment_settings import STATUS_MAIL_RECEIVERS
from app.domain.errors import CountersignError
from app.domain.people import Person
from app.domain.status_mail import MAILS_MAX, OWNER, ROLE_PREFIX, SUPPLIER_CONTACT, read_receivers
from app.domain.users import clean_email
from app.engine import ElementEnd, Progress
from app.operations.environment_settings import settings_of
from app.operations.mailing import add_mail, document_facts
from app.operations.turn import Turn

NOTIFY = "notify"
Receiver = Person | str
"""A person, or the address of somebody who has no account."""


def announce_steps(turn: Turn, progress: Progress) -> None:
    """Tell whom the property `notify` of a user task names that it is over, and what came of it. Source: HND-09."""
    for end in progress.left:
        if end.kind == "userTask" and end.state == "completed" and (names := _named(turn, end)):
            outcome = turn.execution.variables().get(end.element)
            status = str(outcome.get("outcome")) if isinstance(outcome, dict) and outcome.get("outcome") else "completed"
            _announce(turn, names, status=status, after=end.name or end.element, key=end.element_instance)


def announce_outcome(turn: Turn, progress: Progress) -> None:
    """Tell the final status of the document to whom the end event that was reached names, else to whom the environment does.

    A process that says nothing about the status of its document says it to nobody either.
    Source: HND-09, AUT-10.
    """
    if turn.document is None or not progress.outcome or not turn.instance.leads_document:
        return
    reached = [end for end in progress.left if end.kind == "endEvent" and progress.outcome in (end.name, end.element)]
    says = [end for end in reached if _property(turn, end) is not None]
    if says:
        names = list(dict.fromkeys(name for end in says for name in _named(turn, end)))
    else:
        names = str(settings_of(turn.system, turn.work, turn.environment)[STATUS_MAIL_RECEIVERS]).split()
    if names:
        _announce(turn, names, status=progress.outcome, after=None, key="end")


def _property(turn: Turn, end: ElementEnd) -> str | None:
    element = turn.definition.element(end.element)
    return None if element is None else element.properties.get(NOTIFY)


def _named(turn: Turn, end: ElementEnd) -> Sequence[str]:
    """Return whom the property names; one that cannot be read stops no process, and stands in the timeline."""
    text = _property(turn, end)
    if text is None or turn.document is None:
        return ()
    try:
        return read_receivers(turn.execution.evaluate(text))
    except (CountersignError, ValueError) as error:
        reason = error.detail if isinstance(error, CountersignError) else f"notify cannot be read, since {error}."
        turn.tell("mail_not_sent", f"No mail about {end.name or end.element}: {reason}", actor="system", element=end.element)
        return ()


def _announce(turn: Turn, names: Sequence[str], *, status: str, after: str | None, key: str) -> None:
    """Write one mail for each receiver, and tell who they are, and who was named and has no address."""
    document = turn.document
    assert document is not None, "only documents have a status"
    told: dict[str, str] = {}
    missing: list[str] = []
    about = {"status": status, "after": after, "document": document_facts(turn), "task_id": None}
    for name in names:
        receivers = [*_receivers(turn, document, name)]
        missing += [] if receivers else [name]
        for receiver in receivers:
            if isinstance(receiver, str):
                payload = about | {"template": "status_contact", "user_id": None, "address": receiver, "company": document.company}
            elif receiver.notify_status:
                payload = about | {"template": "status", "user_id": receiver.id, "address": receiver.email, "name": receiver.full_name}
                payload["path"] = f"/documents/{document.id}"
            else:
                continue
            if payload["address"] not in told and len(told) < MAILS_MAX:
                told[payload["address"]] = receiver if isinstance(receiver, str) else receiver.full_name
                add_mail(turn, payload, key=f"status:{turn.instance.id}:{turn.instance.revision}:{key}:{len(told)}")
    text = f"Mails about {after or status}: {', '.join(told.values()) or 'nobody'}."
    text += f" Without an address: {', '.join(missing)}." if missing else ""
    turn.tell("status_mailed", text, actor="system", facts={"status": status, "receivers": [*names], "missing": missing})


def _receivers(turn: Turn, document: Any, name: str) -> Iterator[Receiver]:
    """Yield who a word such as `owner`, `supplier_contact`, `role:coding` or a user name stands for, as far as he can be reached."""
    if name == SUPPLIER_CONTACT:
        try:
            yield clean_email(document.facts["seller"].get("email") or "")
        except ValueError:
            return
    elif name == OWNER:
        people = (turn.person(document.received_by), turn.person(turn.instance.started_by))
        yield from [person for person in people if person.active and person.email][:1]
    elif name.startswith(ROLE_PREFIX):
        yield from (person for person in turn.directory.with_role(name.removeprefix(ROLE_PREFIX)) if person.email)
    else:
        found = turn.directory.find(name)
        if found is not None and found.active and found.email:
            yield found
