"""``photoseek [FOLDER]``: the full-screen application."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from tui.cli.base import Folder, current_settings, images_option, settings_options
from tui.domain import PhotoseekError
from tui.library.folder import check_folder

if TYPE_CHECKING:
    from pathlib import Path

_INSTEAD = "in a script use `photoseek search QUERY`; `photoseek --help` lists the commands"


@click.command("open")
@click.argument("folder", type=Folder(), required=False)
@images_option
@settings_options
def open_app(folder: Path | None) -> None:
    """Find pictures in the full-screen application."""
    if folder is not None:
        check_folder(folder)
    settings = current_settings()
    _need_a_terminal()
    from tui.app.app import run

    run(settings, folder)


def _need_a_terminal() -> None:
    for name in ("stdin", "stdout", "stderr"):  # The screen is drawn on stderr.
        stream = getattr(sys, name)
        if stream is None or not stream.isatty():
            raise PhotoseekError(f"The screen needs a terminal, and {name} is none; {_INSTEAD}.")
    if os.environ.get("TERM") == "dumb":
        raise PhotoseekError(f"The screen needs more than TERM=dumb; {_INSTEAD}.")
