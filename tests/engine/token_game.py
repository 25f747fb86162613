"""Random block-structured processes, and a plain token game that says what they do.

The game knows nothing of the engine: it plays the tree of blocks with callbacks, and keeps what ended in each step as a multiset, since
the standard gives no order to what happens at once.
"""

import copy
import random
from collections import Counter
from dataclasses import dataclass, field

from tests.engine.diagrams import boundary, bpmn, catch, end, gateway, refer, several, start, sub, timer, user


class Frame:
    """Something that is alive: a task, a sub-process, an event that waits. What belongs to it ends with it."""

    def __init__(self, game, parent, element="", *, key=(), act=None, due=None, signal="", is_user=False):
        self.game, self.parent, self.element, self.key = game, parent, element, key
        self.act, self.due, self.signal, self.is_user = act, due, signal, is_user
        self.children = []
        self.alive = True
        if parent is not None:
            parent.children.append(self)

    def end(self):
        """End without a word: who ended it says what happened."""
        self.alive = False
        self.parent.children.remove(self)

    def cancel(self):
        """End with all that belongs to it."""
        for child in list(self.children):
            child.cancel()
        if self.element:
            self.game.log[f"{self.element} cancelled"] += 1
        self.end()

    def everything(self):
        """Yield this and all below."""
        yield self
        for child in list(self.children):
            yield from child.everything()


class Scope(Frame):
    """A process or sub-process: it is over when its tokens are."""

    def __init__(self, game, parent, element, key, done):
        super().__init__(game, parent, element, key=key)
        self.tokens = 0
        self.done = done

    def add(self):
        """Count a token."""
        self.tokens += 1

    def leave(self):
        """A token has come to its end."""
        self.tokens -= 1
        if self.tokens == 0 and self.alive:
            self.done()


@dataclass
class Block:
    """A part of a diagram with one way in and one way out."""

    name: str
    parts: list = field(default_factory=list)
    kind: str = "user"
    more: dict = field(default_factory=dict)

    @property
    def is_bound(self):
        """Whether the flows of this block are drawn with those of the block after it."""
        return self.kind == "task" or bool(self.more.get("event"))


def walk(block):
    """Yield a block and all in it."""
    yield block
    for part in block.parts:
        yield from walk(part)


