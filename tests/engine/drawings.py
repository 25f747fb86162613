"""Random block-structured processes: the tree of blocks, its BPMN file, and other versions of it."""

import copy
import random

from tests.engine.diagrams import boundary, bpmn, catch, end, gateway, refer, several, start, sub, timer, user
from tests.engine.token_game import Block, walk


class Drawing:
    """A random process: its tree of blocks and its BPMN file."""

    def __init__(self, seed, depth):
        self.random = random.Random(seed)
        self.count = 0
        self.roots, self.called, self.gateways = [], [], []
        self.tree = self.block(depth)
        self.content = self.write()

    def write(self):
        """Return the BPMN file of the tree."""
        self.called = []
        body, flows, first, last = self.draw(self.tree)
        return bpmn(start() + body + end(), *flows, f"S > {first}", f"{last} > E", roots="".join(self.roots)).replace(
            b"</definitions>", "".join(self.called).encode() + b"</definitions>"
        )

    def change(self, choose):
        """Return another version: a task before or after a block, another task in place of one, a branch more or less."""
        other = copy.deepcopy(self)
        other.random = choose
        for _ in range(choose.randint(1, 3)):
            block = choose.choice(list(walk(other.tree)))
            splits = block.kind in ("exclusive", "parallel", "inclusive")
            match choose.choice(["before", "after", "instead", "more", "less"]):
                case "before" if not block.is_bound:
                    other.put(block, Block("", [Block(other.name("U")), copy.copy(block)], "sequence"))
                case "after" if not block.is_bound:
                    other.put(block, Block("", [copy.copy(block), Block(other.name("U"))], "sequence"))
                case "instead" if block.kind == "user":
                    block.name = other.name("U")
                case "more" if splits:
                    block.parts.append(Block(other.name("U")))
                case "less" if splits and len(block.parts) > 2:
                    block.parts.pop()
        other.content = other.write()
        return other

    def put(self, block, other):
        """Make a block of the tree another one."""
        block.name, block.parts, block.kind, block.more = other.name, other.parts, other.kind, other.more

    def name(self, kind):
        """Return a fresh id."""
        self.count += 1
        return f"{kind}{self.count}"

    def signal(self):
        """Return a fresh signal."""
        name = self.name("Sig")
        self.roots.append(f'<signal id="{name}" name="{name}"/>')
        return name

    def block(self, depth):
        """Return a random block."""
        kinds = ["sequence", "exclusive", "parallel", "inclusive", "event", "loop", "sub", "sub", "call"] if depth else []
        return getattr(self, f"make_{self.random.choice(['user', *kinds])}")(depth)

    def parts(self, depth, least=2, most=3):
        """Return some blocks."""
        return [self.block(depth - 1) for _ in range(self.random.randint(least, most))]

    def make_user(self, depth):
        return Block(self.name("U"))

    def make_sequence(self, depth):
        return Block("", self.parts(depth, 2, 2), "sequence")

    def make_split(self, depth, kind):
        name = self.name("G")
        self.gateways.append(name)
        return Block(name, self.parts(depth), kind, {"join": self.name("J")})

    def make_exclusive(self, depth):
        return self.make_split(depth, "exclusive")

    def make_parallel(self, depth):
        return self.make_split(depth, "parallel")

    def make_inclusive(self, depth):
        return self.make_split(depth, "inclusive")

    def make_event(self, depth):
        block = self.make_split(depth, "event")
        block.more["events"] = [self.event("C") for _ in block.parts]
        return block

    def event(self, kind):
        """Return the name of an event with its signal, or with its hours."""
        name = self.name(kind)
        return (name, "", self.random.randint(1, 50)) if self.random.random() < 0.4 else (name, self.signal(), None)

    def make_loop(self, depth):
        names = {"ask": self.name("Again"), "split": self.name("X"), "out": self.name("N")}
        return Block(self.name("M"), [self.block(depth - 1)], "loop", names)

    def make_sub(self, depth, kind="sub"):
        name = self.name("P")
        self.gateways.append(name)
        event = (*self.event("B"), self.random.random() < 0.5) if self.random.random() < 0.6 else None
        repeats = self.random.choice(["", "", "parallel", "sequential"])
        block = Block(name, [self.block(depth - 1)], kind, {"event": event, "repeats": repeats})
        if event is not None and event[3]:
            return Block("", [block, Block(self.name("N"), [], "task")], "sequence")
        return block

    def make_call(self, depth):
        return self.make_sub(depth, "call")

    # Writing it as BPMN: body, flows, first and last node.

    def draw(self, block):
        """Return a block as BPMN."""
        match block.kind:
            case "user":
                return user(block.name), [], block.name, block.name
            case "task":
                return f'<task id="{block.name}"/>', [], block.name, block.name
            case "sequence":
                one, two = self.draw(block.parts[0]), self.draw(block.parts[1])
                flows = [*one[1], *two[1], f"{one[3]} > {two[2]}"]
                event = block.parts[0].more.get("event") if block.parts[0].kind in ("sub", "call") else None
                if event is not None and event[3]:
                    flows.append(f"{event[0]} > {two[2]}")
                return one[0] + two[0], flows, one[2], two[3]
            case "loop":
                return self.draw_loop(block)
            case "sub" | "call":
                return self.draw_sub(block)
        return self.draw_split(block)

    def draw_split(self, block):
        kind, join = block.kind, block.more["join"]
        drawn = [self.draw(part) for part in block.parts]
        default = f"{block.name}_{drawn[0][2]}" if kind in ("exclusive", "inclusive") else ""
        closing = "exclusive" if kind == "event" else kind
        body = gateway("eventBased" if kind == "event" else kind, block.name, default=default) + gateway(closing, join)
        flows = []
        for at, (inner, more, first, last) in enumerate(drawn):
            body += inner
            flows += [*more, f"{last} > {join}"]
            if kind == "event":
                name, signal, hours = block.more["events"][at]
                body += catch(name, refer("signal", signal) if hours is None else timer("duration", f"PT{hours}H"))
                flows.append(f"{block.name} > {name} > {first}")
            elif kind == "parallel" or at == 0:
                flows.append(f"{block.name} > {first}")
            elif kind == "exclusive":
                flows.append(f"{block.name} > {first} [modulo({block.name}, {len(drawn)}) = {at}]")
            else:
                flows.append(f"{block.name} > {first} [modulo(floor({block.name} / {2**at}), 2) = 1]")
        return body, flows, block.name, join

    def draw_loop(self, block):
        ask, split, out = (block.more[name] for name in ("ask", "split", "out"))
        body, flows, first, last = self.draw(block.parts[0])
        flows = [*flows, f"{block.name} > {first}", f"{last} > {ask} > {split}", f"{split} > {block.name} [again]", f"{split} > {out}"]
        body += gateway("exclusive", block.name) + user(ask) + gateway("exclusive", split, default=f"{split}_{out}") + f'<task id="{out}"/>'
        return body, flows, block.name, out

    def draw_sub(self, block):
        name, more = block.name, block.more
        body, flows, first, last = self.draw(block.parts[0])
        body = start(f"{name}S") + body + end(f"{name}E")
        flows = [*flows, f"{name}S > {first}", f"{last} > {name}E"]
        repeats = (
            several(cardinality=f"modulo({name}, 4)", item=f"i_{name}", sequential=more["repeats"] == "sequential")
            if more["repeats"]
            else ""
        )
        if block.kind == "call":
            called = bpmn(body, *flows, process=f"{name}Called").decode()
            self.called.append(called[called.index("<process") : called.index("</definitions>")])
            written = f'<callActivity id="{name}" calledElement="{name}Called">{repeats}</callActivity>'
        else:
            written = sub(name, body, *flows, inner=repeats)
        outside = []
        if more["event"] is not None:
            event, signal, hours, interrupts = more["event"]
            trigger = refer("signal", signal) if hours is None else timer("duration", f"PT{hours}H")
            written += boundary(event, name, trigger, interrupts=interrupts)
            if not interrupts:
                written += user(f"{event}U") + end(f"{event}E")
                outside.append(f"{event} > {event}U > {event}E")
        return written, outside, name, name
