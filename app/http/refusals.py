"""Refusals that only a request over HTTP can meet. Their statuses stand in problems.py."""

from app.domain.errors import CountersignError, InvalidRequest


class UnknownField(InvalidRequest):
    """The request has fields that are not known here; `errors` names each. A misspelt field would be lost, so none is ignored."""


class MoneyAsNumber(InvalidRequest):
    """The request gives money as a JSON number; `errors` names each place. Write amounts as decimal strings, such as "1250.00"."""


class PreconditionMalformed(InvalidRequest):
    """Expected If-Match to be * or one revision in quotes, such as "7", but got {value}."""


class IdempotencyKeyMalformed(InvalidRequest):
    """Expected Idempotency-Key to be 1 to 200 visible ASCII characters."""


class MethodNotAllowed(CountersignError):
    """{method} is not possible here. Possible: {allowed}."""


class InternalError(CountersignError):
    """Something went wrong inside Countersign. The log tells more under the request id, which `instance` gives."""
