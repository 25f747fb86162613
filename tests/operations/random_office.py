"""What the test of random people looks at and checks in the database of its office; see test_random_work.py."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from hypothesis.stateful import RuleBasedStateMachine

from app.domain.audit import CHAIN_START, AuditEntry
from app.domain.errors import CountersignError, MandateNotInForce, SeparationOfDuty
from app.operations.matrix.drafts.change_now import change_matrix_now
from app.operations.people.callers import find_caller
from app.operations.settlement import ESCALATION_INCIDENT, SHARES_INCIDENT
from app.operations.tasks.acting import check_mandate
from app.operations.tasks.duty import check_duty
from app.operations.turn import turn_of_task
from app.persistence.matrix_content import MANDATE, Change, read_values
from app.persistence.tables.documents import document
from app.persistence.tables.instances import incident, process_instance, route, timer
from app.persistence.tables.journal import audit_event, outbox
from app.persistence.tables.people import user
from app.persistence.tables.tasks import assignment, transaction_role, user_task
from app.wiring import build_system
from tests.conftest import PlainPasswords, VirtualClock, test_settings
from tests.operations.conftest import Office
from tests.operations.partner_people import ACC
from tests.pristine import Pristine

DATA = Path(__file__).parents[1] / "data" / "ubl"
INVOICE = Path(__file__).parents[2] / "processes" / "purchase_invoice" / "purchase_invoice.bpmn"
VOTES = ("approved", "rejected")
RUNNING = ("active", "incident")
APPROVED = "Approved for payment"


@contextmanager
def opened(pristine: Pristine, folder: Path) -> Iterator[Office]:
    """Give an office on a database that is as new."""
    made = replace(
        build_system(test_settings(pristine.give(folder), folder)),
        clock=VirtualClock(),
        send_mail=lambda _message: None,
        passwords=PlainPasswords(),
    )
    try:
        yield Office(system=made, caller=lambda username: find_caller(made, username))
    finally:
        made.database.close()


class RandomOffice(RuleBasedStateMachine):
    """An office, and the short verbs of the rules that make it busy."""

    def __init__(self, open_office: Callable[[], Any]) -> None:
        super().__init__()
        self._opened = open_office()
        self.office: Office = self._opened.__enter__()
        self.acknowledged: Counter[tuple[str, str, str]] = Counter()

    def teardown(self) -> None:
        """Close the office."""
        self._opened.__exit__(None, None, None)

    def one_of(self, column: Any, number: int, *where: Any) -> str | None:
        """Return one of the ids that a statement finds."""
        rows = rows_of(self.office, sa.select(column.label("id")).where(*where).order_by(column))
        return str(rows[number % len(rows)].id) if rows else None

    def task(self, number: int) -> str | None:
        """Return one of the open tasks."""
        return self.one_of(user_task.c.id, number, user_task.c.status == "open")

    def instance(self, number: int) -> str | None:
        """Return one of the process instances, half of the time one that runs."""
        live = () if number % 2 else (process_instance.c.ended_at.is_(None),)
        return self.one_of(process_instance.c.id, number, *live)

    def attempt(self, verb: Callable[..., Any], username: str, *arguments: Any, **named: Any) -> bool:
        """Let somebody try; return whether he was let. Who is not active cannot."""
        try:
            verb(self.office.system, find_caller(self.office.system, username), *arguments, **named)
        except CountersignError:
            return False
        return True

    def attempt_on_task(self, verb: Callable[..., Any], username: str, number: int, **named: Any) -> None:
        """Let somebody try something on a task, mostly on one that he has."""
        task_id = self.task_of(username, number)
        if task_id is not None:
            self.attempt(verb, username, task_id, **named)

    def task_of(self, who: str, number: int) -> str | None:
        """Return an open task of somebody; now and then, and where he has none, any."""
        items = self.inbox(who) if number % 4 else []
        return str(items[number % len(items)]["id"]) if items else self.task(number)

    def inbox(self, who: str, **filters: Any) -> list[dict[str, Any]]:
        """Return somebody's inbox, empty for who is not active."""
        try:
            find_caller(self.office.system, who)
        except CountersignError:
            return []
        return self.office.inbox(who, **filters)

    def user_id(self, username: str) -> str:
        """Return somebody's id, active or not."""
        found = self.one_of(user.c.id, 0, user.c.username == username)
        assert found is not None
        return found

    def username(self, user_id: str) -> str:
        """Return somebody's user name."""
        (row,) = rows_of(self.office, sa.select(user.c.username).where(user.c.id == user_id))
        return str(row.username)

    @property
    def clock(self) -> VirtualClock:
        """The clock of the office."""
        clock = self.office.system.clock
        assert isinstance(clock, VirtualClock)
        return clock


