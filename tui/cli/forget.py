"""``photoseek forget``: remove a folder from the library; its pictures stay on disk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tui.cli.base import (
    DONE,
    NOTHING_FOUND,
    Folder,
    current_settings,
    print_error,
    settings_options,
)
from tui.cli.terminal.output import confirm, say
from tui.core.formatting import plural, printable

if TYPE_CHECKING:
    from pathlib import Path

    from tui.library.base.records import ForgetResult


@click.command(short_help="Remove a folder from the library.")
@click.argument("folder", type=Folder())
@click.option("--yes", is_flag=True, help="Skip the confirmation.")
@settings_options
def forget(folder: Path, *, yes: bool) -> int:
    """Remove FOLDER and its subfolders from the library; the files on disk are not touched."""
    from tui.library.folder_removal import NotInLibraryError, open_removal
    from tui.library.open import open_library

    with open_removal(open_library(current_settings()), folder) as removal:
        try:
            say(_preview(folder, removal.count()), err=True)
            if not yes:
                _confirm()
            removal.remove()
        except NotInLibraryError as error:
            print_error(str(error))
            return NOTHING_FOUND
    say("Removed from the library. The files on disk were not touched.", err=True)
    return DONE


def _preview(path: Path, counts: ForgetResult) -> str:
    files, folders = plural(counts.files, "file"), plural(counts.folders, "folder")
    return (
        f"{printable(path)}: {files} in {folders} will be removed from the library "
        f"({plural(counts.embeddings, 'embedding')})."
    )


def _confirm() -> None:
    if not sys.stdin.isatty():
        raise click.UsageError(
            "Not a terminal: pass --yes to forget the folder without confirmation."
        )
    if not confirm("Remove them?"):
        raise click.exceptions.Exit(DONE)
