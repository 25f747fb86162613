"""When the clocks of a task stand still: while it is on hold, or while whoever has it waits for an answer. Source: ESC-07.

A hold and an open question are facts of their rows; `sync_pauses`, at the end of every turn, makes the timers say the same. What remained
of a timer when it stopped remains when it goes on, and the due date moves by as much.
"""

from datetime import datetime
from typing import Any

from app.domain.business_calendar import BusinessCalendar, add_business_time, business_time_between
from app.domain.deadlines import add_elapsed
from app.domain.voting import parse_mode
from app.operations.calendars.in_force import calendars_of
from app.operations.tasks.tally import find_doubled, mode_of
from app.operations.turn import Turn
from app.operations.wording import instant
from app.persistence import instances, tasks

RELEASE = "release"
QUESTION = "question"
MANUAL = "manual"
BESIDE_PROCESS = frozenset({QUESTION, MANUAL})
"""Kinds of tasks that no element of the engine waits for."""


def pause_clocks(turn: Turn, task: Any) -> None:
    """Stop the reminders, escalations and due dates of an open task; the timer that ends its hold goes on."""
    rows = [row for row in turn.timers if row.task_id == task.id and row.kind != RELEASE]
    stopped = {row.id for row in rows}
    turn.timers[:] = [row for row in turn.timers if row.id not in stopped]
    for row in rows:
        instances.update_timer(turn.work, row.id, status=instances.PAUSED, lease_until=None)
    turn.change_task(task.id, paused_at=turn.now)


def resume_clocks(turn: Turn, task: Any) -> None:
    """Let the clocks of an open task go on with what remained of each, and move its due date by as long as they stood still."""
    paused_at, calendar = task.paused_at, _calendar_of(turn, task)
    for row in instances.paused_timers(turn.work, task.id):
        due_at = due_after_pause(turn, row.due_at, paused_at=paused_at, calendar=calendar)
        instances.update_timer(turn.work, row.id, status="waiting", due_at=due_at)
        turn.timers.append(row._replace(status="waiting", due_at=due_at))
    turn.timers.sort(key=lambda row: row.due_at)
    turn.change_task(task.id, paused_at=None)
    if task.due_at is not None:
        set_due_at(turn, task, due_after_pause(turn, task.due_at, paused_at=paused_at, calendar=calendar))


def wake_clocks(turn: Turn, task: Any) -> Any:
    """Return the task with its clocks going, so that they can be changed; those of one that stands still stop again when the turn settles."""
    if task.paused_at is None:
        return task
    resume_clocks(turn, task)
    return turn.open_tasks[task.element_instance]


def set_due_at(turn: Turn, task: Any, due_at: datetime) -> None:
    """Change the due date of an open task and its place in every inbox; nobody's share becomes another revision by it."""
    turn.change_task(task.id, due_at=due_at)
    for position, row in enumerate(turn.assignments):
        if row.task_id == task.id and row.status == "open":
            turn.assignments[position] = row._replace(sort_at=due_at)
            tasks.update_assignment(turn.work, row.id, {"sort_at": due_at})


def due_after_pause(turn: Turn, due_at: datetime, *, paused_at: datetime, calendar: BusinessCalendar | None) -> datetime:
    """Return when something is due that would have been due at `due_at`, had it not stood still from `paused_at` until now.

    What remained of it remains: by the clock, or in working time where a business calendar is given. What lies so far ahead that nobody
    counts working time until then stays.
    """
    if due_at <= paused_at:
        return due_at
    if calendar is None:
        return add_elapsed(due_at, turn.now - paused_at)
    try:
        return add_business_time(turn.now, business_time_between(paused_at, due_at, calendar), calendar)
    except OverflowError:
        return due_at


def _calendar_of(turn: Turn, task: Any) -> BusinessCalendar | None:
    """Return the business calendar that the clocks of a task count in, None for those that count by the clock."""
    wait = next((each for each in turn.execution.user_tasks() if each.element_instance == task.element_instance), None)
    if wait is None or wait.properties.get("calendar") != "business":
        return None
    company = None if turn.document is None else turn.document.company
    return calendars_of(turn.system, turn.work, turn.environment, now=turn.now).of_company(company)


