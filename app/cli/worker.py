"""countersign worker: does the background work; any number may run."""

import click


@click.command("worker")
def command() -> None:
    """Fire timers and deliver mail as the ticker rings; settings come from the COUNTERSIGN_* variables."""
    from app.jobs.worker import run_worker
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
    run_worker(build_system(settings), settings.redis_url)
