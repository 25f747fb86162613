"""What deactivating and transferring have in common: roles and mandates go to a successor in one transaction, the worklist after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.audit import AuditEntry
from app.domain.errors import GrantRefused, InvalidRequest, StaleRevision
from app.domain.leaving_errors import HandoverConflicts, SuccessorRefused, UserNotActive
from app.domain.people import INTEGRATOR, Directory, Person
from app.domain.succession import steps_in_the_way
from app.operations.absences.entering import find_person
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.environment_story import tell_environment
from app.operations.idempotency import Remember, answer_once
from app.operations.instances.view import person_view
from app.operations.matrix.content import content_in_force
from app.operations.matrix.drafts.change_now import change_matrix_now
from app.operations.matrix.views import mandate_views
from app.operations.partners.calling_back import call_back_from_person
from app.operations.people.handing_over import begin_handing_over
from app.operations.people.held_mandates import held_mandates, let_expire
from app.operations.people.keeping import check_administrator_remains, check_may_give, find_kept
from app.operations.people.sessions import revoke_access
from app.operations.system import Environment, System
from app.operations.turn import check_current, directory_of, read_environment
from app.persistence import absences, leaving, people, users
from app.persistence.database import UnitOfWork
from app.persistence.matrix_content import FINANCIAL_MANDATE, MANDATE, Change, Value, read_values

SHOWN_MAX = 200
ROUTES_A_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Who leaves, who succeeds him, and what goes from one to the other."""

    user: Person
    successor: Person
    stays: bool
    roles: Sequence[str]
    mandates: Sequence[Change]
    expired: dict[str, Value]
    copies: dict[str, Value]
    conflicts: Sequence[JsonObject]
    tasks: int


def leave(
    system: System,
    caller: Caller,
    user_id: str,
    *,
    successor: str,
    stays: bool,
    confirm: bool,
    dry_run: bool,
    revision: int | None,
    request: RequestKey | None,
) -> Answer:
    """Give a user's roles, mandates and worklist to a successor; who does not stay is not active any more.

    1. Check who asks, who leaves and who succeeds.
    2. Copy the roles and the mandates in force or to come; the user's own mandates expire, as a version of the matrix of its own.
    3. Who leaves is out at once: inactive, his sessions and tokens ended.
    4. The worklist follows through the outbox, a turn for each process instance; until then the successor acts for who has left.

    Raises:
        NotPermitted, UserProtected, GrantRefused: the caller may not.
        NotFound: there is no such user in his environment.
        UserNotActive: he has left before.
        LastAdministrator: nobody else is an administrator.
        InvalidRequest: an unknown successor, or the user himself.
        SuccessorRefused: the successor is not active, or cannot hold mandates.
        HandoverConflicts: the successor plays another role in running transactions, and nobody has confirmed it; lists them.
        StaleRevision: the user was changed since the caller saw him.
    Source: USR-36, USR-37, USR-39, USR-40.
    """
    verb = "hand over the work of this user" if stays else "deactivate this user"

    def run(remember: Remember) -> Answer:
        with system.database.write() as work:
            people.lock_environment(work, caller.environment_id)
            environment = read_environment(work, caller.environment_id)
            check_current(caller, environment)
            row, roles = find_kept(work, caller, user_id, verb=verb)
            if revision is not None and revision != row.revision:
                raise StaleRevision(what=f"user {row.username}", expected=revision, actual=row.revision)
            if not row.active:
                raise UserNotActive(user=row.full_name)
            if not stays:
                check_administrator_remains(work, row, roles)
            plan = _make_plan(system, work, caller, environment, row, roles=roles, successor=successor, stays=stays)
            if plan.conflicts and not (confirm or dry_run):
                listed = list(plan.conflicts[:SHOWN_MAX])
                raise HandoverConflicts(successor=plan.successor.full_name, count=len(plan.conflicts), conflicts=listed)
            if dry_run:  # nothing to remember: asked again, it looks again
                return Answer(body=_body(system, work, environment, plan, version=environment.matrix_version, dry_run=True))
            version = _carry_out(system, work, caller, environment, plan, revision=row.revision)
            answer = Answer(body=_body(system, work, environment, plan, version=version, dry_run=False), revision=row.revision + 1)
            _tell(system, work, caller, environment, plan, version=version)
            remember(work, answer)
            work.commit()
            return answer

    return answer_once(system, caller, None if dry_run else request, run)