def end_hold(turn: Turn, task: Any, *, text: str) -> None:
    """End the hold of an open task: it goes on, and the timeline says so in `text`."""
    turn.change_task(task.id, hold=None)
    rows = [row for row in turn.timers if row.task_id == task.id and row.kind == RELEASE]
    turn.timers[:] = [row for row in turn.timers if row not in rows]
    for row in rows:
        instances.update_timer(turn.work, row.id, status="cancelled", fired_at=turn.now, lease_until=None)
    actor = {} if turn.caller else {"actor": "system"}
    turn.tell("task_released", text, element=task.element, facts={"task": task.id, "held_since": task.hold["at"]}, **actor)


def hold_of(turn: Turn, *, until: datetime | None, reason: str | None) -> dict[str, Any]:
    """Return what the row of a task keeps of a hold that begins now."""
    assert turn.caller is not None, "only people put a task on hold"
    return {"at": instant(turn.now), "by": turn.caller.user_id, "until": instant(until), "reason": reason}


def open_questions(turn: Turn) -> list[Any]:
    """Return the open questions of the instance, each a task of whom it was put to."""
    return [row for row in turn.open_tasks.values() if row.kind == QUESTION]


def question_of(task: Any) -> dict[str, Any]:
    """Return what was asked: `about` which task, by which `asker` (an id), for which of its `shares`, and the `text`."""
    question: dict[str, Any] = task.slots[0]["question"]
    return question


def shares_waiting(turn: Turn, task: Any) -> set[str]:
    """Return the ids of the shares of a task whose holder has asked somebody and waits for the answer."""
    return {share for each in open_questions(turn) if question_of(each)["about"] == task.id for share in question_of(each)["shares"]}


def shares_at_rest(turn: Turn, task: Any) -> set[str]:
    """Return the ids of the open shares that wait for an answer.

    One question is for everybody who gives the same vote: for the slot where one suffices, and for whoever shares it since an escalation.
    """
    waiting = shares_waiting(turn, task)
    if not waiting:
        return waiting
    shares = [each for each in turn.assignments if each.task_id == task.id and each.status == "open"]
    doubled = find_doubled(turn, task)
    votes: dict[str, int | str] = {
        each.id: each.slot if parse_mode(mode_of(task, each.slot)).kind == "any" else doubled.get(each.id, each).id for each in shares
    }
    resting = {vote for share, vote in votes.items() if share in waiting}
    return {share for share, vote in votes.items() if vote in resting}


def find_idle_question(turn: Turn) -> tuple[Any, str, str] | None:
    """Return a question that nobody waits for or nobody can answer any more, with what becomes of it and the sentence; None without one."""
    questions = open_questions(turn)
    if not questions:
        return None
    open_shares = {each.id for each in turn.assignments if each.status == "open"}
    for task in questions:
        question = question_of(task)
        if open_shares.isdisjoint(question["shares"]):
            return task, "withdrawn", "The question is not waited for any more"
        asked = [turn.person(each.user_id) for each in turn.assignments if each.task_id == task.id and each.status == "open"]
        if not any(person.active and person.kind != "none" for person in asked):
            names = ", ".join(person.full_name for person in asked)
            return task, "returned", f"{names or 'Whoever was asked'} cannot answer any more, so the question goes back"
    return None


def sync_pauses(turn: Turn) -> None:
    """Stop and start the clocks of the open tasks as their holds and open questions are now."""
    for task in list(turn.open_tasks.values()):
        stands_still = task.hold is not None or _waits_for_answers(turn, task)
        if stands_still and task.paused_at is None:
            pause_clocks(turn, task)
        elif task.paused_at is not None and not stands_still:
            resume_clocks(turn, task)


def _waits_for_answers(turn: Turn, task: Any) -> bool:
    """Whether everything that is still open in a task waits for answers."""
    resting = shares_at_rest(turn, task)
    return bool(resting) and all(each.id in resting for each in turn.assignments if each.task_id == task.id and each.status == "open")
