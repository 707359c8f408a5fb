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
    from tui.library.open import open_library

    with open_library(current_settings()).open_for_forgetting() as (roots, forget_):
        preview = forget_(folder, dry_run=True)
        if not preview.folders and folder not in roots:
            print_error(f"{folder} is not in the library.")
            return NOTHING_FOUND
        say(_preview(folder, preview), err=True)
        if not yes:
            _confirm()
        forget_(folder)
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
