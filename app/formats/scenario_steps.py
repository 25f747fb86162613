"""The steps of a scenario: what people do, how time passes, and what is expected."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from app.domain.deadlines import CalendarDuration, parse_duration
from app.domain.diagnostics import Diagnostic

Verb = Literal["approve", "reject", "delegate", "claim", "unclaim"]

_VERBS: Final[dict[str, Verb]] = {
    "approves": "approve",
    "rejects": "reject",
    "delegates": "delegate",
    "claims": "claim",
    "unclaims": "unclaim",
}
_STATUSES: Final = ("active", "suspended", "incident", "completed", "cancelled")
_CODE: Final = re.compile(r"[a-z][a-z_]*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """Exactly these people have these open user tasks now, and nobody else has one; element ids."""

    line: int | None
    expected: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Somebody acts on a user task; `refused` is the code of the error that he must get."""

    line: int | None
    who: str
    verb: Verb
    element: str
    to: str | None = None
    text: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """Somebody codes lines of the document; each line as in PATCH /documents/{id}/lines."""

    line: int | None
    who: str
    lines: tuple[Mapping[str, Any], ...]
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """Time passes: by a duration, or until an instant; timers that fall due on the way fire in their order."""

    line: int | None
    duration: CalendarDuration | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A message or a signal comes from outside; `refused` is the code of the error that it must get."""

    line: int | None
    kind: Literal["message", "signal"]
    name: str
    correlation: Mapping[str, Any] = field(default_factory=dict)
    payload: Mapping[str, Any] | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectMail:
    """Mails were sent that no earlier step asked for; `subject` is part of the subject."""

    line: int | None
    to: str
    subject: str | None = None
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectNoMail:
    """No mail was sent besides those that earlier steps asked for."""

    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expect:
    """How the process instance stands now; None is not looked at.

    Attributes:
        end: name of the end event it is completed at.
        incident: code of the error that it is stuck with, at `element` where given.
        variables: paths such as `triage.reason` with the values expected there.
        path: elements that were finished, in this order; others may lie between.
        timeline: texts that the document's timeline must show.
    """

    line: int | None
    end: str | None = None
    status: str | None = None
    incident: str | None = None
    element: str | None = None
    variables: Mapping[str, Any] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    timeline: tuple[str, ...] = ()


Step = Worklist | Act | Code | Advance | Send | ExpectMail | ExpectNoMail | Expect


class Faults:
    """Collects the faults of one file; `line` is where the reader is."""

    def __init__(self, *, file: str) -> None:
        self.file = file
        self.line: int | None = None
        self.found: list[Diagnostic] = []

    def add(self, code: str, message: str, remedy: str) -> None:
        """Note a fault at the present line."""
        self.found.append(
            Diagnostic(
                severity="error", file=self.file, line=self.line, element=None, code=code, message=message, remedy=remedy, kind="product"
            )
        )

    def refuse_unknown(self, table: Mapping[str, Any], known: Collection[str], where: str) -> None:
        """Note the keys that mean nothing."""
        for key in table:
            if key not in known:
                self.add("unknown_key", f'"{key}" means nothing in {where}.', f"Use one of: {', '.join(sorted(known))}.")

    def text(self, value: object, what: str, *, optional: bool = False) -> str | None:
        """Return a text that is not blank; else note it."""
        if isinstance(value, str) and value.strip():
            return value
        if not (optional and value is None):
            self.add("wrong_type", f"{what} is missing or no text.", "Write a text between quotes.")
        return None

    def texts(self, value: object, what: str) -> tuple[str, ...]:
        """Return one text or a list of texts."""
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(each, str) and each.strip() for each in values):
            self.add("wrong_type", f"{what} is no text and no list of texts.", 'Write "ApproveFirstLine", or a list of such texts.')
            return ()
        return tuple(values)

    def instant(self, value: object, what: str) -> datetime | None:
        """Return an instant with its offset."""
        found = value
        if isinstance(value, str):
            try:
                found = datetime.fromisoformat(value)
            except ValueError:
                found = None
        if not isinstance(found, datetime) or found.tzinfo is None:
            self.add("wrong_type", f"{what} is no date and time with an offset.", "Write an instant such as 2026-11-02T09:00:00+01:00.")
            return None
        return found


def read_step(raw: object, where: str, faults: Faults) -> Step | None:
    """Return the step, or None when it cannot be read; the faults are noted."""
    if not isinstance(raw, Mapping):
        faults.add("wrong_type", f"{where} is no table.", "Write a step between { and }.")
        return None
    leading = [key for key in _READERS if key in raw]
    readers = list(dict.fromkeys(_READERS[key] for key in leading))
    if len(readers) != 1:
        said = f"says both {' and '.join(leading)}" if leading else "does not say what happens"
        faults.add("step_unclear", f"{where} {said}.", f"Begin a step with one of: {', '.join(_READERS)}.")
        return None
    before = len(faults.found)
    step = readers[0](raw, where, faults)
    return step if len(faults.found) == before else None


def _read_worklist(raw: Mapping[str, Any], where: str, faults: Faults) -> Step:
    faults.refuse_unknown(raw, {"worklist"}, where)
    table = raw["worklist"]
    if not isinstance(table, Mapping):
        faults.add("wrong_type", f"The worklist of {where} is no table.", 'Write { worklist = { marc = "ApproveFirstLine" } }.')
        table = {}
    expected = {str(who): faults.texts(elements, f"The worklist of {who} in {where}") for who, elements in table.items()}
    return Worklist(line=faults.line, expected={who: elements for who, elements in expected.items() if elements})


def _read_act(raw: Mapping[str, Any], where: str, faults: Faults) -> Step | None:
    verbs = [key for key in (*_VERBS, "codes") if key in raw]
    if len(verbs) != 1:
        said = "does two things" if verbs else "does nothing"
        faults.add("step_unclear", f"In {where} {raw['who']} {said}.", f"Use one of: {', '.join((*_VERBS, 'codes'))}.")
        return None
    word = verbs[0]
    who = faults.text(raw["who"], f"who of {where}") or ""
    refused = faults.text(raw.get("refused"), f"refused of {where}", optional=True)
    if refused is not None and not _CODE.match(refused):
        faults.add("wrong_type", f'refused of {where} is "{refused}".', "Write the code of the error, such as separation_of_duty.")
    if word == "codes":
        return _read_code(raw, where, faults, who=who, refused=refused)
    extra = {"approves": {"comment"}, "rejects": {"reason"}, "delegates": {"to", "comment"}}.get(word, set())
    faults.refuse_unknown(raw, {"who", word, "refused", *extra}, where)
    to = faults.text(raw.get("to"), f"to of {where}") if word == "delegates" else None
    text = faults.text(raw.get("comment", raw.get("reason")), f"The comment or reason of {where}", optional=True)
    element = faults.text(raw[word], f"{word} of {where}") or ""
    return Act(line=faults.line, who=who, verb=_VERBS[word], element=element, to=to, text=text, refused=refused)


def _read_code(raw: Mapping[str, Any], where: str, faults: Faults, *, who: str, refused: str | None) -> Step:
    faults.refuse_unknown(raw, {"who", "codes", "refused"}, where)
    lines = raw["codes"]
    if not isinstance(lines, list) or not lines or not all(isinstance(each, Mapping) for each in lines):
        faults.add("wrong_type", f"codes of {where} is no list of lines.", 'Write codes = [{ id = "1", cost_center = "SALES" }].')
        lines = []
    return Code(line=faults.line, who=who, lines=tuple(lines), refused=refused)


def _read_send(raw: Mapping[str, Any], where: str, faults: Faults) -> Step:
    kind: Literal["message", "signal"] = "message" if "message" in raw else "signal"
    faults.refuse_unknown(raw, {kind, "payload", "refused", *({"correlation"} if kind == "message" else ())}, where)
    tables = {}
    for name in ("correlation", "payload"):
        value = raw.get(name, {})
        if not isinstance(value, Mapping):
            faults.add("wrong_type", f"{name} of {where} is no table.", f'Write {name} = {{ order = "6001" }}.')
            value = {}
        tables[name] = value
    return Send(
        line=faults.line,
        kind=kind,
        name=faults.text(raw[kind], f"{kind} of {where}") or "",
        correlation=tables["correlation"],
        payload=tables["payload"] if "payload" in raw else None,
        refused=faults.text(raw.get("refused"), f"refused of {where}", optional=True),
    )


def _read_wait(raw: Mapping[str, Any], where: str, faults: Faults) -> Step:
    faults.refuse_unknown(raw, {"wait"}, where)
    duration = CalendarDuration()
    try:
        duration = parse_duration(raw["wait"] if isinstance(raw["wait"], str) else "")
    except ValueError:
        faults.add("wrong_type", f"wait of {where} is no duration.", "Write an ISO 8601 duration such as P3D or PT48H.")
    return Advance(line=faults.line, duration=duration)


def _read_until(raw: Mapping[str, Any], where: str, faults: Faults) -> Step:
    faults.refuse_unknown(raw, {"until"}, where)
    return Advance(line=faults.line, until=faults.instant(raw["until"], f"until of {where}"))


def _read_mail(raw: Mapping[str, Any], where: str, faults: Faults) -> Step:
    faults.refuse_unknown(raw, {"mail_to", "subject", "count"}, where)
    count = raw.get("count", 1)
    if type(count) is not int or count < 1:
        faults.add("wrong_type", f"count of {where} is no number above 0.", "Write count = 1, or { no_mail = true } for none.")
        count = 1
    return ExpectMail(
        line=faults.line,
        to=faults.text(raw["mail_to"], f"mail_to of {where}") or "",
        subject=faults.text(raw.get("subject"), f"subject of {where}", optional=True),
        count=count,
    )


def _read_no_mail(raw: Mapping[str, Any], where: str, faults: Faults) -> Step:
    faults.refuse_unknown(raw, {"no_mail"}, where)
    if raw["no_mail"] is not True:
        faults.add("wrong_type", f"no_mail of {where} is not true.", "Write { no_mail = true }.")
    return ExpectNoMail(line=faults.line)


def _read_expect(raw: Mapping[str, Any], where: str, faults: Faults) -> Step:
    faults.refuse_unknown(raw, {"end", "status", "incident", "element", "variables", "path", "timeline"}, where)
    status = faults.text(raw.get("status"), f"status of {where}", optional=True)
    if status is not None and status not in _STATUSES:
        faults.add("wrong_type", f'status of {where} is "{status}".', f"Use one of: {', '.join(_STATUSES)}.")
    variables = raw.get("variables", {})
    if not isinstance(variables, Mapping):
        faults.add("wrong_type", f"variables of {where} is no table.", 'Write variables = { "triage.outcome" = "route" }.')
        variables = {}
    return Expect(
        line=faults.line,
        end=faults.text(raw.get("end"), f"end of {where}", optional=True),
        status=status,
        incident=faults.text(raw.get("incident"), f"incident of {where}", optional=True),
        element=faults.text(raw.get("element"), f"element of {where}", optional=True),
        variables=variables,
        path=faults.texts(raw.get("path", []), f"path of {where}"),
        timeline=faults.texts(raw.get("timeline", []), f"timeline of {where}"),
    )


_READERS: Final[dict[str, Callable[[Mapping[str, Any], str, Faults], Step | None]]] = {
    "worklist": _read_worklist,
    "who": _read_act,
    "message": _read_send,
    "signal": _read_send,
    "wait": _read_wait,
    "until": _read_until,
    "mail_to": _read_mail,
    "no_mail": _read_no_mail,
    "end": _read_expect,
    "status": _read_expect,
    "incident": _read_expect,
    "variables": _read_expect,
    "path": _read_expect,
    "timeline": _read_expect,
}
