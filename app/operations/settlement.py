"""What follows every verb of a turn: run to the wait states, then make the rows say what the engine says."""

from collections.abc import Callable, Sequence
from typing import Any

from app.domain.errors import AuthorityIncomplete, CountersignError
from app.engine import ActiveElement, ElementEnd, Failure, Progress, TimerWait
from app.operations import assigning
from app.operations.mails.status_mail import announce_outcome, announce_steps
from app.operations.messages.waiting import sync_waits
from app.operations.schedules.clocks import timer_row
from app.operations.story import tell_progress
from app.operations.tasks import pausing
from app.operations.tasks.stuck_shares import find_stuck_shares, mend_stuck_shares
from app.operations.tasks.tally import tally_votes
from app.operations.turn import DUPLICATE_PROCESS, Turn
from app.operations.wording import instant, step_name
from app.persistence import documents, instances, journal, tasks

TIMER_INCIDENT = "timer:"
END_INCIDENT = "end:"
SHARES_INCIDENT = "shares:"
NOT_A_DUPLICATE = "Not a duplicate"
ESCALATION_INCIDENT = "escalation:"
APPROVED = "Approved for payment"
_ENDED = frozenset({"completed", "cancelled"})


def settle(turn: Turn, *, when_known: Callable[[], None] | None = None) -> None:
    """Run the instance to its next wait states and store everything that follows. The operation commits.

    `when_known` is called between 5 and 6: what it tells and sends is stored with the rest.

    1. Run the engine; what it did goes to the audit chain.
    2. Failed elements become incidents, each with a task for an administrator.
    3. Tasks the engine has left are closed, tasks it has reached are opened; one that nobody can be asked to do is an incident too.
    4. Shares that nobody may act on any more go to somebody who may. The engine's timers become rows, and so does who waits for a message or a signal; what was thrown goes to the outbox.
    5. Incidents of elements that are gone end; an instance that has ended gives its outcome to the document.
    6. State, audit and outbox are stored.
    """
    progress = _advance(turn)
    while open_new_tasks(turn):  # kept signatures decided one: the instance goes on
        turn.look_again()
        sync_waits(turn, progress)
        progress = _advance(turn)
    sync_timers(turn, progress.timers)
    sync_waits(turn, progress)
    _mend_shares(turn, progress)
    active = turn.execution.active()
    _set_status(turn, progress, active)
    _release_duplicate(turn)
    _end_idle_questions(turn)
    pausing.sync_pauses(turn)
    if when_known is not None:
        when_known()
    _store(turn, active)


def _advance(turn: Turn) -> Progress:
    progress = turn.execution.run()
    if turn.system.watch is not None:
        turn.system.watch(turn.definition, progress)
    tell_progress(turn, progress)
    instances.insert_elements(turn.work, [_element_row(turn, end) for end in progress.left if end.state != "failed"])
    for failure in progress.failures:
        raise_incident(turn, failure)
    close_left_tasks(turn)
    announce_steps(turn, progress)
    return progress


def _element_row(turn: Turn, end: ElementEnd) -> dict[str, Any]:
    return {
        "id": turn.system.new_id(),
        "environment_id": turn.environment.id,
        "instance_id": turn.instance.id,
        "element": end.element,
        "name": end.name,
        "kind": end.kind,
        "state": end.state,
        "started_at": end.started_at,
        "ended_at": end.at,
    }


def raise_incident(turn: Turn, failure: Failure) -> None:
    """Record that an element cannot go on, and ask an administrator to look."""
    error = failure.error
    incident_id = turn.system.new_id()
    turn.incidents_raised += 1
    found = turn.definition.element(failure.element)
    facts = _json_facts(error) | {"element_name": found.name if found and found.name else failure.element}
    instances.insert_incidents(
        turn.work,
        [
            {
                "id": incident_id,
                "environment_id": turn.environment.id,
                "instance_id": turn.instance.id,
                "document_id": turn.instance.document_id,
                "element": failure.element,
                "element_instance": failure.element_instance,
                "code": error.code,
                "detail": error.detail,
                "facts": facts,
                "status": "open",
                "created_at": turn.now,
            }
        ],
    )
    turn.tell(
        "incident", error.detail, actor="system", element=failure.element, facts={"code": error.code, "incident": incident_id, **facts}
    )
    assigning.open_incident_task(turn, incident_id=incident_id, element=failure.element, error=error)


