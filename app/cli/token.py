"""countersign token: a new API token for a user."""

import click


@click.command("token")
@click.argument("username")
@click.option("--label", default="command line", show_default=True, help="What the token is for, shown in lists.")
def command(username: str, label: str) -> None:
    """Print a new API token for USERNAME; only its hash is stored, so it is shown this once."""
    from app.domain.errors import CountersignError
    from app.operations.people.create_token import create_token
    from app.settings import Settings, SettingsInvalid
    from app.wiring import build_system

    try:
        click.echo(create_token(build_system(Settings.from_environment()), username, label=label))
    except (SettingsInvalid, CountersignError) as error:
        raise click.ClickException(str(error)) from error
