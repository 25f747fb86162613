"""Random people do random things; what must hold, holds after each of them."""

import hashlib
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.domain.absence import find_covers
from app.domain.audit import CHAIN_START, AuditEntry
from app.domain.errors import CountersignError, MandateNotInForce, SeparationOfDuty
from app.operations.absences.change_backup import change_backup
from app.operations.absences.create_absence import create_absence
from app.operations.instances.reset_role_players import reset_role_players
from app.operations.instances.retry_incident import retry_incident
from app.operations.people.activate_user import activate_user
from app.operations.people.callers import find_caller
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.give_role import give_role
from app.operations.people.take_role import take_role
from app.operations.people.transfer_user import transfer_user
from app.operations.tasks.acting import check_mandate
from app.operations.tasks.add_approver import add_approver
from app.operations.tasks.answer_question import answer_question
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.ask_question import ask_question
from app.operations.tasks.change_task import change_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.duty import check_duty
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.reassign_task import reassign_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.release_task import release_task
from app.operations.tasks.return_task import return_task
from app.operations.tasks.unclaim_task import unclaim_task
from app.operations.tasks.withdraw_question import withdraw_question
from app.operations.tasks.withdraw_task import withdraw_task
from app.operations.turn import turn_of_task
from app.persistence.tables.instances import incident, process_instance, route
from app.persistence.tables.journal import audit_event
from app.persistence.tables.people import user
from app.persistence.tables.tasks import assignment, transaction_role, user_task
from app.runtime import postgres
from app.wiring import build_system
from tests.conftest import SERVER_URL, PlainPasswords, VirtualClock, test_settings
from tests.operations.conftest import Office

PEOPLE = ("marc", "claire", "donald", "jeremy", "ann", "carl", "frank", "eva", "wfa")
INVOICES = ("invoice_sales_12000", "invoice_charge_80000", "invoice_two_branches", "invoice_without_cost_center")
NUMBERS = {"invoice_sales_12000": "A-2026-1201"}
THOROUGH = os.environ.get("COUNTERSIGN_THOROUGH") == "1"
EXAMPLES, STEPS = (200, 60) if THOROUGH else (6, 30)
VOTES = ("approved", "rejected")

person = st.sampled_from(PEOPLE)
which = st.integers(min_value=0, max_value=20)


