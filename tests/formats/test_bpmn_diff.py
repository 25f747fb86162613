"""The difference of two diagrams, in the words of their elements."""

import pytest
from click.testing import CliRunner

from app.cli import main
from app.domain.errors import NotParseable
from app.formats.bpmn_diff import diff_bpmn
from tests.engine.diagrams import bpmn, catch, end, gateway, start, timer, user

OLD = bpmn(
    start()
    + user("A", label="Ask", assignees='["marc"]')
    + gateway("exclusive", "G", default="G_E")
    + catch("T", timer("duration", "P1D"))
    + end(),
    "S > A > G > T [amount > 10]",
    "G > E",
    "T > E",
)


def changes(after: bytes) -> set[tuple[str, str, str | None, str | None]]:
    """Return what changed, as kind, element, before and after."""
    return {(each.what, element.element, each.before, each.after) for element in diff_bpmn(OLD, after).changed for each in element.changes}


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (b"amount &gt; 10", b"amount &gt; 20", None),
        (b"amount > 10", b"amount > 20", ("condition", "G_T", "amount > 10", "amount > 20")),
        (b"P1D", b"P2D", ("timer", "T", "P1D", "P2D")),
        (b"marc", b"claire", ("assignment", "A", '["marc"]', '["claire"]')),
        (b'name="Ask"', b'name="Ask again"', ("name", "A", "Ask", "Ask again")),
        (b'default="G_E"', b'default="G_T"', ("flow", "G", "G_E", "G_T")),
        (b'id="T_E" sourceRef="T" targetRef="E"', b'id="T_E" sourceRef="T" targetRef="A"', ("flow", "T_E", "E", "A")),
    ],
)
def test_a_change_is_told_with_its_kind_and_both_values(old, new, change):
    after = OLD.replace(old, new)

    assert changes(after) == (set() if change is None else {change})


def test_what_is_only_drawn_is_no_change():
    moved = OLD.replace(b"</process>", b"</process><!-- moved -->").replace(b"><", b">\n  <")

    found = diff_bpmn(OLD, moved)

    assert (found.added, found.removed, found.changed) == ((), (), ())


def test_the_order_of_conditions_is_a_change():
    two = bpmn(start() + gateway("exclusive", "G") + end("E1") + end("E2"), "S > G > E1 [a > 1]", "G > E2 [b > 1]")
    turned = bpmn(start() + gateway("exclusive", "G") + end("E1") + end("E2"), "S > G > E2 [b > 1]", "G > E1 [a > 1]")

    [element] = diff_bpmn(two, turned).changed

    assert (element.element, element.changes[0].name) == ("G", "order")


def test_what_is_no_xml_is_refused():
    with pytest.raises(NotParseable):
        diff_bpmn(OLD, b"<a")
    with pytest.raises(NotParseable):
        diff_bpmn(b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', OLD)


def test_the_command_prints_the_difference(tmp_path):
    before, after = tmp_path / "a.bpmn", tmp_path / "b.bpmn"
    before.write_bytes(OLD)
    after.write_bytes(OLD.replace(b"P1D", b"P2D"))

    found = CliRunner().invoke(main, ["diff", str(before), str(after)])

    assert (found.exit_code, found.output.splitlines()[0]) == (1, "~ intermediateCatchEvent T")
    assert '"P1D" -> "P2D"' in found.output
    assert CliRunner().invoke(main, ["diff", str(before), str(before)]).exit_code == 0
    assert '"changed"' in CliRunner().invoke(main, ["diff", "--format", "json", str(before), str(after)]).output
