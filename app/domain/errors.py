"""Every refusal Countersign can give.

The first paragraph of a class docstring is its message: a template filled with the facts of the case. `http/problems.py` alone maps
classes to HTTP statuses.
"""

import inspect
import re
from collections.abc import Mapping
from typing import ClassVar


class CountersignError(Exception):
    """Countersign cannot do this."""

    title: ClassVar[str] = "Error"
    code: ClassVar[str] = "error"

    def __init_subclass__(cls) -> None:
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|\d+", cls.__name__)
        cls.code = "_".join(words).lower()
        cls.title = " ".join([words[0], *(word.lower() for word in words[1:])])

    def __init__(self, detail: str | None = None, /, **facts: object) -> None:
        template = inspect.cleandoc(type(self).__doc__ or "").split("\n\n")[0].replace("\n", " ")
        self.detail = detail if detail is not None else template.format_map(_Facts(facts))
        self.facts: Mapping[str, object] = facts
        super().__init__(self.detail)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.detail, dict(self.facts))


class _Facts(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "?"


def _rebuild(cls: type[CountersignError], detail: str, facts: dict[str, object]) -> CountersignError:
    return cls(detail, **facts)


class InvalidRequest(CountersignError):
    """The request has fields that cannot be accepted; `errors` names each."""


class BadPeriod(InvalidRequest):
    """Expected a period whose first day is not after its last, but got {starts_on} to {ends_on}."""


class UnknownColumn(InvalidRequest):
    """The task list has no column {column}; it has {columns}. Why a document was rejected stands on its timeline."""


class NotParseable(InvalidRequest):
    """The request body cannot be read as {media_type}: {reason}."""


class AvatarRefused(InvalidRequest):
    """The picture cannot be an avatar: {reason}. Send a PNG or JPEG picture of at most {limit} bytes."""


class IdempotencyKeyReused(InvalidRequest):
    """Idempotency-Key {key} was used before with another request body. Use a new key for a new request."""


class MessageIdReused(InvalidRequest):
    """Message id {message_id} was used before for another message. Use a new id for a new message."""


class DocumentKindRefused(InvalidRequest):
    """{definition} takes no documents of the kind {kind}, such as {document}; it takes {accepted}."""


class NotFound(CountersignError):
    """There is no {what} {id} that you may see."""


class NotSignedIn(CountersignError):
    """Nobody is signed in: send a valid bearer token or sign in."""


class NotPermitted(CountersignError):
    """You may not {verb}."""


class UserProtected(NotPermitted):
    """{user} holds the role {role}, so only an administrator may {verb}."""


class GrantRefused(NotPermitted):
    """You may not give {what}: {reason}."""


class NotARolePlayer(NotPermitted):
    """Expected to {verb} task {task}, but it is not assigned to you."""


class PartnershipNotActive(NotPermitted):
    """Expected to {verb}, but there is no active partnership with {partner}. An administrator can invite {partner}; theirs has to accept."""


class PartnershipEnded(NotPermitted):
    """The partnership with {partner} has ended, so its documents are closed to you. What was delegated to you goes back to who delegated it."""


class SecondPersonNeeded(NotPermitted):
    """Draft {draft} is your own work. Ask another person who keeps the approval matrix to look at it and to activate it."""


class SeparationOfDuty(NotPermitted):
    """Expected {person} to sign {step}, but {person} already plays {other_step} in this transaction. One person plays one role."""


class Conflict(CountersignError):
    """The state of {what} does not allow this."""


class TaskAlreadyDecided(Conflict):
    """Expected to {verb} task {task}, but {who} {did} it at {at}. Nothing was signed in your name."""


class TaskNotOpen(Conflict):
    """Expected to {verb} task {task}, but it is {state}."""


class MandateNotInForce(Conflict):
    """Expected {person} to sign {step}, but the mandate for it is not in force on {on}."""


class DocumentChanged(Conflict):
    """Document {document} was changed after it was shown to you. Look at it again before you decide."""


class CodingClosed(Conflict):
    """Document {document} is approved or its process is suspended; its lines cannot be coded now."""


class RolePlayersChanging(Conflict):
    """Expected to {verb} task {task}, but its role players are being determined again. Look again in a moment."""


class NothingToReset(Conflict):
    """Process instance {instance_id} has no role players to determine: no approval step is open and none waits for a role player."""


class StatusNotAllowed(Conflict):
    """Document {document} cannot become {wanted}: it is {current}."""


class DocumentHeld(Conflict):
    """Document {document} is held as a possible duplicate of {duplicate_of}. Confirm that it is not a duplicate first."""


class TaskClaimed(Conflict):
    """Expected to {verb} task {task}, but {who} claimed it at {at}. Ask {who} to unclaim it."""


class TaskMoved(Conflict):
    """Expected to {verb} task {task}, but it was {how} to {to} at {at}. Nothing was signed in your name."""


class PartnershipInPlace(Conflict):
    """{environment} and {partner} have a partnership already, which is {state}."""


class PartnershipClosed(Conflict):
    """Expected to {verb} the partnership of {environment} and {partner}, but it is {state}."""


class NotDelegated(Conflict):
    """Nobody delegated task {task} to you, so there is nobody to return it to. Delegate it to somebody instead."""


class ReassignmentRefused(Conflict):
    """Task {task} cannot be reassigned to {to}: {reason}."""


class AdditionRefused(Conflict):
    """{person} cannot be added to task {task}: {reason}."""


class VoteStands(Conflict):
    """Expected to withdraw your vote on task {task}, but {reason}. It stands."""


class GroupKeyInUse(Conflict):
    """There is a group with the key {key} already."""


class DelegationRefused(Conflict):
    """Task {task} cannot be delegated to {to}: {reason}."""


class InstanceNotActive(Conflict):
    """Process instance {instance_id} is {state}, so this cannot be done."""


class IncidentResolved(Conflict):
    """Incident {incident} is resolved already."""


class IncidentStands(Conflict):
    """Incident {incident} cannot be marked as resolved while its element cannot go on. Retry it, or cancel the process instance."""


class DocumentApproved(Conflict):
    """Document {document} was approved by process instance {instance_id}. It cannot be approved a second time."""


class BusinessKeyInUse(Conflict):
    """Business key {business_key} is in use by process instance {instance_id}."""


class InstanceAlreadyRunning(Conflict):
    """Document {document} already has a live instance of {definition}: {instance_id}."""


class MatrixConflict(Conflict):
    """The approval matrix is at version {current}, but this was made from version {base}; `conflicts` lists what both changed."""


class DraftClosed(Conflict):
    """Draft {draft} was {state} by {who} at {at}. A new change goes into a new draft."""


class DraftOpen(Conflict):
    """You have an open draft already, {draft}. Have it activated or discard it before you begin another."""


class DraftEmpty(Conflict):
    """Draft {draft} changes nothing, so there is nothing to activate."""


class UnlinkNotConfirmed(Conflict):
    """Unlink all takes {cost_center} and its {children} children out of the chart. Send it with confirm to do so."""


class UsernameInUse(Conflict):
    """User name {username} is in use. Choose another."""


class EmailInUse(Conflict):
    """{user} signs in with the e-mail address {email} already. Give another address, or let one of the two sign in with the user name alone."""


class LastAdministrator(Conflict):
    """{user} is the only active administrator. Make somebody else an administrator first."""


class RoleHasTransactions(Conflict):
    """{count} running transactions have open tasks of the role {role}. Send apply_to_running: true changes them too, false leaves them."""


class UserHasMandates(Conflict):
    """{user} holds {count} active mandates, which a {kind} user cannot; `mandates` lists them. Send expire_mandates to end them with it."""


class DefinitionDeactivated(Conflict):
    """{definition} is deactivated, so nothing can be started with it. Activate it, or deploy a new version."""


class DefinitionInUse(Conflict):
    """{definition} version {version} cannot be deleted: {instances} process instances have it, and {callers} call it. Deactivate it."""


class NotRecordable(Conflict):
    """The process instance cannot be written down as a scenario: {reason}."""


class MessageAmbiguous(Conflict):
    """{number} process instances wait for message {name} with this correlation. Give a correlation that only one of them has."""


class IdempotencyKeyInProgress(Conflict):
    """The first request with Idempotency-Key {key} is still running. Ask again in a moment."""


class FilterNameInUse(Conflict):
    """Expected a name that none of your filters has, but {name} is one of them."""


class TooManyFilters(Conflict):
    """Expected at most {limit} saved filters, and you have as many. Delete one that you do not need any more."""


class StaleRevision(CountersignError):
    """Expected revision {expected} of {what}, but it is at revision {actual} now. Read it again."""


class TooLarge(CountersignError):
    """The {what} is larger than {limit}."""


class UnsupportedMedia(CountersignError):
    """Media type {media_type} is not accepted here; send {accepted}."""


class RuleError(CountersignError):
    """A rule cannot be applied."""


class NoRolePlayersFound(RuleError):
    """No role players could be found for step {step}, lines {lines}."""


class NoExchangeRate(RuleError):
    """There is no exchange rate from {source} to {target} on or before {on}."""


class ChartCycle(RuleError):
    """The organisation chart has a cycle: {path}."""


class StepNotActive(RuleError):
    """The amount forces step {step}, but that step is switched off."""


class SearchExhausted(RuleError):
    """The search for role players ended at its limit of {limit} nodes. Simplify the mandates that compete for the same people."""


class NobodyToAct(RuleError):
    """Nobody can be asked to do {element}: {reason}."""


class InvalidInput(RuleError):
    """The transaction or the matrix cannot be read: {reason}."""


class DecisionError(RuleError):
    """Decision {decision} cannot be evaluated: {reason}."""


class SeveralRowsMatch(DecisionError):
    """Decision {decision} has hit policy UNIQUE, but rows {rows} match."""


class ModelError(CountersignError):
    """The model has faults; `diagnostics` lists them all."""


class DefinitionInvalid(ModelError):
    """The process definition has faults; `diagnostics` lists them all."""


class MatrixInvalid(ModelError):
    """The approval matrix has faults; `diagnostics` lists them all."""


class MoveRefused(ModelError):
    """The move is refused; `diagnostics` lists every reason."""


class MigrationRefused(ModelError):
    """The migration to another version is refused; `diagnostics` lists every reason."""


class ExecutionError(CountersignError):
    """The process instance cannot go on at {element}."""


class ServiceTaskFailed(ExecutionError):
    """Service task {element} failed: {reason}."""


class ExpressionFailed(ExecutionError):
    """The expression of {element} cannot be evaluated: {reason}."""


class StepLimitReached(ExecutionError):
    """The process instance made {limit} steps without a wait state; it seems to loop for ever at {element}."""


class AuthorityIncomplete(ExecutionError):
    """The process reached its approved end, but these steps of the route were not signed: {steps}. The document is not approved."""


class SharesMissing(ExecutionError):
    """Too few people are left for {task}: mode {mode} cannot be decided by {left}. Reassign it to others, or add an approver."""


class EscalationExhausted(ExecutionError):
    """{task} lies with {late}, who did not act in time, and nobody is left to escalate it to. Reassign it, or add an approver."""


class TimerFailed(ExecutionError):
    """The timer of {element} failed {attempts} times: {reason}."""


class Unavailable(CountersignError):
    """The service is not available now. Try again in {retry_after} s."""


class DatabaseBusy(Unavailable):
    """The database is busy. Try again in {retry_after} s."""
