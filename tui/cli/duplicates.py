"""``photoseek duplicates``: list groups of duplicates, the best copy first."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from tui.cli.base import (
    DONE,
    NOTHING_FOUND,
    Folder,
    current_settings,
    print_error,
    settings_options,
)
from tui.cli.terminal.output import say, say_json
from tui.cli.terminal.progress_line import ProgressLine
from tui.core.formatting import date_of, plural, printable, size_text

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.domain import FileDetails
    from tui.search.duplicates.groups import DuplicateGroup, DuplicateProgress


@click.command(short_help="List duplicate pictures.")
@click.option("--in", "scope", type=Folder(), metavar="FOLDER", help="Search only below FOLDER.")
@click.option(
    "--threshold",
    type=click.FloatRange(0.8, 1.0),
    metavar="NUMBER",
    help="Minimum similarity, 0.8 to 1 (1: identical files only). Default: 0.95.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per group.")
@settings_options
def duplicates(scope: Path | None, *, threshold: float | None, as_json: bool) -> int:
    """List groups of duplicate pictures, the best copy of each group first.

    The best copy has the most pixels, then the most bytes, then the earliest date. The command
    changes no files.

    It checks each file on disk and skips missing files, changed files and symbolic links. A hard
    link to the best copy is listed as "link" and frees no space. Where the pixels agree, the
    similarity may be up to 0.15 lower, unless NUMBER is above 0.95.
    """
    from tui.models.registry import find_model
    from tui.search.duplicates.find import THRESHOLD, find_duplicates
    from tui.search.duplicates.on_disk import DiskInspector
    from tui.search.open import open_duplicate_source

    settings = current_settings()
    model_id = find_model(settings.model, settings).model_id
    line, disk = ProgressLine(sys.stderr), DiskInspector()
    threshold = THRESHOLD if threshold is None else threshold

    def show(progress: DuplicateProgress) -> None:
        line.enter(progress.phase)
        line.show(f"{progress.phase} {progress.done:,}/{progress.total:,}")

    with open_duplicate_source(settings, model_id, {}) as (files, index):
        if not len(files.files(model_id, scope)):
            print_error("no pictures are indexed yet; run `photoseek index FOLDER` first.")
            return NOTHING_FOUND
        groups = find_duplicates(
            files,
            index,
            scope=scope,
            threshold=threshold if threshold < 1 else None,
            on_progress=show,
            pair_raw=settings.pair_raw,
            disk=disk,
        )
    line.wipe()
    for group in groups:
        say_json(_as_json(group)) if as_json else say(*_as_text(group), "")
    if disk.missing:
        print_error(
            f"{plural(disk.missing, 'file')} skipped: missing, unavailable, or changed since "
            "the last `photoseek index`."
        )
    spare_files = sum(len(group.removable) for group in groups)
    spare = size_text(sum(group.spare_bytes for group in groups))
    print_error(
        f"{plural(len(groups), 'group')}; {plural(spare_files, 'file')} can be removed, {spare}."
        if groups
        else "no duplicates found."
    )
    return DONE if groups else NOTHING_FOUND


def _as_json(group: DuplicateGroup) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "cosine": round(group.cosine, 4),
        "spare_bytes": group.spare_bytes,
        "files": [
            {
                **_facts(file),
                "cosine": round(group.cosines[number], 4),
                "same_bytes": group.same_bytes[number],
                "hard_link": group.is_hard_link(number),
            }
            for number, file in enumerate(group.files)
        ],
    }


def _facts(file: FileDetails) -> dict[str, Any]:
    info = file.info
    size = (None, None) if info is None else (info.width, info.height)
    date = date_of(file)
    return {
        "path": str(file.path),
        "bytes": file.size,
        "width": size[0],
        "height": size[1],
        "date": None if date is None else date.isoformat(),
    }


def _as_text(group: DuplicateGroup) -> list[str]:
    lines = []
    for number, file in enumerate(group.files):
        facts = _facts(file)
        pixels = f"{facts['width'] or '?'} x {facts['height'] or '?'}"
        word = f"{group.label(number):5}"
        lines.append(f"{word}  {pixels:>13}  {size_text(file.size):>9}  {printable(file.path)}")
    return lines