def _make_plan(
    system: System,
    work: UnitOfWork,
    caller: Caller,
    environment: Environment,
    row: Any,
    *,
    roles: Sequence[str],
    successor: str,
    stays: bool,
) -> Plan:
    directory = directory_of(system, work, environment)
    user, heir = find_person(directory, row.id), _find_successor(directory, row, successor)
    copied = [role for role in roles if role not in heir.roles and role != INTEGRATOR]
    check_may_give(caller, copied, to_id=heir.id)
    mandates = held_mandates(work, environment, user.id, system.clock())
    tasks = leaving.count_open_tasks(work, user.id)
    if (mandates or tasks) and not heir.may_stand_in:
        reason = "only an active full user can hold the mandates and act on the tasks"
        raise SuccessorRefused(successor=heir.full_name, user=user.full_name, reason=reason)
    if mandates and heir.id == caller.user_id:
        raise GrantRefused(what=f"yourself the mandates of {user.full_name}", reason="another administrator has to do it")
    copies, changes = _copy_mandates(system, work, environment, mandates, heir)
    return Plan(
        user=user,
        successor=heir,
        stays=stays,
        roles=copied,
        mandates=[*let_expire(mandates), *changes],
        expired=mandates,
        copies=copies,
        conflicts=_find_conflicts(work, environment, user, heir),
        tasks=tasks,
    )


def _find_successor(directory: Directory, row: Any, username: str) -> Person:
    person = directory.find(username)
    if person is None:
        raise InvalidRequest(
            f"There is no user {username}.", errors={"successor": [f"Expected the user name of a colleague, but got {username!r}."]}
        )
    if person.id == row.id:
        raise InvalidRequest("Nobody succeeds himself.", errors={"successor": ["Name a colleague."]})
    if not person.active:
        end = directory.acting_for(person)
        leads_back = end is not None and end.id == row.id
        reason = f"is not active, and leads back to {row.full_name}" if leads_back else "is not active"
        raise SuccessorRefused(successor=person.full_name, user=row.full_name, reason=f"{person.full_name} {reason}")
    return person


def _copy_mandates(
    system: System, work: UnitOfWork, environment: Environment, mandates: dict[str, Value], heir: Person
) -> tuple[dict[str, Value], list[Change]]:
    """Return the successor's copies by id and the changes that make them; what he holds word for word already is not copied."""
    held = held_mandates(work, environment, heir.id, system.clock())
    rows = read_values(work, environment.id, FINANCIAL_MANDATE, column="mandate_id", keys=[*mandates, *held])
    of_mandate: dict[str, list[Value]] = {}
    for value in rows.values():
        of_mandate.setdefault(value["mandate_id"], []).append(value)
    there = [_words(value, of_mandate.get(mandate_id, [])) for mandate_id, value in held.items()]
    copies: dict[str, Value] = {}
    changes: list[Change] = []
    for mandate_id, value in mandates.items():
        financial = of_mandate.get(mandate_id, [])
        if _words(value, financial) in there:
            continue
        copy_id = system.new_id()
        copies[copy_id] = {**value, "user_id": heir.id, "copied_from": mandate_id, "revision": 1}
        changes.append(Change(entity=MANDATE.name, entity_id=copy_id, before=None, after=copies[copy_id]))
        changes += [
            Change(
                entity=FINANCIAL_MANDATE.name,
                entity_id=system.new_id(),
                before=None,
                after={**row, "mandate_id": copy_id, "revision": 1},
            )
            for row in financial
        ]
    return copies, changes


def _words(mandate: Value, financial: Sequence[Value]) -> tuple[Any, ...]:
    """Return what a mandate says, whoever holds it."""
    rows = sorted(repr(sorted((name, value) for name, value in row.items() if name not in {"mandate_id", "revision"})) for row in financial)
    return mandate["rule_id"], mandate["starts_on"], mandate["ends_on"], rows


