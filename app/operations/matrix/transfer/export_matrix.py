"""The mandates leave as a CSV file."""

from collections.abc import Iterator, Mapping

from app.domain.errors import NotFound
from app.domain.people import Directory
from app.formats.matrix_csv import write_matrix_csv
from app.operations.answer import Caller
from app.operations.matrix.content import content_of_version
from app.operations.matrix.editing.reading import READERS
from app.operations.system import System
from app.operations.turn import directory_of, read_environment
from app.operations.visibility import require_role
from app.persistence.matrix_content import APPROVAL_RULE, APPROVAL_TYPE, FINANCIAL_MANDATE, MANDATE, Value

MEDIA_TYPE = "text/csv"


def export_matrix(system: System, caller: Caller, *, version: int | None = None) -> tuple[bytes, str, str]:
    """Return the mandates of a version, the one in force when none is named, with media type and file name.

    One row a financial mandate, in the order of approval type, user, rule, coding and id; each carries the number of the version.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
        NotFound: there is no such version.
    Source: MXC-01, MXC-07, MXC-08.
    """
    require_role(caller, *READERS, verb="export the approval matrix")
    with system.database.read() as reading:
        environment = read_environment(reading, caller.environment_id)
        number = environment.matrix_version if version is None else version
        if not 1 <= number <= environment.matrix_version:
            raise NotFound(what="version of the approval matrix", id=str(number))
        content = content_of_version(reading, environment.id, number)
        financial, legal = content.read_all(FINANCIAL_MANDATE), content.read_all(MANDATE)
        rules, types = content.read_all(APPROVAL_RULE), content.read_all(APPROVAL_TYPE)
        directory = directory_of(system, reading, environment)
    names = {rule_id: (types[rule["approval_type_id"]]["key"], rule["key"], rule["description"]) for rule_id, rule in rules.items()}
    rows = sorted(_rows(financial, legal, names, directory), key=lambda row: (row[3], row[2], row[4], *row[11:16], row[0]))
    content_bytes = write_matrix_csv((*row, str(number)) for row in rows)
    return content_bytes, MEDIA_TYPE, f"approval-matrix-v{number}.csv"


def _rows(
    financial: Mapping[str, Value], legal: Mapping[str, Value], names: Mapping[str, tuple[str, str, str]], directory: Directory
) -> Iterator[tuple[str, ...]]:
    for row_id, row in financial.items():
        mandate = legal[row["mandate_id"]]
        approval_type, rule, description = names[mandate["rule_id"]]
        yield (
            row_id,
            "",
            directory.name(mandate["user_id"]) or "",
            approval_type,
            rule,
            description,
            directory.name(mandate["responsible_id"]) or "",
            mandate["starts_on"] or "",
            mandate["ends_on"] or "",
            mandate["status"],
            " ".join(row["steps"]),
            row["company"] or "",
            row["cost_center"] or "",
            row["organisation"] or "",
            row["parameter_3"] or "",
            row["parameter_4"] or "",
        )
