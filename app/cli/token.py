"""countersign token: a new API token for a user."""

import click

from app.domain.access import SCOPES


@click.command("token")
@click.argument("username")
@click.option("--label", default="command line", show_default=True, help="What the token is for, shown in lists.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([*SCOPES]), help="What it may be used for; all of them unless given.")
@click.option("--expires", "days", type=click.IntRange(1, 366), default=90, show_default=True, help="After how many days it ends.")
def command(username: str, label: str, scopes: tuple[str, ...], days: int) -> None:
    """Print a new API token for USERNAME; only its hash is stored, so it is shown this once."""
    from app.domain.errors import CountersignError
    from app.operations.people.create_token import create_token
    from app.runtime.installation import open_installation

    try:
        click.echo(create_token(open_installation(), username, label=label, scopes=scopes or (*SCOPES,), days=days))
    except CountersignError as error:
        raise click.ClickException(str(error)) from error
