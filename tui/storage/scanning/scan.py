"""Finds the pictures below a folder by their names, without opening them.

The rules:

* A picture is a regular file whose suffix is in ``formats.SUFFIXES``, in any case.
* Files and folders whose names begin with a dot are skipped unless ``hidden`` is set; ``._*``
  always, since macOS stores a picture's attributes there, never a picture.
* Symbolic links are skipped unless ``follow_symlinks`` is set. Then real folders come before
  linked ones, and no folder (device and inode) is entered twice, so that there is no loop and a
  real path wins over a linked one. The root itself may be a link.
* Hard links are files like any other: each path is yielded, and so shown. Their bytes are one
  content, so they cost one embedding.
* ``excludes`` are patterns with gitignore's rules, relative to the root. A file named
  ``.photoseekignore`` contains more of them for its folder and subfolders; the deeper file wins
  over the outer one, ``excludes`` win over both, and nothing includes a file in an excluded
  folder again (https://git-scm.com/docs/gitignore). A folder whose ignore file can't be used,
  since it can't be read or is too large, counts as unreadable (see ``ignore``).
* Folders that other programs create (``skipped_folders``) are skipped unless another rule
  matches them.
* A folder below the root that can't be read is recorded in ``unreadable``, and the scan
  continues. Indexed files below it must not be removed: an unseen file may still exist.
* The same rules apply in object storage, where a folder is a common prefix up to a slash; there
  are no links. Keys without a valid path (see ``objects.path``) are skipped.
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import nullcontext
from dataclasses import dataclass, replace
from stat import S_ISDIR
from typing import TYPE_CHECKING, NamedTuple

from tui.core.domain import ImageFile
from tui.core.errors import FolderError
from tui.storage.folders import check_folder
from tui.storage.formats import SUFFIXES
from tui.storage.objects.listing import RemoteListing
from tui.storage.objects.path import RemotePath, to_path
from tui.storage.scanning.ignore import IgnoreRules
from tui.storage.scanning.rules import (
    IGNORE_FILE,
    FolderRules,
    prefix,
    verdict_of,
    with_ignore_file,
)
from tui.storage.scanning.skipped_folders import skip_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tui.core.domain import Cancelled
    from tui.storage.objects.listing import RemoteEntry


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """The options of a scan; see the module for the rules.

    ``skip_folders`` is the setting of that name: patterns after those of ``SKIPPED_FOLDERS``.
    ``excludes`` are relative to ``base``, a parent of the root or (None) the root.
    """

    hidden: bool = False
    follow_symlinks: bool = False
    excludes: tuple[str, ...] = ()
    skip_folders: tuple[str, ...] = ()
    base: Path | None = None


class ScannedFile(NamedTuple):
    """A file of a scan: an ``ImageFile`` with an unparsed path, which is faster."""

    path: str
    size: int
    mtime_ns: int
    inode: int

    def image_file(self) -> ImageFile:
        """Return the value type of the other rooms."""
        return ImageFile(to_path(self.path), self.size, self.mtime_ns, self.inode)


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder to read, the device of its parent, and whether a link leads to it."""

    path: str
    rules: FolderRules | None
    around: int | None = None
    is_link: bool = False


