"""countersign user: the first administrator, and a way back in."""

import click


@click.group("user")
def command() -> None:
    """Make administrators, and links to set a password."""


@command.command("create")
@click.argument("username")
@click.option("--name", "full_name", required=True, help="Full name, as others read it.")
@click.option("--email", help="Where his mails go.")
@click.option("--time-zone", default="Europe/Amsterdam", show_default=True, help="Of the environment, if this is its first user.")
@click.option("--currency", "base_currency", default="EUR", show_default=True, help="Of the environment, if this is its first user.")
def create(username: str, full_name: str, email: str | None, time_zone: str, base_currency: str) -> None:
    """Make the administrator USERNAME and print the address where he sets his password; it works once, for two hours."""
    from app.domain.errors import CountersignError
    from app.operations.people.create_administrator import create_administrator
    from app.runtime.installation import open_installation

    try:
        click.echo(
            create_administrator(
                open_installation(), username, full_name=full_name, email=email, time_zone=time_zone, base_currency=base_currency
            )
        )
    except CountersignError as error:
        raise click.ClickException(str(error)) from error


@command.command("password-link")
@click.argument("username")
def password_link(username: str) -> None:
    """Print an address where USERNAME sets a new password; it works once, for two hours, and unlocks the account."""
    from app.domain.errors import CountersignError
    from app.operations.people.create_administrator import make_password_link
    from app.runtime.installation import open_installation

    try:
        click.echo(make_password_link(open_installation(), username))
    except CountersignError as error:
        raise click.ClickException(str(error)) from error
