"""Random moves and migrations on random processes: refused, or the instance still completes, with no token twice."""

import os
import random
from collections import Counter
from datetime import timedelta

import pytest

from app.domain.errors import MoveRefused
from app.engine import Execution
from tests.engine.diagrams import parse, ports
from tests.engine.drawings import Drawing
from tests.engine.test_random_processes import key_of

PROCESSES = 1_500 if os.environ.get("COUNTERSIGN_THOROUGH") else 120
GROUPS = 10
STEPS_MAX = 300


class Walk:
    """An instance that goes on at random; every step is checked."""

    def __init__(self, definition, choose, variables):
        self.definition, self.choose = definition, choose
        self.hour = 0
        self.take(Execution.start(definition, variables, ports()))

    def take(self, execution):
        progress = execution.run()
        assert progress.failures == ()
        self.blob, self.is_over = execution.dump(), progress.completed
        return progress

    def restore(self):
        return Execution.restore(self.definition, self.blob, ports(timedelta(hours=self.hour)))

    def step(self, *, ends=False):
        """Do something that can be done."""
        execution = self.restore()
        tasks, waits, timers = execution.user_tasks(), execution.waits(), execution.timers()
        twice = Counter((task.element, key_of(task.variables)) for task in tasks if not task.element.startswith("B"))
        assert all(count == 1 for count in twice.values()), twice
        assert tasks or waits or timers, execution.active()
        if tasks and (ends or self.choose.random() < 0.7):
            again = not ends and self.choose.random() < 0.3
            execution.complete(self.choose.choice(tasks).element_instance, {"again": again})
        elif waits and (not timers or self.choose.random() < 0.5):
            execution.catch_signal(self.choose.choice(waits).name)
        elif timers:
            self.hour += 60
            execution = self.restore()
            execution.fire_timers()
        else:
            execution.complete(self.choose.choice(tasks).element_instance, {"again": False})
        self.take(execution)

    def finish(self):
        """Go on to the end."""
        for _ in range(STEPS_MAX):
            if self.is_over:
                break
            self.step(ends=True)
        execution = self.restore()
        assert self.is_over, execution.active()
        assert (execution.active(), execution.timers(), execution.waits()) == ([], [], [])


def begin(seed):
    drawing = Drawing(seed, depth=3)
    choose = random.Random(f"{seed}/walk")
    variables = {name: choose.randint(1, 7) for name in drawing.gateways}
    walk = Walk(parse(drawing.content), choose, {"again": False, **variables})
    for _ in range(choose.randint(0, 4)):
        if not walk.is_over:
            walk.step()
    return drawing, walk, choose


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_random_move_is_refused_or_completes(group):
    moved = 0
    for number in range(PROCESSES // GROUPS):
        seed = f"move {group}/{number}"
        _, walk, choose = begin(seed)
        for _ in range(4):
            if walk.is_over:
                break
            execution = walk.restore()
            active = execution.active()
            cancel = [each.element_instance for each in active if choose.random() < 0.6]
            activate = choose.sample(sorted(walk.definition.elements), k=choose.choice([0, 1, 1, 1, 2]))
            preview = execution.preview_move(cancel=cancel, activate=activate)
            before = execution.dump()
            if preview.refusals:
                with pytest.raises(MoveRefused):
                    execution.move(cancel=cancel, activate=activate)
                assert execution.dump() == before, seed
                continue
            execution.move(cancel=cancel, activate=activate)
            walk.take(execution)
            assert Counter(each.element for each in walk.restore().active()) == Counter(each.element for each in preview.after), seed
            moved += 1
        walk.finish()
    assert moved


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_random_migration_is_refused_or_completes(group):
    migrated = 0
    for number in range(PROCESSES // GROUPS):
        seed = f"migration {group}/{number}"
        drawing, walk, choose = begin(seed)
        other = drawing.change(choose)
        to = parse(other.content)
        if not walk.is_over:
            execution = walk.restore()
            names = {task.element_instance for task in execution.user_tasks()}
            preview = execution.preview_migration(to)
            assert preview.refusals == execution.check_migration(to)
            if not preview.refusals:
                later = execution.migrate(to)
                walk.definition = to
                walk.take(later)
                assert names <= {task.element_instance for task in walk.restore().user_tasks()}, seed
                migrated += 1
        walk.finish()
    assert migrated
