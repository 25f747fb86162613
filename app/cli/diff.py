"""countersign diff: what changed between two diagrams, without a database."""

import json
from pathlib import Path

import click


@click.command("diff")
@click.argument("before", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("after", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it.")
def command(before: Path, after: Path, output: str) -> None:
    """Print what an instance would notice of the change from BEFORE to AFTER: elements and flows added, removed and changed.

    Where elements are drawn is no change. Exit code 1 when there is a difference.
    """
    from app.domain.errors import CountersignError
    from app.formats.bpmn_diff import diff_bpmn

    try:
        found = diff_bpmn(before.read_bytes(), after.read_bytes()).to_json()
    except CountersignError as error:
        raise click.UsageError(error.detail) from error
    if output == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for word, sign in (("removed", "-"), ("added", "+"), ("changed", "~")):
            for each in found[word]:
                click.echo(f"{sign} {each['kind']} {each['element']}" + (f" ({each['name']})" if each["name"] else ""))
                for change in each.get("changes", ()):
                    click.echo(f"    {change['what']} {change['name']}: {_show(change['before'])} -> {_show(change['after'])}")
    if any(found.values()):
        raise SystemExit(1)


def _show(value: str | None) -> str:
    return "nothing" if value is None else f'"{value}"'
