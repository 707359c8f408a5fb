"""Listing folders for the tree and for completion."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from tui.core.errors import FolderError
from tui.core.formatting import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tui.storage.objects.path import RemotePath

_DIGITS = re.compile(r"(\d+)")


def subfolders(parent: Path) -> list[str] | None:
    """Return the names of the folders in ``parent`` that are not hidden; None if unreadable.

    Children that can't be read are skipped.
    """
    try:
        with os.scandir(parent) as entries:
            names = [entry.name for entry in entries if _is_shown(entry)]
    except OSError:
        return None
    return sorted(names, key=natural)


def is_missing(folder: Path) -> bool:
    """Return whether a folder on disk does not exist; False for object storage."""
    from tui.storage.objects.path import RemotePath

    if isinstance(folder, RemotePath):
        return False
    try:
        folder.lstat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def listed_folders(parent: Path) -> Iterator[list[str] | None]:
    """Yield the names of the folders in ``parent``; None if unreadable.

    Folders on disk are one list, those in object storage one list a page, each sorted.
    """
    from tui.storage.objects.path import RemotePath

    if isinstance(parent, RemotePath):
        yield from _remote_folders(parent)
    else:
        yield subfolders(parent)


def _remote_folders(parent: RemotePath) -> Iterator[list[str] | None]:
    from tui.storage.objects.client import pages

    has_folders = False
    try:
        for page in pages(parent.address):
            names = [entry.name for entry in page if entry.is_folder and entry.name[0] != "."]
            if names:
                has_folders = True
                yield sorted(names, key=natural)
    except (OSError, FolderError):
        yield None
        return
    if not has_folders:
        yield []


def matching_folders(text: str) -> list[str]:
    """Return the completions of a path: the folders whose names start with its last part.

    They end with a separator and include the typed parent, ``~`` included. Names that can't be
    typed, for example with a line break, are skipped.
    """
    typed, begin = os.path.split(text)
    try:
        parent = Path(typed or ".").expanduser()
    except RuntimeError:  # "~name" of an unknown user
        return []
    if begin == "~" and not typed:
        return ["~/"]
    names = subfolders(parent) or []
    if not typed.endswith(os.sep) and typed:
        typed += os.sep
    fold = begin.casefold()
    return [f"{typed}{name}{os.sep}" for name in names if _fits(name, fold)]


def _fits(name: str, fold: str) -> bool:
    return name.casefold().startswith(fold) and one_line(name) == name


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that ignores case and reads digits as numbers: ``2`` before ``10``."""
    parts = _DIGITS.split(name.casefold())
    return [(1, 0, part) if i % 2 == 0 else (0, int(part), part) for i, part in enumerate(parts)]


def _is_shown(entry: os.DirEntry[str]) -> bool:
    try:
        return not entry.name.startswith(".") and entry.is_dir()
    except OSError:
        return False


@dataclass
class FoldersListed(Message):
    """The folders below a folder were read.

    Attributes:
        parent: that folder.
        names: the names of its folders; None if it can't be read.
        whole: the names are complete; otherwise more may follow.
        is_missing: ``parent`` does not exist any more.
    """

    parent: Path
    names: Sequence[str] | None
    whole: bool = True
    is_missing: bool = False


def list_folders(path: Path) -> Iterator[FoldersListed]:
    """Report the folders below a folder, as they are read."""
    from tui.storage.objects.path import RemotePath

    whole = not isinstance(path, RemotePath)
    for names in listed_folders(path):
        yield FoldersListed(path, names, whole, names is None and is_missing(path))


def list_folders_again(paths: Sequence[Path]) -> Iterator[FoldersListed]:
    """Report the folders below each folder, all at once."""
    for path in paths:
        pages = list(listed_folders(path))
        if None in pages:
            yield FoldersListed(path, None, not pages[:-1], is_missing(path))
        else:
            yield FoldersListed(path, [name for names in pages for name in names or ()])
