"""A message comes from outside."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.deadlines import add_duration, parse_duration
from app.domain.errors import IdempotencyKeyInProgress, InvalidRequest, MessageIdReused
from app.domain.people import ADMINISTRATOR, INTEGRATOR, WORKFLOW_ADMINISTRATOR
from app.operations.answer import Answer, Caller, JsonObject, RequestKey
from app.operations.idempotency import Remember, answer_once
from app.operations.messages.content import write_content
from app.operations.messages.delivery import Delivery, Given, deliver_message, digest_of, message_row
from app.operations.messages.waiting import CORRELATE, outbox_row
from app.operations.system import System
from app.operations.turn import read_environment
from app.operations.visibility import require_role
from app.operations.wording import instant
from app.persistence import journal, messages
from app.persistence.database import UnitOfWork

DEFAULT_TIME_TO_LIVE: Final = timedelta(days=7)
TIME_TO_LIVE_MAX: Final = timedelta(days=366)
ACCEPTED: Final = 202


def correlate_message(
    system: System,
    caller: Caller,
    *,
    name: str,
    correlation: Mapping[str, Any] | None = None,
    payload: Any = None,
    message_id: str | None = None,
    time_to_live: str | None = None,
    request: RequestKey | None = None,
) -> Answer:
    """Give a message to the instance that waits for it, or start one with it, or keep it until somebody waits.

    The same message id again is answered as the first time, and nothing happens twice.

    Raises:
        NotPermitted: the caller may not send messages.
        InvalidRequest: a value that cannot be kept, or a time to live that is none.
        TooLarge: more than 64 KiB.
        MessageIdReused: another message had this id.
        MessageAmbiguous: several instances wait for it.
    """
    require_role(caller, INTEGRATOR, WORKFLOW_ADMINISTRATOR, ADMINISTRATOR, verb="send messages")
    given = Given(name=name, correlation=dict(correlation or {}), payload=payload)
    content = write_content(given.correlation, payload)

    def run(remember: Remember) -> Answer:
        try:
            return _find_earlier(system, caller, message_id, digest_of(name, content)) or _deliver(
                system, caller, given, content, message_id=message_id, time_to_live=time_to_live, remember=remember
            )
        except IdempotencyKeyInProgress:  # the same message id came twice at once
            earlier = _find_earlier(system, caller, message_id, digest_of(name, content))
            if earlier is None:
                raise
            return earlier

    return answer_once(system, caller, request, run)


def _deliver(
    system: System, caller: Caller, given: Given, content: str, *, message_id: str | None, time_to_live: str | None, remember: Remember
) -> Answer:
    now = system.clock()
    expires_at = _expiry(system, caller, time_to_live, now)
    answers: list[Answer] = []

    def finish(work: UnitOfWork, delivery: Delivery) -> None:
        body = _body(system.new_id(), given, message_id, delivery, expires_at)
        row = message_row(
            system,
            caller,
            given,
            content=content,
            delivery=delivery,
            now=now,
            expires_at=expires_at,
            message_id=message_id,
            answer=body,
        )
        if not messages.claim_message_id(work, row):
            raise IdempotencyKeyInProgress(key=message_id)
        if delivery.outcome == "buffered":
            key = f"{CORRELATE}:{body['id']}"
            journal.insert_outbox(
                work, [outbox_row(system.new_id(), caller.environment_id, CORRELATE, {"name": given.name}, key=key, now=now)]
            )
        answers.append(Answer(body=body, status=ACCEPTED))
        remember(work, answers[0])

    deliver_message(system, caller, given, finish=finish, take_oldest=False)
    return answers[0]


def _find_earlier(system: System, caller: Caller, message_id: str | None, digest: str) -> Answer | None:
    if message_id is None:
        return None
    with system.database.read() as reading:
        row = messages.find_message(reading, environment_id=caller.environment_id, message_id=message_id)
    if row is None:
        return None
    if row.digest != digest:
        raise MessageIdReused(message_id=message_id, errors={"message_id": ["It was used for another message."]})
    return Answer(body=row.answer, status=ACCEPTED)


def _expiry(system: System, caller: Caller, time_to_live: str | None, now: datetime) -> datetime:
    if time_to_live is None:
        return now + DEFAULT_TIME_TO_LIVE
    with system.database.read() as reading:
        zone = read_environment(reading, caller.environment_id).zone
    try:
        expires_at = add_duration(now, parse_duration(time_to_live), zone)
    except (ValueError, OverflowError):
        expires_at = now - TIME_TO_LIVE_MAX
    if not now <= expires_at <= now + TIME_TO_LIVE_MAX:
        raise InvalidRequest(
            "The time to live cannot be read.", errors={"time_to_live": ["Expected an ISO 8601 duration of at most a year, such as P7D."]}
        )
    return expires_at


def _body(row_id: str, given: Given, message_id: str | None, delivery: Delivery, expires_at: datetime) -> JsonObject:
    return {
        "id": row_id,
        "name": given.name,
        "message_id": message_id,
        "status": delivery.outcome,
        "process_instance_id": delivery.instance_id,
        "expires_at": instant(expires_at) if delivery.outcome == "buffered" else None,
    }
