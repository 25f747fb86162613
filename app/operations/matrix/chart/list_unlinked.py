"""Cost centers that wait to be linked."""

from collections.abc import Collection

from app.domain.errors import InvalidRequest
from app.operations.answer import Answer, Caller, page
from app.operations.cursors import read_cursor, read_key, write_cursor
from app.operations.matrix.chart.parents import Parents
from app.operations.matrix.chart.placing import node_view
from app.operations.matrix.editing.reading import READERS, content_seen
from app.operations.system import System
from app.operations.visibility import require_role
from app.persistence.matrix import count_mandates, read_companies


def list_unlinked(
    system: System,
    caller: Caller,
    *,
    companies: Collection[str] = (),
    draft: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Answer:
    """Return one page of the cost centers that have no parent and are no root, with status and whether they have children.

    `companies` selects those of the chart for all and of these companies; none selects all. When not all are selected, `warning` says
    that the list is not whole.

    Raises:
        NotPermitted: the caller may not read the approval matrix.
        InvalidRequest: there is no such company.
        NotFound: there is no such draft.
    Source: MXO-03, MXO-04, MXO-05.
    """
    require_role(caller, *READERS, verb="read the organisation chart")
    position = read_cursor(cursor, read_key, read_key)
    with system.database.read() as reading:
        known = read_companies(reading, caller.environment_id)
        strangers = sorted(set(companies) - set(known))
        if strangers:
            text = f"There is no company {', '.join(strangers)}."
            raise InvalidRequest(text, errors={"company": [text]})
        selected = sorted(set(companies) or known)
        content, _ = content_seen(reading, caller, draft=draft)
        parents = Parents.of(content)
        mandates = count_mandates(reading, caller.environment_id)
    found = sorted(
        ((key, company or ""), company)
        for (company, key), (_, value) in parents.centers.items()
        if value["parent"] is None and not value["is_root"] and (company is None or company in selected)
    )
    after = (position[0], position[1]) if position else ("", "")
    rest = [each for each in found if each[0] > after]
    shown = rest[:limit]
    items = [node_view(parents, company, key, level=0, mandates=mandates) for (key, _), company in shown]
    missing = sorted(set(known) - set(selected))
    warning = f"Not all companies are selected: cost centers of {', '.join(missing)} are not shown." if missing else None
    more = write_cursor(*shown[-1][0]) if len(rest) > limit else None
    return Answer(body=page(items, next_cursor=more) | {"count": len(found), "companies": selected, "warning": warning})
