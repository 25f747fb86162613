"""countersign bench: how fast the parts are, on this machine."""

import importlib
import pkgutil

import click

from app import bench


class Benchmarks(click.Group):
    """A group whose commands are the modules of `app.bench` that hold a `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the benchmarks, in alphabetical order."""
        del ctx
        return sorted(module.name for module in pkgutil.iter_modules(bench.__path__) if not module.ispkg and module.name != "report")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the benchmark of that name, importing its module; None when there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{bench.__name__}.{cmd_name}").command
        return command


@click.group("bench", cls=Benchmarks)
def command() -> None:
    """Measure the parts on this machine; each benchmark prints a table, or JSON with --json."""
