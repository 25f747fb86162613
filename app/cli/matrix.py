"""countersign matrix: who approves what, and what is wrong with the matrix."""

from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click


@click.group("matrix")
def command() -> None:
    """Ask the approval matrix."""


@command.command("resolve")
@click.argument("source", type=click.File("rb"), default="-")
def resolve(source: BinaryIO) -> None:
    """Read one case a line as JSON and write who must approve it, one answer a line, in the same order.

    SOURCE is a file, or standard input. A case that cannot be resolved is answered with its error; the others go on.
    """
    from app.formats.matrix_json import answer_line

    for line in source:
        if line.strip():
            click.echo(answer_line(line))


@command.command("check")
@click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A case as resolve takes it; no database."
)
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day to check for; today, or the day of the case, when not given.")
@click.option("--approval-type", help="Which approval type, where there are several.")
@click.option("--as", "username", help="As whom; the first administrator of the matrix when not given.")
def check(file: Path | None, output: str, on: datetime | None, approval_type: str | None, username: str | None) -> None:
    """Find what is wrong or odd about the approval matrix in force, or about the one of a case.

    Every finding has a transaction that shows it, to be given to resolve. Exit code 1 when there is an error among the findings, 2 for
    wrong usage.
    """
    import json

    day = on.date() if on is not None else None
    if file is not None and (username is not None or approval_type is not None):
        raise click.UsageError("A case is one matrix and asks no database: leave --as and --approval-type out.")
    body = _check_file(file, day) if file is not None else _check_installation(day, approval_type, username)
    if output == "json":
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        for each in body["findings"]:
            click.echo(f"{each['severity']} [{each['code']}] {each['sentence']}\n    {each['remedy']}")
            if each["example"] is not None:
                example = each["example"]
                click.echo(f"    On {example['on']} resolve answers {example['answer']} to {json.dumps(example['transaction'])}")
        counts = ", ".join(f"{number} {severity}" for severity, number in body["counts"].items())
        click.echo(f"Checked {body['matrix']} for {body['on']}: {counts}.")
    if body["counts"]["error"]:
        raise SystemExit(1)


def _check_file(file: Path, day: date | None) -> dict[str, Any]:
    from app.domain.errors import CountersignError
    from app.domain.matrix.checks.check import find_findings
    from app.formats.matrix_json import parse_case
    from app.operations.matrix.check_matrix import findings_body
    from app.operations.matrix.choosing import Chosen, read_sent_matrix

    try:
        case = parse_case(file.read_bytes())
        if not isinstance(case, dict):
            raise click.UsageError(f"{file} holds no JSON object.")
        named = date.fromisoformat(str(case["on"])) if "on" in case else None
        chosen_day = day or named
        if chosen_day is None:
            raise click.UsageError(f"{file} names no day; give it with --on.")
        snapshot = read_sent_matrix(case, on=chosen_day)
    except CountersignError as error:
        raise click.UsageError(error.detail) from error
    except ValueError as error:
        raise click.UsageError(f"{file}: {error}") from error
    return findings_body(find_findings(snapshot, on=chosen_day), Chosen(snapshot=snapshot, label=file.name, approval_type=None), chosen_day)


def _check_installation(day: date | None, approval_type: str | None, username: str | None) -> dict[str, Any]:
    from app.domain.errors import CountersignError
    from app.operations.matrix.check_matrix import check_matrix
    from app.operations.matrix.choosing import KEEPERS
    from app.operations.people.callers import find_caller, find_caller_with_role
    from app.runtime.installation import open_installation

    try:
        system = open_installation()
        caller = find_caller(system, username) if username else find_caller_with_role(system, *KEEPERS)
        return check_matrix(system, caller, approval_type=approval_type, on=day).body
    except CountersignError as error:
        raise click.ClickException(str(error)) from error