def close_left_tasks(turn: Turn) -> None:
    """Cancel the open tasks whose element the engine has left (a boundary event, a terminate end)."""
    if not turn.open_tasks:
        return
    waits = turn.execution.user_tasks()
    waiting = {wait.element_instance for wait in waits}
    for key, task in list(turn.open_tasks.items()):
        is_left = task.kind in ("approval", "task") and key not in waiting
        is_left = is_left or (task.kind == assigning.RETURNED and not any(assigning.is_with_initiator(turn, wait) for wait in waits))
        if is_left:
            end_task(turn, task, status="cancelled", outcome=None)


def end_task(turn: Turn, task: Any, *, status: str, outcome: str | None) -> None:
    """Close a task with its open assignments and its timers."""
    tasks.update_task(turn.work, task.id, status=status, outcome=outcome, decided_at=turn.now)
    if task.step is not None and status == "completed" and outcome == "approved":
        turn.picture.approved_steps.add(task.step)
    still_open = {each.id for each in turn.assignments if each.task_id == task.id and each.status == "open"}
    turn.change_assignments(still_open, status="closed", decided_at=turn.now)
    cancel_task_timers(turn, task.id)
    if any(row.id == task.id and row.paused_at is not None for row in turn.picture.tasks):
        instances.cancel_paused_timers(turn.work, task.id, now=turn.now)
    turn.open_tasks.pop(task.element_instance, None)
    turn.picture.tasks[:] = [
        row._replace(status=status, outcome=outcome, decided_at=turn.now) if row.id == task.id else row for row in turn.picture.tasks
    ]


def _release_duplicate(turn: Turn) -> None:
    """Let the held document go on when its check has ended with the answer that it is no duplicate. Source: DOC-02."""
    instance, document = turn.instance, turn.document
    is_answered = instance.definition_key == DUPLICATE_PROCESS and instance.ended_at == turn.now and instance.outcome == NOT_A_DUPLICATE
    if not is_answered or document is None or not document.held:
        return
    documents.delete_findings(turn.work, document.id, ["duplicate_document"])
    documents.update_document(turn.work, document.id, held=False, revision=document.revision + 1)
    who = turn.caller.full_name if turn.caller else "The system"
    facts = {"duplicate_of": document.duplicate_of}
    turn.tell("duplicate_denied", f"{who} confirmed that this is not a duplicate.", facts=facts)


def _end_idle_questions(turn: Turn) -> None:
    """End the questions that nobody waits for or nobody can answer any more; those that were asked about them end with them."""
    while found := pausing.find_idle_question(turn):
        task, outcome, sentence = found
        end_task(turn, task, status="cancelled", outcome=outcome)
        facts = {"task": task.id, "about": pausing.question_of(task)["about"], "outcome": outcome}
        turn.tell("question_ended", f"{sentence}: {pausing.question_of(task)['text']}", actor="system", element=task.element, facts=facts)


def cancel_task_timers(turn: Turn, task_id: str) -> None:
    """Cancel the reminders and escalations of a task."""
    end_timers(turn, [row for row in turn.timers if row.task_id == task_id], status="cancelled")


def cancel_reminders(turn: Turn, task_id: str) -> None:
    """Cancel the reminders of a task that somebody has picked up; its escalation stays. Source: ESC-01."""
    end_timers(turn, [row for row in turn.timers if row.task_id == task_id and row.kind == "reminder"], status="cancelled")


