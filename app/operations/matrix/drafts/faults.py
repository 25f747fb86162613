"""What keeps a draft from being activated: every fault of what it changes, and of the matrix that would come out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from app.domain.diagnostics import Diagnostic
from app.domain.matrix.validation import find_faults
from app.domain.people import Directory
from app.operations.matrix.chart.parents import Parents
from app.operations.matrix.content import Content, content_with
from app.operations.matrix.drafts.views import change_views
from app.operations.matrix.editing.checks import (
    Fault,
    Register,
    find_financial_faults,
    find_legal_faults,
    find_limit_faults,
    find_settings_faults,
    read_register,
)
from app.operations.matrix.snapshots import snapshot_with
from app.operations.matrix.views import full_settings
from app.operations.system import Environment, System
from app.operations.turn import directory_of
from app.persistence.database import Reading
from app.persistence.matrix_content import (
    APPROVAL_RULE,
    APPROVAL_TYPE,
    COST_CENTER,
    ENTITIES,
    FINANCIAL_MANDATE,
    MANDATE,
    ORGANISATION,
    Change,
    Value,
)

FILE = "approval matrix"
FAULTS_MAX = 200
_KEYED: Mapping[str, tuple[str, ...]] = {
    APPROVAL_TYPE.name: ("key",),
    APPROVAL_RULE.name: ("approval_type_id", "key"),
    COST_CENTER.name: ("company", "key"),
    ORGANISATION.name: ("key",),
}


def find_draft_faults(system: System, reading: Reading, environment: Environment, changes: Sequence[Change]) -> list[Diagnostic]:
    """Return every fault of the changes of a draft, at most FAULTS_MAX.

    1. Each changed object by itself, against what exists with the draft's changes.
    2. Keys that two objects would have, and cost centers that would lead in a circle.
    3. The whole matrix of each approval type, by the rules of resolution.
    """
    content = content_with(reading, environment.id, changes)
    directory = directory_of(system, reading, environment)
    faulty: list[tuple[Change, Fault]] = []
    codings = [each.after for each in changes if each.entity == FINANCIAL_MANDATE.name and each.after is not None]
    register = read_register(content, directory, codings=codings)
    parents = Parents.of(content) if any(each.entity == COST_CENTER.name for each in changes) else None
    for each in changes:
        if each.after is not None:
            faulty += [(each, fault) for fault in _object_faults(each, register, parents)]
    faulty += [(each, ("key", "Another object has the same key.")) for each in _same_keys(changes, content)]
    found = _diagnostics(faulty[:FAULTS_MAX], content, directory)
    if not found:
        found = [_of_matrix(text) for text in _matrix_faults(system, reading, environment, changes, register)]
    return found[:FAULTS_MAX]


def _object_faults(change: Change, register: Register, parents: Parents | None) -> Iterator[Fault]:
    value = change.after
    assert value is not None, "deleted objects have no faults"
    if change.entity == APPROVAL_TYPE.name:
        yield from find_settings_faults(full_settings(value["settings"]))
    elif change.entity == APPROVAL_RULE.name:
        yield from find_limit_faults(value["limits"], register)
    elif change.entity == MANDATE.name and value["status"] == "active":
        yield from find_legal_faults(value, register)
    elif change.entity == FINANCIAL_MANDATE.name:
        yield from find_financial_faults(value, register)
    elif change.entity == COST_CENTER.name and parents is not None:
        yield from parents.find_faults(value)


def _same_keys(changes: Sequence[Change], content: Content) -> Iterator[Change]:
    for name, columns in _KEYED.items():
        added = [each for each in changes if each.entity == name and each.before is None and each.after is not None]
        if added:
            keys = sorted({_key(each.after, "key") for each in added})
            taken = Counter(tuple(value[column] for column in columns) for value in content.select(ENTITIES[name], "key", keys).values())
            yield from (each for each in added if taken[tuple(_key(each.after, column) for column in columns)] > 1)


def _key(value: Value | None, column: str) -> str:
    assert value is not None, "only added objects are asked"
    key: str = value[column]
    return key


def _matrix_faults(
    system: System, reading: Reading, environment: Environment, changes: Sequence[Change], register: Register
) -> Iterator[str]:
    for type_id, value in register.types.items():
        _, snapshot = snapshot_with(system, reading, environment, changes, approval_type=value["key"], version=FILE)
        yield from find_faults(
            snapshot.approval_type,
            rule_names={rule["key"] for rule in register.rules.values() if rule["approval_type_id"] == type_id},
            rules=snapshot.rules,
            mandates=snapshot.mandates,
            people=snapshot.people,
            chart=snapshot.chart,
            exchange_rates=snapshot.exchange_rates,
        )


def _diagnostics(faulty: Sequence[tuple[Change, Fault]], content: Content, directory: Directory) -> list[Diagnostic]:
    views = change_views([change for change, _ in faulty], content, directory)
    return [
        Diagnostic(
            severity="error",
            file=FILE,
            line=None,
            element=view["label"],
            code=f"{change.entity}_{field.rpartition('.')[2]}",
            message=f"{view['label']}: {text}",
            remedy="Change it in the draft.",
        )
        for view, (change, (field, text)) in zip(views, faulty, strict=True)
    ]


def _of_matrix(text: str) -> Diagnostic:
    return Diagnostic(
        severity="error", file=FILE, line=None, element=None, code="matrix_fault", message=text, remedy="Change it in the draft."
    )
