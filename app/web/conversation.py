"""What was said about a task: comments, questions with their answers, and which questions are open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from app.web.formatting import Calendar, initial, username_of
from app.web.timeline import actor_name

_OVER = ("question_answered", "question_withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that was said; `question` is the id of a question that is still open and that the reader can withdraw."""

    name: str
    mark: str
    username: str
    at: str
    text: str
    about: str
    question: str


def show_conversation(
    items: Iterable[Mapping[str, Any]], *, me: str, calendar: Calendar, names: Mapping[str, str], may_withdraw: bool = False
) -> tuple[Said, ...]:
    """Return what was said, oldest first. Who asked can withdraw his open question, and so can who `may_withdraw` all of them."""
    said = list(items)
    over = {str(_facts(each).get("question")) for each in said if each.get("kind") in _OVER}
    return tuple(_said(each, me=me, calendar=calendar, names=names, over=over, may_withdraw=may_withdraw) for each in said)


def _facts(item: Mapping[str, Any]) -> Mapping[str, Any]:
    facts = item.get("facts")
    return facts if isinstance(facts, Mapping) else {}


def _said(item: Mapping[str, Any], *, me: str, calendar: Calendar, names: Mapping[str, str], over: set[str], may_withdraw: bool) -> Said:
    kind, facts, actor = str(item.get("kind") or "comment"), _facts(item), item.get("actor")
    is_mine = username_of(actor) == me
    name = "You" if is_mine else actor_name(actor, names)
    whom = str(facts.get("whom") or "")
    other = "you" if whom == me else names.get(whom, whom)
    about = {
        "question_asked": f"asked {other}",
        "question_answered": f"answered {other}",
        "question_withdrawn": "withdrew a question",
    }.get(kind, "")
    question = str(facts.get("question") or "") if kind == "question_asked" and (is_mine or may_withdraw) else ""
    text = str(facts.get("comment") or "") if kind.startswith("question") else str(item.get("text") or "")
    return Said(
        name=name,
        mark=initial(actor_name(actor, names)),
        username=username_of(actor),
        at=calendar.moment(item.get("at")),
        text=text,
        about=about if other or kind == "question_withdrawn" else "",
        question="" if question in over else question,
    )