def numbered(name: str) -> bytes:
    """Return a sample invoice with a number that no other has."""
    text = (DATA / f"{name}.xml").read_text()
    start = text.index("<cbc:ID>") + len("<cbc:ID>")
    return f"{text[:start]}{uuid4().hex[:8]}-{text[start:]}".encode()


def varied_process(*, on_reject: str, escalate_to: str) -> bytes:
    """Return the purchase invoice with other settings for rejections and escalations."""
    text = INVOICE.read_text().replace('name="on_reject" value="final_rejected"', f'name="on_reject" value="{on_reject}"')
    return text.replace('name="escalate_to" value="manager"', f'name="escalate_to" value="{escalate_to}"').encode()


def change_mandates(office: Office, username: str, **values: Any) -> None:
    """Change the mandates of somebody, as a new version of the matrix that an administrator of it makes."""
    with office.system.database.write() as work:
        row = work.row(sa.select(user.c.id).where(user.c.username == username, user.c.environment_id == 1))
        assert row is not None
        found = read_values(work, 1, MANDATE, column="user_id", keys=[row.id])
        changes = [
            Change(entity=MANDATE.name, entity_id=key, before=value, after={**value, **values, "revision": value["revision"] + 1})
            for key, value in found.items()
        ]
        now = office.system.clock()
        change_matrix_now(office.system, work, 1, changes, title="Random", author_id=row.id, actor="adm", now=now)
        work.commit()


def rows_of(office: Office, statement: Any) -> Any:
    """Return the rows of a statement."""
    with office.system.database.read() as reading:
        return reading.rows(statement)


def votes_of(office: Office) -> Any:
    """Return every vote that stands in a task, with what its task is and became of it."""
    columns = (*assignment.c, user_task.c.step, user_task.c.mode, user_task.c.slots, user_task.c.document_id)
    state = (user_task.c.status.label("task_status"), user_task.c.outcome)
    statement = sa.select(*columns, *state).join(user_task, user_task.c.id == assignment.c.task_id).where(assignment.c.status.in_(VOTES))
    return rows_of(office, statement.order_by(assignment.c.id))


def names_of(office: Office) -> Mapping[str, str]:
    """Return how the timeline calls each person, by id."""
    rows = rows_of(office, sa.select(user.c.id, user.c.username, user.c.environment_id))
    return {row.id: f"{row.username}@ACC" if row.environment_id == ACC else row.username for row in rows}


def check_slots(votes: Any) -> None:
    """Where one signature is enough there is one; nobody votes twice in a slot."""
    voters: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in votes:
        of_slot = voters[row.task_id, row.slot]
        of_slot.append(row.decided_by)
        if (row.slots[row.slot].get("mode") or row.mode) == "any":
            assert len(of_slot) == 1, row
        assert len(set(of_slot)) == len(of_slot), row


def check_acknowledged(votes: Any, acknowledged: Counter[tuple[str, str, str]]) -> None:
    """Whoever was told that he voted has a vote, whatever became of its task since."""
    there = {(row.task_id, row.decided_by, row.status) for row in votes}
    for vote, number in acknowledged.items():
        assert not number or vote in there, vote


def check_duties(office: Office, votes: Any) -> None:
    """By the roles that stand, and by the signatures that count, nobody plays two steps; who coded or submitted signs nothing."""
    steps: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in rows_of(office, sa.select(transaction_role).where(transaction_role.c.superseded_at.is_(None))):
        steps[row.transaction_id, row.user_id].add(row.step)
    assert all(len(each) == 1 for each in steps.values()), steps
    excluded = {row.id: {row.received_by, *row.coders} for row in rows_of(office, sa.select(document))}
    signed: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in votes:
        counts = row.task_status == "open" or (row.task_status == "completed" and row.outcome == "approved")
        if row.step is not None and row.status == "approved" and counts:
            signed[row.document_id, row.decided_by].add(row.step)
            signed[row.document_id, row.principal_id].add(row.step)
            assert not excluded[row.document_id] & {row.decided_by, row.principal_id}, row
    assert all(len(each) == 1 for each in signed.values()), signed


def check_somebody_can_act(office: Office) -> None:
    """Somebody active may act on each open task of an instance that runs, else the instance has an incident."""
    on_tasks = sa.select(user_task).join(process_instance, process_instance.c.id == user_task.c.instance_id)
    running = on_tasks.where(user_task.c.status == "open", process_instance.c.status.in_(RUNNING))
    troubled = {row.instance_id for row in rows_of(office, sa.select(incident.c.instance_id).where(incident.c.status == "open"))}
    for row in rows_of(office, running):
        if row.instance_id not in troubled:
            reasons = why_nobody(office, row.id)
            assert reasons is None, (row.name, row.kind, row.mode, reasons)


