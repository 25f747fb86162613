"""countersign bench wide: one instance that is large: a long loop, many approvers, many lines, many variables."""

import statistics
from collections.abc import Iterator, Sequence

import click
import sqlalchemy as sa

from app.bench.load.filling import copy_people
from app.bench.load.office import INVOICE, Meter, fresh_system, open_tasks, send_invoice
from app.bench.report import Figure, figure, print_report, progress
from app.operations.definitions.deploy_definition import deploy_definition
from app.operations.instances.start_instance import start_instance
from app.operations.people.callers import find_caller
from app.operations.system import System
from app.operations.tasks.approve_task import approve_task
from app.operations.tasks.list_tasks import list_tasks
from app.persistence.tables.people import user, user_role

ROLE = "coding"  # of the demo
TENTH = 10  # the last tenth of a loop is compared with the first
RATIO_MAX = 1.25
LINE = "12000.00"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="d" targetNamespace="http://countersign.example">'
)
_TASK = '<userTask id="Sign" name="Sign"><extensionElements><spiffworkflow:properties>{}</spiffworkflow:properties></extensionElements></userTask>'
_PROPERTY = '<spiffworkflow:property name="{}" value="{}"/>'
_MARC = _TASK.format(_PROPERTY.format("assignees", "[&quot;marc&quot;]"))
_EVERYBODY = _TASK.format(_PROPERTY.format("candidate_roles", f"[&quot;{ROLE}&quot;]") + _PROPERTY.format("mode", "all"))
LOOP = (
    f'{_HEAD}<process id="bench_loop" isExecutable="true"><startEvent id="Start"/><exclusiveGateway id="Again"/>{_MARC}'
    '<exclusiveGateway id="Enough" default="Enough_Done"/><endEvent id="Done"/>'
    '<sequenceFlow id="Start_Again" sourceRef="Start" targetRef="Again"/><sequenceFlow id="Again_Sign" sourceRef="Again" targetRef="Sign"/>'
    '<sequenceFlow id="Sign_Enough" sourceRef="Sign" targetRef="Enough"/><sequenceFlow id="Enough_Done" sourceRef="Enough" targetRef="Done"/>'
    '<sequenceFlow id="Enough_Again" sourceRef="Enough" targetRef="Again"><conditionExpression>outcome = "approved"</conditionExpression>'
    "</sequenceFlow></process></definitions>"
)
STEP = (
    f'{_HEAD}<process id="bench_step" isExecutable="true"><startEvent id="Start"/>{_EVERYBODY}<endEvent id="Done"/>'
    '<sequenceFlow id="Start_Sign" sourceRef="Start" targetRef="Sign"/><sequenceFlow id="Sign_Done" sourceRef="Sign" targetRef="Done"/>'
    "</process></definitions>"
)


