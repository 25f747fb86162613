"""Other dates, another responsible person, or other rows of a mandate."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from app.operations.answer import Answer, Caller, RequestKey
from app.operations.matrix.drafts.drafting import Drafting, Edited, edit_matrix
from app.operations.matrix.editing.checks import Fault, find_legal_faults, legal_warnings, read_register, refuse
from app.operations.matrix.editing.financial import changed_row, find_row_faults, new_row, warn_of_rows
from app.operations.matrix.editing.names import find_user_id
from app.operations.matrix.views import mandate_views
from app.operations.system import System
from app.persistence.matrix_content import FINANCIAL_MANDATE, MANDATE, Value


def change_mandate(
    system: System,
    caller: Caller,
    mandate_id: str,
    *,
    financial: list[dict[str, Any]] | None = None,
    revision: int | None = None,
    request: RequestKey | None = None,
    **changes: Any,
) -> Answer:
    """Draft other dates, status or responsible person of a mandate, and other rows; its user and its rule are its identity and stay.

    Args:
        system: the clock and the database.
        caller: who keeps the approval matrix.
        mandate_id: of the legal mandate.
        financial: rows to add (without id), to change (with id), or to delete (with id and action "delete"); others stay.
        revision: what the caller has seen.
        request: the key of a request that may be sent again.
        changes: `responsible`, `starts_on`, `ends_on`, `status`; what is not named stays as it is.

    Raises:
        NotPermitted: the caller does not keep the approval matrix.
        NotFound: there is no such mandate.
        StaleRevision: it was changed since.
        InvalidRequest: as for a new mandate, and rows of another mandate; all at once.
    Source: MXM-01..10.
    """
    rows = financial or []

    def edit(drafting: Drafting) -> Edited:
        value = drafting.get(MANDATE, mandate_id, what="mandate", revision=revision)
        own = drafting.content.select(FINANCIAL_MANDATE, "mandate_id", [mandate_id])
        filled = [{**own[row["id"]], **row} if row.get("id") in own else row for row in rows]
        register = read_register(drafting.content, drafting.directory, codings=filled)
        after, faults = _changed(value, changes, drafting)
        faults += [*_stray_rows(rows, own), *find_row_faults(filled, register)]
        refuse([*faults, *find_legal_faults(after, register)], "mandate")
        drafting.warnings.extend(legal_warnings(after, register))
        warn_of_rows(drafting, after, rows_named(filled), register)
        _put(drafting, mandate_id, after, rows, own)
        (body,) = mandate_views(drafting.content, drafting.directory, drafting.content.select(MANDATE, "id", [mandate_id]))
        return Edited(text=f"the mandate of {body['user']['username']} by rule {body['rule']}.", body=body, revision=body["revision"])

    return edit_matrix(system, caller, edit, verb="keep mandates", request=request)


def rows_named(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without what is no part of a coding."""
    return [{name: field for name, field in row.items() if name not in {"mandate_id", "revision"}} for row in rows]


def _changed(value: Value, changes: Mapping[str, Any], drafting: Drafting) -> tuple[Value, list[Fault]]:
    after, faults = {**value}, list[Fault]()
    if "responsible" in changes:
        after["responsible_id"], faults = find_user_id(drafting.directory, changes["responsible"], place="responsible")
        if faults:
            after["responsible_id"] = value["responsible_id"]
    for name in ("starts_on", "ends_on"):
        if name in changes:
            day: date | None = changes[name]
            after[name] = None if day is None else day.isoformat()
    if "status" in changes:
        after["status"] = changes["status"]
    return after, faults


def _stray_rows(rows: list[dict[str, Any]], own: Mapping[str, Value]) -> Iterator[Fault]:
    named = [row["id"] for row in rows if "id" in row]
    for place, row in enumerate(rows):
        if "id" not in row and row.get("action") == "delete":
            yield f"financial.{place}.id", "Name the row that is to be deleted."
        elif "id" in row and row["id"] not in own:
            yield f"financial.{place}.id", f"The mandate has no row {row['id']}."
        elif "id" in row and named.count(row["id"]) > 1:
            yield f"financial.{place}.id", f"Row {row['id']} stands here twice."


def _put(drafting: Drafting, mandate_id: str, after: Value, rows: list[dict[str, Any]], own: Mapping[str, Value]) -> None:
    """Put the legal mandate and its rows, which are part of it: when they change alone, it gets a new revision too."""
    known = len(drafting.changes)
    for row in rows:
        if "id" not in row:
            drafting.add(FINANCIAL_MANDATE, new_row(mandate_id, row))
        elif row.get("action") == "delete":
            drafting.put(FINANCIAL_MANDATE, row["id"], None)
        else:
            drafting.put(FINANCIAL_MANDATE, row["id"], changed_row(own[row["id"]], row))
    drafting.put(MANDATE, mandate_id, after, is_touched=len(drafting.changes) > known)
