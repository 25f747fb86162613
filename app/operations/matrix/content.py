"""The objects of the approval matrix, in force, as of an earlier version, or as a draft would make them."""

from collections.abc import Callable, Sequence

from app.persistence import matrix_content, matrix_drafts
from app.persistence.database import Reading
from app.persistence.matrix_content import Change, Entity, Value

Overlay = dict[str, Value | None]
"""What differs from the matrix in force, by id; None for an object that is not there."""


class Content:
    """The matrix in force with an overlay of what differs from it.

    Each kind of object is read when it is asked for. Rows are read before the overlay: whatever is activated in between stands in the
    overlay of an earlier version, so that the version is exact without a lock.
    """

    def __init__(self, reading: Reading, environment_id: int, overlay: Callable[[Entity], Overlay]) -> None:
        self.reading = reading
        self.environment_id = environment_id
        self._read_overlay = overlay
        self._overlays: dict[str, Overlay] = {}

    def find(self, entity: Entity, entity_id: str) -> Value | None:
        """Return the object, or None."""
        return self.select(entity, "id", [entity_id]).get(entity_id)

    def read_all(self, entity: Entity) -> dict[str, Value]:
        """Return all objects of a kind by id, in their order."""
        values = matrix_content.read_values(self.reading, self.environment_id, entity)
        return self._overlaid(entity, values, lambda _id, _value: True)

    def select(self, entity: Entity, column: str, keys: Sequence[str]) -> dict[str, Value]:
        """Return the objects of a kind whose `column` is one of `keys`, by id, in their order."""
        wanted = set(keys)
        if column == "id" and wanted <= self._overlay(entity).keys():
            return self._overlaid(entity, {}, lambda entity_id, _value: entity_id in wanted)
        values = matrix_content.read_values(self.reading, self.environment_id, entity, column=column, keys=sorted(wanted))
        return self._overlaid(entity, values, lambda entity_id, value: (entity_id if column == "id" else value[column]) in wanted)

    def put(self, entity: Entity, entity_id: str, value: Value | None) -> None:
        """See the object as `value` from now on."""
        self._overlay(entity)[entity_id] = value

    def _overlaid(self, entity: Entity, values: dict[str, Value], is_wanted: Callable[[str, Value], bool]) -> dict[str, Value]:
        overlay = self._overlay(entity)
        if not overlay:
            return values
        kept = {entity_id: value for entity_id, value in values.items() if entity_id not in overlay}
        put = {entity_id: value for entity_id, value in overlay.items() if value is not None and is_wanted(entity_id, value)}
        return matrix_content.in_order(entity, kept | put)

    def _overlay(self, entity: Entity) -> Overlay:
        if entity.name not in self._overlays:
            self._overlays[entity.name] = self._read_overlay(entity)
        return self._overlays[entity.name]


def content_in_force(reading: Reading, environment_id: int) -> Content:
    """Return the matrix as it is now."""
    return Content(reading, environment_id, lambda _entity: {})


def content_of_draft(reading: Reading, environment_id: int, draft_id: str) -> Content:
    """Return the matrix as it would be with the draft's changes."""

    def overlay(entity: Entity) -> Overlay:
        changes = matrix_drafts.read_changes(reading, draft_id, entity=entity.name)
        return {each.entity_id: each.after for each in changes}

    return Content(reading, environment_id, overlay)


def content_with(reading: Reading, environment_id: int, changes: Sequence[Change]) -> Content:
    """Return the matrix as it would be with these changes."""
    overlays: dict[str, Overlay] = {}
    for each in changes:
        overlays.setdefault(each.entity, {})[each.entity_id] = each.after
    return Content(reading, environment_id, lambda entity: overlays.get(entity.name, {}))


def content_of_version(reading: Reading, environment_id: int, version: int) -> Content:
    """Return the matrix as it was in an activated version: what later versions changed is put back as it was before them."""

    def overlay(entity: Entity) -> Overlay:
        before: dict[str, Value | None] = {}
        for _, change in matrix_drafts.changes_after(reading, environment_id, version, entity=entity.name):
            before.setdefault(change.entity_id, change.before)
        return before

    return Content(reading, environment_id, overlay)
