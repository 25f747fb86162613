"""Idempotency keys: the same request twice is done once and answered twice."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from app.domain.errors import CountersignError, DatabaseBusy, IdempotencyKeyInProgress, IdempotencyKeyReused
from app.operations.answer import Answer, Caller, CallerOutdated, RequestKey
from app.operations.system import System
from app.persistence import request_keys
from app.persistence.database import UnitOfWork
from app.persistence.drivers import Overtaken

LEASE = timedelta(seconds=60)
RUNS_MAX = 3
TIME_TO_LIVE = timedelta(hours=24)

Remember = Callable[[UnitOfWork, Answer], None]


def answer_once(system: System, caller: Caller, request: RequestKey | None, run: Callable[[Remember], Answer]) -> Answer:
    """Return the answer of `run`, or the answer that the first request with this key got.

    1. The key is claimed in a transaction of its own, so that a second request sees that the first still runs.
    2. `run` calls its `remember` inside the transaction of the work itself: work and answer are stored together or not at all.
    3. A refusal frees the key: nothing was done, a corrected request may use it.
    4. A claim whose process died is free again after LEASE. Who was merely slower than that, and is refused since another request with
       the key has done the work meanwhile, gets the answer of that one.

    Raises:
        IdempotencyKeyReused: the key came with another body before.
        IdempotencyKeyInProgress: the first request still runs.
    """
    if request is None:
        return _run_again(system, run, _forget)
    owner = system.new_id()
    stored = _claim(system, caller, request, owner)
    if stored is not None:
        return stored

    def remember(work: UnitOfWork, answer: Answer) -> None:
        ours = request_keys.finish_key(
            work,
            user_id=caller.user_id,
            route=request.route,
            key=request.key,
            owner=owner,
            status=answer.status,
            revision=answer.revision,
            answer=answer.body,
        )
        if not ours:
            raise IdempotencyKeyInProgress(key=request.key)

    try:
        return _run_again(system, run, remember)
    except (CountersignError, CallerOutdated):
        stored = _release(system, caller, request, owner)
        if stored is None:
            raise
        return stored


def _run_again(system: System, run: Callable[[Remember], Answer], remember: Remember) -> Answer:
    """Return the answer of `run`; where another transaction was first it runs again, and sees what that one stored.

    Raises:
        DatabaseBusy: that happened RUNS_MAX times.
    """
    for number in range(RUNS_MAX):
        try:
            return system.database.attempt(partial(run, remember), looks_first=number == 0)
        except Overtaken:
            continue
    raise DatabaseBusy(retry_after=1)


def _claim(system: System, caller: Caller, request: RequestKey, owner: str) -> Answer | None:
    now = system.clock()
    values = {
        "user_id": caller.user_id,
        "route": request.route,
        "key": request.key,
        "environment_id": caller.environment_id,
        "digest": request.digest,
        "owner": owner,
        "lease_until": now + LEASE,
        "created_at": now,
    }
    with system.database.write() as work:
        claimed = request_keys.claim_key(work, now=now, values=values)
        row = None if claimed else request_keys.read_key(work, user_id=caller.user_id, route=request.route, key=request.key)
        work.commit()
    if row is None:
        return None
    if row.digest != request.digest:
        raise IdempotencyKeyReused(key=request.key)
    if row.status is None:
        raise IdempotencyKeyInProgress(key=request.key)
    return _stored_answer(row)


def _release(system: System, caller: Caller, request: RequestKey, owner: str) -> Answer | None:
    """Free the key after a refusal; return the stored answer when the work is done all the same."""
    with system.database.write() as work:
        row = request_keys.read_key(work, user_id=caller.user_id, route=request.route, key=request.key)
        if row is not None and row.status is None and row.owner == owner:
            request_keys.forget_key(work, user_id=caller.user_id, route=request.route, key=request.key, owner=owner)
            row = None
        work.commit()
    if row is None or row.digest != request.digest:
        return None
    if row.status is None:
        raise IdempotencyKeyInProgress(key=request.key)
    return _stored_answer(row)


def _stored_answer(row: Any) -> Answer:
    return Answer(body=row.answer, status=row.status, revision=row.revision)


def _forget(work: UnitOfWork, answer: Answer) -> None:
    """Keep nothing: the request came without a key."""
