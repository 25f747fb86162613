"""A finished instance, written down as a scenario that plays it again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.errors import NotRecordable
from app.feel.json import to_json
from app.formats.scenario_writing import write_scenario
from app.operations.answer import Caller, JsonObject
from app.operations.instances.read_instance import find_visible_instance
from app.operations.messages.content import read_content
from app.operations.system import System
from app.operations.turn import environment_of
from app.persistence import documents, instances, journal, messages
from app.persistence.database import Reading

TOML: Final = "application/toml"
_VERBS: Final = {"task_claimed": "claims", "task_unclaimed": "unclaims"}
_UNTOLD: Final = {
    "instance_moved": "an administrator moved it",
    "instance_migrated": "it was migrated to another version",
    "instance_suspended": "it was suspended",
    "incident": "it was stuck in an incident",
}
_CODING: Final = ("company", "cost_center", "organisation", "parameter_3", "parameter_4")
_NOTICED: Final = timedelta(seconds=1)


def record_scenario(system: System, caller: Caller, instance_id: str) -> tuple[bytes, str, str]:
    """Return a scenario file that plays a finished instance again: its document, what people did and when, and how it ended.

    It passes where people, matrix and definitions are those of the recording, as in the demo.

    Raises:
        NotFound: there is no such instance, or the caller may not see it.
        NotRecordable: it has not finished, or an administrator intervened, which no scenario can tell.
    """
    with system.database.read() as reading:
        row, directory = find_visible_instance(system, reading, caller, instance_id)
        if row.status != "completed":
            raise NotRecordable(instance_id=instance_id, reason=f"it is {row.status}, not completed")
        events = journal.read_story(reading, environment_id=caller.environment_id, instance_id=instance_id, document_id=row.document_id)
        given = list(messages.messages_of_instance(reading, instance_id))
        path = [each.element for each in instances.ended_elements(reading, instance_id) if each.state == "completed"]
        document = _document(reading, caller, row.document_id)
    zone = environment_of(row).zone
    began = next(each for each in events if each.kind == "instance_started")
    steps = list(_steps(instance_id, events, given, began.at, zone))
    steps.append({"end": row.outcome, "path": path})
    text = write_scenario(
        name=f"As it went on {row.started_at.astimezone(zone):%d %B %Y}",
        process=row.definition_key,
        at=began.at.astimezone(zone),
        started_by=directory.get(row.started_by).username,
        steps=steps,
        document=document,
        variables=began.facts.get("variables"),
    )
    return text.encode(), TOML, f"{row.definition_key}.scenarios.toml"


def _document(reading: Reading, caller: Caller, document_id: str | None) -> dict[str, str] | None:
    if document_id is None:
        return None
    original = documents.read_original(reading, caller.environment_id, document_id)
    assert original is not None, "every document keeps its original"
    try:
        return {"content": bytes(original.content).decode(), "media_type": original.media_type}
    except UnicodeDecodeError as error:
        raise NotRecordable(instance_id="", reason="its document is not in UTF-8") from error


def _steps(instance_id: str, events: Any, given: list[Any], began: datetime, zone: Any) -> Iterator[JsonObject]:
    at, voted = began, ("", "")
    for event in events:
        if event.kind in _UNTOLD:
            raise NotRecordable(instance_id=instance_id, reason=_UNTOLD[event.kind])
        step = _step(event, given)
        if step is None or event.at < began:
            continue
        once = (event.actor, str(event.facts.get("task"))) if event.kind in ("task_approved", "task_rejected") else ("", "")
        if once != ("", "") and once == voted:
            continue  # one act for several principals is told once for each
        voted = once
        if event.at - at >= _NOTICED:
            at = event.at
            yield {"until": at.astimezone(zone)}
        yield step


def _step(event: Any, given: list[Any]) -> JsonObject | None:
    facts = event.facts
    match event.kind:
        case "task_approved":
            return {"who": event.actor, "approves": event.element, "comment": facts.get("comment")}
        case "task_rejected":
            return {"who": event.actor, "rejects": event.element, "reason": facts.get("comment")}
        case "task_claimed" | "task_unclaimed":
            return {"who": event.actor, _VERBS[event.kind]: event.element}
        case "task_delegated":
            return {"who": event.actor, "delegates": event.element, "to": facts["to"], "comment": facts.get("comment")}
        case "lines_coded":
            return {"who": event.actor, "codes": list(_coded(facts["before"], facts["after"]))}
        case "message_received":
            message = given.pop(0)
            correlation, payload = read_content(message.content)
            return {"message": message.name, "correlation": to_json(correlation) or None, "payload": to_json(payload)}
        case "signal_received":
            return {"signal": facts["signal"], "payload": facts.get("payload")}
    return None


def _coded(before: Any, after: Any) -> Iterator[JsonObject]:
    """Yield the lines that were coded otherwise; a split line cannot be told so."""
    known = {line["id"]: line for line in before}
    for line in after:
        earlier = known.get(line["id"])
        if earlier is None:
            raise NotRecordable(instance_id="", reason="a line of its document was split")
        changed = {name: line.get(name) for name in _CODING if line.get(name) != earlier.get(name)}
        if changed:
            yield {"id": line["id"], **changed}
