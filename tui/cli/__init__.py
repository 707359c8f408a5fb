"""The command line. Each command imports its module when it runs."""

from __future__ import annotations

from collections import UserDict
from importlib import import_module
from typing import Any

import click

from tui import __version__
from tui.cli import open_app
from tui.cli.base import CommandLine, images_option, settings_options

__all__ = ["main"]

_EPILOG = """
Exit codes: 0 found or done, 1 nothing found, 2 wrong use or bad input, 130 interrupted.

\b
Complete commands and folders in bash (zsh: zsh_source, fish: fish_source):
  eval "$(_PHOTOSEEK_COMPLETE=bash_source photoseek)"
"""


class _Commands(UserDict[str, Any]):
    """Maps the names of the commands to commands, and imports their modules on lookup.

    Importing all of them would delay the first frame of the application.
    """

    def __getitem__(self, name: str) -> click.Command:
        if not isinstance(self.data[name], click.Command):
            self.data[name] = getattr(import_module(f"tui.cli.{self.data[name]}"), name)
        command: click.Command = self.data[name]
        return command


_COMMANDS = {
    "search": "search",
    "index": "index",
    "duplicates": "duplicates",
    "status": "status",
    "models": "models",
    "forget": "forget",
    "library": "library_copy",
    "doctor": "doctor",
    "config": "config",
    "help": "help",
}
"""The module of each command."""


@click.group(
    cls=CommandLine,
    commands=_Commands(_COMMANDS),
    fallback=open_app.open_app,
    invoke_without_command=True,
    subcommand_metavar="[FOLDER | COMMAND [ARGS]...]",
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@open_app.pick_options
@images_option
@settings_options
@click.version_option(__version__, prog_name="photoseek")
@click.pass_context
def main(ctx: click.Context) -> int | None:
    """Find pictures on disk by what they show.

    Without a command, start the full-screen application. Write ./NAME for a folder that has the
    name of a command.
    """
    if ctx.invoked_subcommand is None:
        code: int = ctx.invoke(open_app.open_app)
        return code
    if ctx.invoked_subcommand != "open" and open_app.is_picking(ctx):
        raise click.UsageError("--pick can't be combined with a command.")
    return None


if __name__ == "__main__":
    main()
