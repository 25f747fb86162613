"""The drawn side of the diagrams: complete, orthogonal, nothing over anything else, whatever editor shows them."""

from dataclasses import dataclass
from itertools import combinations, pairwise

import pytest
from lxml import etree

from tests.architecture.sources import ROOT

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
# The examples show constructs, nested ones too; what is drawn and named here is what comes with the product (see test_examples.py).
DIAGRAMS = [path for path in sorted((ROOT / "processes").glob("*/*.bpmn")) if path.parent.name != "examples"]


@dataclass(frozen=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @classmethod
    def of(cls, element: etree._Element) -> "Box":
        bounds = element.find(f"{DC}Bounds")
        return cls(*(float(bounds.get(name)) for name in ("x", "y", "width", "height")))

    def overlaps(self, other: "Box", *, margin: float = 0) -> bool:
        return (
            self.x < other.x + other.width + margin
            and other.x < self.x + self.width + margin
            and self.y < other.y + other.height + margin
            and other.y < self.y + self.height + margin
        )

    def is_on_border(self, x: float, y: float) -> bool:
        inside = self.x <= x <= self.x + self.width and self.y <= y <= self.y + self.height
        return inside and (x in {self.x, self.x + self.width} or y in {self.y, self.y + self.height})


def segment_box(start: tuple[float, float], end: tuple[float, float]) -> Box:
    (x1, y1), (x2, y2) = start, end
    return Box(min(x1, x2), min(y1, y2), abs(x1 - x2), abs(y1 - y2))


class Drawing:
    def __init__(self, path) -> None:
        self.root = etree.parse(path).getroot()
        self.process = self.root.find(f"{BPMN}process")
        shapes, edges = list(self.root.iter(f"{DI}BPMNShape")), list(self.root.iter(f"{DI}BPMNEdge"))
        self.shapes = {shape.get("bpmnElement"): Box.of(shape) for shape in shapes}
        self.edges = {
            edge.get("bpmnElement"): [(float(point.get("x")), float(point.get("y"))) for point in edge.iter(WAYPOINT)] for edge in edges
        }
        self.labels = {
            each.get("bpmnElement"): Box.of(label) for each in (*shapes, *edges) if (label := each.find(f"{DI}BPMNLabel")) is not None
        }
        self.flows = {flow.get("id"): flow for flow in self.process.iterchildren(f"{BPMN}sequenceFlow")}
        self.nodes = {
            node.get("id"): node
            for node in self.process
            if node.get("id") and node.tag not in {f"{BPMN}sequenceFlow", f"{BPMN}documentation"}
        }


@pytest.fixture(params=DIAGRAMS, ids=[path.stem for path in DIAGRAMS])
def drawing(request) -> Drawing:
    return Drawing(request.param)


def test_every_element_is_drawn_once(drawing):
    assert set(drawing.shapes) == set(drawing.nodes)
    assert set(drawing.edges) == set(drawing.flows)


def test_shapes_keep_their_distance(drawing):
    close = [(one, other) for (one, a), (other, b) in combinations(drawing.shapes.items(), 2) if a.overlaps(b, margin=20)]

    assert close == []


def test_edges_are_orthogonal_and_end_at_their_elements(drawing):
    for name, points in drawing.edges.items():
        assert all(x1 == x2 or y1 == y2 for (x1, y1), (x2, y2) in pairwise(points)), name
        assert drawing.shapes[drawing.flows[name].get("sourceRef")].is_on_border(*points[0]), name
        assert drawing.shapes[drawing.flows[name].get("targetRef")].is_on_border(*points[-1]), name


def test_edges_cross_no_element_and_no_label(drawing):
    crossed = [
        (name, other)
        for name, points in drawing.edges.items()
        for segment in pairwise(points)
        for other, box in (*drawing.shapes.items(), *((f"label of {key}", label) for key, label in drawing.labels.items()))
        if segment_box(*segment).overlaps(box) and other not in {drawing.flows[name].get("sourceRef"), drawing.flows[name].get("targetRef")}
    ]

    assert crossed == []


def test_edges_run_apart_from_each_other(drawing):
    def touch(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> bool:
        for a in pairwise(one):
            for b in pairwise(other):
                shared = [point for point in (*a, *b) if point in one and point in other]
                if not shared and segment_box(*a).overlaps(segment_box(*b), margin=1):
                    return True
        return False

    assert [(one, other) for (one, a), (other, b) in combinations(drawing.edges.items(), 2) if touch(a, b)] == []


def test_labels_lie_apart_from_shapes_and_from_each_other(drawing):
    covered = [(one, other) for one, label in drawing.labels.items() for other, box in drawing.shapes.items() if label.overlaps(box)]
    twice = [(one, other) for (one, a), (other, b) in combinations(drawing.labels.items(), 2) if a.overlaps(b)]

    assert covered == []
    assert twice == []


def test_what_has_a_name_outside_its_shape_has_a_label(drawing):
    small = {key for key, node in drawing.nodes.items() if not node.tag.endswith("Task") and node.get("name")}
    named = {key for key, flow in drawing.flows.items() if flow.get("name")}

    assert set(drawing.labels) == small | named


def test_gateways_that_decide_ask_a_question_and_have_a_default(drawing):
    for key, node in drawing.nodes.items():
        leaving = [flow for flow in drawing.flows.values() if flow.get("sourceRef") == key]
        if node.tag == f"{BPMN}exclusiveGateway" and len(leaving) > 1:
            assert node.get("name", "").endswith("?"), key
            assert node.get("default"), key
            assert all(flow.get("name") for flow in leaving), key


def test_what_is_not_known_is_never_an_approval(drawing):
    """Of every gateway after an approval step the default flow leads to a rejection."""
    for node in drawing.nodes.values():
        if node.get("name") == "Approved?":
            target = drawing.nodes[drawing.flows[node.get("default")].get("targetRef")]
            assert (target.tag, target.get("name")) == (f"{BPMN}endEvent", "Rejected")


def test_processes_end_as_approved_for_payment_or_rejected(drawing):
    """TSK-13; what stands beside the processes of a document says nothing about its status."""
    ends = {node.get("name") for node in drawing.nodes.values() if node.tag == f"{BPMN}endEvent"}

    beside = [{"Done"}] if "ManualTask" in drawing.nodes else [{"Not a duplicate", "Duplicate"}] if "IsDuplicate" in drawing.nodes else []
    assert ends in (beside or [{"Approved for payment", "Rejected"}])
