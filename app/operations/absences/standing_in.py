"""Who is there for a user in a process today."""

from typing import TYPE_CHECKING

from app.domain.absence import find_stand_ins
from app.domain.cover_limits import covers_task
from app.domain.matrix.authority import Rates
from app.domain.money import Money
from app.domain.people import Person
from app.persistence import matrix

if TYPE_CHECKING:
    from app.operations.turn import Turn


def stand_ins_in(turn: "Turn", user_id: str) -> list[Person]:
    """Return those who are there and may act for the user today, in the process and on the document of this turn. Source: ESC-05."""
    found = find_stand_ins(turn.directory, user_id, on=turn.today)
    if not found:  # as for nearly everybody
        return []
    is_capped = any(cover.caps for _, cover in found)
    rates = Rates(matrix.read_rates(turn.work, turn.environment.id) if is_capped else ())
    document = turn.document
    total = Money(document.total, document.currency) if document is not None else None
    process = turn.instance.definition_key
    people = {person.id: person for person, cover in found if covers_task(cover, process=process, total=total, rates=rates, on=turn.today)}
    return list(people.values())
