"""Writes small DMN files, so that a test shows only the decision it is about."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from app.formats.dmn import DecisionModel, read_dmn

DMN_13 = "https://www.omg.org/spec/DMN/20191111/MODEL/"


def write_dmn(*parts: str, namespace: str = DMN_13, key: str = "test", uri: str = "urn:test") -> bytes:
    """Return a DMN file with these elements, one on a line; `uri` is the namespace of what it declares."""
    head = f'<?xml version="1.0"?>\n<definitions xmlns="{namespace}" id="{key}" name="Test" namespace="{uri}">'
    return "\n".join([head, *parts, "</definitions>"]).encode()


def read_parts(*parts: str) -> DecisionModel:
    """Return the compiled model of these elements."""
    return read_dmn(write_dmn(*parts), filename="test.dmn")


def write_input(name: str, kind: str = "") -> str:
    """Return input data with its id made of the name."""
    return f'<inputData id="in_{_key(name)}" name={quoteattr(name)}><variable name={quoteattr(name)}{_type(kind)}/></inputData>'


def write_decision(name: str, logic: str, *, needs: Sequence[str] = (), kind: str = "") -> str:
    """Return a decision; `needs` are ids: in_… input data, de_… decisions, kn_… knowledge models, se_… services."""
    requirements = "".join(_requirement(need) for need in needs)
    variable = f"<variable name={quoteattr(name)}{_type(kind)}/>"
    return f'<decision id="de_{_key(name)}" name={quoteattr(name)}>{variable}{requirements}{logic}</decision>'


def write_literal(text: str, kind: str = "") -> str:
    """Return a literal expression."""
    return f"<literalExpression{_type(kind)}><text>{escape(text)}</text></literalExpression>"


def write_table(
    inputs: Sequence[str],
    rules: Sequence[tuple[Sequence[str], Sequence[str]]],
    *,
    policy: str = "UNIQUE",
    aggregation: str = "",
    outputs: Sequence[str] = ("",),
    values: str = "",
    default: str = "",
    input_kind: str = "",
    output_kind: str = "",
    input_values: str = "",
) -> str:
    """Return a decision table; `values` and `default` are those of the first output."""
    extra = f' aggregation="{aggregation}"' if aggregation else ""
    allowed = f"<inputValues><text>{escape(input_values)}</text></inputValues>" if input_values else ""
    columns = "".join(
        f"<input><inputExpression{_type(input_kind)}><text>{escape(text)}</text></inputExpression>{allowed}</input>" for text in inputs
    )
    for position, name in enumerate(outputs):
        ranks = f"<outputValues><text>{escape(values)}</text></outputValues>" if values and position == 0 else ""
        entry = f"<defaultOutputEntry><text>{escape(default)}</text></defaultOutputEntry>" if default and position == 0 else ""
        named = f" name={quoteattr(name)}" if name else ""
        columns += f"<output{named}{_type(output_kind)}>{ranks}{entry}</output>"
    rows = "".join(
        f'<rule id="r{row}">'
        + "".join(f"<inputEntry><text>{escape(cell)}</text></inputEntry>" for cell in cells)
        + "".join(f"<outputEntry><text>{escape(cell)}</text></outputEntry>" for cell in results)
        + "</rule>"
        for row, (cells, results) in enumerate(rules, start=1)
    )
    return f'<decisionTable hitPolicy="{policy}"{extra}>{columns}{rows}</decisionTable>'


def _requirement(need: str) -> str:
    kind = {"in": "requiredInput", "de": "requiredDecision"}.get(need[:2])
    if kind:
        return f'<informationRequirement><{kind} href="#{need}"/></informationRequirement>'
    return f'<knowledgeRequirement><requiredKnowledge href="#{need}"/></knowledgeRequirement>'


def _key(name: str) -> str:
    return name.replace(" ", "_")


def _type(kind: str) -> str:
    return f' typeRef="{kind}"' if kind else ""
