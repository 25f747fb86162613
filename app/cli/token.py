"""countersign token: a new API token for a user."""

import click


@click.command("token")
@click.argument("username")
@click.option("--label", default="command line", show_default=True, help="What the token is for, shown in lists.")
def command(username: str, label: str) -> None:
    """Print a new API token for USERNAME; only its hash is stored, so it is shown this once."""
    from app.domain.errors import CountersignError
    from app.operations.people.create_token import create_token
    from app.runtime.installation import open_installation

    try:
        click.echo(create_token(open_installation(), username, label=label))
    except CountersignError as error:
        raise click.ClickException(str(error)) from error
