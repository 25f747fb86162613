"""Signatures that outlive a new determination of the role players: which hold, in which slot, and why another does not.

A signature holds in a slot of its step when it covers the slot's lines, none of them for more than it was given for, and its principal is
still a candidate there who reaches as far as the role player does. Whoever signed keeps his step either way. Source: MXR-07, COD-05.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from app.domain.voting import decide_slot
from app.persistence import routes, tasks

if TYPE_CHECKING:
    from app.operations.turn import Turn

JsonSlot = Mapping[str, Any]
Signature = dict[str, Any]
_write_compact = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode
_coded_line = itemgetter("id", "amount", "cost_center", "organisation", "parameter_3", "parameter_4")


def digest_lines(document: Any) -> str:
    """Return what tells the lines of a document from the same lines coded otherwise."""
    content = [document.company, *map(_coded_line, document.lines)]
    return hashlib.sha256(_write_compact(content).encode()).hexdigest()


def note_lines(steps: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    """Write into each slot which lines it signs for how much, by the ids that they keep when others are split or coded."""
    for step in steps.values():
        for slot in step["slots"]:
            slot["signs"] = {lines[place]["id"]: lines[place]["amount"] for place in slot["lines"]}


def kept_of(turn: "Turn") -> list[Signature]:
    """Return the signatures of earlier routes that have not found their slots yet."""
    if turn.kept is None:
        turn.kept = list(turn.stored_route.kept or ()) if turn.stored_route is not None else []
    return turn.kept


def collect_signatures(turn: "Turn") -> list[Signature]:
    """Return every approval of the instance that counts now, with what it was given for."""
    counted = {
        row.id: row
        for row in tasks.tasks_of_instance(turn.work, turn.instance.id)
        if row.kind == "approval" and (row.status == "open" or (row.status == "completed" and row.outcome == "approved"))
    }
    standing = {(row.user_id, row.step) for row in turn.roles}
    found = []
    for each in tasks.assignments_of_instance(turn.work, turn.instance.id):
        task = counted.get(each.task_id)
        if task is None or each.status != "approved" or (each.principal_id, task.step) not in standing:
            continue
        slot = task.slots[each.slot]
        lines = () if turn.document is None else turn.document.lines
        found.append(
            {
                "step": task.step,
                "principal": turn.person(each.principal_id).username,
                "signer": turn.person(each.decided_by).username,
                "at": each.decided_at.isoformat(),
                "comment": each.reason,
                # A route made before slots named their lines could not be coded anew, so its lines are as they were.
                "signs": slot.get("signs") or {lines[place]["id"]: lines[place]["amount"] for place in slot["lines"] if place < len(lines)},
            }
        )
    return found


def say_why_not(signature: Signature, slot: JsonSlot) -> str | None:
    """Return why a signature does not hold in a slot of its step; None when it does."""
    for line, amount in slot["signs"].items():
        if line not in signature["signs"]:
            return f"line {line} was not signed"
        if abs(Decimal(amount)) > abs(Decimal(signature["signs"][line])):
            return f"line {line} is higher than it was when it was signed"
    considered = {each["user"]: each for each in slot["considered"] if each["outcome"] != "refused"}
    own = considered.get(signature["principal"])
    if own is None:
        return "there is no mandate for it now"
    player = considered.get(slot["role_player"])
    if player is not None and player["sufficient"] and not own["sufficient"]:
        return "somebody whose limit suffices signs now"
    return None


def find_signed(turn: "Turn", step: str, slots: Sequence[JsonSlot]) -> dict[int, list[Signature]]:
    """Return the kept signatures that hold in the slots of a step that is opened; each principal counts once in a slot."""
    waiting = [each for each in kept_of(turn) if each["step"] == step]
    if not waiting:
        return {}
    standing = {(turn.person(row.user_id).username, row.step) for row in turn.roles}
    found: dict[int, list[Signature]] = {}
    for number, slot in enumerate(slots):
        by_principal = {
            each["principal"]: each
            for each in waiting
            if (each["principal"], step) in standing and "signs" in slot and say_why_not(each, slot) is None
        }
        if by_principal:
            found[number] = list(by_principal.values())
    return found


def use_up(turn: "Turn", signed: Mapping[int, Sequence[Signature]]) -> None:
    """Forget the kept signatures that have found their slots: they stand in the task now. Others may hold in a later route again."""
    used = [each for of_slot in signed.values() for each in of_slot]
    if used:
        turn.kept = [each for each in kept_of(turn) if each not in used]
        routes.change_current_route(turn.work, turn.instance.id, kept=turn.kept)


def is_decided(mode: str, signed: Sequence[Signature], pool: Sequence[str]) -> bool:
    """Whether kept signatures alone decide a slot with this pool."""
    if not signed:
        return False
    others = [user for user in pool if user not in {each["principal"] for each in signed}]
    return decide_slot(mode, ["approved"] * len(signed) + ["open"] * len(others)) == "approved"
