"""Listing folders for the tree and for completion."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from tui.core.errors import FolderError
from tui.core.formatting import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tui.storage.objects.path import RemotePath

_DIGITS = re.compile(r"(\d+)")

MOST_FOLDERS = 5_000
"""The most folders in memory for completion; of more, only the matching ones are read."""


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


@dataclass(frozen=True, slots=True)
class TypedPath:
    """A path that the user is typing.

    Attributes:
        parent: the text up to its last separator.
        prefix: the rest, with which the names of matching folders begin.
    """

    parent: str
    prefix: str

    @classmethod
    def split(cls, text: str) -> TypedPath:
        """Split a text; an address is split behind its bucket at the earliest."""
        from tui.storage.objects.path import is_address

        end = text.rfind("/") + 1 if is_address(text) else len(text) - len(_last_part(text))
        return cls(text[:end], text[end:])

    def completed(self, names: Iterable[str]) -> list[str]:
        """Return the folders, as they would be typed, whose names start with the prefix.

        The case of letters does not matter. Hidden folders need a prefix that begins with a dot.
        """
        folded = self.prefix.casefold()
        return [
            f"{self.parent}{name}/"
            for name in names
            if name.casefold().startswith(folded) and (name[0] != "." or folded.startswith("."))
        ]


@dataclass
class FoldersMatched(Message, bubble=False):
    """The folders in the parent of a typed path were read.

    Attributes:
        typed: that path.
        names: the names of the folders that can be typed, hidden ones included.
        whole: all names; otherwise some that start with the prefix of ``typed``.
        is_missing: the parent does not exist or can't be read.
    """

    typed: TypedPath
    names: Sequence[str]
    whole: bool = True
    is_missing: bool = False

    def answers(self, typed: TypedPath) -> bool:
        """Whether the names include all that match another path."""
        return self.typed.parent == typed.parent and (self.whole or self.typed == typed)


def match_folders(typed: TypedPath, most: int = MOST_FOLDERS) -> Iterator[FoldersMatched]:
    """Report the folders in the parent of a typed path; of many only those that match it."""
    try:
        names = list(islice(_typed_names(typed.parent), most + 1))
        if whole := len(names) <= most:
            yield FoldersMatched(typed, sorted(names, key=natural))
            return
        names = list(islice(_typed_names(typed.parent, typed.prefix.casefold()), most))
    except (OSError, ValueError, RuntimeError, FolderError):  # "~name" of an unknown user
        yield FoldersMatched(typed, (), is_missing=True)
        return
    yield FoldersMatched(typed, sorted(names, key=natural), whole)


def _last_part(text: str) -> str:
    return "" if text.endswith(os.sep) else os.path.basename(text)  # noqa: PTH119 - of a text


def _typed_names(parent: str, folded: str = "") -> Iterator[str]:
    """Yield the names of the folders in a typed folder that can be typed, in no order.

    Raises:
        OSError, FolderError, RuntimeError: it can't be read.
    """
    from tui.storage.objects.path import from_address, is_address

    if is_address(parent):
        if parent.endswith("://"):  # the buckets, which not every user may list
            return
        from tui.storage.objects.client import pages

        for page in pages(from_address(parent).address):
            for item in page:
                if item.is_folder and item.name.casefold().startswith(folded):
                    yield item.name
        return
    with os.scandir(Path(parent or ".").expanduser()) as entries:
        for entry in entries:
            name = entry.name
            if name.casefold().startswith(folded) and one_line(name) == name and _is_folder(entry):
                yield name


def natural(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that ignores case and reads digits as numbers: ``2`` before ``10``."""
    parts = _DIGITS.split(name.casefold())
    return [(1, 0, part) if i % 2 == 0 else (0, int(part), part) for i, part in enumerate(parts)]


def _is_shown(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and _is_folder(entry)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


@dataclass
class FoldersListed(Message):
    """The folders below a folder were read.

    Attributes:
        parent: that folder.
        names: the names of its folders; None if it can't be read.
        whole: the names are complete; otherwise more may follow.
        is_missing: ``parent`` no longer exists.
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
