"""A plain token game that says what a block-structured process does.

The game knows nothing of the engine: it plays the tree of blocks with callbacks, and keeps what ended in each step as a multiset, since
the standard gives no order to what happens at once.
"""

from collections import Counter
from dataclasses import dataclass, field


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

    def play_all(self, block, parts, scope, parent, key, then):  # noqa: PLR0917 - as every other play
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
