"""Identifiers sort by birth."""

import os
import secrets
import uuid
from datetime import UTC, datetime, timedelta

from app.domain.identifiers import IdSource

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)


def test_identifiers_are_version_7_and_name_their_millisecond():
    made = uuid.UUID(IdSource(lambda: NOW, lambda bits: (1 << bits) - 1)())

    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(NOW.timestamp() * 1000)


def test_identifiers_of_one_instant_sort_in_the_order_of_their_birth():
    source = IdSource(lambda: NOW, lambda bits: 0)

    made = [source() for _ in range(10_000)]

    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_a_clock_that_is_set_back_does_not_set_back_identifiers():
    instants = iter([NOW, NOW - timedelta(hours=1)])
    source = IdSource(lambda: next(instants), lambda bits: 0)

    assert source() < source()


def test_a_forked_process_draws_random_bits_of_its_own():
    source = IdSource(lambda: NOW, secrets.randbits)
    source()
    read_end, write_end = os.pipe()

    if os.fork() == 0:
        os.write(write_end, source().encode())
        os._exit(0)
    os.wait()

    assert os.read(read_end, 36).decode()[19:] != source()[19:]
