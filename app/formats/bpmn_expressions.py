"""Compiles every FEEL expression of a diagram, and reads the ISO 8601 texts that may stand in its place."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from lxml import etree

from app.domain.deadlines import parse_duration
from app.domain.diagnostics import Diagnostic, DiagnosticClass
from app.feel import compile_expression
from app.feel.errors import FeelError, FeelSyntaxError
from app.formats.bpmn_model import BPMN, EXTENSION, BpmnModel, describe, is_true, text_of
from app.formats.bpmn_variables import VariableChecker
from app.formats.xml import local_name

Form = Literal["feel", "date", "duration", "cycle"]

_FEEL_LANGUAGE: Final = re.compile(r"feel", re.IGNORECASE)
_PLAIN_NAME: Final = re.compile(r"[A-Za-z_]\w*\Z")
_ISO_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_ISO_DURATION: Final = re.compile(
    rf"[+-]?P(?=[\dT])(?:{_ISO_NUMBER}Y)?(?:{_ISO_NUMBER}M)?(?:{_ISO_NUMBER}W)?(?:{_ISO_NUMBER}D)?"
    rf"(?:T(?=\d)(?:{_ISO_NUMBER}H)?(?:{_ISO_NUMBER}M)?(?:{_ISO_NUMBER}S)?)?"
)
_LOOKS_LIKE_DURATION: Final = re.compile(r"-?P(?:\d|T(?:\d|\Z))")
_DATE_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)\Z")
_LOOKS_LIKE_DATE: Final = re.compile(r"\d{4}-\d\d")
_CYCLE: Final = re.compile(r"R\d*/(?P<first>[^/]+)(?:/(?P<second>[^/]+))?\Z")
_STANDARD_TEXTS: Final = (
    "conditionExpression",
    "completionCondition",
    "loopCondition",
    "loopCardinality",
    "condition",
    "activationCondition",
)
_EXTENSION_TEXTS: Final = ("messagePayload", "payloadExpression")
_TIMERS: Final[dict[str, Form]] = {"timeDate": "date", "timeDuration": "duration", "timeCycle": "cycle"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpressionUse:
    """One expression: where it stands, what it is for, and which ISO 8601 form may stand instead."""

    place: etree._Element
    text: str
    what: str
    form: Form = "feel"
    language: str | None = None


def check_expressions(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the expressions of executable processes that cannot be compiled or are doubtful, and times that are no ISO 8601 anywhere."""
    names = known_names(model)
    language = model.root.get("expressionLanguage")
    variables = VariableChecker(model)
    for use in iterate_expressions(model):
        is_read = is_expression_of(use.place)
        found = list(check_expression(model, use, names=names, language=use.language or language))
        yield from (each for each in found if is_read or each.kind == "invalid")
        if is_read and not found and use.text and not (use.form != "feel" and _is_iso(use.text, use.form)):
            yield from variables.check(use.place, use.text.removeprefix("=").strip(), what=use.what, owner=_owner(use.place))


def iterate_expressions(model: BpmnModel) -> Iterator[ExpressionUse]:
    """Return the expressions of the standard's elements and of the extensions, without those in properties."""
    for element in model.iterate(*_STANDARD_TEXTS, *_TIMERS):
        name = local_name(element)
        yield ExpressionUse(
            place=element, text=text_of(element), what=_words(name), form=_TIMERS.get(name, "feel"), language=element.get("language")
        )
    for element in model.iterate("scriptTask"):
        script = element.find(f"{{{BPMN}}}script")
        if (element.get("scriptFormat") or "").strip().lower() == "feel":
            yield ExpressionUse(place=element if script is None else script, text=text_of(script), what="script", language="feel")
    for element in model.root.iter(*(f"{{{EXTENSION}}}{name}" for name in _EXTENSION_TEXTS)):
        yield ExpressionUse(place=element, text=text_of(element), what=_words(local_name(element)), language="feel")
    for element in model.root.iter(f"{{{EXTENSION}}}parameter"):
        text = (element.get("value") or text_of(element)).strip()
        yield ExpressionUse(place=element, text=text, what=f"parameter {element.get('id')}", language="feel")


def known_names(model: BpmnModel) -> frozenset[str]:
    """Return the variable names that FEEL could not tell apart by itself, such as an element id with a hyphen."""
    names = {id_text for id_text in model.nodes if id_text}
    names.update(element.get("resultVariable") or "" for element in model.root.iter(f"{{{EXTENSION}}}serviceTaskOperator"))
    for element in model.root.iter(f"{{{EXTENSION}}}property"):
        if element.get("name") == "result_variable":
            names.add(element.get("value") or "")
    return frozenset(name for name in names if name and not _PLAIN_NAME.match(name))


