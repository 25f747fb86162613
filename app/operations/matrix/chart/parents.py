"""Who stands above whom in the organisation charts, as one content of the matrix has it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.domain.errors import ChartCycle
from app.operations.matrix.content import Content
from app.persistence.matrix_content import COST_CENTER, Value

Place = tuple[str | None, str]
"""A cost center's company (None: the chart for all) and key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parents:
    """The cost centers of all charts by place, with their children."""

    centers: Mapping[Place, tuple[str, Value]]
    children: Mapping[Place, Sequence[str]]

    @classmethod
    def of(cls, content: Content) -> "Parents":
        """Return the charts of a content of the matrix."""
        centers: dict[Place, tuple[str, Value]] = {}
        children: dict[Place, list[str]] = {}
        for center_id, value in content.read_all(COST_CENTER).items():
            centers[value["company"], value["key"]] = (center_id, value)
            if value["parent"] is not None:
                children.setdefault((value["company"], value["parent"]), []).append(value["key"])
        return cls(centers=centers, children=children)

    def chain(self, company: str | None, key: str) -> list[str]:
        """Return the cost center with its ancestors, nearest first.

        Raises:
            ChartCycle: the ancestors lead back to where they came from.
        """
        chain = [key]
        seen = {key}
        while (place := self.centers.get((company, chain[-1]))) is not None and (parent := place[1]["parent"]) is not None:
            chain.append(parent)
            if parent in seen:
                raise ChartCycle(path=" > ".join(chain[chain.index(parent) :]))
            seen.add(parent)
        return chain

    def find_faults(self, value: Value) -> Iterator[tuple[str, str]]:
        """Give what is wrong with a cost center's place. Source: MXO-10."""
        company, parent = value["company"], value["parent"]
        if parent is not None and (company, parent) not in self.centers:
            yield "parent", f"There is no cost center {parent} in the chart of {company or 'all companies'}."
        try:
            self.chain(company, value["key"])
        except ChartCycle as error:
            yield "parent", error.detail
