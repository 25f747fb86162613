"""Random block-structured processes: whatever is drawn out of whole blocks completes, restored before every step, and leaves nothing behind."""

import random
from datetime import timedelta

import pytest

from tests.engine.diagrams import Play, boundary, bpmn, end, gateway, parse, several, start, sub, timer, user

PROCESSES = 60
PATHS = 3


class Blocks:
    """Draws nested blocks; each has one way in and one way out."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0
        self.users = []

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def block(self, depth):
        """Return body, flows, first and last element of a random block."""
        kinds = (
            ["user"] if depth == 0 else ["user", "sequence", "exclusive", "parallel", "inclusive", "loop", "sub", "several", "interrupted"]
        )
        return getattr(self, f"draw_{self.random.choice(kinds)}")(depth)

    def draw_user(self, depth):
        name = self.name("U")
        self.users.append(name)
        return user(name), [], name, name

    def draw_sequence(self, depth):
        first, second = self.block(depth - 1), self.block(depth - 1)
        return first[0] + second[0], [*first[1], *second[1], f"{first[3]} > {second[2]}"], first[2], second[3]

    def draw_exclusive(self, depth):
        return self.draw_split(depth, "exclusive")

    def draw_parallel(self, depth):
        return self.draw_split(depth, "parallel")

    def draw_inclusive(self, depth):
        return self.draw_split(depth, "inclusive")

    def draw_split(self, depth, kind):
        split, join = self.name("G"), self.name("G")
        branches = [self.block(depth - 1) for _ in range(self.random.randint(2, 3))]
        default = "" if kind == "parallel" else f"{split}_{branches[0][2]}"
        body = gateway(kind, split, default=default) + gateway(kind, join) + "".join(branch[0] for branch in branches)
        flows = [flow for branch in branches for flow in branch[1]]
        for at, branch in enumerate(branches):
            condition = f" [choice = {at} or choice = 9]" if kind != "parallel" and at else ""
            flows += [f"{split} > {branch[2]}{condition}", f"{branch[3]} > {join}"]
        return body, flows, split, join

    def draw_loop(self, depth):
        merge, split = self.name("G"), self.name("G")
        body, flows, first, last = self.block(depth - 1)
        out = self.name("N")
        more = [f"{merge} > {first}", f"{last} > {split}", f"{split} > {merge} [choice = 5]", f"{split} > {out}"]
        gateways = gateway("exclusive", merge) + gateway("exclusive", split, default=f"{split}_{out}") + f'<task id="{out}"/>'
        return body + gateways, [*flows, *more], merge, out

    def draw_sub(self, depth, inner=""):
        name, begin, stop = self.name("P"), self.name("S"), self.name("E")
        body, flows, first, last = self.block(depth - 1)
        return sub(name, start(begin) + body + end(stop), *flows, f"{begin} > {first}", f"{last} > {stop}", inner=inner), [], name, name

    def draw_several(self, depth):
        return self.draw_sub(depth, several(cardinality=str(self.random.randint(1, 3)), sequential=self.random.random() < 0.5))

    def draw_interrupted(self, depth):
        body, flows, name, _ = self.draw_sub(depth)
        late, out = self.name("B"), self.name("N")
        interrupts = self.random.random() < 0.5
        event = boundary(late, name, timer("duration", f"P{self.random.randint(1, 9)}D"), interrupts=interrupts)
        aside = "" if interrupts else end(f"{late}E")  # A second token out of the block would rightly stay at the next parallel join.
        after = f"{late} > {out}" if interrupts else f"{late} > {late}E"
        return body + event + aside + f'<task id="{out}"/>', [*flows, f"{name} > {out}", after], name, out


@pytest.mark.parametrize("seed", range(PROCESSES))
def test_a_process_of_whole_blocks_completes_on_every_path(seed):
    blocks = Blocks(seed)
    body, flows, first, last = blocks.block(4)
    definition = parse(bpmn(start() + body + end(), *flows, f"S > {first}", f"{last} > E"))
    for path in range(PATHS):
        choose = random.Random(f"{seed}/{path}")
        play = Play(definition, {"choice": choose.choice([0, 1, 2, 9])})
        for _ in range(2_000):
            if play.progress.completed:
                break
            waiting = play.restore().user_tasks()
            assert waiting, (seed, path, play.path, play.restore().active())
            if choose.random() < 0.1:
                play.after += timedelta(days=1)
                play.do("fire_timers")
            else:
                play.do("complete", choose.choice(waiting).element_instance, {"choice": choose.choice([0, 1, 2, 5, 9])})
            assert play.progress.failures == ()
        assert play.progress.completed, (seed, path)
        assert play.restore().active() == []
        assert play.timers == []
