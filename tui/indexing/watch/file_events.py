"""File system events, and the parts of the indexed folders that they affect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import Change

from tui.storage.folders import outermost
from tui.storage.formats import SUFFIXES
from tui.storage.scanning.rules import IGNORE_FILE
from tui.storage.scanning.target import ScanTarget

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MAX_TARGETS = 200
"""If more folders than this change at once, the roots are scanned completely."""

Events = set[tuple[Change, str]]


def concerns_pictures(change: Change, path: str) -> bool:
    """Whether an event may affect pictures: the path is a picture's or may be a folder's."""
    name = Path(path).name
    if name == IGNORE_FILE or name.rpartition(".")[2].lower() in SUFFIXES:
        return True
    return change == Change.deleted or (change == Change.added and Path(path).is_dir())


def added_folders(events: Events) -> Iterator[str]:
    """Yield the folders that some events added and that still exist."""
    return (path for change, path in events if change == Change.added and Path(path).is_dir())


def scan_targets_of(
    events: Iterable[tuple[Change, str]], roots: Sequence[Path]
) -> Sequence[Path | ScanTarget]:
    """Return the folders to scan after some events; no target contains another.

    These are the roots if the paths are not enough: too many folders changed, or a path differs
    from the one in the library (not UTF-8, or with a resolved link).
    """
    deep: set[Path] = set()
    shallow: set[Path] = set()
    for change, name in events:
        path = Path(name)
        if "\ufffd" in name or not any(_is_within(path, root) for root in roots):
            return roots
        if path in roots or path.is_dir():
            deep.add(path)
        elif path.name == IGNORE_FILE:
            deep.add(path.parent)
        else:
            shallow.add(path.parent)
            if change == Change.deleted:  # it may have been a folder
                deep.add(path)
    if len(deep) + len(shallow) > _MAX_TARGETS:
        return roots
    whole = outermost(deep)
    partial = [path for path in shallow if not any(_is_within(path, folder) for folder in whole)]
    return [
        ScanTarget(next(root for root in roots if _is_within(path, root)), path, deep=path in deep)
        for path in (*whole, *partial)
    ]


def _is_within(path: Path, folder: Path) -> bool:
    return path == folder or folder in path.parents
