"""From the names in the rows of a CSV file to the ids that the matrix keeps."""

from typing import NamedTuple

from app.formats.matrix_csv import CsvRow
from app.operations.matrix.editing.checks import (
    CODING,
    Fault,
    Register,
    financial_warnings,
    find_financial_faults,
    find_legal_faults,
    legal_warnings,
)
from app.operations.matrix.editing.names import find_rule_id, find_user_id
from app.persistence.matrix_content import Value

LEGAL = ("user_id", "rule_id", "responsible_id", "starts_on", "ends_on", "status")


class Legal(NamedTuple):
    """What makes a legal mandate: rows with the same of these belong to one."""

    user_id: str
    rule_id: str
    responsible_id: str | None
    starts_on: str | None
    ends_on: str | None
    status: str

    @classmethod
    def of(cls, value: Value) -> "Legal":
        """Return what makes this legal mandate."""
        return cls(*(value[name] for name in LEGAL))


class Wanted(NamedTuple):
    """A row of the file with its names resolved."""

    row: CsvRow
    legal: Legal
    coding: tuple[str | None, ...]


class Resolver:
    """Resolves names to ids and checks; what rows repeat is resolved and checked once, and told for each of them."""

    def __init__(self, register: Register) -> None:
        self._register = register
        self._legal: dict[tuple[str | None, ...], tuple[Legal | None, list[Fault]]] = {}
        self._codings: dict[tuple[object, ...], list[Fault]] = {}

    def resolve(self, row: CsvRow) -> tuple[Wanted | None, list[Fault]]:
        """Return what the row wants, None where it cannot be told, and its faults."""
        named = (row.user, row.approval_type, row.rule, row.responsible, row.starts_on, row.ends_on, row.status)
        if named not in self._legal:
            self._legal[named] = self._resolve_legal(row)
        legal, faults = self._legal[named]
        kind = (row.steps, row.company, row.cost_center, row.organisation)
        if kind not in self._codings:
            self._codings[kind] = list(find_financial_faults({name: getattr(row, name) for name in ("steps", *CODING)}, self._register))
        faults = [*faults, *self._codings[kind]]
        if legal is None:
            return None, faults
        description = self._register.rules[legal.rule_id]["description"]
        if row.rule_description not in {None, description}:
            faults.append(("rule_description", f"Rule {row.rule} is described as “{description}”; this file cannot change that."))
        coding = (row.company, row.cost_center, row.organisation, row.parameter_3, row.parameter_4)
        return Wanted(row, legal, coding), faults

    def warn(self, wanted: Wanted) -> list[str]:
        """Return what is allowed in the row and yet hardly meant."""
        register, row = self._register, wanted.row
        settings = register.type_of_rule(wanted.legal.rule_id)["settings"]
        coding = {"steps": row.steps, "cost_center": row.cost_center}
        return [*legal_warnings(wanted.legal._asdict(), register), *financial_warnings(coding, settings, register)]

    def _resolve_legal(self, row: CsvRow) -> tuple[Legal | None, list[Fault]]:
        register = self._register
        user_id, faults = find_user_id(register.directory, row.user, place="user")
        responsible_id, more = find_user_id(register.directory, row.responsible, place="responsible")
        rule_id, yet_more = find_rule_id(register, row.approval_type, row.rule)
        faults = [*faults, *more, *yet_more]
        if user_id is None or rule_id is None or responsible_id is None:
            return None, faults
        legal = Legal(user_id, rule_id, responsible_id, row.starts_on, row.ends_on, row.status)
        return legal, [*faults, *find_legal_faults(legal._asdict(), register)]
