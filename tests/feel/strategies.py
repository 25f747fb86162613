"""Hypothesis strategies for the trees of FEEL."""

from decimal import Decimal

from hypothesis import strategies as st

from app.feel import syntax
from app.feel.types import PRIMITIVES, FeelType

NAMES = ("a", "b", "first name", "x", "total amount", "count")
names = st.sampled_from(NAMES)
# Few different values, so that many of them are equal; now and then any value.
numbers = st.integers(-1, 3).map(Decimal) | st.decimals(
    allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9
)
strings = st.sampled_from(["a", "b", ""]) | st.text(max_size=8)
leaves = st.one_of(
    st.builds(syntax.Null),
    st.builds(syntax.Boolean, value=st.booleans()),
    st.builds(syntax.Number, value=numbers),
    st.builds(syntax.String, value=strings),
    st.builds(syntax.AtLiteral, text=st.sampled_from(["2020-01-01", "PT1H", "10:00:00", "P1Y2M", "nonsense"])),
    st.builds(syntax.Name, name=names),
)
types = st.one_of(
    st.sampled_from([PRIMITIVES[name] for name in ("number", "date and time", "Any", "days and time duration")]),
    st.builds(FeelType, kind=st.just("list"), of=st.just(PRIMITIVES["string"])),
    st.builds(FeelType, kind=st.just("context"), entries=st.just((("a", PRIMITIVES["number"]), ("first name", PRIMITIVES["string"])))),
    st.builds(FeelType, kind=st.just("function"), entries=st.just((("", PRIMITIVES["number"]),)), of=st.just(PRIMITIVES["Any"])),
)


NOTHING = st.nothing()


def branches(nodes, extra=NOTHING):
    iterations = st.lists(st.builds(syntax.Iteration, name=names, source=nodes, end=st.none() | nodes), min_size=1, max_size=2).map(tuple)
    many = st.lists(nodes, max_size=3).map(tuple)
    some = st.lists(nodes, min_size=2, max_size=3).map(tuple)
    unary = st.builds(syntax.UnaryTest, operator=st.sampled_from(["<", "<=", ">", ">=", "=", "!="]), endpoint=nodes)
    entries = st.lists(st.builds(syntax.Entry, key=names, value=nodes), max_size=3).map(tuple)
    parameters = st.lists(st.builds(syntax.FormalParameter, name=names, type=st.none() | types), max_size=2).map(tuple)
    arguments = st.lists(st.builds(syntax.NamedArgument, name=names, value=nodes), min_size=1, max_size=2).map(tuple)
    return st.one_of(
        extra,
        st.builds(syntax.Negation, operand=nodes),
        st.builds(syntax.Arithmetic, operator=st.sampled_from(["+", "-", "*", "/", "**"]), left=nodes, right=nodes),
        st.builds(syntax.Comparison, operator=st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), left=nodes, right=nodes),
        st.builds(syntax.Logic, operator=st.sampled_from(["and", "or"]), operands=some),
        st.builds(syntax.Between, value=nodes, low=nodes, high=nodes),
        st.builds(syntax.In, value=nodes, tests=st.lists(nodes | unary, min_size=1, max_size=3).map(tuple)),
        st.builds(syntax.InstanceOf, value=nodes, type=types),
        st.builds(syntax.Path, source=nodes, name=names),
        st.builds(syntax.Filter, source=nodes, condition=nodes),
        st.builds(syntax.Invocation, function=nodes, positional=many),
        st.builds(syntax.Invocation, function=nodes, named=arguments),
        st.builds(syntax.ListLiteral, items=many),
        st.builds(syntax.ContextLiteral, entries=entries),
        st.builds(syntax.FunctionLiteral, parameters=parameters, body=nodes),
        st.builds(syntax.For, iterations=iterations, body=nodes),
        st.builds(syntax.Quantified, quantifier=st.sampled_from(["some", "every"]), iterations=iterations, condition=nodes),
        st.builds(syntax.If, condition=nodes, yes=nodes, no=nodes),
        st.builds(syntax.Interval, start=nodes, end=nodes, start_included=st.booleans(), end_included=st.booleans()),
        unary,
    )


trees = st.recursive(leaves, branches, max_leaves=12)
