"""Identifiers sort by birth."""

import os
import secrets
import uuid
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.domain.identifiers import DRAWN_AT_ONCE, IdSource, nanoseconds_of

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
NOW_NS = 1_793_606_400_000_000_000


def test_an_instant_is_told_to_the_microsecond():
    assert nanoseconds_of(NOW) == NOW_NS
    assert nanoseconds_of(NOW.replace(microsecond=999_999)) == NOW_NS + 999_999_000


@given(st.integers(0, 2**59), st.lists(st.integers(0, 2 ** (64 * DRAWN_AT_ONCE) - 1), min_size=2, max_size=2))
def test_an_identifier_holds_its_ticks_and_its_random_bits(nanoseconds, drawn):
    blocks = iter(drawn)
    source = IdSource(lambda: nanoseconds, lambda _count: next(blocks))

    for number in range(2 * DRAWN_AT_ONCE):
        made = uuid.UUID(text := source())

        bits = drawn[number // DRAWN_AT_ONCE] >> 64 * (number % DRAWN_AT_ONCE)
        assert text == str(made)
        assert (made.version, made.variant) == (7, uuid.RFC_4122)
        assert (made.int >> 80) * 4096 + (made.int >> 64) % 4096 == max(nanoseconds * 4096 // 10**6, 1) + number
        assert made.int % 2**62 == bits % 2**62


def test_identifiers_are_version_7_and_name_their_millisecond():
    made = uuid.UUID(IdSource(lambda: NOW_NS, lambda bits: (1 << bits) - 1)())

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(NOW.timestamp() * 1000)


def test_identifiers_of_one_instant_sort_in_the_order_of_their_birth():
    source = IdSource(lambda: NOW_NS, lambda bits: 0)

    made = [source() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_clock_that_is_set_back_does_not_set_back_identifiers():
    instants = iter([NOW_NS, NOW_NS - 3600 * 10**9])
    source = IdSource(lambda: next(instants), lambda bits: 0)

    assert source() < source()


def test_a_forked_process_draws_random_bits_of_its_own():
    source = IdSource(lambda: NOW_NS, secrets.randbits)
    source()
    read_end, write_end = os.pipe()

    if os.fork() == 0:
        os.write(write_end, source().encode())
        os._exit(0)
    os.wait()

    assert os.read(read_end, 36).decode()[19:] != source()[19:]
