"""The refusals of being away, leaving and coming back."""

from app.domain.errors import Conflict, InvalidRequest


class BadDateRange(InvalidRequest):
    """Expected days to come, the first before the last, but got {starts_on} to {ends_on}: {reason}."""


class UserNotActive(Conflict):
    """{user} is not active, so there is nothing to hand over. Activate the user first, or choose another."""


class UserActive(Conflict):
    """{user} is active already."""


class SuccessorRefused(Conflict):
    """{successor} cannot take over from {user}: {reason}. Name another successor."""


class HandoverConflicts(Conflict):
    """{successor} plays another role in {count} running transactions; `conflicts` lists them. Send confirm to have them determined again."""


class StandInRefused(Conflict):
    """{stand_in} cannot stand in for {user}: {reason}."""


class AbsenceOverlaps(Conflict):
    """{user} is away from {starts_on} to {ends_on} already, and {stand_in} stands in. Change or end that absence, {absence}, first."""


class AbsenceCircle(Conflict):
    """On some of these days nobody would be there: {circle}. Name a stand-in who is there."""


class AbsenceEnded(Conflict):
    """Absence {absence} ended at {at}. Enter a new one."""
