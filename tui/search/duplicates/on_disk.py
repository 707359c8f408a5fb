"""What a disk has under the names that a catalog knows: is it there, and which file is it.

A catalog is as old as the last run. Before files are called copies of each other, and again before
one is trashed for it, each is looked at: a file that is gone, has changed or is a symbolic link is
no copy, and neither is one that lies in a trash, which may be emptied at any time. Two names may
lead to one physical file: a folder reached by a link or a bind mount gives an *alias*, a hard link
another *name*; removing a name frees no space while others are left. Some mounts show the files of
another disk with a device number of their own (overlays, snapshots, a share that is mounted twice):
these are told by the inode and the time of the last change, which no program can set.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tui.core.domain import PhotoseekError
from tui.library.base.records import int64
from tui.storage.objects.path import RemotePath
from tui.storage.trash import is_in_trash

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from tui.core.domain import Cancelled, FileDetails

_THREADS = 16
"""Network disks answer one question slowly and many at once."""

_CHUNK = 1024


_COARSE_NS = 10_000_000
"""FAT and exFAT count times in steps of this, and give none of the last change."""


class _Folder(NamedTuple):
    """What is the same for all files of a folder."""

    device: int
    inode: int
    direct: bool
    in_trash: bool


@dataclass(frozen=True, slots=True)
class DiskFile:
    """A regular file, as it was when it was looked at.

    Attributes:
        file: which physical file it is; equal for all its names.
        entry: which entry of which folder; equal for all paths that lead to it.
        names: how many names the file has on its disk.
        direct: no folder on the way is a symbolic link.
        device: the disk's number.
        stamp: equal for one file that is seen on two devices; None where nothing tells.
    """

    file: Hashable
    entry: Hashable
    names: int = 1
    direct: bool = True
    device: int = 0
    stamp: Hashable = None


class DiskInspector:
    """Looks at files; make one for each search, since it remembers where folders really are.

    Attributes:
        missing: how many files were gone, had changed, or could not be looked at.
    """

    def __init__(self) -> None:
        self.missing = 0
        self._folders: dict[Path, _Folder] = {}

    def inspect(self, file: FileDetails) -> DiskFile | None:
        """Return the regular file that the catalog means; None where it is gone or has changed."""
        try:
            if isinstance(file.path, RemotePath):
                return self._object(file)
            status = os.lstat(file.path)
            shown = (status.st_size, status.st_mtime_ns)
            if not stat.S_ISREG(status.st_mode) or not _matches(file, shown):
                return None
            folder = self._folder(file.path.parent)
        except (OSError, PhotoseekError):
            return None
        if folder.in_trash:
            return None
        entry: Hashable = (folder.device, folder.inode, file.path.name)
        if not status.st_ino:  # a file system that numbers no files
            return DiskFile(entry, entry, 1, folder.direct)
        names = status.st_nlink
        physical = (status.st_dev, status.st_ino)
        own = entry if names > 1 else physical
        return DiskFile(physical, own, names, folder.direct, status.st_dev, _stamp(status))

    def inspect_all(
        self,
        files: Sequence[FileDetails],
        cancelled: Cancelled = lambda: False,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> dict[int, DiskFile]:
        """Look at many files; return those that are there, by their numbers."""
        there: dict[int, DiskFile] = {}
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="disk") as pool:
            for start in range(0, len(files), _CHUNK):
                if cancelled():
                    break
                on_progress(start, len(files))
                chunk = files[start : start + _CHUNK]
                for file, seen in zip(chunk, pool.map(self.inspect, chunk), strict=True):
                    if seen is not None:
                        there[file.file_id] = seen
                    elif not self._is_left_out(file.path):
                        self.missing += 1
        return there

    def _folder(self, folder: Path) -> _Folder:
        if folder not in self._folders:
            status = os.stat(folder)  # noqa: PTH116 - beside lstat
            real = os.path.realpath(folder)
            self._folders[folder] = _Folder(
                status.st_dev, status.st_ino, real == os.fspath(folder), is_in_trash(Path(real))
            )
        return self._folders[folder]

    def _is_left_out(self, path: Path) -> bool:
        """Whether a path is a link or lies in a trash, so that nothing is missing."""
        if isinstance(path, RemotePath):
            return False
        folder = self._folders.get(path.parent)
        return path.is_symlink() or (folder is not None and folder.in_trash)

    @staticmethod
    def _object(file: FileDetails) -> DiskFile | None:
        status = file.path.stat()
        name = str(file.path)
        matches = _matches(file, (status.st_size, status.st_mtime_ns))
        return DiskFile(name, name) if matches else None


def drop_aliases(there: Mapping[int, DiskFile]) -> dict[int, DiskFile]:
    """Keep one path of each entry: the first that no link leads to, else the first.

    Args:
        there: the files by their numbers, those to prefer first.
    """
    devices: dict[Hashable, int] = {}
    for seen in there.values():
        devices.setdefault(seen.stamp, seen.device)
    there = {
        number: seen
        for number, seen in there.items()
        if seen.stamp is None or devices[seen.stamp] == seen.device
    }
    chosen: dict[Hashable, int] = {}
    for number, seen in there.items():
        before = chosen.get(seen.entry)
        if before is None or (seen.direct and not there[before].direct):
            chosen[seen.entry] = number
    return {number: there[number] for number in there if chosen[there[number].entry] == number}


def freed_bytes(files: Iterable[tuple[FileDetails, DiskFile]]) -> int:
    """Return how many bytes removing some files frees: none where a file has another name left."""
    sizes: dict[Hashable, int] = {}
    names: dict[Hashable, int] = {}
    removed: Counter[Hashable] = Counter()
    for file, seen in files:
        sizes[seen.file], names[seen.file] = file.size, seen.names
        removed[seen.file] += 1
    return sum(size for file, size in sizes.items() if removed[file] >= names[file])


def _stamp(status: os.stat_result) -> Hashable:
    """Return what tells a file whatever device it is seen on."""
    if not status.st_ctime_ns % _COARSE_NS:
        return None
    return status.st_ino, status.st_ctime_ns, status.st_mtime_ns, status.st_size


def _matches(file: FileDetails, shown: tuple[int, int]) -> bool:
    known = (file.size, file.mtime_ns)
    return known == shown or known == (int64(shown[0]), int64(shown[1]))
