"""``photoseek [FOLDER]``: the full-screen application."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import click

from tui.cli.base import Folder, current_settings, images_option, settings_options
from tui.library.folder import check_folder

if TYPE_CHECKING:
    from pathlib import Path


@click.command("open")
@click.argument("folder", type=Folder(), required=False)
@images_option
@settings_options
def open_app(folder: Path | None) -> int:
    """Find pictures in the full-screen application."""
    if folder is not None:
        check_folder(folder)
    settings = current_settings()
    if settings.keys:
        from tui.app.keymap import checked_keymap
        from tui.app.keys import use_keymap
        from tui.config import place_of

        use_keymap(checked_keymap(settings.keys, place_of))
    gc.disable()  # nothing of what starts is garbage; the app enables it after its first frame
    from tui.app.app import run

    return run(settings, folder)