def why_nobody(office: Office, task_id: str) -> list[str] | None:
    """Return why none of the shares of a task can be acted on, None where one can by who has it or has succeeded him."""
    reasons = []
    with turn_of_task(office.system, task_id, caller=None) as turn:
        task = next(each for each in turn.open_tasks.values() if each.id == task_id)
        for share in [each for each in turn.assignments if each.task_id == task_id and each.status == "open"]:
            holder, principal = turn.person(share.user_id), turn.person(share.principal_id)
            reasons.append(f"{holder.username} for {principal.username}, {share.cause}")
            actor = turn.directory.acting_for(holder)
            if actor is None or actor.kind == "none":
                continue
            try:
                check_duty(turn, task, share, actor=actor)
                check_mandate(turn, task, share)
            except (SeparationOfDuty, MandateNotInForce) as error:
                reasons.append(f"{actor.username}: {error.detail}")
                continue
            return None
    return reasons


def check_audit(office: Office, votes: Any) -> None:
    """Each vote is told by who gave it; each chain recomputes."""
    told: Counter[tuple[str, str, str]] = Counter()
    heads: dict[str, tuple[str, int]] = {}
    for row in rows_of(office, sa.select(audit_event).order_by(audit_event.c.chain, audit_event.c.seq)):
        previous, seq = heads.get(row.chain, (CHAIN_START, 0))
        names = ("at", "kind", "text", "actor", "on_behalf_of", "element", "facts")
        entry = AuditEntry(**{name: getattr(row, name) for name in names})
        assert row.seq == seq + 1
        assert row.hash == hashlib.sha256(previous.encode() + entry.canonical()).hexdigest(), row.kind
        heads[row.chain] = (row.hash, row.seq)
        if row.kind in ("task_approved", "task_rejected"):
            told[row.facts["task"], row.actor, row.kind.removeprefix("task_")] += 1
    names_by_id = names_of(office)
    for row in votes:
        if row.cause != "kept":
            assert told[row.task_id, names_by_id[row.decided_by], row.status], row


def check_approved(office: Office, votes: Any) -> None:
    """An instance that ended as approved has, for each step of its route, a task that is approved and signed in each of its slots."""
    done = rows_of(office, sa.select(process_instance.c.id).where(process_instance.c.outcome == APPROVED))
    routes = {row.instance_id: row.steps for row in rows_of(office, sa.select(route).where(route.c.superseded_at.is_(None)))}
    signed: dict[tuple[str, str], dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    wanted: dict[str, int] = {}
    for row in votes:
        wanted[row.task_id] = len(row.slots)
        if row.status == "approved" and row.task_status == "completed" and row.outcome == "approved":
            signed[row.instance_id, row.step][row.task_id].add(row.slot)
    for row in done:
        for step, entry in routes.get(row.id, {}).items():
            of_step = signed[row.id, step]
            assert any(len(slots) == wanted[task] >= len(entry["slots"]) for task, slots in of_step.items()), (row.id, step)


def check_rows(office: Office) -> None:
    """Rows say the same: no share, timer or incident of what is over; an instance with an incident says so; nothing was given up."""
    over = sa.select(user_task.c.id).where(user_task.c.status != "open")
    assert not rows_of(office, sa.select(assignment).where(assignment.c.status == "open", assignment.c.task_id.in_(over)))
    assert not rows_of(office, sa.select(timer).where(timer.c.status.in_(("waiting", "paused")), timer.c.task_id.in_(over)))
    assert not rows_of(office, sa.select(timer).where(timer.c.status == "failed"))
    refused = [
        (row.kind, row.status, row.payload)
        for row in rows_of(office, sa.select(outbox).where(outbox.c.attempts > sa.case((outbox.c.kind == "mail", 1), else_=0)))
    ]
    assert not refused, refused
    incidents = rows_of(office, sa.select(incident.c.instance_id, incident.c.element_instance).where(incident.c.status == "open"))
    troubled = {row.instance_id for row in incidents}
    of_process = {row.instance_id for row in incidents if not row.element_instance.startswith((SHARES_INCIDENT, ESCALATION_INCIDENT))}
    for row in rows_of(office, sa.select(process_instance)):
        if row.status in RUNNING:
            assert (row.status == "incident") == (row.id in troubled), row.id
        else:  # a task that was made by hand outlives its instance
            assert row.status == "suspended" or row.id not in of_process, row.id
