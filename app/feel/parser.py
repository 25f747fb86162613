"""Tokens to syntax tree: operators by precedence (clause 10.3.1.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from app.feel import parser_boxed as boxed
from app.feel import syntax
from app.feel.errors import FeelLimitExceeded, FeelSyntaxError
from app.feel.lexer import END, NAME, NUMBER, OPERATOR, STRING, Token, read_tokens, unquote
from app.feel.limits import CHAIN_MAX, DEPTH_MAX, POSTFIX_MAX
from app.feel.names import INFIX_WORDS, NameTable, name_between
from app.feel.numbers import read_number
from app.feel.parser_types import parse_type
from app.feel.syntax import Node
from app.feel.types import FeelType

COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
OR, AND, COMPARE, ADD, MULTIPLY, POWER, NEGATE, INSTANCE, POSTFIX = 10, 20, 30, 40, 50, 60, 70, 75, 80
_BINDING: Final = {
    "or": OR,
    "and": AND,
    "between": COMPARE,
    "in": COMPARE,
    **dict.fromkeys(COMPARISONS, COMPARE),
    "+": ADD,
    "-": ADD,
    "*": MULTIPLY,
    "/": MULTIPLY,
    "**": POWER,
    "instance": INSTANCE,
    ".": POSTFIX,
    "[": POSTFIX,
    "(": POSTFIX,
}
_LITERALS: Final[Mapping[str, Callable[[int], Node]]] = {
    "null": lambda at: syntax.Null(at=at),
    "true": lambda at: syntax.Boolean(value=True, at=at),
    "false": lambda at: syntax.Boolean(value=False, at=at),
}
_BOXED_WORDS: Final = {"if", "for", "some", "every"}
# What may follow the `[` that ends an interval; anything else makes it the start of a filter.
_AFTER_INTERVAL: Final = frozenset({")", "]", ",", "}", "..", "+", "*", "/", ":"}) | COMPARISONS


class Parser:
    """One pass over one text."""

    def __init__(self, text: str, *, names: NameTable, members: NameTable, types: Mapping[str, FeelType]) -> None:
        self.text = text
        self.tokens = read_tokens(text)
        self.index = 0
        self.names = names
        self.members = NameTable(parent=members)
        self.types = types
        self._depth = 0
        self._in_interval = False
        self._in_filter = False

    # -- entries ---------------------------------------------------------------------------------------------------------------

    def whole_expression(self) -> Node:
        """Return the tree of the whole text."""
        node = self.expression()
        if self.token.kind != END:
            raise self.fault(f"Expected the end of the expression, but found {self._shown()}")
        return node

    def whole_tests(self) -> syntax.Tests:
        """Return the tree of a decision table's cell: `-`, tests, or not(tests)."""
        if self.token.kind == END or (self.at_operator("-") and self.tokens[1].kind == END):
            return syntax.Tests(tests=())
        if self.token.text == "not" and self.tokens[1].text == "(" and self.tokens[1].kind == OPERATOR:
            self.index = 2
            tests = self._tests()
            if self.accept(")") and self.token.kind == END:
                return syntax.Tests(tests=tests, negated=True)
            self.index = 0
        tests = self._tests()
        if self.token.kind != END:
            raise self.fault(f"Expected a comma or the end of the cell, but found {self._shown()}")
        return syntax.Tests(tests=tests)

    def _tests(self) -> tuple[Node, ...]:
        tests = [self.expression()]
        while self.accept(","):
            tests.append(self.expression())
        return tuple(tests)

    # -- tokens ----------------------------------------------------------------------------------------------------------------

    @property
    def token(self) -> Token:
        """The next token."""
        return self.tokens[self.index]

    def at_operator(self, text: str) -> bool:
        """Return whether the next token is that operator."""
        token = self.tokens[self.index]
        return token.kind == OPERATOR and token.text == text

    def accept(self, text: str) -> bool:
        """Step over the operator `text` if it is next."""
        if self.at_operator(text):
            self.index += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Step over the operator or word `text`, which must be next."""
        token = self.tokens[self.index]
        if token.text != text or token.kind not in (OPERATOR, NAME):
            raise self.fault(f"Expected {text!r}, but found {self._shown()}")
        self.index += 1

    def fault(self, message: str, *, at: int | None = None) -> FeelSyntaxError:
        """Return the error for the next token."""
        return FeelSyntaxError(message, self.token.at if at is None else at, self.text)

    def _shown(self) -> str:
        return "the end" if self.token.kind == END else repr(self.token.text)

    # -- expressions -----------------------------------------------------------------------------------------------------------

    def expression(self, power: int = 0) -> Node:
        """Return the tree of the expression that comes next, as far as its operators bind tighter than `power`."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise FeelLimitExceeded("depth", f"more than {DEPTH_MAX} nested parts")
        node = self.infix(self._prefix(), power)
        self._depth -= 1
        return node

    def nested(self, parse: Callable[[], Node]) -> Node:
        """Return what `parse` gives, read inside brackets of its own."""
        saved, self._in_interval = self._in_interval, False
        result = parse()
        self._in_interval = saved
        return result

    def infix(self, left: Node, power: int) -> Node:
        """Return `left` with all operators that follow and bind tighter than `power`."""
        length = 0
        while True:
            token = self.tokens[self.index]
            binding = _BINDING.get(token.text, 0) if token.kind in (OPERATOR, NAME) else 0
            if binding <= power or (binding == POSTFIX and token.text == "[" and self._ends_interval()):
                return left
            length += 1
            if length > (POSTFIX_MAX if binding in (POSTFIX, COMPARE, INSTANCE) else CHAIN_MAX):
                raise FeelLimitExceeded("chain", f"more than {length - 1} operators in a row")
            left = self._apply(left, token, binding)

    def _apply(self, left: Node, token: Token, binding: int) -> Node:
        self.index += 1
        word = token.text
        if binding == POSTFIX:
            return self._postfix(left, token)
        if binding in (OR, AND):
            return self._logic(left, token, binding)
        if word == "between":
            low = self.expression(COMPARE)
            self.expect("and")
            return syntax.Between(value=left, low=low, high=self.expression(COMPARE), at=token.at)
        if word == "in":
            return syntax.In(value=left, tests=self._tests_after_in(), at=token.at)
        if word == "instance":
            self.expect("of")
            return syntax.InstanceOf(value=left, type=parse_type(self), at=token.at)
        following = self.token
        if binding == COMPARE and following.text in COMPARISONS and following.at == token.at + len(word):
            raise self.fault(f"There is no operator {word + following.text!r}; write = or !=", at=token.at)
        right = self.expression(binding)
        if binding == COMPARE:
            return syntax.Comparison(operator=word, left=left, right=right, at=token.at)
        return syntax.Arithmetic(operator=word, left=left, right=right, at=token.at)

    def _logic(self, left: Node, token: Token, binding: int) -> Node:
        operands = [left, self.expression(binding)]
        while self.token.kind == NAME and self.token.text == token.text:
            self.index += 1
            operands.append(self.expression(binding))
        return syntax.Logic(operator=token.text, operands=tuple(operands), at=token.at)

    def _tests_after_in(self) -> tuple[Node, ...]:
        """Return the tests after `in`: a list in brackets, or one operand."""
        if not self.at_operator("("):
            return (self.expression(COMPARE),)
        start = self.token.at
        self.index += 1
        tests = [self.nested(self.expression)]
        if self.at_operator(".."):
            return (self.infix(self._interval(tests[0], start_included=False, at=start), COMPARE),)
        while self.accept(","):
            tests.append(self.nested(self.expression))
        self.expect(")")
        return tuple(tests) if len(tests) > 1 else (self.infix(tests[0], COMPARE),)

    # -- after an operand ------------------------------------------------------------------------------------------------------

    def _postfix(self, left: Node, token: Token) -> Node:
        if token.text == ".":
            return syntax.Path(source=left, name=self._member(), at=token.at)
        if token.text == "[":
            saved, self._in_filter = self._in_filter, True
            condition = self.nested(self.expression)
            self._in_filter = saved
            self.expect("]")
            return syntax.Filter(source=left, condition=condition, at=token.at)
        return self.nested(lambda: boxed.parse_arguments(self, left, token.at))

    def _ends_interval(self) -> bool:
        if not self._in_interval:
            return False
        after = self.tokens[self.index + 1]
        if after.kind == END or (after.kind == OPERATOR and after.text in _AFTER_INTERVAL):
            return True
        return after.kind == NAME and after.text in INFIX_WORDS

    def _member(self) -> str:
        """Return the name after a dot."""
        if self.token.kind == OPERATOR and self.token.text in "@#$" and self.tokens[self.index + 1].kind == NAME:
            self.index += 2
            return self.tokens[self.index - 2].text + self.tokens[self.index - 1].text
        if self.token.kind != NAME:
            raise self.fault(f"Expected a name after the dot, but found {self._shown()}")
        return self._read_name(self.members)

    def _read_name(self, *tables: NameTable) -> str:
        """Return the longest known name that comes next; unknown words in a row are one name."""
        start = self.index
        count, name = max(table.longest(self.tokens, start) for table in tables)
        if count == 0:
            count, name = 1, self.token.text
        self.index += count
        if self._word_continues():
            while self._word_continues():
                self.index += 1
            name = name_between(self.tokens, start, self.index)
        return name

    def _word_continues(self) -> bool:
        token = self.tokens[self.index]
        return token.kind == NUMBER or (token.kind == NAME and token.text not in INFIX_WORDS)

    # -- operands --------------------------------------------------------------------------------------------------------------

    def _prefix(self) -> Node:
        token = self.tokens[self.index]
        if token.kind == NAME:
            return self._prefix_word(token)
        self.index += 1
        if token.kind == NUMBER:
            return syntax.Number(value=self._number(token), at=token.at)
        if token.kind == STRING:
            return syntax.String(value=unquote(token, self.text), at=token.at)
        if token.kind == OPERATOR:
            return self._prefix_operator(token)
        self.index -= 1
        raise self.fault("Expected an expression, but found the end")

    def _number(self, token: Token) -> Decimal:
        number = read_number(token.text)
        if number is None:
            raise self.fault("This number is out of range", at=token.at)
        return number

    def _prefix_operator(self, token: Token) -> Node:
        if token.text == "-":
            following = self.tokens[self.index]
            if following.kind == NUMBER:
                self.index += 1
                number = self._number(following)
                return syntax.Number(value=number.copy_negate() if number else number, at=token.at)
            return syntax.Negation(operand=self.expression(NEGATE), at=token.at)
        if token.text == "(":
            return self._bracketed(token)
        if token.text == "[":
            return self.nested(lambda: self._list_or_interval(token))
        if token.text == "]":
            start = self.nested(self.expression)
            if not self.at_operator(".."):
                raise self.fault(f"Expected '..', but found {self._shown()}")
            return self._interval(start, start_included=False, at=token.at)
        if token.text == "{":
            return self.nested(lambda: boxed.parse_context(self, token.at))
        if token.text == "@" and self.token.kind == STRING:
            self.index += 1
            return syntax.AtLiteral(text=unquote(self.tokens[self.index - 1], self.text), at=token.at)
        if token.text in COMPARISONS:
            return syntax.UnaryTest(operator=token.text, endpoint=self.expression(COMPARE), at=token.at)
        self.index -= 1
        raise self.fault(f"Expected an expression, but found {self._shown()}")

    def _prefix_word(self, token: Token) -> Node:
        word = token.text
        if word in _LITERALS:
            self.index += 1
            return _LITERALS[word](token.at)
        if word in _BOXED_WORDS:
            self.index += 1
            if word == "if":
                return self.nested(lambda: boxed.parse_if(self, token.at))
            if word == "for":
                return self.nested(lambda: boxed.parse_for(self, token.at))
            return self.nested(lambda: boxed.parse_quantified(self, word, token.at))
        if word == "function" and self.tokens[self.index + 1].text == "(":
            self.index += 1
            return self.nested(lambda: boxed.parse_function(self, token.at))
        if word in INFIX_WORDS:
            raise self.fault(f"Expected an expression, but found the word {word!r}")
        if self._in_filter:
            return syntax.Name(name=self._read_name(self.names, self.members), at=token.at)
        return syntax.Name(name=self._read_name(self.names), at=token.at)

    def _bracketed(self, token: Token) -> Node:
        inner = self.nested(self.expression)
        if self.at_operator(".."):
            return self._interval(inner, start_included=False, at=token.at)
        self.expect(")")
        return inner

    def _list_or_interval(self, token: Token) -> Node:
        if self.accept("]"):
            return syntax.ListLiteral(items=(), at=token.at)
        items = [self.expression()]
        if self.at_operator(".."):
            return self._interval(items[0], start_included=True, at=token.at)
        while self.accept(","):
            items.append(self.expression())
        self.expect("]")
        return syntax.ListLiteral(items=tuple(items), at=token.at)

    def _interval(self, start: Node, *, start_included: bool, at: int) -> Node:
        self.expect("..")
        saved, self._in_interval = self._in_interval, True
        end = self.expression()
        self._in_interval = saved
        closing = self.token.text
        if self.token.kind != OPERATOR or closing not in (")", "]", "["):
            raise self.fault(f"Expected the end of the range, but found {self._shown()}")
        self.index += 1
        return syntax.Interval(start=start, end=end, start_included=start_included, end_included=closing == "]", at=at)
