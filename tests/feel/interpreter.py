"""FEEL once more, as plain as can be: it walks the tree and looks nothing up, caches nothing, compiles nothing.

The tests hold the compiled expressions against it. It shares the syntax tree with the package and no other code; durations, times and ranges
are tuples of its own. `now`, zones and most builtins are left out.
"""

import datetime as dt
from decimal import Context, Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow, Underflow
from typing import NamedTuple

from app.feel import syntax


class Days(NamedTuple):
    seconds: Decimal


class Months(NamedTuple):
    months: int


class Clock(NamedTuple):
    seconds: Decimal


class Span(NamedTuple):
    start: object
    end: object
    start_included: bool
    end_included: bool


EXACT = Context(prec=34, Emin=-6143, Emax=6144, traps=[InvalidOperation, DivisionByZero, Overflow, Underflow])
LITERALS = {"2020-01-01": dt.date(2020, 1, 1), "PT1H": Days(Decimal(3600)), "10:00:00": Clock(Decimal(36000)), "P1Y2M": Months(14)}
FUEL = 20_000


class OutOfFuel(Exception):
    pass


class NoLoop(Exception):
    pass


class Closure:
    def __init__(self, node, scope, interpreter):
        self.node, self.scope, self.interpreter = node, scope, interpreter


def kind(value):
    names = {bool: "boolean", Decimal: "number", str: "string", list: "list", dict: "context", dt.date: "date", Span: "range"}
    names |= {Closure: "function", Days: "days and time duration", Months: "years and months duration", Clock: "time"}
    return "Null" if value is None else names[type(value)]


def same(left, right):
    if left is None or right is None:
        return left is None and right is None
    if kind(left) != kind(right):
        return None
    if isinstance(left, list):
        return both([same(a, b) for a, b in zip(left, right, strict=True)]) if len(left) == len(right) else False
    if isinstance(left, dict):
        return both([same(left[key], right[key]) for key in left]) if set(left) == set(right) else False
    if isinstance(left, Span):
        return both([left[2:] == right[2:], same(left.start, right.start), same(left.end, right.end)])
    return left is right if isinstance(left, Closure) else left == right


def both(truths):
    if any(truth is False for truth in truths):
        return False
    return True if all(truth is True for truth in truths) else None


def either(truths):
    if any(truth is True for truth in truths):
        return True
    return False if all(truth is False for truth in truths) else None


def less(left, right):
    if kind(left) != kind(right) or not isinstance(left, (Decimal, str, dt.date, Days, Months, Clock)):
        return None
    return left < right


def relate(operator, left, right):
    if operator == "=":
        return same(left, right)
    if operator == "!=":
        return inverse(same(left, right))
    if operator in ("<", ">="):
        answer = less(left, right)
        return answer if operator == "<" else inverse(answer)
    answer = less(right, left)
    return answer if operator == ">" else inverse(answer)


def inverse(truth):
    return None if truth is None else not truth


def calculate(operator, left, right):
    try:
        return plain_calculation(operator, left, right)
    except (DecimalException, OverflowError):
        return None


def plain_calculation(operator, left, right):
    kinds = kind(left), kind(right)
    if kinds == ("number", "number"):
        return of_numbers(operator, left, right)
    if kinds == ("string", "string"):
        return left + right if operator == "+" else None
    if isinstance(left, (Days, Months)) or (isinstance(right, (Days, Months)) and operator == "*"):
        return of_durations(operator, left, right)
    match operator, left, right:
        case ("+" | "-", dt.date() | Clock(), Days() | Months()):
            return moved(left, right if operator == "+" else plain_calculation("*", right, Decimal(-1)))
        case "-", dt.date(), dt.date():
            return Days(Decimal((left - right).days * 86_400))
        case "-", Clock(), Clock():
            return Days(left.seconds - right.seconds)
    return None


def of_numbers(operator, left, right):
    if operator == "**":
        if abs(right) > 999_999_999:
            return None
        return EXACT.power(left, right) if right else Decimal(1)
    return {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply, "/": EXACT.divide}[operator](left, right)


def of_durations(operator, left, right):
    if isinstance(right, (dt.date, Clock)):
        return plain_calculation("+", right, left) if operator == "+" else None
    if type(left) is type(right):
        if operator not in ("+", "-", "/"):
            return None
        value = of_numbers(operator, Decimal(left[0]), Decimal(right[0]))
        return value if operator == "/" else type(left)(of(left, value))
    if operator == "*" and kind(left) == "number":
        left, right = right, left
    if operator in ("*", "/") and kind(right) == "number":
        return type(left)(of(left, of_numbers(operator, Decimal(left[0]), right)))
    return None


def of(duration, value):
    if isinstance(duration, Days):
        return value
    if abs(value) > 24_000_000_000:
        raise OverflowError
    return int(value)


