"""How much of a diagram its tests have visited: elements and sequence flows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from app.formats.bpmn_checks import BYTES_MAX
from app.formats.bpmn_model import BPMN
from app.formats.xml import local_name, parse_xml

_NODES: Final = ("Task", "Event", "Gateway", "SubProcess", "subProcess", "task", "transaction", "callActivity")
_SHOWN_MAX: Final = 20


@dataclass(slots=True, kw_only=True)
class Coverage:
    """The elements and flows of one process, in the order of the diagram, and those that were visited."""

    process: str
    elements: tuple[str, ...]
    flows: tuple[str, ...]
    visited: set[str] = field(default_factory=set)

    @property
    def percent(self) -> int:
        """The share of elements and of flows that were visited, whichever is lower, in whole percent rounded down."""
        return min(self._share(self.elements), self._share(self.flows))

    def _share(self, places: tuple[str, ...]) -> int:
        return 100 * sum(place in self.visited for place in places) // len(places) if places else 100

    def __str__(self) -> str:
        """Return the coverage as one sentence, with what no test has visited."""
        counts = [
            f"{sum(place in self.visited for place in places)} of {len(places)} {word} ({self._share(places)} %)"
            for word, places in (("elements", self.elements), ("flows", self.flows))
        ]
        missing = [place for place in (*self.elements, *self.flows) if place not in self.visited]
        more = f", and {len(missing) - _SHOWN_MAX} more" if len(missing) > _SHOWN_MAX else ""
        left = f"; not visited: {', '.join(missing[:_SHOWN_MAX])}{more}" if missing else ""
        return f"{self.process}: {', '.join(counts)}{left}"


def read_places(contents: Iterable[bytes]) -> Iterator[Coverage]:
    """Yield, for each process of the files, what there is to visit; the start event of an event sub-process is visited with it."""
    for content in contents:
        root = parse_xml(content, what="BPMN file", bytes_max=BYTES_MAX)
        for process in root.iterchildren(f"{{{BPMN}}}process"):
            nodes = [node for node in process.iter(f"{{{BPMN}}}*") if local_name(node).endswith(_NODES) and node.get("id")]
            yield Coverage(
                process=process.get("id") or "",
                elements=tuple(node.get("id") or "" for node in nodes if not _is_standby(node)),
                flows=tuple(flow.get("id") or "" for flow in process.iter(f"{{{BPMN}}}sequenceFlow")),
            )


def _is_standby(node: etree._Element) -> bool:
    above = node.getparent()
    return local_name(node) == "startEvent" and above is not None and above.get("triggeredByEvent") == "true"
