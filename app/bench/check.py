"""countersign bench check: how long the checks of a diagram take, of large and of hostile ones."""

import resource
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, pairwise
from typing import Final

import click

from app.bench.report import Figure, figure, print_report, progress, time_calls
from app.formats.bpmn_checks import check_bpmn

_HEAD: Final = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'targetNamespace="urn:countersign:bench" id="file">'
)
_PLAIN_BUDGET_SECONDS: Final = 2.0
_HOSTILE_BUDGET_SECONDS: Final = 5.0
_BLOCK: Final = 10


@click.command("check")
@click.option("--elements", default=1_000, show_default=True, type=click.IntRange(20, 100_000), help="Flow nodes of the plain models.")
@click.option("--hostile", default=100_000, show_default=True, type=click.IntRange(100, 1_000_000), help="Elements of the hostile models.")
@click.option("--runs", default=3, show_default=True, type=click.IntRange(1, 100), help="Checks of each model.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(*, elements: int, hostile: int, runs: int, as_json: bool) -> None:
    """Check generated diagrams: plain ones, and such as are made to take for ever."""
    figures = [
        *_measure(plain_models(elements), runs, _PLAIN_BUDGET_SECONDS),
        *_measure(hostile_models(hostile), runs, _HOSTILE_BUDGET_SECONDS),
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print_report("check", figures, as_json=as_json, notes=[f"Largest resident set of the whole run: {peak:.0f} MiB."])


def plain_models(elements: int) -> dict[str, bytes]:
    """Return sound models of about that many flow nodes, by what they are made of."""
    return {
        f"sequence of {elements}": _process(_sequence(elements)),
        f"blocks of {elements}": _process(_blocks(elements)),
    }


def hostile_models(elements: int) -> dict[str, bytes]:
    """Return models that are too large, too deep or too entangled; `elements` scales all of them."""
    wide = max(elements // 2_000, 4)
    return {
        f"sequence of {elements}": _process(_sequence(elements // 2)),
        f"{elements} faults": _process(f'<manualTask id="T{number}" default="gone" colour="red"/>' for number in range(elements // 2)),
        f"nested {elements // 10} deep": _process(["<subProcess>" * (elements // 10), "</subProcess>" * (elements // 10)]),
        f"{wide} entangled branches": _process(_entangled(wide)),
        f"inclusive gateway of {wide}": _process(_inclusive(wide)),
        "entity bomb": _bomb(),
    }


def _measure(models: Mapping[str, bytes], runs: int, budget: float) -> Iterator[Figure]:
    for name, content in models.items():
        progress(f"{name}: {len(content) / 1_000_000:.1f} MB")
        yield figure(name, time_calls(_check(content), runs=runs), unit="s", budget=budget)


def _check(content: bytes) -> Callable[[], object]:
    return lambda: check_bpmn(content, filename="bench.bpmn")


def _process(parts: Iterator[str] | list[str]) -> bytes:
    return f'{_HEAD}<process id="p">{"".join(parts)}</process></definitions>'.encode()


def _flow(source: str, target: str) -> str:
    return f'<sequenceFlow id="{source}.{target}" sourceRef="{source}" targetRef="{target}"/>'


def _sequence(count: int) -> Iterator[str]:
    ids = ["S", *(f"T{number}" for number in range(count)), "E"]
    tasks = (f'<manualTask id="{each}"/>' for each in ids[1:-1])
    yield from chain(['<startEvent id="S"/><endEvent id="E"/>'], tasks, (_flow(*pair) for pair in pairwise(ids)))


def _blocks(count: int) -> Iterator[str]:
    """Yield a sequence of blocks of ten: a split, its branches, its join, in turn of each kind of gateway, one with a way back."""
    yield '<startEvent id="S"/><endEvent id="E"/>'
    last = "S"
    for number in range(count // _BLOCK):
        kind = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")[number % 3]
        split, join = f"a{number}", f"z{number}"
        yield f'<{kind} id="{split}"/><{kind} id="{join}"/>'
        for branch in range((_BLOCK - 2) // 2):
            first, second = f"b{number}_{branch}", f"c{number}_{branch}"
            yield f'<manualTask id="{first}"/><manualTask id="{second}"/>'
            yield _flow(split, first) + _flow(first, second) + _flow(second, join)
        yield _flow(last, split)
        last = join
    yield _flow(last, "E")


def _entangled(count: int) -> Iterator[str]:
    """Yield parallel branches that hand tokens to their neighbours over inclusive and parallel joins: no rule reduces them."""
    yield '<startEvent id="S"/><parallelGateway id="fork"/><parallelGateway id="join"/><endEvent id="E"/>'
    yield _flow("S", "fork") + _flow("join", "E")
    for number in range(count):
        after = (number + 1) % count
        kind = "inclusiveGateway" if number % 2 else "exclusiveGateway"
        yield f'<{kind} id="m{number}"/><inclusiveGateway id="o{number}"/><exclusiveGateway id="x{number}"/>'
        yield _flow("fork", f"m{number}") + _flow(f"m{number}", f"o{number}") + _flow(f"o{number}", f"x{number}")
        yield (
            _flow(f"x{number}", f"m{number}")
            + _flow(f"x{number}", f"o{after}")
            + _flow(f"x{number}", "join")
            + _flow(f"o{number}", f"m{after}")
        )


def _inclusive(count: int) -> Iterator[str]:
    """Yield an inclusive split whose branches meet in pairs: two to the power of `count` choices."""
    yield '<startEvent id="S"/><inclusiveGateway id="split"/><endEvent id="E"/>' + _flow("S", "split")
    for number in range(count):
        yield f'<manualTask id="t{number}"/><parallelGateway id="j{number}"/>'
        yield _flow("split", f"t{number}") + _flow(f"t{number}", f"j{number}") + _flow(f"t{number}", f"j{(number + 1) % count}")
        yield _flow(f"j{number}", "E")


def _bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{number} "{f"&e{number - 1};" * 10}">' for number in range(1, 12))
    return f'<!DOCTYPE definitions [<!ENTITY e0 "ha">{entities}]>{_HEAD}<process id="p" name="&e11;"/></definitions>'.encode()