@click.command("wide")
@click.option("--loop", default=3_000, show_default=True, type=click.IntRange(TENTH, 100_000), help="User tasks in one instance.")
@click.option("--approvers", default=200, show_default=True, type=click.IntRange(TENTH, 1_000), help="People who all sign one task.")
@click.option("--lines", default=500, show_default=True, type=click.IntRange(1, 2_000), help="Lines of an invoice.")
@click.option(
    "--variables", default=1_000, show_default=True, type=click.IntRange(1, 10_000), help="Kilobytes of variables of an instance."
)
@click.option("--runs", default=10, show_default=True, type=click.IntRange(1, 1_000), help="Invoices, and instances with variables.")
@click.option("--database-url", help="A PostgreSQL server to make a fresh database on; by default one is started for the run.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(*, loop: int, approvers: int, lines: int, variables: int, runs: int, database_url: str | None, as_json: bool) -> None:
    """Measure what the size of one instance costs, in milliseconds and in pages of the database that a call touches."""
    with fresh_system(database_url) as (system, settings):
        models = {"bench_loop.bpmn": LOOP.encode(), "bench_step.bpmn": STEP.encode()}
        deploy_definition(system, find_caller(system, "adm"), models)
        progress(f"A loop of {loop:,} user tasks …")
        figures = list(_compared(measure_loop(system, loop), "loop"))
        progress(f"{runs} invoices, and {runs} with {lines} lines …")
        figures += _sampled(measure_lines(system, 1, runs=runs), "1 line")
        figures += _sampled(measure_lines(system, lines, runs=runs), f"{lines} lines")
        progress(f"{runs} instances with {variables:,} KB of variables …")
        figures += _sampled(measure_variables(system, variables, runs=runs), f"{variables:,} KB of variables")
        progress(f"{approvers} approvers in one step …")
        copy_people(settings.database_url, find_caller(system, "marc").user_id, number=approvers)
        figures += _compared(measure_approvers(system, approvers), f"{approvers} approvers")
    print_report("wide", figures, as_json=as_json)


def measure_loop(system: System, number: int) -> Meter:
    """Sign `number` tasks of one instance, one after the other."""
    meter, caller = Meter(system), find_caller(system, "marc")
    instance = _start(system, "bench_loop")
    for each in range(number):
        meter.call("approve", approve_task, caller, open_tasks(system, instance)[caller.user_id])
        if each % 500 == 499:
            progress(f"  {each + 1:,}")
    return meter


def measure_approvers(system: System, number: int) -> Meter:
    """Let `number` people, and Eva, sign one task, one after the other, each after a look at the inbox."""
    meter = Meter(system)
    with system.database.engine.begin() as connection:
        known = sa.or_(user.c.username == "marc", user.c.username.like("marc-%"))
        people = connection.execute(sa.select(user).where(known).limit(number)).all()
        connection.execute(
            sa.insert(user_role), [{"user_id": row.id, "role": ROLE, "environment_id": row.environment_id} for row in people]
        )
        connection.execute(sa.text("UPDATE environment SET authority_version = authority_version + 1"))
    names = {row.id: row.username for row in people} | {find_caller(system, "eva").user_id: "eva"}
    answer = meter.call("start", start_instance, find_caller(system, "erp"), definition="bench_step", document_id=None)
    for user_id, task in open_tasks(system, str(answer.body["id"])).items():
        caller = find_caller(system, names[user_id])
        meter.call("inbox", list_tasks, caller)
        meter.call("approve", approve_task, caller, task)
    return meter


def measure_lines(system: System, number: int, *, runs: int) -> Meter:
    """Start, list and approve invoices of 12,000.00 in `number` lines."""
    meter = Meter(system)
    erp, marc = find_caller(system, "erp"), find_caller(system, "marc")
    for _ in range(runs):
        document = send_invoice(system, invoice_of(number))
        answer = meter.call("start", start_instance, erp, definition="purchase_invoice", document_id=document)
        meter.call("inbox", list_tasks, marc)
        meter.call("approve", approve_task, marc, open_tasks(system, str(answer.body["id"]))[marc.user_id])
    return meter


def measure_variables(system: System, kilobytes: int, *, runs: int) -> Meter:
    """Start and go on with instances that carry variables of that size, in texts of a kilobyte that are all different."""
    meter, marc = Meter(system), find_caller(system, "marc")
    content = {f"text_{number}": "".join(system.new_id() for _ in range(28)) for number in range(kilobytes)}
    for _ in range(runs):
        answer = meter.call(
            "start", start_instance, find_caller(system, "erp"), definition="bench_loop", document_id=None, variables={"content": content}
        )
        meter.call("approve", approve_task, marc, open_tasks(system, str(answer.body["id"]))[marc.user_id])
    return meter


def invoice_of(lines: int) -> str:
    """Return the demo's invoice with its one line in `lines` parts; the first bears the rest of the division."""
    text = INVOICE.read_text()
    start, end = text.index("  <cac:InvoiceLine>"), text.index("</Invoice>")
    cents = 100 * int(float(LINE))
    parts = [cents // lines + (cents % lines if number == 0 else 0) for number in range(lines)]
    written = [
        text[start:end].replace(LINE, f"{part // 100}.{part % 100:02}").replace("<cbc:ID>1</cbc:ID>", f"<cbc:ID>{number + 1}</cbc:ID>", 1)
        for number, part in enumerate(parts)
    ]
    return f"{text[:start]}{''.join(written)}{text[end:]}"


def _start(system: System, definition: str) -> str:
    return str(start_instance(system, find_caller(system, "erp"), definition=definition, document_id=None).body["id"])


def _sampled(meter: Meter, what: str) -> list[Figure]:
    return [
        each
        for name, times in meter.times.items()
        for each in (figure(f"{what}: {name}", times, unit="ms"), figure(f"{what}: {name}", meter.pages[name], unit="pages"))
    ]


def _compared(meter: Meter, what: str) -> Iterator[Figure]:
    """Yield the figures, and for approvals the last tenth as a multiple of the first."""
    yield from _sampled(meter, what)
    for unit, samples in (("time", meter.times["approve"]), ("pages", meter.pages["approve"])):
        yield figure(f"{what}: approve, last tenth to first, {unit}", [_slope(samples)], unit="", budget=RATIO_MAX)


def _slope(samples: Sequence[float]) -> float:
    part = len(samples) // TENTH
    return statistics.median(samples[-part:]) / statistics.median(samples[:part])
