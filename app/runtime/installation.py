"""The installation that a command works on: the one of the COUNTERSIGN_* variables, else the one in ./data."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from app.operations.system import System


def open_installation() -> "System":
    """Return the system of the installation; its connections are closed when the command ends.

    Raises:
        click.ClickException: a setting has a bad value, or there is no database yet.
    """
    from app.settings import Settings, SettingsInvalid
    from app.wiring import build_system

    try:
        settings = Settings.from_environment(needs_secret=False)
    except SettingsInvalid as error:
        raise click.ClickException(str(error)) from error
    file = settings.database_url.removeprefix("sqlite:///")
    if file != settings.database_url and not Path(file).exists():
        raise click.ClickException(
            f"There is no database at {file}. Start the system once, or set COUNTERSIGN_DATA_DIR or COUNTERSIGN_DATABASE_URL."
        )
    system = build_system(settings)
    click.get_current_context().call_on_close(system.database.close)
    return system
