"""The command line. Every heavy import waits until its command runs."""

from __future__ import annotations

import click

from tui import __version__
from tui.cli import config, doctor, duplicates, index, library, open_app, search
from tui.cli.base import CommandLine, images_option, settings_options

__all__ = ["main"]

_EPILOG = """
Exit codes: 0 found or done, 1 nothing found, 2 wrong use or bad input, 130 interrupted.

\b
Completion of commands and folders in bash (or zsh_source, fish_source):
  eval "$(_PHOTOSEEK_COMPLETE=bash_source photoseek)"
"""


@click.group(
    cls=CommandLine,
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

    With a FOLDER, or with nothing, the full-screen application starts. A folder that is called
    like a command is given as ./NAME.
    """
    if ctx.invoked_subcommand is None:
        code: int = ctx.invoke(open_app.open_app)
        return code
    if ctx.invoked_subcommand != "open" and open_app.is_picking(ctx):
        raise click.UsageError("--pick goes with the full screen, not with a command.")
    return None


for _command in (
    search.search,
    index.index,
    duplicates.duplicates,
    library.status,
    library.models,
    library.forget,
    doctor.doctor,
    config.config,
):
    main.add_command(_command)


if __name__ == "__main__":
    main()
