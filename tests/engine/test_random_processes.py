"""Random block-structured processes against a plain token game, stored and restored before every step."""

import os
import random
from collections import Counter
from datetime import timedelta

import pytest

from app.engine import Execution
from tests.engine.diagrams import parse, ports
from tests.engine.drawings import Drawing
from tests.engine.token_game import Game

THOROUGH = bool(os.environ.get("COUNTERSIGN_THOROUGH"))
PROCESSES = 3_000 if THOROUGH else 300
PATHS = 5
STEPS_MAX = 150
GROUPS = 20


class Instance:
    """An instance of the engine that is stored between two verbs."""

    def __init__(self, definition, variables):
        self.definition = definition
        self.hour = 0
        self.take(Execution.start(definition, variables, ports()))

    def take(self, execution):
        progress = execution.run()
        assert progress.failures == ()
        self.log = Counter(end.element if end.state == "completed" else f"{end.element} {end.state}" for end in progress.left)
        self.blob = execution.dump()
        self.is_over = progress.completed

    def restore(self):
        return Execution.restore(self.definition, self.blob, ports(timedelta(hours=self.hour)))

    def do(self, act):
        execution = self.restore()
        act(execution)
        self.take(execution)

    def users(self):
        """Return the user tasks as (element, key), each with its element instance."""
        found = [(task.element, key_of(task.variables), task.element_instance) for task in self.restore().user_tasks()]
        return sorted(found)


def key_of(variables):
    """Return which instance of each multi-instance around it a task belongs to."""
    return tuple(sorted((name, value) for name, value in variables.items() if name.startswith("i_P")))


def play_path(drawing, definition, choose, seed):
    """Play one path on both, step by step."""
    choices = {name: choose.randint(0, 7) for name in drawing.gateways}
    game, instance = Game(drawing.tree, choices), Instance(definition, choices)
    for step in range(STEPS_MAX):
        where = (seed, step)
        assert instance.log == game.log, where
        assert instance.is_over == game.is_over, where
        if game.is_over:
            execution = instance.restore()
            assert (execution.active(), execution.timers(), execution.waits()) == ([], [], []), where
            return
        users, waiting = instance.users(), game.users()
        assert [(element, key) for element, key, _ in users] == waiting, where
        game.log.clear()
        if not waiting and not game.signals() and game.next_due() is None:
            return  # Different timers are due at once, in an order that the standard leaves open.
        do_something(game, instance, choose, waiting, users, ends=step > STEPS_MAX // 2)


def do_something(game, instance, choose, waiting, users, *, ends):
    due, signals, dice = game.next_due(), game.signals(), choose.random()
    if due is not None and (dice < 0.15 or not (waiting or signals)):
        game.advance(due)
        instance.hour = due
        instance.do(lambda execution: execution.fire_timers())
    elif signals and (dice < 0.35 or not waiting):
        signal = choose.choice(signals)
        game.send(signal)
        instance.do(lambda execution: execution.catch_signal(signal))
    else:
        assert waiting, "something can always be done"
        element, key = choose.choice(waiting)
        again = not ends and choose.random() < 0.4
        game.complete(element, key, again=again)
        name = next(name for found, known, name in users if (found, known) == (element, key))
        instance.do(lambda execution: execution.complete(name, {"again": again}))


@pytest.mark.parametrize("group", range(GROUPS))
def test_the_engine_plays_as_the_token_game(group):
    for number in range(PROCESSES // GROUPS):
        seed = f"{group}/{number}"
        drawing = Drawing(seed, depth=3 + number % 2)
        definition = parse(drawing.content)
        for path in range(PATHS):
            play_path(drawing, definition, random.Random(f"{seed}/{path}"), f"{seed}/{path}")