def end_timers(turn: Turn, rows: Sequence[Any], *, status: str) -> None:
    """End waiting timers as fired or cancelled."""
    ended = {row.id for row in rows}
    turn.timers[:] = [row for row in turn.timers if row.id not in ended]
    for timer_id in ended:
        instances.update_timer(turn.work, timer_id, status=status, fired_at=turn.now, lease_until=None)


def open_new_tasks(turn: Turn) -> bool:
    """Open a task for each user task the engine waits at; one that is parked waits until its incident is retried or resolved.

    Return whether one was completed at once, by signatures of an earlier route that hold.
    """
    new = [wait for wait in turn.execution.user_tasks() if wait.element_instance not in turn.open_tasks]
    if not new:
        return False
    completed = False
    parked = {row.element_instance for row in _open_incidents(turn)}
    for wait in new:
        if wait.element_instance in parked or assigning.is_with_initiator(turn, wait):
            continue
        try:
            completed = assigning.open_task(turn, wait) or completed
        except CountersignError as error:
            raise_incident(turn, Failure(element_instance=wait.element_instance, element=wait.element, error=error))
    return completed


def sync_timers(turn: Turn, waits: Sequence[TimerWait]) -> None:
    """Make the timer rows of kind `bpmn` equal to the timers the engine waits for."""
    rows = [row for row in turn.timers if row.kind == "bpmn"]
    if not waits and not rows:  # as in most diagrams
        return
    wanted = {f"{wait.element_instance}:{wait.due_at.isoformat()}": wait for wait in waits}
    there = {row.key for row in rows}
    end_timers(turn, [row for row in rows if row.key not in wanted], status="cancelled")
    instances.insert_timers(
        turn.work,
        [
            timer_row(turn, key=key, kind="bpmn", element=wait.element, due_at=wait.due_at)
            for key, wait in wanted.items()
            if key not in there
        ],
    )


def _set_status(turn: Turn, progress: Progress, active: Sequence[ActiveElement]) -> None:
    instance = turn.instance
    incidents = _incidents_left(turn, active, is_over=progress.completed)
    if instance.status in _ENDED:
        return
    if progress.completed and progress.outcome == APPROVED and (missing := _unsigned_steps(turn)):
        instance.status = "incident"
        error = AuthorityIncomplete(steps=", ".join(step_name(step) for step in missing))
        if not incidents:
            element_instance = f"{END_INCIDENT}{instance.revision}"
            raise_incident(turn, Failure(element_instance=element_instance, element=progress.outcome, error=error))
    elif progress.completed:
        instance.status, instance.outcome, instance.ended_at = "completed", progress.outcome, turn.now
        turn.tell("instance_completed", f"{progress.outcome or 'Completed'}.", actor="system", facts={"outcome": progress.outcome})
        announce_outcome(turn, progress)
    elif instance.status != "suspended":
        instance.status = "incident" if incidents or any(each.state == "failed" for each in active) else "active"


def _incidents_left(turn: Turn, active: Sequence[ActiveElement], *, is_over: bool) -> list[Any]:
    """Return the open incidents; those whose element was left meanwhile end here, with their tasks."""
    found = _open_incidents(turn)
    if not found:
        return []
    there = {each.element_instance for each in active}
    left = [
        each
        for each in found
        if each.element_instance in there
        or each.element_instance.startswith(END_INCIDENT)
        or (each.element_instance.startswith(TIMER_INCIDENT) and not is_over)
        or _is_blocked(turn, each)
        or any(each.element_instance == f"{ESCALATION_INCIDENT}{task.id}" for task in turn.open_tasks.values())
    ]
    if len(left) < len(found):
        _end_incidents(turn, [each for each in found if each not in left])
    return left


def _mend_shares(turn: Turn, progress: Progress) -> None:
    """Give shares that nobody may act on any more to somebody who may; a task for which there is nobody is an incident."""
    if progress.completed or turn.instance.status not in ("active", "incident"):
        return
    for task, error in mend_stuck_shares(turn):
        key = f"{SHARES_INCIDENT}{task.id}"
        if not any(each.element_instance == key for each in _open_incidents(turn)):
            raise_incident(turn, Failure(element_instance=key, element=task.element, error=error))


