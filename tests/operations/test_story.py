"""What the timeline keeps of a value of FEEL."""

from decimal import Decimal

import pytest

from app.feel.errors import FeelValueError
from app.feel.json import dumps
from app.operations.story import INTEGER_MAX, json_value


@pytest.mark.parametrize("number", ["12000.00", "-0.10", "0", "-0", "1E+2", "1E-3", "1E+40", "123456789012345678901234567890.1234"])
def test_a_number_is_kept_as_the_text_that_json_has_of_it(number):
    """No digit is lost."""
    assert json_value(Decimal(number)) == dumps(Decimal(number))


def test_what_json_knows_is_kept_as_it_is():
    value = {"a": [True, None, 7, INTEGER_MAX], "b": "text"}

    assert json_value(value) == value
    assert json_value((INTEGER_MAX + 1,)) == [str(INTEGER_MAX + 1)]


def test_what_is_no_number_of_feel_is_refused():
    with pytest.raises(FeelValueError):
        json_value(Decimal("NaN"))