class Game:
    """One play of a tree of blocks; `choices` says which way each gateway goes and how many instances there are."""

    def __init__(self, tree, choices):
        self.choices = choices
        self.now = 0
        self.log = Counter()
        self.root = Frame(self, None)
        self.is_over = False
        top = Scope(self, self.root, "", (), lambda: self.finish(top))
        top.add()
        self.log["S"] += 1
        self.play(tree, top, top, (), lambda: self.say("E", top.leave))

    def finish(self, top):
        """The process is over."""
        assert not top.children
        self.is_over = True

    def say(self, element, then):
        """Note that an element ended, and go on."""
        self.log[element] += 1
        then()

    def play(self, block, scope, parent, key, then):
        """Begin a block."""
        getattr(self, f"play_{block.kind}")(block, scope, parent, key, then)

    def play_user(self, block, scope, parent, key, then):
        def act():
            frame.end()
            self.say(block.name, then)

        frame = Frame(self, parent, block.name, key=key, act=act, is_user=True)

    def play_task(self, block, scope, parent, key, then):
        self.say(block.name, then)

    def play_sequence(self, block, scope, parent, key, then):
        first, second = block.parts
        self.play(first, scope, parent, key, lambda: self.play(second, scope, parent, key, then))

    def play_exclusive(self, block, scope, parent, key, then):
        self.log[block.name] += 1
        chosen = block.parts[self.choices[block.name] % len(block.parts)]
        self.play(chosen, scope, parent, key, lambda: self.say(block.more["join"], then))

    def play_all(self, block, parts, scope, parent, key, then):
        left = [len(parts)]

        def arrive():
            left[0] -= 1
            if not left[0]:
                self.say(block.more["join"], then)

        self.log[block.name] += 1
        for part in parts:
            self.play(part, scope, parent, key, arrive)

    def play_parallel(self, block, scope, parent, key, then):
        self.play_all(block, block.parts, scope, parent, key, then)

    def play_inclusive(self, block, scope, parent, key, then):
        chosen = [part for at, part in enumerate(block.parts) if at and self.choices[block.name] >> at & 1]
        self.play_all(block, chosen or block.parts[:1], scope, parent, key, then)

    def play_event(self, block, scope, parent, key, then):
        self.log[block.name] += 1
        frames = []

        def fire(at):
            for other, frame in enumerate(frames):
                frame.end() if other == at else frame.cancel()
            self.log[block.more["events"][at][0]] += 1
            self.play(block.parts[at], scope, parent, key, lambda: self.say(block.more["join"], then))

        for at, (name, signal, hours) in enumerate(block.more["events"]):
            due = None if hours is None else self.now + hours
            frames.append(Frame(self, parent, name, key=key, act=lambda at=at: fire(at), signal=signal, due=due))

    def play_loop(self, block, scope, parent, key, then):
        def ask():
            def act():
                frame.end()
                self.log[block.more["ask"]] += 1
                self.log[block.more["split"]] += 1
                again() if self.again else self.say(block.more["out"], then)

            frame = Frame(self, parent, block.more["ask"], key=key, act=act, is_user=True)

        def again():
            self.log[block.name] += 1
            self.play(block.parts[0], scope, parent, key, ask)

        again()

    def play_sub(self, block, scope, parent, key, then):
        holder = Frame(self, parent)
        more = block.more
        count = self.choices[block.name] % 4 if more["repeats"] else 1
        state = {"begun": 0, "left": count}

        def begin():
            at = state["begun"]
            state["begun"] += 1
            mine = tuple(sorted([*key, (f"i_{block.name}", at)])) if more["repeats"] else key

            def done():
                inner.end()
                self.log[block.name] += 1
                state["left"] -= 1
                if state["left"] == 0:
                    holder.cancel()
                    then()
                elif more["repeats"] == "sequential":
                    begin()

            inner = Scope(self, holder, block.name, mine, done)
            inner.add()
            self.log[f"{block.name}S"] += 1
            self.play(block.parts[0], inner, inner, mine, lambda: self.say(f"{block.name}E", inner.leave))

        if more["event"] is not None:
            self.arm(block, holder, scope, key, then)
        if not count:
            self.log[block.name] += 1
            holder.cancel()
            then()
            return
        for _ in range(1 if more["repeats"] == "sequential" else count):
            begin()

    play_call = play_sub

    def arm(self, block, holder, scope, key, then):
        """Let the boundary event wait."""
        name, signal, hours, interrupts = block.more["event"]

        def fire():
            if interrupts:
                event.end()
                holder.cancel()
                self.say(name, then)
                return
            if hours is not None:
                event.end()
            self.log[name] += 1
            scope.add()

            def act():
                aside.end()
                self.log[f"{name}U"] += 1
                self.say(f"{name}E", scope.leave)

            aside = Frame(self, scope, f"{name}U", key=key, act=act, is_user=True)

        event = Frame(self, holder, "", key=key, act=fire, signal=signal, due=None if hours is None else self.now + hours)
        event.boundary = name

    # What can happen.

    def users(self):
        """Return the user tasks that wait, as (element, key)."""
        return sorted((frame.element, frame.key) for frame in self.root.everything() if frame.is_user)

    def signals(self):
        """Return the signals that somebody waits for."""
        return sorted({frame.signal for frame in self.root.everything() if frame.signal})

    def next_due(self):
        """Return the hour at which the next timers are due, None when there are none or different ones at once."""
        waiting = [frame for frame in self.root.everything() if frame.due is not None]
        if not waiting:
            return None
        due = min(frame.due for frame in waiting)
        names = {frame.element or frame.boundary for frame in waiting if frame.due == due}
        return due if len(names) == 1 else None

    def complete(self, element, key, *, again):
        """Complete a user task."""
        self.again = again
        next(frame for frame in self.root.everything() if frame.is_user and (frame.element, frame.key) == (element, key)).act()

    def send(self, signal):
        """Send a signal."""
        for frame in [frame for frame in self.root.everything() if frame.signal == signal]:
            if frame.alive:
                frame.act()

    def advance(self, due):
        """Let the timers fire that are due at an hour."""
        self.now = due
        for frame in [frame for frame in self.root.everything() if frame.due == due]:
            if frame.alive:
                frame.act()


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