def _find_conflicts(work: UnitOfWork, environment: Environment, user: Person, heir: Person) -> list[JsonObject]:
    """Return the running transactions in which the successor plays another step than the one he would take over. Source: MXR-08."""
    conflicts: list[JsonObject] = []
    after: str | None = None
    while True:
        page = leaving.routes_naming(work, environment.id, user.username, after=after, limit=ROUTES_A_PAGE)
        transactions = {row.id: row.document_id or row.id for row in page}
        played = leaving.roles_in(work, sorted(set(transactions.values())), heir.id)
        approved = leaving.approved_steps_of(work, list(transactions))
        for row in page:
            steps = steps_in_the_way(
                row.steps,
                user=user.username,
                heir=heir.username,
                played=played.get(transactions[row.id], ()),
                decided=approved.get(row.id, ()),
            )
            if steps:
                conflicts.append({"process_instance_id": row.id, "document_id": row.document_id, "number": row.number, "steps": steps})
        if len(page) < ROUTES_A_PAGE:
            return conflicts
        after = page[-1].id


def _carry_out(system: System, work: UnitOfWork, caller: Caller, environment: Environment, plan: Plan, *, revision: int) -> int:
    """Write everything, and return the version of the matrix in force then."""
    now = system.clock()
    users.add_roles(work, environment.id, plan.successor.id, plan.roles)
    if plan.stays:
        people.update_user(work, plan.user.id, revision=revision + 1)
    else:
        people.update_user(work, plan.user.id, active=False, successor_id=plan.successor.id, backup_active=False, revision=revision + 1)
        absences.end_absences(work, plan.user.id, ended_at=now, ended_by=caller.user_id)
        revoke_access(system, work, plan.user.id)
    people.raise_authority_version(work, environment.id)
    begin_handing_over(system, work, environment.id, user=plan.user, successor=plan.successor, now=now)
    call_back_from_person(system, work, plan.user.id, why=f"{plan.user.full_name} hands over to {plan.successor.full_name}.", now=now)
    version = change_matrix_now(
        system,
        work,
        environment.id,
        plan.mandates,
        title=f"{plan.successor.username} takes over the mandates of {plan.user.username}",
        author_id=caller.user_id,
        actor=caller.username,
        now=now,
    )
    return environment.matrix_version if version is None else version.number


def _tell(system: System, work: UnitOfWork, caller: Caller, environment: Environment, plan: Plan, *, version: int) -> None:
    what = "handed over the work of" if plan.stays else "deactivated"
    entry = AuditEntry(
        at=system.clock(),
        kind="user_transferred" if plan.stays else "user_deactivated",
        text=f"{caller.full_name} {what} {plan.user.full_name}; {plan.successor.full_name} takes over.",
        actor=caller.username,
        facts={
            "user": plan.user.username,
            "successor": plan.successor.username,
            "roles": list(plan.roles),
            "expired": list(plan.expired),
            "copies": {copy_id: value["copied_from"] for copy_id, value in plan.copies.items()},
            "conflicts": [each["process_instance_id"] for each in plan.conflicts],
            "version": version,
        },
    )
    tell_environment(system, work, environment.id, entry)


def _body(system: System, work: UnitOfWork, environment: Environment, plan: Plan, *, version: int, dry_run: bool) -> JsonObject:
    directory = directory_of(system, work, environment)
    shown = {**plan.expired, **plan.copies} if not dry_run else plan.expired
    views = {view["id"]: view for view in mandate_views(content_in_force(work, environment.id), directory, shown)}
    return {
        "id": plan.user.id,
        "username": plan.user.username,
        "full_name": plan.user.full_name,
        "active": plan.stays,
        "successor": person_view(directory, plan.successor.id),
        "roles": list(plan.roles),
        "expired": [_mandate(views[each]) for each in list(plan.expired)[:SHOWN_MAX]],
        "expired_count": len(plan.expired),
        "copies": [
            _mandate(views[value["copied_from"]]) | {"id": None if dry_run else copy_id, "copied_from": value["copied_from"]}
            for copy_id, value in list(plan.copies.items())[:SHOWN_MAX]
        ],
        "copied_count": len(plan.copies),
        "tasks": plan.tasks,
        "conflicts": list(plan.conflicts[:SHOWN_MAX]),
        "conflict_count": len(plan.conflicts),
        "version": version,
        "dry_run": dry_run,
    }


def _mandate(view: JsonObject) -> JsonObject:
    """Return a mandate with the steps that it is for."""
    steps = list(dict.fromkeys(step for line in view["financial"] for step in line["steps"]))
    return {name: view[name] for name in ("id", "approval_type", "rule", "starts_on", "ends_on")} | {"steps": steps}
