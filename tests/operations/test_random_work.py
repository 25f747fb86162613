"""Random people do random things; what must hold, holds after each of them."""

import os
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule, run_state_machine_as_test

from app.domain.errors import CountersignError
from app.operations.absences.change_backup import change_backup
from app.operations.absences.create_absence import create_absence
from app.operations.absences.end_absence import end_absence
from app.operations.documents.code_lines import code_lines
from app.operations.instances.cancel_instance import cancel_instance
from app.operations.instances.move_token import move_token
from app.operations.instances.reset_role_players import reset_role_players
from app.operations.instances.resolve_incident import resolve_incident
from app.operations.instances.resume_instance import resume_instance
from app.operations.instances.retry_incident import retry_incident
from app.operations.instances.suspend_instance import suspend_instance
from app.operations.people.activate_user import activate_user
from app.operations.people.callers import find_caller
from app.operations.people.change_user import change_user
from app.operations.people.deactivate_user import deactivate_user
from app.operations.people.give_role import give_role
from app.operations.people.take_role import take_role
from app.operations.people.transfer_user import transfer_user
from app.operations.tasks.act_in_bulk import act_in_bulk
from app.operations.tasks.add_approver import add_approver
from app.operations.tasks.answer_question import answer_question
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.ask_question import ask_question
from app.operations.tasks.change_task import change_task
from app.operations.tasks.claim_task import claim_task
from app.operations.tasks.comment_task import comment_task
from app.operations.tasks.create_task import create_task
from app.operations.tasks.delegate_task import delegate_task
from app.operations.tasks.hold_task import hold_task
from app.operations.tasks.read_task import read_task
from app.operations.tasks.reassign_task import reassign_task
from app.operations.tasks.reject_task import reject_task
from app.operations.tasks.release_task import release_task
from app.operations.tasks.return_task import return_task
from app.operations.tasks.unclaim_task import unclaim_task
from app.operations.tasks.withdraw_question import withdraw_question
from app.operations.tasks.withdraw_task import withdraw_task
from app.persistence.tables.absences import absence
from app.persistence.tables.documents import document
from app.persistence.tables.instances import incident
from app.persistence.tables.people import user
from app.persistence.tables.tasks import user_task
from tests.operations import random_office as look
from tests.operations.diagrams import deploy
from tests.operations.partner_people import begin_partnership, end_partnership
from tests.pristine import Pristine

PEOPLE = ("marc", "claire", "donald", "jeremy", "ann", "carl", "frank", "eva", "wfa")
ANYBODY = (*PEOPLE, "kim")
ADDRESSEES = (*PEOPLE, "kim@ACC")
INVOICES = ("invoice_sales_12000", "invoice_charge_80000", "invoice_two_branches", "invoice_without_cost_center")
STEPS_TO = ("CodeInvoice", "ResolveRolePlayers", "ApproveFirstLine", "ApproveSecondLine", "ApproveFirstOverall")
THOROUGH = os.environ.get("COUNTERSIGN_THOROUGH") == "1"
EXAMPLES = int(os.environ.get("COUNTERSIGN_RANDOM_EXAMPLES", "200" if THOROUGH else "10"))
STEPS = int(os.environ.get("COUNTERSIGN_RANDOM_STEPS", "60" if THOROUGH else "30"))

person = st.sampled_from(PEOPLE)
anybody = st.sampled_from(ANYBODY)
which = st.integers(min_value=0, max_value=20)