class Scan:
    """Finds the pictures below one folder during one iteration, directly or over ``files``.

    It can scan a part of the root, by the same rules as for all of it.

    Attributes:
        root: the folder, absolute.
        unreadable: folders that could not be read, with the reason; complete after the
            iteration.
        empty: the root has no entries at all, like the mount point of an unmounted disk.
        mounts: folders on another device than their parent, and whether they are links;
            complete after the iteration.
    """

    def __init__(
        self,
        root: Path,
        options: ScanOptions | None = None,
        *,
        start: Path | None = None,
        deep: bool = True,
    ) -> None:
        """Check the root.

        Args:
            root: the folder that the rules are relative to.
            options: the options of the scan.
            start: the root, or a folder below it where the scan starts.
            deep: include subfolders.

        Raises:
            FolderError: it is missing, is not a folder, or can't be read.
        """
        self.root = root.absolute()
        self.unreadable: dict[Path, str] = {}
        self.mounts: dict[str, bool] = {}
        self.empty = check_folder(self.root)
        self._start = start or self.root
        self._deep = deep
        self._options = options or ScanOptions()
        base = prefix(str(self._options.base or self.root))
        self._excludes = FolderRules(IgnoreRules(self._options.excludes), base, None)
        self._below = len(prefix(str(self.root)))
        self._skipped = IgnoreRules(skip_lines(self._options.skip_folders))
        self._stopped: Cancelled = lambda: False
        self._device: int | None = None
        self._entered: set[tuple[int, int]] = set()
        self._links: deque[_Folder] = deque()
        self._remote = RemoteListing() if isinstance(self.root, RemotePath) else None

    def __iter__(self) -> Iterator[ImageFile]:
        """Yield every picture, folder by folder."""
        return (entry.image_file() for entry in self.files())

    def files(self, stopped: Cancelled = lambda: False) -> Iterator[ScannedFile]:
        """Yield every picture with its unparsed path, until ``stopped`` returns True."""
        self._stopped = stopped
        if self._remote is not None:
            self._remote.stopped = stopped
        with self._remote or nullcontext():
            yield from self._scan_folders()

    def _scan_folders(self) -> Iterator[ScannedFile]:
        ahead = self._begin()
        while (ahead or (self._deep and self._links)) and not self._stopped():
            folder = ahead.pop() if ahead else self._links.popleft()
            below: list[_Folder] = []
            try:
                yield from self._read(folder, below)
            except FolderError as error:  # the storage fails for every folder
                for unread in (folder, *below, *ahead):
                    self.unreadable[to_path(unread.path)] = str(error)
                return
            except OSError as error:
                # A folder that vanished during the scan was removed; a root may be on a lost disk.
                if not isinstance(error, FileNotFoundError) or folder.path == str(self.root):
                    self.unreadable[to_path(folder.path)] = _reason(error)
            if self._deep:
                ahead.extend(reversed(below))
                if self._remote is not None:
                    self._remote.expect(folder.path for folder in reversed(ahead))

    def _begin(self) -> list[_Folder]:
        """Return the folder to start with, none if the rules exclude it."""
        folder = _Folder(str(self.root), None)
        for name in self._start.relative_to(self.root).parts:
            path = prefix(folder.path) + name
            try:
                rules = with_ignore_file(folder.path, folder.rules)
            except (OSError, FolderError) as error:
                self.unreadable[to_path(folder.path)] = _reason(error)
                return []
            if self._is_hidden(name) or self._is_excluded(rules, path + "/"):
                return []
            folder = _Folder(path, rules)
        if self._remote is not None:
            return [folder]
        return [_Folder(folder.path, folder.rules, _device_around(folder.path))]

    def excludes_start(self) -> bool:
        """Whether the rules exclude the folder at which the scan starts."""
        return not self._begin() and not self.unreadable

    def _is_hidden(self, name: str) -> bool:
        return name[0] == "." and (not self._options.hidden or name.startswith("._"))

    def _read(self, folder: _Folder, below: list[_Folder]) -> Iterator[ScannedFile]:
        entries = self._entries(folder)
        device = self._device
        own = any(entry.name == IGNORE_FILE for entry in entries)
        rules = with_ignore_file(folder.path, folder.rules) if own else folder.rules
        filtered = rules is not None or bool(self._options.excludes)
        for entry in entries:
            if self._stopped():
                return
            name = entry.name
            if name[0] == "." and self._is_hidden(name):
                continue
            _, dot, suffix = name.rpartition(".")
            is_picture = dot and suffix.lower() in SUFFIXES
            if entry.is_dir(follow_symlinks=False):
                if not self._is_excluded(rules, entry.path + "/"):
                    below.append(_Folder(entry.path, rules, device))
            elif entry.is_symlink():
                yield from self._follow(
                    entry, _Folder(folder.path, rules, device), bool(is_picture)
                )
            elif not is_picture or (filtered and self._is_excluded(rules, entry.path)):
                continue
            elif entry.is_file(follow_symlinks=False):
                yield from _stat(entry)

    def _entries(self, folder: _Folder) -> Sequence[os.DirEntry[str] | RemoteEntry]:
        """Return the entries of a folder, none if it was entered before."""
        if self._remote is not None:
            return self._remote.entries(folder.path)
        with os.scandir(folder.path) as listing:
            status = os.stat(folder.path)  # noqa: PTH116 (a str here saves a Path each folder)
            self._device = status.st_dev
            if folder.around not in (None, status.st_dev):
                self.mounts[folder.path] = folder.is_link
            if (identity := (status.st_dev, status.st_ino)) in self._entered:
                return ()
            self._entered.add(identity)
            return list(listing)

    def _follow(
        self, entry: os.DirEntry[str] | RemoteEntry, around: _Folder, is_picture: bool
    ) -> Iterator[ScannedFile]:
        """Follow a link; ``around`` has the rules and the device of its folder."""
        if not self._options.follow_symlinks:
            return
        try:
            to_folder = S_ISDIR(entry.stat().st_mode)
        except OSError:
            return  # It is broken, or points to itself.
        if self._is_excluded(around.rules, entry.path + "/" * to_folder):
            return
        if to_folder:
            self._links.append(replace(around, path=entry.path, is_link=True))
        elif is_picture and entry.is_file():
            yield from _stat(entry)

    def _is_excluded(self, rules: FolderRules | None, path: str) -> bool:
        for level in (self._excludes, rules):
            verdict = verdict_of(level, path)
            if verdict is not None:
                return verdict
        return path[-1] == "/" and bool(self._skipped.verdict(path[self._below :]))


def _stat(entry: os.DirEntry[str] | RemoteEntry) -> Iterator[ScannedFile]:
    """Yield the file, or nothing if it was removed."""
    try:
        status = entry.stat()
    except FileNotFoundError:
        return
    # DirEntry has no inode on Windows; 0 there means that only size and time indicate a change.
    yield ScannedFile(entry.path, status.st_size, status.st_mtime_ns, status.st_ino)


def _device_around(folder: str) -> int | None:
    try:
        return os.stat(os.path.dirname(folder)).st_dev  # noqa: PTH116, PTH120
    except OSError:
        return None


def _reason(error: OSError | FolderError) -> str:
    return getattr(error, "strerror", None) or str(error)
