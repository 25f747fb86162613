"""countersign ticker: claims due timers and outbox rows; any number may run."""

import signal
import threading

import click


@click.command("ticker")
def command() -> None:
    """Claim due timers and waiting outbox rows and ring for the worker; settings come from the COUNTERSIGN_* variables."""
    from app.jobs.ticker import run_ticker
    from app.settings import Settings, SettingsInvalid
    from app.wiring import build_system

    try:
        settings = Settings.from_environment(needs_secret=False)
    except SettingsInvalid as error:
        raise click.ClickException(str(error)) from error
    if not settings.redis_url:
        raise click.ClickException(
            "COUNTERSIGN_REDIS_URL is not set. Set it to the address of the Valkey or Redis server of all processes."
        )
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    run_ticker(build_system(settings), settings.redis_url, stop)