class RandomWork(RuleBasedStateMachine):
    """Invoices run, and everybody does what comes to mind; a refusal is fine, anything else that fails is not."""

    def __init__(self, open_office: Callable[[], Any]) -> None:
        super().__init__()
        self._opened = open_office()
        self.office: Office = self._opened.__enter__()
        self.acknowledged: Counter[tuple[str, str, str]] = Counter()

    def teardown(self) -> None:
        """Close the office."""
        self._opened.__exit__(None, None, None)

    @initialize(names=st.lists(st.sampled_from(INVOICES), min_size=1, max_size=2))
    def begin(self, names: list[str]) -> None:
        """Send invoices, and start their instances."""
        for name in names:
            self.send(name)

    @rule(name=st.sampled_from(INVOICES))
    def send(self, name: str) -> None:
        """One more invoice arrives, of another number."""
        text = (Path(__file__).parents[1] / "data" / "ubl" / f"{name}.xml").read_text()
        start = text.index("<cbc:ID>") + len("<cbc:ID>")
        numbered = f"{text[:start]}{uuid4().hex[:8]}-{text[start:]}"
        self.office.start(self.office.send_bytes(numbered.encode()))

    def task(self, number: int) -> str | None:
        """Return one of the open tasks."""
        with self.office.system.database.read() as reading:
            rows = reading.rows(sa.select(user_task.c.id).where(user_task.c.status == "open").order_by(user_task.c.id))
        return str(rows[number % len(rows)].id) if rows else None

    def attempt(self, verb: Callable[..., Any], username: str, *arguments: Any, **named: Any) -> bool:
        """Let somebody try; return whether he was let. Who is not active cannot."""
        try:
            verb(self.office.system, find_caller(self.office.system, username), *arguments, **named)
        except CountersignError:
            return False
        return True

    def attempt_on_task(self, verb: Callable[..., Any], username: str, number: int, **named: Any) -> None:
        """Let somebody try something on a task."""
        task_id = self.task(number)
        if task_id is not None:
            self.attempt(verb, username, task_id, **named)

    def user_id(self, username: str) -> str:
        """Return somebody's id, active or not."""
        with self.office.system.database.read() as reading:
            row = reading.row(sa.select(user.c.id).where(user.c.username == username, user.c.environment_id == 1))
        assert row is not None
        return str(row.id)

    @rule(who=person, number=which, reject=st.booleans(), own=st.booleans())
    def vote(self, who: str, number: int, *, reject: bool, own: bool) -> None:
        """Somebody votes: on a task of his own, or on any."""
        task_id = self.task(number)
        if own:
            try:
                items = self.office.inbox(who)
            except CountersignError:
                return
            task_id = items[number % len(items)]["id"] if items else task_id
        if task_id is None:
            return
        verb: Any = partial(reject_task, reason="No") if reject else approve_task
        if self.attempt(verb, who, task_id):
            self.acknowledged[task_id, self.user_id(who), VOTES[reject]] += 1

    @rule(who=person, number=which)
    def withdraw_vote(self, who: str, number: int) -> None:
        """Somebody takes his vote back."""
        task_id = self.task(number)
        if task_id is not None and self.attempt(withdraw_task, who, task_id):
            user_id = self.user_id(who)
            for vote in VOTES:
                self.acknowledged[task_id, user_id, vote] = 0

    @rule(who=person, to=person, number=which)
    def delegate(self, who: str, to: str, number: int) -> None:
        """Somebody hands a task on."""
        self.attempt_on_task(delegate_task, who, number, to=to)

    @rule(who=person, number=which, verb=st.sampled_from([claim_task, unclaim_task, hold_task, release_task, return_task]))
    def treat(self, who: str, number: int, verb: Callable[..., Any]) -> None:
        """Somebody claims, holds, releases or gives back."""
        self.attempt_on_task(verb, who, number)

    @rule(who=person, whom=person, number=which)
    def ask(self, who: str, whom: str, number: int) -> None:
        """Somebody asks a colleague."""
        self.attempt_on_task(ask_question, who, number, whom=whom, question="Why?")

    @rule(who=person, number=which, withdrawn=st.booleans())
    def answer(self, who: str, number: int, *, withdrawn: bool) -> None:
        """Somebody answers, or does not want to know any more."""
        if withdrawn:
            self.attempt_on_task(withdraw_question, who, number)
        else:
            self.attempt_on_task(answer_question, who, number, answer="Because.")

    @rule(to=person, number=which)
    def reassign(self, to: str, number: int) -> None:
        """The administrator of the workflow gives a task to somebody else."""
        self.attempt_on_task(reassign_task, "wfa", number, to=to, reason="He knows")

    @rule(who=person, to=person, number=which)
    def add(self, who: str, to: str, number: int) -> None:
        """Somebody wants one more signature."""
        self.attempt_on_task(add_approver, who, number, user=to)

    @rule(number=which, days=st.integers(min_value=1, max_value=9))
    def postpone(self, number: int, days: int) -> None:
        """The administrator moves a due date."""
        due_at = self.office.system.clock() + timedelta(days=days)
        self.attempt_on_task(change_task, "wfa", number, changes={"due_at": due_at})

    @rule(who=person, to=person)
    def deactivate(self, who: str, to: str) -> None:
        """Somebody leaves."""
        self.attempt(deactivate_user, "adm", self.user_id(who), successor=to, confirm=True)

    @rule(who=person)
    def activate(self, who: str) -> None:
        """Somebody comes back."""
        self.attempt(activate_user, "adm", self.user_id(who))

    @rule(who=person, to=person)
    def transfer(self, who: str, to: str) -> None:
        """Somebody gets other work."""
        self.attempt(transfer_user, "adm", self.user_id(who), to=to, confirm=True)

    @rule(who=person, role=st.sampled_from(["coding", "workflow_administrator"]), given=st.booleans(), running=st.booleans())
    def change_role(self, who: str, role: str, *, given: bool, running: bool) -> None:
        """Somebody gets a role, or loses it."""
        self.attempt(give_role if given else take_role, "adm", self.user_id(who), role=role, apply_to_running=running)

    @rule(who=person, to=person, days=st.integers(min_value=0, max_value=5), by_absence=st.booleans())
    def leave(self, who: str, to: str, days: int, *, by_absence: bool) -> None:
        """Somebody goes on holiday, or names a backup."""
        if not by_absence:
            self.attempt(change_backup, who, changes={"backup": to, "active": True})
            return
        today = self.office.system.clock().date()
        self.attempt(create_absence, who, stand_in=to, starts_on=today, ends_on=today + timedelta(days=days))

    @rule(hours=st.integers(min_value=1, max_value=24 * 8))
    def wait(self, hours: int) -> None:
        """Time passes, and what is due is done: reminders, escalations, what others caused."""
        self.clock.advance(hours=hours)
        self.office.tick()

    @rule(number=which)
    def reset(self, number: int) -> None:
        """The administrator determines role players again."""
        with self.office.system.database.read() as reading:
            rows = reading.rows(sa.select(process_instance.c.id).order_by(process_instance.c.id))
        self.attempt(reset_role_players, "wfa", rows[number % len(rows)].id, reason="Looked at again")

    @rule()
    def retry(self) -> None:
        """The administrator retries what failed."""
        with self.office.system.database.read() as reading:
            rows = reading.rows(sa.select(incident.c.id).where(incident.c.status == "open"))
        for row in rows:
            self.attempt(retry_incident, "adm", row.id)

    @property
    def clock(self) -> VirtualClock:
        """The clock of the office."""
        clock = self.office.system.clock
        assert isinstance(clock, VirtualClock)
        return clock

    @invariant()
    def each_slot_is_decided_at_most_once(self) -> None:
        """Where one signature is enough there is one; nobody votes twice in a slot."""
        voters: dict[tuple[str, int], list[str]] = defaultdict(list)
        for row in self._votes():
            voters[row.task_id, row.slot].append(row.decided_by)
            if row.mode == "any":
                assert len(voters[row.task_id, row.slot]) == 1, row
            assert len(set(voters[row.task_id, row.slot])) == len(voters[row.task_id, row.slot]), row

    @invariant()
    def no_acknowledged_vote_is_lost(self) -> None:
        """Whoever was told that he voted has a vote that stands, with the words he gave."""
        there = {(row.task_id, row.decided_by, row.status) for row in self._votes()}
        for vote, number in self.acknowledged.items():
            assert not number or vote in there, vote

    @invariant()
    def nobody_acts_in_two_steps(self) -> None:
        """Actors and principals alike play one step of a transaction."""
        with self.office.system.database.read() as reading:
            rows = reading.rows(sa.select(transaction_role).where(transaction_role.c.superseded_at.is_(None)))
        steps: dict[tuple[str, str], set[str]] = defaultdict(set)
        for row in rows:
            steps[row.transaction_id, row.user_id].add(row.step)
        assert all(len(each) == 1 for each in steps.values()), steps

    @invariant()
    def every_open_task_has_somebody(self) -> None:
        """Somebody active may act on each open task, else its instance has an incident."""
        self.office.tick()
        system = self.office.system
        with system.database.read() as reading:
            open_tasks = reading.rows(sa.select(user_task).where(user_task.c.status == "open"))
            troubled = {row.instance_id for row in reading.rows(sa.select(incident.c.instance_id).where(incident.c.status == "open"))}
        for row in open_tasks:
            if row.instance_id not in troubled:
                reasons = self._why_nobody(row.id)
                assert reasons is None, (row.name, row.kind, row.mode, reasons)

    def _why_nobody(self, task_id: str) -> list[str] | None:
        """Return why none of the shares can be acted on, None where one can."""
        reasons = []
        with turn_of_task(self.office.system, task_id, caller=None) as turn:
            task = next(each for each in turn.open_tasks.values() if each.id == task_id)
            shares = [each for each in turn.assignments if each.task_id == task_id and each.status in ("open", "asked")]
            for share in shares:
                reasons.append(f"{turn.person(share.user_id).username} for {turn.person(share.principal_id).username}, {share.cause}")
                for candidate in turn.directory:
                    covered = {cover.principal_id for cover in find_covers(turn.directory, candidate.id, on=turn.today)}
                    if not candidate.active or candidate.kind == "none" or share.user_id not in {candidate.id, *covered}:
                        continue
                    try:
                        check_duty(turn, task, share, actor=candidate)
                        check_mandate(turn, task, share)
                    except (SeparationOfDuty, MandateNotInForce) as error:
                        reasons.append(f"{candidate.username}: {error.detail}")
                        continue
                    return None
        return reasons

    @invariant()
    def the_audit_trail_is_the_history(self) -> None:
        """Each vote that was ever given is told once; each chain recomputes."""
        told: Counter[tuple[str, str, str]] = Counter()
        heads: dict[str, tuple[str, int]] = {}
        with self.office.system.database.read() as reading:
            for row in reading.rows(sa.select(audit_event).order_by(audit_event.c.chain, audit_event.c.seq)):
                previous, seq = heads.get(row.chain, (CHAIN_START, 0))
                names = ("at", "kind", "text", "actor", "on_behalf_of", "element", "facts")
                entry = AuditEntry(**{name: getattr(row, name) for name in names})
                assert row.seq == seq + 1
                assert row.hash == hashlib.sha256(previous.encode() + entry.canonical()).hexdigest(), row.kind
                heads[row.chain] = (row.hash, row.seq)
                if row.kind in ("task_approved", "task_rejected"):
                    told[row.facts["task"], row.actor, row.kind.removeprefix("task_")] += 1
            usernames = {row.id: row.username for row in reading.rows(sa.select(user.c.id, user.c.username))}
        for row in self._votes():
            if row.cause != "kept":
                assert told[row.task_id, usernames[row.decided_by], row.status], row

    @invariant()
    def what_is_approved_was_signed(self) -> None:
        """An instance that ended as approved has a signature in each slot of each step of its route."""
        with self.office.system.database.read() as reading:
            done = reading.rows(sa.select(process_instance.c.id).where(process_instance.c.outcome == "Approved for payment"))
            routes = {row.instance_id: row.steps for row in reading.rows(sa.select(route).where(route.c.superseded_at.is_(None)))}
        signed = {(row.instance_id, row.step, row.slot) for row in self._votes() if row.status == "approved"}
        for row in done:
            for step, entry in routes.get(row.id, {}).items():
                assert all((row.id, step, slot) in signed for slot in range(len(entry["slots"]))), (row.id, step)

    def _votes(self) -> Any:
        columns = (*assignment.c, user_task.c.step, user_task.c.mode)
        statement = sa.select(*columns).join(user_task, user_task.c.id == assignment.c.task_id).where(assignment.c.status.in_(VOTES))
        with self.office.system.database.read() as reading:
            return reading.rows(statement.order_by(assignment.c.id))


