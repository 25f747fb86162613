"""Who gets a task: role players of an approval step, named people, everybody with a role."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.errors import CountersignError, InvalidInput, NobodyToAct, RuleError
from app.domain.people import ADMINISTRATOR, MATRIX_ADMINISTRATOR, WORKFLOW_ADMINISTRATOR, Person
from app.domain.voting import is_reachable, parse_mode
from app.engine import UserTaskWait
from app.operations import mailing
from app.operations.kept_signatures import Signature, find_signed, is_decided, use_up
from app.operations.schedules import clocks
from app.operations.tasks.pausing import MANUAL
from app.operations.turn import Turn
from app.operations.wording import join_names, step_name
from app.persistence import instances, tasks

FAR_FUTURE = datetime.fromisoformat("9999-12-31T00:00:00+00:00")
PRIORITY_NORMAL = 50
NAME_LENGTH_MAX = 200
MANUAL_ELEMENT = "ManualTask"
RETURNED = "returned"  # a task of who submitted a document that was sent back to be corrected

JsonSlot = dict[str, Any]
EMPTY: Mapping[int, Sequence[Signature]] = {}


def open_task(turn: Turn, wait: UserTaskWait) -> bool:
    """Open the task of a user task that the engine waits at, with its reminder and escalation; store nothing when that is refused.

    Signatures of an earlier route that hold in a slot stand in it. Return whether they decide the whole task: then it is completed.

    Raises:
        CountersignError: nobody can be asked, or a property cannot be evaluated; the caller makes it an incident.
    """
    step = wait.properties.get("approval_step")
    slots = _slots_of_step(turn, step, wait) if step else _slots_of_people(turn, wait)
    due_at = clocks.find_due(turn, wait)
    name = _text(turn, wait, "title") or wait.name
    row = task_row(turn, element=wait.element, element_instance=wait.element_instance, name=name, slots=slots)
    row |= {
        "kind": "approval" if step else "task",
        "step": step,
        "mode": _mode(turn, wait),
        "reason_required": wait.properties.get("reject_reason_required", "true" if step else "false") == "true",
        "fail_fast": wait.properties.get("fail_fast") == "true",
        "veto": _veto(turn, wait),
        "on_reject": wait.properties.get("on_reject") or ("return_to_previous" if step else "final_rejected"),
        "escalate_to": wait.properties.get("escalate_to"),
        "due_at": due_at,
        "priority": int(wait.properties.get("priority") or PRIORITY_NORMAL),
    }
    signed = find_signed(turn, step, slots) if step else {}
    use_up(turn, signed)
    if signed and all(is_decided(row["mode"], signed.get(number, ()), slot["pool"]) for number, slot in enumerate(slots)):
        _store_signed(turn, row, signed)
        turn.execution.complete(wait.element_instance, {"outcome": "approved", "reason": None})
        return True
    timers = clocks.open_clocks(turn, wait, task_id=row["id"], due_at=due_at)
    _store(turn, row, cause="route" if step else "assignee", signed=signed)
    instances.insert_timers(turn.work, timers)
    return False


def open_incident_task(turn: Turn, *, incident_id: str, element: str, error: CountersignError) -> None:
    """Ask an administrator to look at an incident: for rules the one of the matrix, else the one of the workflow.

    Where nobody is an administrator the incident stands in the list alone: the instance is parked all the same. Source: MXR-09.
    """
    first = MATRIX_ADMINISTRATOR if isinstance(error, RuleError) else WORKFLOW_ADMINISTRATOR
    pool: Sequence[Person] = ()
    for role in (first, WORKFLOW_ADMINISTRATOR, MATRIX_ADMINISTRATOR, ADMINISTRATOR):
        pool = turn.directory.with_role(role)
        if pool:
            break
    if not pool:
        return
    name = turn.definition.elements[element].name if element in turn.definition.elements else element
    slots = [{"pool": [person.username for person in pool], "lines": [], "why": error.detail, "roles": [role], "named": []}]
    row = task_row(turn, element=element, element_instance=f"incident:{incident_id}", name=f"Incident: {name}", slots=slots)
    row |= {"kind": "incident", "step": None, "mode": "any", "reason_required": False, "escalate_to": None, "due_at": None}
    _store(turn, row | {"priority": PRIORITY_NORMAL}, cause="incident")


def open_manual_task(turn: Turn, *, name: str, pool: Sequence[Person], mode: str, due_at: datetime | None, priority: int, why: str) -> str:
    """Ask people to do something about the document that no element of the process asks for, and return the task's id. Source: TSK-06.

    Raises:
        NobodyToAct: the mode needs more people than there are.
    """
    slots = [{"pool": [person.username for person in pool], "lines": [], "why": why}]
    row = task_row(turn, element=MANUAL_ELEMENT, element_instance="", name=name, slots=slots)
    row |= {
        "kind": MANUAL,
        "step": None,
        "mode": mode,
        "reason_required": False,
        "escalate_to": None,
        "due_at": due_at,
        "priority": priority,
    }
    _store(turn, row | {"element_instance": f"{MANUAL}:{row['id']}"}, cause=MANUAL)
    return str(row["id"])


def assignment_row(
    turn: Turn, *, task: Mapping[str, Any], slot: int, user_id: str, principal_id: str, cause: str, why: str, previous_id: str | None = None
) -> dict[str, Any]:
    """Return the row of a new open assignment."""
    return {
        "id": turn.system.new_id(),
        "environment_id": turn.environment.id,
        "task_id": task["id"],
        "instance_id": turn.instance.id,
        "slot": slot,
        "user_id": user_id,
        "principal_id": principal_id,
        "cause": cause,
        "status": "open",
        "why": why,
        "sort_at": task["due_at"] or FAR_FUTURE,
        "revision": 1,
        "previous_id": previous_id,
        "created_at": turn.now,
    }


def _slots_of_step(turn: Turn, step: str, wait: UserTaskWait) -> list[JsonSlot]:
    if turn.route is None:
        raise NobodyToAct(element=wait.name, reason="no role players were resolved before this step")
    entry = turn.route.get(step)
    if entry is None or not entry["slots"]:
        raise NobodyToAct(element=wait.name, reason=f"the route of this transaction has no {step_name(step)}")
    assert turn.document is not None, "only the role players of a document are resolved"
    lines = turn.document.lines
    return [slot | {"amount": _sum_amounts([lines[index]["amount"] for index in slot["lines"]])} for slot in entry["slots"]]


def _sum_amounts(amounts: Sequence[str]) -> str:
    """Return what is signed with lines of these amounts."""
    return str(sum(map(Decimal, amounts), Decimal(0)))


def _slots_of_people(turn: Turn, wait: UserTaskWait) -> list[JsonSlot]:
    """Return one slot with the people that `assignees`, `candidate_roles` and `candidate_groups` name, as they are now.

    A group that does not exist stands for the role of that name. Source: MUL-01.
    """
    pool: dict[str, Person] = {}
    reasons = []
    named: list[str] = []
    for username in _names(turn, wait, "assignees"):
        person = turn.directory.find(username)
        acting = turn.directory.acting_for(person) if person else None
        if acting is None:
            raise NobodyToAct(element=wait.name, reason=f"{username} is not an active user and has no successor")
        if not acting.acts:
            raise NobodyToAct(element=wait.name, reason=f"{acting.username} has no licence to act on tasks")
        pool[acting.id] = acting
        named.append(acting.username)
        reasons.append("You are named in the process.")
    groups = {name: turn.directory.in_group(name) for name in _names(turn, wait, "candidate_groups")}
    for group, members in groups.items():
        pool |= {person.id: person for person in members or ()}
        named += [person.username for person in members or ()]
        reasons += [f"You are in the group {group}."] if members else []
    roles = [*_names(turn, wait, "candidate_roles"), *(name for name, members in groups.items() if members is None)]
    for role in roles:
        holders = turn.directory.with_role(role)
        pool |= {person.id: person for person in holders}
        reasons.append(f"You hold the role {role}.")
    if not pool:
        raise NobodyToAct(element=wait.name, reason="no active user has the roles, groups or names that the diagram gives")
    why = _text(turn, wait, "instructions") or " ".join(dict.fromkeys(reasons))
    slot = {"pool": [person.username for person in pool.values()], "lines": [], "why": why}
    return [slot | {"roles": roles, "named": named} if roles else slot]


def _text(turn: Turn, wait: UserTaskWait, name: str) -> str | None:
    """Return the text that a property gives in FEEL; None where it gives none."""
    text = wait.properties.get(name)
    value = turn.execution.evaluate(text, wait.element_instance) if text else None
    if value is not None and not isinstance(value, str):
        raise InvalidInput(reason=f"{name} of {wait.element} must be a text, but is {value!r}")
    return value


def _mode(turn: Turn, wait: UserTaskWait) -> str:
    """Return how many must act: as the diagram writes it, or as its expression says, which begins with "="."""
    written = wait.properties.get("mode") or "any"
    mode = _text(turn, wait, "mode") if written.startswith("=") else written
    try:
        parse_mode(mode or "")
    except ValueError as error:
        raise InvalidInput(reason=f"mode of {wait.element}: {error}") from error
    return mode or ""


def _veto(turn: Turn, wait: UserTaskWait) -> list[str] | None:
    """Return the user names of those whose rejection alone rejects: those that `veto` names, and the holders of each `role:NAME` in it."""
    names: dict[str, None] = {}
    for name in _names(turn, wait, "veto"):
        if name.startswith("role:"):
            names |= dict.fromkeys(person.username for person in turn.directory.with_role(name.removeprefix("role:")))
        else:
            names[name] = None
    return list(names) or None


def is_with_initiator(turn: Turn, wait: UserTaskWait) -> bool:
    """Whether the document is back with who submitted it, so that nobody is asked to approve until it is sent again. Source: HND-02."""
    return any(
        row.kind == RETURNED and (row.element == wait.element or "approval_step" in wait.properties) for row in turn.open_tasks.values()
    )


def _names(turn: Turn, wait: UserTaskWait, name: str) -> list[str]:
    text = wait.properties.get(name)
    if not text:
        return []
    value = turn.execution.evaluate(text, wait.element_instance)
    values = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) and each for each in values):
        raise InvalidInput(reason=f"{name} of {wait.element} must be a list of texts, but is {value!r}")
    return values


def task_row(turn: Turn, *, element: str, element_instance: str, name: str, slots: list[JsonSlot]) -> dict[str, Any]:
    """Return what the row of every new task has in common."""
    return {
        "id": turn.system.new_id(),
        "environment_id": turn.environment.id,
        "instance_id": turn.instance.id,
        "document_id": turn.instance.document_id,
        "element": element,
        "element_instance": element_instance,
        "name": name[:NAME_LENGTH_MAX],
        "status": "open",
        "slots": [{name: value for name, value in slot.items() if name != "considered"} for slot in slots],
        "considered": [slot.get("considered", []) for slot in slots],
        "roles": sorted({role for slot in slots for role in slot.get("roles", ())}) or None,
        "document_hash": None if turn.document is None else turn.document.hash,
        "fail_fast": False,
        "veto": None,
        "on_reject": None,
        "created_at": turn.now,
    }


def _store_signed(turn: Turn, task: dict[str, Any], signed: Mapping[int, Sequence[Signature]]) -> None:
    """Store a task that signatures of an earlier route decide: it is completed as it is opened, and nobody is asked."""
    done = {"status": "completed", "outcome": "approved", "decided_at": turn.now, "reason_required": False}
    tasks.insert_tasks(turn.work, [task | done])
    tasks.insert_assignments(turn.work, _signed_rows(turn, task, signed))
    turn.picture.approved_steps.add(task["step"])
    names = join_names(list(dict.fromkeys(each["principal"] for of_slot in signed.values() for each in of_slot)))
    facts = {"task": task["id"], "step": task["step"], "kept": [each["principal"] for of_slot in signed.values() for each in of_slot]}
    turn.tell("signatures_kept", f"{task['name']}: the signature of {names} holds.", actor="system", element=task["element"], facts=facts)


def _signed_rows(turn: Turn, task: Mapping[str, Any], signed: Mapping[int, Sequence[Signature]]) -> list[dict[str, Any]]:
    """Return the assignments of signatures that hold: given when they were given, by whom they were given."""
    rows = []
    for index, of_slot in signed.items():
        for each in of_slot:
            principal, signer = turn.directory.find_named(each["principal"]), turn.directory.find_named(each["signer"])
            assert principal is not None, "whoever signed is never deleted"
            assert signer is not None, "whoever signed is never deleted"
            at = datetime.fromisoformat(each["at"])
            row = assignment_row(
                turn, task=task, slot=index, user_id=signer.id, principal_id=principal.id, cause="kept", why=task["slots"][index]["why"]
            )
            given = {"status": "approved", "decided_by": signer.id, "decided_at": at, "sort_at": at, "reason": each["comment"]}
            rows.append(row | given)
    return rows


def _store(turn: Turn, task: dict[str, Any], *, cause: str, signed: Mapping[int, Sequence[Signature]] = EMPTY) -> None:
    pools = [_people(turn, slot["pool"]) for slot in task["slots"]]
    _check_reachable(task, pools)
    again = f"{turn.asked_again[task['element']]} " if task["element"] in turn.asked_again else ""
    rows: list[dict[str, Any]] = []
    asked: list[Person] = []
    names_of_slots: dict[str, None] = {}
    for index, (slot, pool) in enumerate(zip(task["slots"], pools, strict=True)):
        kept = signed.get(index, ())
        if is_decided(task["mode"], kept, slot["pool"]):
            continue
        gone = {each["principal"] for each in kept}
        of_slot = [person for person in pool if person.username not in gone]
        why = f"{again}{slot['why']}"
        rows += [
            assignment_row(turn, task=task, slot=index, user_id=person.id, principal_id=person.id, cause=cause, why=why)
            for person in of_slot
        ]
        asked += of_slot
        if of_slot:
            names_of_slots[join_names([person.full_name for person in of_slot])] = None
    tasks.insert_tasks(turn.work, [task])
    tasks.insert_assignments(turn.work, _signed_rows(turn, task, signed))
    tasks.insert_assignments(turn.work, rows)
    turn.tell(
        "task_opened",
        f"{task['name']}: assigned to {' and '.join(names_of_slots)}.",
        actor="system",
        element=task["element"],
        facts={"task": task["id"], "step": task["step"], "assignees": [person.username for person in asked]},
    )
    if task["element"] in turn.asked_again:
        mailing.announce_again(turn, task, rows, why=turn.asked_again[task["element"]])
    else:
        mailing.announce_assignments(turn, task, rows)


def _check_reachable(task: Mapping[str, Any], pools: Sequence[Sequence[Person]]) -> None:
    """Refuse a slot that the people who are active could never decide; it would be skipped, or stay open for ever."""
    for slot, pool in zip(task["slots"], pools, strict=True):
        if not pool:
            who = join_names(slot["pool"])
            raise NobodyToAct(element=task["name"], reason=f"nobody in the pool is an active user who acts on tasks ({who})")
        if not is_reachable(task["mode"], voters=len(pool)):
            raise NobodyToAct(element=task["name"], reason=f"the mode {task['mode']} needs more people than the {len(pool)} there are")


def _people(turn: Turn, usernames: Iterable[str]) -> list[Person]:
    """Return the people of a pool who act; whoever has left stands for the successor who is active. Source: USR-39, MXU-03."""
    directory = turn.directory
    found: dict[str, Person] = {}
    for username in usernames:
        person = directory.find(username)
        acting = None if person is None else directory.acting_for(person)
        if acting is not None and acting.acts:
            found[acting.id] = acting
    return list(found.values())
