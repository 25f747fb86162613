"""countersign migrate: bring the database up to date."""

import click


@click.command("migrate")
def command() -> None:
    """Make or change the tables for this version; in demo mode also load the demo data.

    The database is the one of COUNTERSIGN_DATABASE_URL. Running it again changes nothing.
    """
    from app.persistence.migrations import upgrade
    from app.settings import Settings, SettingsInvalid

    try:
        settings = Settings.from_environment(needs_secret=False)
    except SettingsInvalid as error:
        raise click.ClickException(str(error)) from error
    upgrade(settings.database_url)
    if settings.demo:
        from app.demo.load import load_demo
        from app.wiring import build_system

        load_demo(build_system(settings))