@contextmanager
def opened(template_url: str, folder: Path, worker: str) -> Iterator[Office]:
    """Give an office on a copy of the template."""
    name = f"countersign_random_{worker}_{uuid4().hex[:8]}"
    if SERVER_URL:
        url = postgres.create_from_template(SERVER_URL, template=f"countersign_template_{worker}", name=name)
    else:
        url = f"sqlite:///{folder / name}.db"
        shutil.copy(template_url.removeprefix("sqlite:///"), folder / f"{name}.db")
    made = replace(
        build_system(test_settings(url, folder)), clock=VirtualClock(), send_mail=lambda _message: None, passwords=PlainPasswords()
    )
    try:
        yield Office(system=made, caller=lambda username: find_caller(made, username))
    finally:
        made.database.engine.dispose()
        if SERVER_URL:
            postgres.drop_database(SERVER_URL, name)
        else:
            (folder / f"{name}.db").unlink()


@pytest.mark.timeout(7200 if THOROUGH else 300)
def test_random_people_do_random_things(template_url: str, tmp_path: Path, worker_id: str) -> None:
    """Issue 6: approve, delegate, hold, escalate, deactivate, change roles, move the clock; MXR-01, MXR-07, MXR-08, ESC-04, USR-39."""
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    phases = (Phase.generate, Phase.shrink) if THOROUGH else (Phase.generate,)
    how = settings(phases=phases, max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=checks, derandomize=not THOROUGH)
    run_state_machine_as_test(partial(RandomWork, partial(opened, template_url, tmp_path, worker_id)), settings=how)
