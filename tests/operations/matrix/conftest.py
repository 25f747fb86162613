"""Short verbs for who keeps the matrix: wfa drafts, adm looks at it and activates, max is the consultant."""

from dataclasses import dataclass
from typing import Any

import pytest

from app.operations.matrix.chart.link_cost_center import link_cost_center
from app.operations.matrix.drafts.activate_draft import activate_draft
from app.operations.matrix.drafts.read_draft import read_draft
from app.operations.matrix.editing.create_mandate import create_mandate
from app.operations.matrix.editing.list_cost_centers import list_cost_centers
from app.operations.matrix.editing.list_mandates import list_mandates
from app.operations.matrix.resolve_matrix import resolve_matrix
from tests.operations.conftest import Office

LINE = {"company": "NL01", "cost_center": None, "organisation": None, "parameter_3": None, "parameter_4": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """The office as those see it who keep the matrix."""

    office: Office

    def __call__(self, operation: Any, *arguments: Any, by: str = "wfa", **more: Any) -> dict[str, Any]:
        """Run an operation as somebody and return its body."""
        body: dict[str, Any] = operation(self.office.system, self.office.caller(by), *arguments, **more).body
        return body

    def grant(self, user: str = "ann", *, steps: Any = ("first_line",), by: str = "wfa", **more: Any) -> dict[str, Any]:
        """Draft a mandate by rule DL with one row."""
        legal = {"approval_type": "PI", "rule": "DL", "responsible": "frank"}
        legal |= {name: more.pop(name) for name in ("approval_type", "rule", "responsible", "starts_on", "ends_on") if name in more}
        return self(create_mandate, by=by, user=user, financial=[{"steps": list(steps), **more}], **legal)

    def activate(self, draft: str, by: str = "adm") -> dict[str, Any]:
        """Activate a draft as it is now."""
        revision = self(read_draft, draft, by=by)["revision"]
        return self(activate_draft, draft, by=by, revision=revision)

    def mandate(self, user: str) -> dict[str, Any]:
        """Return somebody's only mandate in force."""
        (found,) = self(list_mandates, user=user)["items"]
        return found

    def center(self, key: str) -> str:
        """Return the id of a cost center in force."""
        (found,) = self(list_cost_centers, key=key)["items"]
        return str(found["id"])

    def link(self, key: str, parent: str | None) -> dict[str, Any]:
        """Draft a cost center below another."""
        return self(link_cost_center, self.center(key), parent=parent)

    def route(self, amount: str, **coding: Any) -> dict[str, list[str]]:
        """Return who would sign a line in EUR, step by step."""
        more = {name: coding.pop(name) for name in ("currency", "on") if name in coding}
        transaction = {"currency": more.get("currency", "EUR"), "submitter": None, "coders": [], "signed": []}
        transaction["lines"] = [LINE | {"amount": amount} | coding]
        body = self(resolve_matrix, transaction=transaction, on=more.get("on"))
        return {step["step"]: [user for slot in step["slots"] for user in slot["pool"]] for step in body["steps"]}


@pytest.fixture
def keeper(office: Office) -> Keeper:
    """Give the keeper of the matrix."""
    return Keeper(office=office)
