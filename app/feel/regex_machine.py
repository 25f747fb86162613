"""A machine that follows all ways through a pattern at once, so that no pattern takes more than pattern times text."""

from __future__ import annotations

from typing import Final

from app.feel.env import Env
from app.feel.errors import FeelLimitExceeded
from app.feel.limits import PATTERN_STATES_MAX
from app.feel.regex_classes import CharacterClass
from app.feel.regex_parser import Characters, Choice, Edge, Group, Part, Repeat, Sequence

_CHARACTERS, _SPLIT, _JUMP, _SAVE, _EDGE, _MATCH = range(6)
_STATES_PER_STEP: Final = 3

Spans = tuple[tuple[int, int], ...]
Slots = tuple[int, ...]
State = tuple[int, Slots]


class Machine:
    """The program of one pattern: instructions of an operation and two operands."""

    def __init__(self, part: Part, *, groups: int, ignore_case: bool) -> None:
        self._code: list[tuple[int, int, int]] = []
        self._classes: list[CharacterClass] = []
        self._known: list[dict[str, bool]] = []
        self._ignore_case = ignore_case
        self._slots = 2 * (groups + 1)
        self._emit(_SAVE, 0)
        self._add(part)
        self._emit(_SAVE, 1)
        self._emit(_MATCH)

    @property
    def size(self) -> int:
        """Number of its instructions."""
        return len(self._code)

    # -- compiling -------------------------------------------------------------------------------------------------------------

    def _emit(self, operation: int, first: int = 0, second: int = 0) -> int:
        if len(self._code) >= PATTERN_STATES_MAX:
            raise FeelLimitExceeded("pattern size", f"more than {PATTERN_STATES_MAX} states")
        self._code.append((operation, first, second))
        return len(self._code) - 1

    def _add(self, part: Part) -> None:
        if isinstance(part, Characters):
            self._classes.append(part.characters)
            self._known.append({})
            self._emit(_CHARACTERS, len(self._classes) - 1)
        elif isinstance(part, Edge):
            self._emit(_EDGE, int(part.end), int(part.line))
        elif isinstance(part, Sequence):
            for child in part.parts:
                self._add(child)
        elif isinstance(part, Choice):
            self._add_choice(part)
        elif isinstance(part, Group):
            self._emit(_SAVE, 2 * part.number)
            self._add(part.part)
            self._emit(_SAVE, 2 * part.number + 1)
        elif isinstance(part, Repeat):
            self._add_repeat(part)

    def _add_choice(self, part: Choice) -> None:
        jumps = []
        for child in part.parts[:-1]:
            split = self._emit(_SPLIT)
            self._add(child)
            jumps.append(self._emit(_JUMP))
            self._code[split] = (_SPLIT, split + 1, len(self._code))
        self._add(part.parts[-1])
        for jump in jumps:
            self._code[jump] = (_JUMP, len(self._code), 0)

    def _add_repeat(self, part: Repeat) -> None:
        for _ in range(part.least):
            self._add(part.part)
        if part.most is None:
            split = self._emit(_SPLIT)
            self._add(part.part)
            self._emit(_JUMP, split)
            self._branch(split, greedy=part.greedy)
            return
        splits = []
        for _ in range(part.most - part.least):
            splits.append(self._emit(_SPLIT))
            self._add(part.part)
        for split in splits:
            self._branch(split, greedy=part.greedy)

    def _branch(self, split: int, *, greedy: bool) -> None:
        end = len(self._code)
        self._code[split] = (_SPLIT, split + 1, end) if greedy else (_SPLIT, end, split + 1)

    # -- running ---------------------------------------------------------------------------------------------------------------

    def search(self, text: str, start: int, env: Env) -> Spans | None:
        """Return the spans of the first match at or after `start`."""
        empty: Slots = (-1,) * self._slots
        best: Slots | None = None
        states: list[State] = []
        for index in range(start, len(text) + 1):
            seen: set[int] = set()
            ready: list[State] = []
            for at, slots in states:
                if self._follow((at, slots), text, index, seen=seen, ready=ready):
                    break
            if best is None:
                self._follow((0, empty), text, index, seen=seen, ready=ready)
            env.charge(1 + len(seen) // _STATES_PER_STEP)
            matched = next((position for position, (at, _) in enumerate(ready) if self._code[at][0] == _MATCH), None)
            if matched is not None:
                best = ready[matched][1]
                ready = ready[:matched]
            if index == len(text) or (not ready and best is not None):
                break
            character = text[index]
            states = [(at + 1, slots) for at, slots in ready if self._takes(self._code[at][1], character)]
        return None if best is None else tuple((best[slot], best[slot + 1]) for slot in range(0, self._slots, 2))

    def _follow(self, state: State, text: str, index: int, *, seen: set[int], ready: list[State]) -> bool:
        """Add to `ready` all states that wait for a character, best first; return whether the pattern is at its end."""
        waiting = [state]
        while waiting:
            current, own = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            operation, first, second = self._code[current]
            if operation == _JUMP:
                waiting.append((first, own))
            elif operation == _SPLIT:
                waiting += [(second, own), (first, own)]
            elif operation == _SAVE:
                waiting.append((current + 1, (*own[:first], index, *own[first + 1 :])))
            elif operation == _EDGE:
                if _at_edge(text, index, end=bool(first), line=bool(second)):
                    waiting.append((current + 1, own))
            else:
                ready.append((current, own))
                if operation == _MATCH:
                    return True
        return False

    def _takes(self, number: int, character: str) -> bool:
        known = self._known[number]
        answer = known.get(character)
        if answer is None:
            characters = self._classes[number]
            answer = characters.has(character)
            if self._ignore_case and not answer:
                variants = {character.lower(), character.upper(), character.swapcase()}
                answer = any(characters.has(variant) for variant in variants if len(variant) == 1)
            known[character] = answer
        return answer


def _at_edge(text: str, index: int, *, end: bool, line: bool) -> bool:
    if end:
        return index == len(text) or (line and text[index] == "\n")
    return index == 0 or (line and text[index - 1] == "\n" and index < len(text))
