"""countersign web: the web server alone."""

import click


@click.command("web")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Number of worker processes.")
@click.option(
    "--threads", default=32, show_default=True, type=click.IntRange(1, 32), help="Requests a worker process has under way or waiting."
)
@click.option("--hold", is_flag=True, hidden=True, help="Listen only when the standard input ends; `countersign up` migrates meanwhile.")
def command(host: str, port: int, workers: int, threads: int, *, hold: bool) -> None:
    """Serve the pages and the API; settings come from the COUNTERSIGN_* variables."""
    from app.runtime.address import AddressTaken, free_port
    from app.runtime.web_server import serve

    try:
        free_port(host, port)
    except AddressTaken as error:
        raise click.ClickException(str(error)) from error
    serve(host=host, port=port, workers=workers, threads=threads, hold=hold)
