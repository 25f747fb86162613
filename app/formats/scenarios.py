"""Reads scenario files: what an analyst expects of a process, step by step, in TOML.

process = "purchase_invoice"

[[scenario]]
name = "Marc alone approves up to his mandate"
document = { kind = "invoice", seller = "Acme", order_number = "6001", lines = [{ amount = "10000.00", cost_center = "SALES" }] }
steps = [
{ worklist = { marc = "ApproveFirstLine" } },
{ who = "marc", approves = "ApproveFirstLine" },
{ end = "Approved for payment" },
]
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from app.domain.diagnostics import Diagnostic
from app.domain.errors import ModelError
from app.formats.scenario_documents import check_document
from app.formats.scenario_steps import Faults, Step, read_step

SCENARIOS_MAX: Final = 1_000
STEPS_MAX: Final = 500
TEXT_MAX: Final = 1_000_000
DEFAULT_START: Final = datetime.fromisoformat("2026-11-02T09:00:00+01:00")
DEFAULT_STARTER: Final = "erp"
_FILE_KEYS: Final = frozenset({"process", "document", "variables", "at", "started_by", "scenario"})
_SCENARIO_KEYS: Final = _FILE_KEYS - {"scenario"} | {"name", "steps", "description"}
_SYNTAX_PLACE: Final = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")


class ScenariosInvalid(ModelError):
    """The scenario file has faults; `diagnostics` lists them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One story: what comes in, and what must happen then.

    Attributes:
        document: the document as the analyst wrote it, None for a process without a document.
        at: the instant at which the virtual clock starts.
    """

    name: str
    process: str
    file: str
    line: int | None
    document: Mapping[str, Any] | None
    variables: Mapping[str, Any] = field(default_factory=dict)
    at: datetime = DEFAULT_START
    started_by: str = DEFAULT_STARTER
    steps: tuple[Step, ...] = ()


def read_scenarios(text: str, *, filename: str) -> tuple[Scenario, ...]:
    """Return the scenarios of a file in their order.

    Raises:
        ScenariosInvalid: the fact `diagnostics` holds every fault.
    """
    faults = Faults(file=filename)
    table = _parse(text, faults)
    if faults.found:
        raise _invalid(faults)
    faults.refuse_unknown(table, _FILE_KEYS, "the file")
    lines = _find_scenario_lines(text)
    raw = table.get("scenario", [])
    if not isinstance(raw, list) or not raw:
        faults.add("no_scenarios", "The file has no scenarios.", "Begin each scenario with a line [[scenario]].")
        raise _invalid(faults)
    scenarios = []
    for index, each in enumerate(raw[:SCENARIOS_MAX]):
        faults.line = lines[index] if index < len(lines) else None
        scenarios.append(_read_scenario(each, table, index, faults, _find_step_lines(text, lines, index)))
    names = [scenario.name for scenario in scenarios]
    for scenario in scenarios:
        if names.count(scenario.name) > 1:
            faults.line = scenario.line
            faults.add("name_repeated", f'There is more than one scenario "{scenario.name}".', "Give every scenario a name of its own.")
    if faults.found:
        raise _invalid(faults)
    return tuple(scenarios)


def _invalid(faults: Faults) -> ScenariosInvalid:
    diagnostics: tuple[Diagnostic, ...] = tuple(faults.found)
    return ScenariosInvalid(f"{faults.file} has {len(diagnostics)} faults.", diagnostics=diagnostics)


def _parse(text: str, faults: Faults) -> Mapping[str, Any]:
    if len(text) > TEXT_MAX:
        faults.add("too_large", f"The file has more than {TEXT_MAX} characters.", "Split it into several files.")
        return {}
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _SYNTAX_PLACE.search(str(error))
        faults.line = int(place.group(1)) if place and place.group(1) else text.count("\n") + 1
        reason = _SYNTAX_PLACE.sub("", str(error)).strip()
        remedy = "Check quotes, commas and brackets there; a step stands on one line between { and }."
        faults.add("not_readable", f"The file is not TOML: {reason}.", remedy)
        return {}
    except RecursionError:
        faults.add("not_readable", "The file is nested too deeply.", "Write plain scenarios and steps.")
        return {}


def _read_scenario(raw: object, table: Mapping[str, Any], index: int, faults: Faults, step_lines: list[int]) -> Scenario:
    line = faults.line
    if not isinstance(raw, Mapping):
        faults.add("wrong_type", f"Scenario {index + 1} is no table.", "Begin each scenario with a line [[scenario]].")
        raw = {}
    name = faults.text(raw.get("name"), f"The name of scenario {index + 1}") or f"scenario {index + 1}"
    where = f'scenario "{name}"'
    faults.refuse_unknown(raw, _SCENARIO_KEYS, where)
    process = faults.text(raw.get("process", table.get("process")), f"The process of {where}") or ""
    document = _merge(table.get("document"), raw.get("document"), "document", where, faults)
    if document is not None:
        check_document(document, where, faults)
    variables = _merge(table.get("variables"), raw.get("variables"), "variables", where, faults) or {}
    at = faults.instant(raw.get("at", table.get("at", DEFAULT_START)), f"The start (at) of {where}") or DEFAULT_START
    starter = faults.text(raw.get("started_by", table.get("started_by", DEFAULT_STARTER)), f"started_by of {where}")
    raw_steps = raw.get("steps")
    if not isinstance(raw_steps, list) or not raw_steps:
        faults.add("no_steps", f"The {where} has no steps.", "Add steps = [ … ] with at least the expected end.")
        raw_steps = []
    steps = []
    for position, each in enumerate(raw_steps[:STEPS_MAX], start=1):
        faults.line = step_lines[position - 1] if len(step_lines) == len(raw_steps) else line
        step = read_step(each, f"Step {position} of {where}", faults)
        if step is not None:
            steps.append(step)
    faults.line = line
    return Scenario(
        name=name,
        process=process,
        file=faults.file,
        line=line,
        document=document,
        variables=variables,
        at=at,
        started_by=starter or DEFAULT_STARTER,
        steps=tuple(steps),
    )


def _merge(common: object, own: object, what: Literal["document", "variables"], where: str, faults: Faults) -> Mapping[str, Any] | None:
    """Return the scenario's own table over the one that the file gives for all; `document = false` means none."""
    if own is False and what == "document":
        return None
    for value in (common, own):
        if value is not None and not isinstance(value, Mapping):
            faults.add("wrong_type", f"The {what} of {where} is no table.", f"Write {what} = {{ … }}.")
            return None
    if common is None and own is None:
        return None
    return {**(common if isinstance(common, Mapping) else {}), **(own if isinstance(own, Mapping) else {})}


def _find_scenario_lines(text: str) -> list[int]:
    return [number for number, line in enumerate(text.splitlines(), start=1) if re.match(r"\s*\[\[\s*scenario\s*\]\]", line)]


def _find_step_lines(text: str, lines: list[int], index: int) -> list[int]:
    """Return the lines that begin with a brace within the scenario; they are its steps when their number agrees."""
    if index >= len(lines):
        return []
    rows = text.splitlines()
    end = lines[index + 1] - 1 if index + 1 < len(lines) else len(rows)
    begin = next((n for n in range(lines[index], end) if re.match(r"\s*steps\s*=", rows[n])), end)
    return [n + 1 for n in range(begin, end) if re.match(r"(?:\s*steps\s*=\s*\[)?\s*\{", rows[n])]
