"""Sentences about why a task is with somebody, and why it is not; each follows from what was stored when it happened."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from app.domain.absence import Cover
from app.domain.matrix.wording import write_amount, write_lines
from app.domain.money import Money
from app.domain.people import Directory, Person
from app.operations.answer import JsonObject
from app.operations.instances.view import person_view
from app.operations.tasks.considered import considered_of
from app.operations.tasks.delegations import chain_of
from app.operations.wording import instant, join_names, step_name

_INSUFFICIENT = re.compile(r"insufficient: limit .* for ([A-Z]{3}) ([\d,]+(?:\.\d+)?)\Z")


def explain_chain(share: Any, by_id: Mapping[str, Any], *, task: Any, directory: Directory) -> list[JsonObject]:
    """Return how a share came to who holds it: what was decided first, then each hand that it went through, oldest first."""
    chain = chain_of(share, by_id)[::-1]
    links = [
        {
            "cause": chain[0].cause,
            "text": chain[0].why,
            "at": instant(chain[0].created_at),
            "person": person_view(directory, chain[0].user_id),
            "from": None,
            "comment": None,
            "evidence": evidence_of(task, chain[0], directory),
        }
    ]
    for before, after in pairwise(chain):
        links.append(
            {
                "cause": after.cause,
                # The sentence of a hand stands before those of the hands before it.
                "text": after.why.removesuffix(before.why).strip() or after.why,
                "at": instant(after.created_at),
                "person": person_view(directory, after.user_id),
                "from": person_view(directory, before.user_id),
                "comment": before.reason,
                "evidence": None,
            }
        )
    return links


def evidence_of(task: Any, share: Any, directory: Directory) -> JsonObject | None:
    """Return what the route kept about the principal of a share; None for a task that the matrix did not give."""
    username = directory.get(share.principal_id).username
    return next((dict(each) for each in considered_of(task, share.slot) if each["user"] == username), None)


def explain_cover(directory: Directory, viewer: Person, principal: Person, *, covers: Iterable[Cover], today: date) -> JsonObject:
    """Return why somebody acts on another's share today: as backup, during an absence, as successor, or by way of others."""
    limits = [_extent(cover) for cover in covers if cover.principal_id == principal.id and cover.is_restricted]
    absence = next((each for each in directory.absences_of(principal.id, today) if each.stand_in_id == viewer.id), None)
    if absence is not None:
        cause, text = "absence", f"You stand in for {principal.full_name}, who is away until {absence.ends_on.isoformat()}"
    elif principal.backup_active and principal.backup_id == viewer.id:
        cause, text = "backup", f"You are the active backup of {principal.full_name}"
    elif not principal.active and principal.successor_id == viewer.id:
        cause, text = "successor", f"{principal.full_name} is not active any more, and you are the successor"
    else:
        cause, text = "chain", f"You stand in for {principal.full_name} by way of others who are away or have left"
    return {
        "cause": cause,
        "text": f"{text}{limits[0] if limits else ''}.",
        "at": None,
        "person": person_view(directory, viewer.id),
        "from": person_view(directory, principal.id),
        "comment": None,
        "evidence": None,
    }


def explain_former(share: Any, shares: Sequence[Any], directory: Directory) -> str:
    """Return what became of a share that somebody had, as a sentence to him."""
    following = next((each for each in shares if each.previous_id == share.id), None)
    to = directory.get(following.user_id).full_name if following else "nobody else"
    by = directory.get(share.decided_by).full_name if share.decided_by else "the system"
    return {
        "approved": f"{'You' if share.decided_by == share.user_id else by} approved your part.",
        "rejected": f"{'You' if share.decided_by == share.user_id else by} rejected your part.",
        "delegated": f"It was delegated from you to {to}.",
        "escalated": f"You did not act in time, so it was escalated to {to}.",
        "closed": f"Your part was closed: {by} decided it.",
        "withdrawn": f"Your part was withdrawn by {by}: {share.reason or 'no reason was given'}.",
    }.get(share.status, f"Your part is {share.status}.")


def explain_slot(task: Any, number: int, viewer: Person, *, mandates: str) -> JsonObject:
    """Return why somebody is not asked for a slot of an approval step, by the candidates that the route kept; `mandates` says where his are."""
    slot = task.slots[number]
    entry = next((each for each in considered_of(task, number) if each["user"] == viewer.username), None)
    where = write_lines(slot["lines"]).capitalize() if slot["lines"] else "This part"
    if entry is None:
        reason = f"you have no mandate for {step_name(task.step)} that covers {'it' if len(slot['lines']) == 1 else 'them'}. {mandates}"
    else:
        reason = _reason_in_words(entry)
    return {"slot": number, "lines": [line + 1 for line in slot["lines"]], "text": f"{where}: {reason}".strip(), "evidence": entry}


def explain_asked(task: Any, directory: Directory) -> list[str]:
    """Return whom a task without an approval step asks: people and roles as the process names them."""
    sentences = []
    for slot in task.slots:
        roles = slot.get("roles", ())
        names = join_names([person.full_name if (person := directory.find(name)) else name for name in slot["pool"]])
        asked = f"It asks {names}"
        sentences.append(
            f"{asked}, who {'holds' if len(slot['pool']) == 1 else 'hold'} the role {join_names(roles)}." if roles else f"{asked}."
        )
    return sentences


def explain_mandates(rows: Iterable[Any], *, step: str, is_as_of_route: bool) -> str:
    """Return for what somebody has mandates of a step; that of another version of the matrix is said to be so."""
    parts = {
        join_names([value for value in (row.company, row.cost_center, row.organisation, row.parameter_3, row.parameter_4) if value])
        or "anything"
        for row in rows
        if not row.expired
    }
    as_of = "" if is_as_of_route else " as the matrix is now"
    if not parts:
        return f"You have no mandate for {step_name(step)} at all{as_of}."
    return f"Your mandates for {step_name(step)}{as_of} are for {join_names(sorted(parts)).replace(' or ', ' and ')}."


def _extent(cover: Cover) -> str:
    caps = [write_amount(cap.amount, cap.currency) for cap in cover.caps]
    parts = [f"up to {join_names(caps)}"] if caps else []
    parts += [f"in {join_names(sorted(cover.processes))}"] if cover.processes else []
    return f", {' '.join(parts)}" if parts else ""


def _reason_in_words(entry: Mapping[str, Any]) -> str:
    """Return the reason that the route kept, with how much is missing where a limit is too low."""
    reason = str(entry["reason"])
    shortfall = _shortfall(entry)
    more = f", which is {write_amount(shortfall.amount, shortfall.currency)} too low" if shortfall else ""
    return f"{reason}{more}."


def _shortfall(entry: Mapping[str, Any]) -> Money | None:
    """Return by how much a limit is too low, from the amount that the reason names."""
    found = _INSUFFICIENT.match(str(entry["reason"]))
    if found is None or entry["limit"] is None:
        return None
    return Money(Decimal(found[2].replace(",", "")) - Decimal(entry["limit"]), found[1])
