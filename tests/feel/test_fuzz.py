"""A small run of the fuzzing harness; `fuzz_feel.py` tells how to run it for long, guided by coverage."""

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.feel.fuzz_feel import exercise

EXAMPLES = 5_000 if os.environ.get("COUNTERSIGN_THOROUGH") else 120


@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.binary(max_size=40))
def test_any_bytes_give_a_value_or_an_error_of_the_package(data):
    exercise(data)