def check_expression(
    model: BpmnModel, use: ExpressionUse, *, names: frozenset[str] = frozenset(), language: str | None = None
) -> Iterator[Diagnostic]:
    """Return why an expression cannot be used, if so."""
    text = use.text
    if not text:
        message = f"The {use.what} of the {describe(_owner(use.place))} is empty."
        yield model.diagnose(use.place, "expression_missing", message, "Write a FEEL expression.", kind="product")
        return
    if use.form != "feel" and _is_iso(text, use.form):
        return
    if use.form != "feel" and (fault := _iso_fault(text, use.form)):
        message = f'The {use.what} of the {describe(_owner(use.place))} is "{_cut(text)}": {fault}'
        is_standard = local_name(use.place) in _TIMERS
        kind: DiagnosticClass = "invalid" if is_standard and not _keeps_iso(text, use.form) else "product"
        yield model.diagnose(use.place, "time_invalid", message, _iso_remedy(use.form), kind=kind)
        return
    fault = _compile_fault(text, names)
    if fault is None:
        return
    foreign = language is not None and not _FEEL_LANGUAGE.search(language)
    remedy = (
        f"It is declared as {language}. Rewrite it in FEEL, the only expression language here."
        if foreign
        else "Correct the expression; app/feel/README.md lists what FEEL knows."
    )
    message = f'The {use.what} of the {describe(_owner(use.place))} is no FEEL expression: {fault} It reads "{_cut(text)}".'
    yield model.diagnose(use.place, "expression_invalid", message, remedy, kind="product")


def check_scripts(model: BpmnModel) -> Iterator[Diagnostic]:
    """Return the scripts of executable processes that are not FEEL: no other language runs here."""
    for element in model.iterate("scriptTask"):
        if not is_expression_of(element):
            continue
        language = (element.get("scriptFormat") or "").strip()
        if language.lower() != "feel":
            said = f'is written in "{language}"' if language else "has no scriptFormat"
            message = f"The {describe(element)} {said}; scripts are FEEL expressions."
            yield model.diagnose(
                element, "script_language", message, 'Set scriptFormat="feel" and write one FEEL expression.', kind="product"
            )


def _owner(place: etree._Element) -> etree._Element:
    element = place
    while element.get("id") is None or local_name(element) == "parameter":
        parent = element.getparent()
        if parent is None:
            return place
        element = parent
    return element


def _compile_fault(text: str, names: frozenset[str]) -> str | None:
    source = text.removeprefix("=").strip()
    try:
        compile_expression(source, names)
    except FeelSyntaxError as error:
        near = source[max(error.position - 12, 0) : error.position + 12]
        return f'{error.message.rstrip(".")} (at character {error.position + 1}, near "{near}").'
    except FeelError as error:
        return f"{error}."
    return None


def _is_iso(text: str, form: Form) -> bool:
    return _iso_fault(text, form) == ""


def _iso_fault(text: str, form: Form) -> str | None:
    """Return "" for a well-formed ISO 8601 text, a fault where it only looks like one, None where it is something else."""
    if form == "duration":
        return _duration_fault(text) if _LOOKS_LIKE_DURATION.match(text) else None
    if form == "date":
        if not _LOOKS_LIKE_DATE.match(text):
            return None
        return "" if _DATE_TIME.match(text) and _is_date(text) else "expected a date and time with its offset."
    if re.match(r"R\d*/", text):
        cycle = _CYCLE.match(text)
        if cycle is None:
            return "expected a repetition such as R3/PT24H."
        return _duration_fault(cycle.group("second") or cycle.group("first"))
    return None


def _duration_fault(text: str) -> str:
    try:
        parse_duration(text)
    except ValueError:
        return "expected an ISO 8601 duration."
    return ""


def _keeps_iso(text: str, form: Form) -> bool:
    """Return whether a text that looks like ISO 8601 may be that: in a form that is not accepted here, or as a template of another engine."""
    if "{" in text:
        return True
    if form == "duration":
        return _ISO_DURATION.fullmatch(text) is not None
    if form == "date":
        return _is_date(text)
    parts = text.split("/")[1:]
    return 1 <= len(parts) <= 2 and all(_ISO_DURATION.fullmatch(part) is not None or _is_date(part) for part in parts)


def _is_date(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text.replace("T24:00", "T00:00"))  # midnight at the end of a day, which Python does not know
    except ValueError:
        return False
    return True


def _iso_remedy(form: Form) -> str:
    examples = {"duration": "P3D (three days) or PT48H (48 hours)", "date": "2026-12-24T12:00:00+01:00", "cycle": "R3/PT24H or R/P1D"}
    return f"Write an ISO 8601 text such as {examples[form]}, or a FEEL expression." if form in examples else "Write a FEEL expression."


def _words(name: str) -> str:
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else f"{line[:80]}…"


def is_expression_of(element: etree._Element) -> bool:
    """Return whether an element is declared executable, so that its expressions are ever read."""
    place: etree._Element | None = element
    while place is not None:
        if local_name(place) == "process":
            return is_true(place, "isExecutable")
        place = place.getparent()
    return True