def moved(point, duration):
    match point, duration:
        case Clock(), Days():
            return Clock(
                (point.seconds + duration.seconds) % 86_400 % 86_400 + (86_400 if (point.seconds + duration.seconds) % 86_400 < 0 else 0)
            )
        case dt.date(), Days():
            return point + dt.timedelta(days=int(duration.seconds // 86_400) - (1 if duration.seconds % 86_400 < 0 else 0))
        case dt.date(), Months():
            year, month = divmod(point.year * 12 + point.month - 1 + duration.months, 12)
            for day in (point.day, 30, 29, 28):
                try:
                    return dt.date(year, month + 1, min(day, point.day))
                except ValueError as error:
                    if "day" not in str(error):
                        raise OverflowError from error
    return None


class Interpreter:
    """One evaluation."""

    def __init__(self, builtins):
        self.fuel = FUEL
        self.builtins = builtins

    def value(self, node, scope):
        self.fuel -= 1
        if self.fuel < 0:
            raise OutOfFuel
        return getattr(self, "value_of_" + type(node).__name__.lower())(node, scope)

    def value_of_null(self, node, scope):
        return None

    def value_of_number(self, node, scope):
        return node.value

    value_of_string = value_of_boolean = value_of_number

    def value_of_atliteral(self, node, scope):
        return LITERALS.get(node.text)

    def value_of_name(self, node, scope):
        for names in scope:
            if isinstance(names, dict) and node.name in names:
                return names[node.name]
        return None

    def value_of_negation(self, node, scope):
        value = self.value(node.operand, scope)
        return calculate("*", value, Decimal(-1)) if not isinstance(value, str) else None

    def value_of_arithmetic(self, node, scope):
        return calculate(node.operator, self.value(node.left, scope), self.value(node.right, scope))

    def value_of_comparison(self, node, scope):
        return relate(node.operator, self.value(node.left, scope), self.value(node.right, scope))

    def value_of_logic(self, node, scope):
        truths = [self.truth(operand, scope) for operand in node.operands]
        return both(truths) if node.operator == "and" else either(truths)

    def truth(self, node, scope):
        value = self.value(node, scope)
        return value if isinstance(value, bool) else None

    def value_of_between(self, node, scope):
        value = self.value(node.value, scope)
        return both([relate(">=", value, self.value(node.low, scope)), relate("<=", value, self.value(node.high, scope))])

    def value_of_if(self, node, scope):
        return self.value(node.yes if self.value(node.condition, scope) is True else node.no, scope)

    def value_of_listliteral(self, node, scope):
        return [self.value(item, scope) for item in node.items]

    def value_of_contextliteral(self, node, scope):
        result, inner = {}, {}
        for entry in node.entries:
            if entry.key in result:
                return None
            result[entry.key] = inner[entry.key] = self.value(entry.value, [inner, *scope])
            inner = dict(inner)
            if isinstance(result[entry.key], Closure) and isinstance(entry.value, syntax.FunctionLiteral):
                result[entry.key].scope = [inner, *scope]
        return result

    def value_of_path(self, node, scope):
        return self.entry(self.value(node.source, scope), node.name)

    def entry(self, value, name):
        if isinstance(value, list):
            return [self.entry(item, name) for item in value]
        return value.get(name) if isinstance(value, dict) else None

    def value_of_filter(self, node, scope):
        source = self.value(node.source, scope)
        if source is None:
            return None
        items = source if isinstance(source, list) else [source]
        scopes = [
            [item if isinstance(item, dict) else {}, {} if isinstance(item, dict) and "item" in item else {"item": item}, *scope]
            for item in items
        ]
        comparing = (syntax.Comparison, syntax.Logic, syntax.Between, syntax.In, syntax.Quantified, syntax.InstanceOf)
        if not isinstance(node.condition, comparing):
            sample = self.value(node.condition, scopes[0] if items else scope)
            if sample is not None and not isinstance(sample, bool):
                return self.item_at(items, self.value(node.condition, scope))
        return [item for item, inner in zip(items, scopes, strict=True) if self.value(node.condition, inner) is True]

    def item_at(self, items, position):
        if not isinstance(position, Decimal) or position != position.to_integral_value() or not 1 <= abs(position) <= len(items):
            return None
        return items[int(position) - 1 if position > 0 else int(position)]

    # -- loops -----------------------------------------------------------------------------------------------------------------

    def combinations(self, iterations, scope):
        if not iterations:
            yield scope
            return
        for item in self.items(iterations[0], scope):
            yield from self.combinations(iterations[1:], [{iterations[0].name: item}, *scope])

    def items(self, iteration, scope):
        start = self.value(iteration.source, scope)
        if iteration.end is not None:
            return self.counted(start, self.value(iteration.end, scope))
        if isinstance(start, Span):
            items = self.counted(start.start, start.end)
            return items[0 if start.start_included else 1 : None if start.end_included else -1]
        if start is None:
            raise NoLoop
        return start if isinstance(start, list) else [start]

    def counted(self, start, end):
        if isinstance(start, dt.date) and isinstance(end, dt.date):
            step = 1 if start <= end else -1
            return [start + dt.timedelta(days=step * number) for number in range(abs((end - start).days) + 1)]
        if not (isinstance(start, Decimal) and isinstance(end, Decimal)) or any(
            value != value.to_integral_value() for value in (start, end)
        ):
            raise NoLoop
        if abs(end - start) > self.fuel:
            raise OutOfFuel
        step = 1 if start <= end else -1
        return [Decimal(number) for number in range(int(start), int(end) + step, step)]

    def value_of_for(self, node, scope):
        results = []
        try:
            for inner in self.combinations(node.iterations, scope):
                results.append(self.value(node.body, [{"partial": list(results)}, *inner]))
        except NoLoop:
            return None
        return results

    def value_of_quantified(self, node, scope):
        decisive = node.quantifier == "some"
        unknown = False
        try:
            for inner in self.combinations(node.iterations, scope):
                truth = self.truth(node.condition, inner)
                if truth is decisive:
                    return decisive
                unknown = unknown or truth is None
        except NoLoop:
            return None
        return None if unknown else not decisive

    # -- ranges and tests ------------------------------------------------------------------------------------------------------

    def value_of_interval(self, node, scope):
        start, end = self.value(node.start, scope), self.value(node.end, scope)
        return Span(start, end, node.start_included, node.end_included) if relate("<=", start, end) is True else None

    def value_of_unarytest(self, node, scope):
        end = self.value(node.endpoint, scope)
        if node.operator == "!=" or less(end, end) is None:
            return None
        if node.operator == "=":
            return Span(end, end, True, True)
        return Span(None, end, False, node.operator == "<=") if "<" in node.operator else Span(end, None, node.operator == ">=", False)

    def value_of_in(self, node, scope):
        value = self.value(node.value, scope)
        return either([self.holds(test, value, [{"?": value}, *scope]) for test in node.tests])

    def holds(self, test, value, scope):
        if isinstance(test, syntax.UnaryTest):
            return relate(test.operator, value, self.value(test.endpoint, scope))
        if isinstance(test, syntax.Interval) and not isinstance(value, Span):
            low, high = self.value(test.start, scope), self.value(test.end, scope)
            return both([relate(">=" if test.start_included else ">", value, low), relate("<=" if test.end_included else "<", value, high)])
        expected = self.value(test, scope)
        if isinstance(expected, bool) and not isinstance(test, syntax.Boolean) and value is not None and not isinstance(value, bool):
            return expected
        if isinstance(expected, list):
            members = [
                self.within(value, item) if isinstance(item, Span) and not isinstance(value, Span) else same(value, item) or False
                for item in expected
            ]
            return either([isinstance(value, list) and same(value, expected) is True, *members])
        return self.within(value, expected) if isinstance(expected, Span) and not isinstance(value, Span) else same(value, expected)

    def within(self, value, span):
        above = span.start is None or relate(">=" if span.start_included else ">", value, span.start)
        below = span.end is None or relate("<=" if span.end_included else "<", value, span.end)
        return both([above, below])

    def value_of_instanceof(self, node, scope):
        value = self.value(node.value, scope)
        return node.type.kind == "Null" if value is None else self.conforms(value, node.type)

    def conforms(self, value, wanted):
        if value is None or wanted.kind == "Any":
            return True
        if kind(value) != wanted.kind:
            return False
        if wanted.kind == "list":
            return all(self.conforms(item, wanted.of) for item in value)
        if wanted.kind == "context":
            return all(key in value and self.conforms(value[key], entry) for key, entry in wanted.entries)
        if wanted.kind == "function":
            given = [parameter.type.kind if parameter.type else "Any" for parameter in value.node.parameters]
            return len(given) == len(wanted.entries) and all(
                kind in ("Any", entry.kind) for kind, (_, entry) in zip(given, wanted.entries, strict=True)
            )
        return True

    # -- functions -------------------------------------------------------------------------------------------------------------

    def value_of_functionliteral(self, node, scope):
        return Closure(node, scope, self)

    def value_of_invocation(self, node, scope):
        arguments = [self.value(argument, scope) for argument in node.positional]
        named = [(argument.name, self.value(argument.value, scope)) for argument in node.named]
        if isinstance(node.function, syntax.Name) and node.function.name in self.builtins and not node.named:
            return self.builtins[node.function.name](*arguments)
        function = self.value(node.function, scope)
        if not isinstance(function, Closure):
            return None
        names = [parameter.name for parameter in function.node.parameters]
        if node.named:
            if len(dict(named)) < len(named) or not set(dict(named)) <= set(names):
                return None
            arguments = [dict(named).get(name) for name in names]
        if len(arguments) != len(names):
            return None
        for index, parameter in enumerate(function.node.parameters):
            fits, arguments[index] = self.converted(arguments[index], parameter.type)
            if not fits:
                return None
        return self.value(function.node.body, [dict(zip(names, arguments, strict=True)), *function.scope])

    def converted(self, value, wanted):
        if wanted is None or self.conforms(value, wanted):
            return True, value
        if wanted.kind == "list" and self.conforms(value, wanted.of):
            return True, [value]
        if isinstance(value, list) and len(value) == 1 and self.conforms(value[0], wanted):
            return True, value[0]
        return False, None
