"""The command `countersign`; each subcommand stands in its own module here, as `command`, and is imported when it is called."""

import importlib
import pkgutil

import click


class LazyGroup(click.Group):
    """A group whose commands are the modules of this package: `test-models` is `test_models.py`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in alphabetical order."""
        del ctx
        return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__) if module.name != "__main__")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, importing its module; None when there is none."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name.replace('-', '_')}").command
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="countersign")
def main() -> None:
    """Approval workflows that are right about money and authority."""
