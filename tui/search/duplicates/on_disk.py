"""Checks on the disk whether a file of the catalog exists, and which physical file it is.

A catalog is as old as the last indexing run. So each file is checked before it is called a copy,
and again before it is moved to the trash. A file that is missing, has changed or is a symbolic link
is not a copy, and neither is one in a trash folder, which may be emptied at any time. Two names may
lead to one physical file: a folder reached by a link or a bind mount gives an *alias*, a hard link
another *name*; removing a name frees no space while others exist. Some mounts show the files of
another disk under a device number of their own (overlays, snapshots, a share that is mounted
twice). Their files are recognised by the inode and the time of the last change, which no program
can set.
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tui.core.errors import PhotoseekError
from tui.library.base.records import stored_state
from tui.storage.objects.path import RemotePath
from tui.storage.trash import is_in_trash

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

    from tui.core.domain import Cancelled, FileDetails

_THREADS = 16
"""Network disks answer one request slowly, but many in parallel."""

_BATCH = 1024

_COARSE_NS = 10_000_000
"""The resolution of times on FAT and exFAT, which have no time of the last change."""


class _Folder(NamedTuple):
    """What the files of a folder have in common; ``direct`` and ``in_trash`` as in `DiskFile`."""

    device: int
    inode: int
    direct: bool
    in_trash: bool


@dataclass(frozen=True, slots=True)
class DiskFile:
    """A regular file at the moment of its check.

    Attributes:
        file: identifies the physical file; equal for all its names.
        entry: identifies the folder entry; equal for all paths that lead to it.
        names: the number of names that the file has on its disk.
        direct: no folder of the path is a symbolic link.
        device: the number of the disk.
        stamp: equal for one file that appears on two devices; None if the disk can't tell.
    """

    file: Hashable
    entry: Hashable
    names: int = 1
    direct: bool = True
    device: int = 0
    stamp: Hashable = None


class DiskInspector:
    """Checks files; make one for each search, since it caches the real paths of folders.

    Attributes:
        missing: the number of files that were missing, had changed, or could not be checked.
    """

    def __init__(self) -> None:
        self.missing = 0
        self._folders: dict[Path, _Folder] = {}

    def inspect(self, file: FileDetails) -> DiskFile | None:
        """Return the regular file of a catalog entry; None if it is missing or has changed."""
        try:
            if isinstance(file.path, RemotePath):
                return self._inspect_object(file)
            status = os.lstat(file.path)
            unchanged = _is_unchanged(file, status.st_size, status.st_mtime_ns)
            if not stat.S_ISREG(status.st_mode) or not unchanged:
                return None
            folder = self._folder(file.path.parent)
        except (OSError, PhotoseekError):
            return None
        if folder.in_trash:
            return None
        entry: Hashable = (folder.device, folder.inode, file.path.name)
        if not status.st_ino:  # a file system without inode numbers
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
        """Check many files; return those that exist unchanged, by their ids."""
        disk_files: dict[int, DiskFile] = {}
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="disk") as pool:
            for start in range(0, len(files), _BATCH):
                if cancelled():
                    break
                on_progress(start, len(files))
                batch = files[start : start + _BATCH]
                for file, disk_file in zip(batch, pool.map(self.inspect, batch), strict=True):
                    if disk_file is not None:
                        disk_files[file.file_id] = disk_file
                    elif not self._is_ignored(file.path):
                        self.missing += 1
        return disk_files

    def _folder(self, folder: Path) -> _Folder:
        if folder not in self._folders:
            status = os.stat(folder)  # noqa: PTH116 - beside lstat
            real = os.path.realpath(folder)
            self._folders[folder] = _Folder(
                status.st_dev, status.st_ino, real == os.fspath(folder), is_in_trash(Path(real))
            )
        return self._folders[folder]

    def _is_ignored(self, path: Path) -> bool:
        """Whether a path is a link or in a trash folder, and so does not count as missing."""
        if isinstance(path, RemotePath):
            return False
        folder = self._folders.get(path.parent)
        return path.is_symlink() or (folder is not None and folder.in_trash)

    @staticmethod
    def _inspect_object(file: FileDetails) -> DiskFile | None:
        status = file.path.stat()
        name = str(file.path)
        unchanged = _is_unchanged(file, status.st_size, status.st_mtime_ns)
        return DiskFile(name, name) if unchanged else None


def drop_aliases(disk_files: Mapping[int, DiskFile]) -> dict[int, DiskFile]:
    """Keep one path of each entry: the first without a link in it, else the first.

    Args:
        disk_files: the files by their ids, in order of preference.
    """
    device_of: dict[Hashable, int] = {}
    for disk_file in disk_files.values():
        device_of.setdefault(disk_file.stamp, disk_file.device)
    disk_files = {
        number: disk_file
        for number, disk_file in disk_files.items()
        if disk_file.stamp is None or device_of[disk_file.stamp] == disk_file.device
    }
    preferred: dict[Hashable, int] = {}
    for number, disk_file in disk_files.items():
        earlier = preferred.get(disk_file.entry)
        if earlier is None or (disk_file.direct and not disk_files[earlier].direct):
            preferred[disk_file.entry] = number
    return {
        number: disk_file
        for number, disk_file in disk_files.items()
        if preferred[disk_file.entry] == number
    }


def freed_bytes(files: Iterable[tuple[FileDetails, DiskFile]]) -> int:
    """Return how many bytes the removal of files frees; a file with another name frees none."""
    sizes: dict[Hashable, int] = {}
    names: dict[Hashable, int] = {}
    removed: Counter[Hashable] = Counter()
    for file, disk_file in files:
        sizes[disk_file.file], names[disk_file.file] = file.size, disk_file.names
        removed[disk_file.file] += 1
    return sum(size for file, size in sizes.items() if removed[file] >= names[file])


def _stamp(status: os.stat_result) -> Hashable:
    """Return a value that identifies a file on any device."""
    if not status.st_ctime_ns % _COARSE_NS:
        return None
    return status.st_ino, status.st_ctime_ns, status.st_mtime_ns, status.st_size


def _is_unchanged(file: FileDetails, size: int, mtime_ns: int) -> bool:
    return (file.size, file.mtime_ns) == stored_state(size, mtime_ns)