class RandomWork(look.RandomOffice):
    """Invoices run, and everybody does what comes to mind; a refusal is fine, anything else that fails is not."""

    @initialize(
        names=st.lists(st.sampled_from(INVOICES), min_size=1, max_size=2),
        on_reject=st.sampled_from(["final_rejected", "return_to_previous", "return_to_initiator"]),
        escalate_to=st.sampled_from(["manager", "matrix", "backup"]),
    )
    def begin(self, names: list[str], on_reject: str, escalate_to: str) -> None:
        """Set the process up, and send invoices."""
        if (on_reject, escalate_to) != ("final_rejected", "manager"):
            deploy(self.office, look.varied_process(on_reject=on_reject, escalate_to=escalate_to))
        for name in names:
            self.send(name)

    @rule(name=st.sampled_from(INVOICES))
    def send(self, name: str) -> None:
        """One more invoice arrives, of another number."""
        self.office.start(self.office.send_bytes(look.numbered(name)))

    @rule(who=anybody, number=which, reject=st.booleans())
    def vote(self, who: str, number: int, *, reject: bool) -> None:
        """Somebody votes."""
        task_id = self.task_of(who, number)
        if task_id is None:
            return
        verb: Any = partial(reject_task, reason="No") if reject else approve_task
        if self.attempt(verb, who, task_id):
            self.acknowledged[task_id, self.user_id(who), look.VOTES[reject]] += 1

    @rule(who=person)
    def vote_in_bulk(self, who: str) -> None:
        """Somebody approves whatever he has."""
        ids = [item["id"] for item in self.inbox(who)]
        if ids:
            caller = find_caller(self.office.system, who)
            answer = act_in_bulk(
                self.office.system, caller, action="approve", ids=ids, describe=lambda error: {"status": 409, "code": error.code}
            )
            for result in answer.body["results"]:
                if result["status"] == 200:
                    self.acknowledged[result["id"], caller.user_id, "approved"] += 1

    @rule(number=which, times=st.integers(min_value=1, max_value=4))
    def hurry(self, number: int, times: int) -> None:
        """Whoever may act on some tasks approves them, so that work gets through."""
        for each in range(times):
            task_id = self.task(number + each)
            voters = [who for who in ANYBODY if task_id in {item["id"] for item in self.inbox(who)}]
            who = next((who for who in voters if self.attempt(approve_task, who, task_id)), None)
            if who is not None:
                self.acknowledged[str(task_id), self.user_id(who), "approved"] += 1

    @rule(number=which)
    def withdraw_vote(self, number: int) -> None:
        """Somebody takes back the vote that he gave on a task that is still open, or was a moment ago."""
        votes = [row for row in look.votes_of(self.office) if row.task_status == "open" or number % 4 == 0]
        vote = votes[number % len(votes)] if votes else None
        if vote is not None and self.attempt(withdraw_task, self.username(vote.decided_by), vote.task_id):
            for each in look.VOTES:
                self.acknowledged[vote.task_id, vote.decided_by, each] = 0

    @rule(who=anybody, to=st.sampled_from(ADDRESSEES), number=which)
    def delegate(self, who: str, to: str, number: int) -> None:
        """Somebody hands a task on."""
        self.attempt_on_task(delegate_task, who, number, to=to)

    @rule(who=anybody, number=which, verb=st.sampled_from([claim_task, unclaim_task, hold_task, release_task, return_task]))
    def treat(self, who: str, number: int, verb: Callable[..., Any]) -> None:
        """Somebody claims, holds, releases or gives back."""
        self.attempt_on_task(verb, who, number)

    @rule(who=person, whom=person, number=which)
    def ask(self, who: str, whom: str, number: int) -> None:
        """Somebody asks a colleague about a task."""
        self.attempt_on_task(ask_question, who, number, whom=whom, question="Why?")

    @rule(number=which, withdrawn=st.booleans())
    def answer(self, number: int, *, withdrawn: bool) -> None:
        """Whoever was asked answers, or who asked does not want to know any more."""
        task_id = self.one_of(user_task.c.id, number, user_task.c.status == "open", user_task.c.kind == "question")
        for who in PEOPLE if task_id is not None else ():
            if withdrawn:
                self.attempt(withdraw_question, who, task_id)
            else:
                self.attempt(answer_question, who, task_id, answer="Because.")

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

    @rule(
        number=which,
        people=st.lists(person, min_size=1, max_size=3, unique=True),
        mode=st.sampled_from(["any", "all", "2 of", "60 %", "veto"]),
    )
    def create(self, number: int, people: list[str], mode: str) -> None:
        """The administrator asks people to do something beside the process."""
        document_id = self.one_of(document.c.id, number)
        self.attempt(create_task, "wfa", document_id=document_id, name="Look at it", assignees=people, mode=mode)

    @rule(number=which, cost_center=st.sampled_from(["SALES", "CON", "SUP"]), who=st.sampled_from(["eva", "frank", "wfa"]))
    def code(self, number: int, cost_center: str, who: str) -> None:
        """Somebody codes all lines of a document."""
        document_id = self.one_of(document.c.id, number)
        assert document_id is not None
        rows = look.rows_of(self.office, sa.select(document.c.lines).where(document.c.id == document_id))
        lines = [{"id": line["id"], "cost_center": cost_center} for line in rows[0].lines]
        self.attempt(code_lines, who, document_id, lines=lines)

    @rule(who=person, to=person)
    def deactivate(self, who: str, to: str) -> None:
        """Somebody leaves."""
        self.attempt(deactivate_user, "adm", self.user_id(who), successor=to, confirm=True)

    @rule(number=which)
    def activate(self, number: int) -> None:
        """Somebody comes back."""
        user_id = self.one_of(user.c.id, number, user.c.active.is_(False), user.c.environment_id == 1)
        if user_id is not None:
            self.attempt(activate_user, "adm", user_id)

    @rule(who=person, to=person)
    def transfer(self, who: str, to: str) -> None:
        """Somebody gets other work."""
        self.attempt(transfer_user, "adm", self.user_id(who), to=to, confirm=True)

    @rule(who=person, kind=st.sampled_from(["full", "full", "portal", "none"]))
    def change_kind(self, who: str, kind: str) -> None:
        """Somebody may do less, or more again."""
        self.attempt(change_user, "adm", self.user_id(who), kind=kind, expire_mandates=True)

    @rule(who=person, role=st.sampled_from(["coding", "workflow_administrator"]), given=st.booleans(), running=st.booleans())
    def change_role(self, who: str, role: str, *, given: bool, running: bool) -> None:
        """Somebody gets a role, or loses it."""
        self.attempt(give_role if given else take_role, "adm", self.user_id(who), role=role, apply_to_running=running)

    @rule(who=person, days=st.integers(min_value=-1, max_value=6))
    def end_mandate(self, who: str, days: int) -> None:
        """The matrix lets the mandates of somebody end: yesterday, today, or some day to come."""
        ends_on = self.office.system.clock().date() + timedelta(days=days)
        look.change_mandates(self.office, who, ends_on=ends_on.isoformat())

    @rule(who=person)
    def restore_mandate(self, who: str) -> None:
        """The matrix lets the mandates of somebody hold without an end."""
        look.change_mandates(self.office, who, ends_on=None, status="active")

    @rule(who=person, to=person, days=st.integers(min_value=0, max_value=5), by_absence=st.booleans())
    def leave(self, who: str, to: str, days: int, *, by_absence: bool) -> None:
        """Somebody goes on holiday, or names a backup."""
        if not by_absence:
            self.attempt(change_backup, who, changes={"backup": to, "active": True})
            return
        today = self.office.system.clock().date()
        self.attempt(create_absence, who, stand_in=to, starts_on=today, ends_on=today + timedelta(days=days))

    @rule(who=person)
    def come_back(self, who: str) -> None:
        """Somebody comes back from holiday before its end."""
        absence_id = self.one_of(absence.c.id, 0, absence.c.user_id == self.user_id(who), absence.c.ended_at.is_(None))
        if absence_id is not None:
            self.attempt(end_absence, who, absence_id)

    @rule(ended=st.booleans())
    def change_partners(self, *, ended: bool) -> None:
        """The two environments become partners, or are no longer."""
        try:
            (end_partnership if ended else begin_partnership)(self.office)
        except (CountersignError, IndexError):
            return

    @rule(hours=st.integers(min_value=1, max_value=24 * 8))
    def wait(self, hours: int) -> None:
        """Time passes, and what is due is done: reminders, escalations, what others caused."""
        self.clock.advance(hours=hours)
        self.office.tick()

    @rule(number=which)
    def reset(self, number: int) -> None:
        """The administrator determines role players again."""
        self.attempt(reset_role_players, "wfa", self.instance(number), reason="Looked at again")

    @rule(number=which, verb=st.sampled_from([suspend_instance, resume_instance, resume_instance, cancel_instance]))
    def steer(self, number: int, verb: Callable[..., Any]) -> None:
        """The administrator stops an instance, lets it go on, or ends it."""
        self.attempt(verb, "wfa", self.instance(number), reason="Looked at")
        self.clock.advance(minutes=6)  # what waited for it is looked at again every five minutes

    @rule(number=which, to=st.sampled_from(STEPS_TO))
    def move(self, number: int, to: str) -> None:
        """The administrator moves an instance elsewhere."""
        instance_id = self.instance(number)
        waiting = [user_task.c.instance_id == instance_id, user_task.c.status == "open", user_task.c.kind.in_(("approval", "task"))]
        cancel = look.rows_of(self.office, sa.select(user_task.c.element).where(*waiting))
        self.attempt(move_token, "wfa", instance_id, cancel=[row.element for row in cancel], activate=[to], reason="Elsewhere")

    @rule(resolved=st.booleans())
    def mend(self, *, resolved: bool) -> None:
        """The administrator retries what failed, or takes it as done."""
        for row in look.rows_of(self.office, sa.select(incident.c.id).where(incident.c.status == "open").order_by(incident.c.id)):
            self.attempt(resolve_incident if resolved else retry_incident, "adm", row.id)

    @rule(who=anybody, status=st.sampled_from(["open", "completed", "escalated"]), number=which)
    def read(self, who: str, status: str, number: int) -> None:
        """Somebody looks at what he has or had: whatever an inbox shows opens, and may be commented on."""
        items = self.inbox(who, status=status)
        if items:
            caller = find_caller(self.office.system, who)
            task_id = items[number % len(items)]["id"]
            read_task(self.office.system, caller, task_id)
            comment_task(self.office.system, caller, task_id, text="Seen")

    @invariant()
    def what_must_hold_holds(self) -> None:
        """Whatever is due is done first, and what waits for that a little later; then rows, votes, duties, routes and audit agree."""
        self.office.tick()
        self.clock.advance(minutes=2)
        self.office.tick()
        votes = look.votes_of(self.office)
        look.check_slots(votes)
        look.check_acknowledged(votes, self.acknowledged)
        look.check_duties(self.office, votes)
        look.check_approved(self.office, votes)
        look.check_audit(self.office, votes)
        look.check_somebody_can_act(self.office)
        look.check_rows(self.office)


@pytest.mark.timeout(7200 if THOROUGH else 300)
def test_random_people_do_random_things(pristine: Pristine, tmp_path: Path) -> None:
    """Issue 6: approve, delegate, hold, escalate, deactivate, change roles, move the clock.

    MXR-01, MXR-07, MXR-08, MXR-09, ESC-04, MUL-05, HND-08, USR-39, COD-05, PAR-10.
    """
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    phases = (Phase.generate, Phase.shrink) if THOROUGH else (Phase.generate,)
    how = settings(
        phases=phases,
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=checks,
        derandomize=not THOROUGH,
    )
    run_state_machine_as_test(partial(RandomWork, partial(look.opened, pristine, tmp_path)), settings=how)
