"""Drafts, versions and their differences in the form of the API."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.domain.people import Directory
from app.operations.answer import Caller, JsonObject
from app.operations.matrix.content import Content
from app.operations.matrix.drafts.drafting import ACTIVATED, DISCARDED, EDITORS, IN_REVIEW
from app.operations.matrix.views import person_view
from app.operations.system import Environment
from app.operations.wording import instant
from app.persistence.matrix_content import (
    APPROVAL_RULE,
    APPROVAL_TYPE,
    FINANCIAL_MANDATE,
    MANDATE,
    Change,
    Value,
)

Counts = Mapping[str, Mapping[str, int]]
_HIDDEN = frozenset({"revision"})
_PEOPLE = {"user_id": "user", "responsible_id": "responsible"}


def draft_view(row: Any, counts: Counts, *, caller: Caller, directory: Directory, environment: Environment, four_eyes: bool) -> JsonObject:
    """Return a draft with how much it changes and what the caller can do with it."""
    is_open = row.closed_at is None
    return {
        "id": row.id,
        "title": row.title,
        "status": row.status,
        "revision": row.revision,
        "base_version": row.base_version,
        "stale": is_open and row.base_version != environment.matrix_version,
        "version": row.version,
        "author": person_view(directory, row.author_id),
        "reviewer": person_view(directory, row.reviewer_id),
        "review_requested_at": instant(row.review_requested_at),
        "closed_by": person_view(directory, row.closed_by),
        "closed_at": instant(row.closed_at),
        "created_at": instant(row.created_at),
        "counts": counts,
        "count": count_of(counts),
        "can": _verbs(row, caller, environment, four_eyes=four_eyes, is_empty=not count_of(counts)) if is_open else [],
    }


def _verbs(row: Any, caller: Caller, environment: Environment, *, four_eyes: bool, is_empty: bool) -> list[str]:
    if not caller.has_role(*EDITORS):
        return []
    is_author = row.author_id == caller.user_id
    is_fresh = row.base_version == environment.matrix_version and not is_empty
    verbs = {
        "activate": is_fresh and not (four_eyes and is_author),
        "request_review": is_author and not is_empty and row.status != IN_REVIEW,
        "rebase": is_author and row.base_version != environment.matrix_version,
        "discard": True,
    }
    return [verb for verb, possible in verbs.items() if possible]


def version_view(row: Any, counts: Counts, directory: Directory) -> JsonObject:
    """Return a version: who drafted it, who activated it, when, and how much it changed."""
    return {
        "version": row.version,
        "digest": row.digest,
        "activated_at": instant(row.activated_at),
        "activated_by": person_view(directory, row.activated_by),
        "author": person_view(directory, row.author_id),
        "draft": row.draft_id,
        "title": row.title,
        "counts": counts,
        "count": count_of(counts),
    }


def count_of(counts: Counts) -> int:
    """Return how many objects are added, changed or deleted."""
    return sum(number for of_entity in counts.values() for number in of_entity.values())


def change_views(changes: Sequence[Change], content: Content, directory: Directory) -> list[JsonObject]:
    """Return changes as differences, field by field, with a label that people recognise."""
    names = _Names(changes, content, directory)
    return [
        {
            "entity": each.entity,
            "id": each.entity_id,
            "action": each.action,
            "label": names.label(each.entity, each.after or each.before or {}),
            "fields": names.fields(each.before, each.after),
        }
        for each in changes
    ]


class _Names:
    """The names of what the changes refer to, read once for all of them."""

    def __init__(self, changes: Sequence[Change], content: Content, directory: Directory) -> None:
        values = [value for each in changes for value in (each.before, each.after) if value is not None]
        self._directory = directory
        mandates = content.select(MANDATE, "id", _ids(values, "mandate_id"))
        self._mandates = mandates | {each.entity_id: each.after or each.before or {} for each in changes if each.entity == MANDATE.name}
        rules = content.select(APPROVAL_RULE, "id", _ids([*values, *self._mandates.values()], "rule_id"))
        types = content.select(APPROVAL_TYPE, "id", _ids([*values, *rules.values()], "approval_type_id"))
        self._types = {type_id: str(value["key"]) for type_id, value in types.items()}
        self._rules = {rule_id: f"{self._types[value['approval_type_id']]}/{value['key']}" for rule_id, value in rules.items()}

    def label(self, entity: str, value: Value) -> str:
        """Return the words by which people know the object."""
        if entity == MANDATE.name:
            return f"{self._directory.get(value['user_id']).full_name}, {self._rules.get(value['rule_id'], '?')}"
        if entity == FINANCIAL_MANDATE.name:
            legal = self._mandates.get(value["mandate_id"])
            coding = [value[name] for name in ("company", "cost_center", "organisation", "parameter_3", "parameter_4")]
            steps = " and ".join(step.replace("_", " ") for step in value["steps"])
            of_whom = self.label(MANDATE.name, legal) if legal else "?"
            return f"{of_whom}: {steps} for {', '.join(filter(None, coding)) or 'anything'}"
        if entity == APPROVAL_RULE.name:
            return f"{self._types.get(value['approval_type_id'], '?')}/{value['key']}"
        return str(value.get("key", "?"))

    def fields(self, before: Value | None, after: Value | None) -> list[JsonObject]:
        """Return what differs, settings one by one."""
        old, new = self._flat(before or {}), self._flat(after or {})
        names = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
        return [{"field": name, "before": old.get(name), "after": new.get(name)} for name in names]

    def _flat(self, value: Value) -> Value:
        flat: Value = {}
        for name, field in value.items():
            if name in _PEOPLE:
                flat[_PEOPLE[name]] = self._directory.name(field)
            elif name == "rule_id":
                flat["rule"] = self._rules.get(field, field)
            elif name == "approval_type_id":
                flat["approval_type"] = self._types.get(field, field)
            elif name == "settings":
                flat |= field
            elif name not in _HIDDEN:
                flat[name] = field
        return flat


def _ids(values: Iterable[Value], name: str) -> list[str]:
    return sorted({value[name] for value in values if value.get(name)})


def closed_words(row: Any, directory: Directory) -> dict[str, str]:
    """Return the facts of a draft that is closed: in which state, by whom and when."""
    assert row.status in {ACTIVATED, DISCARDED}, "only closed drafts are asked about"
    return {"draft": row.id, "state": row.status, "who": directory.get(row.closed_by).full_name, "at": instant(row.closed_at) or ""}
