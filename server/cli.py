"""The command line: `wheelhouse --help` tells what there is. A command's module is loaded when it is called."""

from importlib import import_module
from keyword import iskeyword

import click

from server.settings import SettingsError, load
from server.version import VERSION

#: The commands; each is the function of its own name in the module of that name (`import_` of `import`).
COMMANDS = (
    "audit",
    "demo",
    "doctor",
    "import",
    "ledger",
    "migrate",
    "platform",
    "rebuild",
    "rekey",
    "serve",
    "simulate",
    "tenant",
    "token",
    "verify",
)


class Commands(click.Group):
    """The commands by name, loaded one by one: most need little of what the server is made of."""

    def list_commands(self, _: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"server.commands.{name}"), name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="wheelhouse")
@click.pass_context
def main(context: click.Context) -> None:
    """The real-time game server of betting platforms.

    Settings come from the environment: DATABASE_URL and REDIS_URL for services of your own (with neither, embedded ones
    are started in $WHEELHOUSE_DATA), and WHEELHOUSE_<NAME> for the rest. `wheelhouse doctor` says what is wrong.
    """
    try:
        context.obj = load()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
