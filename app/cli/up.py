"""countersign up: the whole system in one supervised process tree."""

from pathlib import Path

import click


@click.command("up")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback only in demo mode.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="Port to listen on; 0 takes a free one.")
@click.option(
    "--data-dir",
    default="data",
    envvar="COUNTERSIGN_DATA_DIR",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for the database and Valkey's file.",
)
@click.option("--database-url", envvar="COUNTERSIGN_DATABASE_URL", help="Database instead of the embedded SQLite: postgresql+psycopg://…")
@click.option("--redis-url", envvar="COUNTERSIGN_REDIS_URL", help="Valkey or Redis instead of the embedded one: redis://…")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Number of web worker processes.")
@click.option("--no-demo", is_flag=True, help="Without demo data and demo logins; needs COUNTERSIGN_SECRET_KEY.")
def command(host: str, port: int, data_dir: Path, database_url: str | None, redis_url: str | None, workers: int, *, no_demo: bool) -> None:
    """Start everything, print the address, and keep it running; Ctrl-C stops all."""
    from app.runtime.address import AddressTaken
    from app.runtime.data_folder import DataFolderUnusable
    from app.runtime.tree import StartFailed, TreePlan, run_tree
    from app.runtime.valkey import ValkeyUnavailable
    from app.settings import SettingsInvalid

    plan = TreePlan(
        host=host,
        port=port,
        data_dir=data_dir.expanduser().resolve(),
        database_url=database_url,
        redis_url=redis_url,
        web_workers=workers,
        demo=not no_demo,
    )
    try:
        run_tree(plan, report=click.echo)
    except (AddressTaken, DataFolderUnusable, SettingsInvalid, StartFailed, ValkeyUnavailable) as error:
        raise click.ClickException(str(error)) from error