def _is_blocked(turn: Turn, incident: Any) -> bool:
    """Whether the task that an incident about its shares tells of can still not be decided by who is left."""
    task_id = incident.element_instance.removeprefix(SHARES_INCIDENT)
    task = next((each for each in turn.open_tasks.values() if each.id == task_id), None)
    return task is not None and bool(tally_votes(turn, task).blocked or find_stuck_shares(turn, task))


def _open_incidents(turn: Turn) -> Sequence[Any]:
    """Return the incidents that are open now; without any at the beginning, and none raised since, there is none to look for."""
    if not turn.picture.incidents and not turn.incidents_raised:
        return []
    return instances.open_incidents(turn.work, turn.instance.id)


def _end_incidents(turn: Turn, incidents: Sequence[Any]) -> None:
    turn.look_again()
    for incident in incidents:
        instances.end_incident(turn.work, incident.id, now=turn.now, user_id=None, resolution="obsolete")
        task = turn.open_tasks.get(f"incident:{incident.id}")
        if task is not None:
            end_task(turn, task, status="cancelled", outcome=None)
        is_decidable = incident.element_instance.startswith((SHARES_INCIDENT, ESCALATION_INCIDENT))
        how = "the task can be decided again, or is over" if is_decidable else "the process went on without its element"
        text = f"The incident is over, since {how}: {incident.detail}"
        turn.tell("incident_obsolete", text, actor="system", element=incident.element, facts={"incident": incident.id})


def _unsigned_steps(turn: Turn) -> list[str]:
    """Return the steps of the route in force that nobody has approved: a diagram that leaves one out must not approve."""
    return [step for step in turn.route or () if step not in turn.picture.approved_steps]


def _store(turn: Turn, active: Sequence[ActiveElement]) -> None:
    instance = turn.instance
    is_live = instance.status not in _ENDED
    instance.revision += 1
    turn.active = active_elements(active)
    values = {
        "status": instance.status,
        "outcome": instance.outcome,
        "revision": instance.revision,
        "ended_at": instance.ended_at,
        "active": turn.active,
        "state": turn.execution.dump(),
        "audit_seq": turn.audit.seq,
        "audit_hash": turn.audit.head,
        "live_document_key": live_document_key(instance.document_id, instance.definition_key) if is_live else None,
        "live_business_key": live_business_key(instance.business_key, instance.definition_key) if is_live else None,
    }
    instances.update_instance(turn.work, instance.id, values)
    journal.insert_audit(
        turn.work, [turn.audit], environment_id=turn.environment.id, document_id=instance.document_id, instance_id=instance.id
    )
    journal.insert_outbox(turn.work, turn.outbox)
    is_over_now = instance.status == "completed" and instance.ended_at == turn.now
    if is_over_now and instance.document_id is not None and instance.outcome and instance.leads_document:
        documents.set_process_status(turn.work, instance.document_id, instance.outcome)


def live_document_key(document_id: str | None, definition_key: str) -> str | None:
    """Return the key that lets a document have one live instance of a definition. Source: DOC-03."""
    return f"{document_id}:{definition_key}" if document_id else None


def live_business_key(business_key: str | None, definition_key: str) -> str | None:
    """Return the key that lets a business key be used by one live instance of a definition."""
    return f"{definition_key}:{business_key}" if business_key else None


def active_elements(active: Sequence[ActiveElement]) -> list[dict[str, Any]]:
    """Return the active elements in the form of API.md."""
    return [
        {"element": each.element, "name": each.name, "kind": each.kind, "state": each.state, "since": instant(each.since)}
        for each in active
    ]


def _json_facts(error: CountersignError) -> dict[str, Any]:
    return {name: value for name, value in error.facts.items() if isinstance(value, str | int | bool | list | dict | None)}
