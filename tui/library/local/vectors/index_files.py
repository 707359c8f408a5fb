"""Writes the files that are derived from the catalog, and checks them before use.

A new file is written as a draft, synced, measured and renamed, and the folder is synced; the
catalog then records its size and CRC-32. So a kill or a power cut at any moment leaves the old
files valid, and a file that the catalog does not name is an orphan that may be removed. No file is
mapped or parsed before its size and its CRC-32 were compared with the catalog.
"""

from __future__ import annotations

import errno
import mmap
import os
import re
import stat
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from tui.core.errors import CatalogError
from tui.core.files import open_draft
from tui.library.base.permissions import make_folder, set_file_mode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from io import FileIO
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    from tui.core.files import Draft

FOLDER_NAME = "index"
_PREFIX = "gen-"
_NAME = re.compile(r"gen-[0-9]+\.(?:vectors|usearch)")
_OURS = re.compile(rf"{_NAME.pattern}(?:(?:\.[0-9a-f]{{16}})?\.tmp)?")

LARGEST_COPY = 4 << 30
"""The most bytes of another user's file that are read: two million vectors of 1,024 numbers."""

_BLOCK = 4 << 20


def index_folder(data_dir: Path) -> Path:
    """Return the folder of a library's index files."""
    return data_dir / FOLDER_NAME


def file_name(number: int, kind: str) -> str:
    """Return the file name of a generation."""
    return f"{_PREFIX}{number}.{kind}"


def is_file_name(name: str) -> bool:
    """Whether a name has the form of ``file_name``; only index files do."""
    return _NAME.fullmatch(name) is not None


def publish(path: Path, write: Callable[[Draft], int]) -> tuple[int, int]:
    """Write a file so that it is complete and on the disk before its name exists.

    Args:
        path: the final name, in a folder that is created if it is missing; their modes are
            those of the library's folder.
        write: takes a path, writes the draft to it and returns its expected size in bytes.

    Returns:
        The size in bytes and the CRC-32, for the catalog.

    Raises:
        CatalogError: the disk is full or fails, or the file is shorter than expected.
    """
    try:
        make_folder(path.parent)
        with open_draft(path) as draft:
            expected = write(draft)
            draft.file.flush()
            set_file_mode(draft.file.fileno(), path.parent)
            os.fsync(draft.file.fileno())
            size, checksum = _measured(draft.file)
            _expect(size, expected)
        _sync(path.parent)
    except (OSError, RuntimeError, MemoryError) as error:  # USearch raises RuntimeError
        reason = getattr(error, "strerror", None) or error
        raise CatalogError(
            f"The index {path} can't be saved ({reason}); free some space or check the disk. "
            "The library is safe."
        ) from error
    return size, checksum


def _expect(size: int, expected: int) -> None:
    if size != expected:  # a full disk may truncate a file without an error
        raise OSError(errno.ENOSPC, f"{size} of {expected} bytes arrived")


def measure(path: Path) -> tuple[int, int]:
    """Return a file's size and CRC-32."""
    with path.open("rb", buffering=0) as file:
        return _measured(file)


def _measured(file: BinaryIO | FileIO) -> tuple[int, int]:
    size = checksum = 0
    block = bytearray(_BLOCK)
    view = memoryview(block)
    file.seek(0)
    while count := file.readinto(block):  # type: ignore[union-attr]  # typeshed leaves it out
        checksum = zlib.crc32(view[:count], checksum)
        size += count
    return size, checksum


def is_intact(path: Path, size: int, checksum: int) -> bool:
    """Whether the file exists and is bit for bit the one that was saved."""
    try:
        status = path.stat()
        is_whole = stat.S_ISREG(status.st_mode) and status.st_size == size
        return is_whole and measure(path) == (size, checksum)
    except OSError:
        return False


def read_intact(path: Path, size: int, checksum: int) -> NDArray[np.uint8] | None:
    """Read a file of another user, which may change at any moment, into memory.

    Returns:
        Its bytes, checked in memory; None if they are not those that were saved, exceed
            ``LARGEST_COPY``, or the path is a link or a pipe.
    """
    if size > LARGEST_COPY:
        return None
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with os.fdopen(os.open(path, flags), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_size != size:
                return None
            data = np.empty(size, dtype=np.uint8)
            view, done, sum_so_far = data.data, 0, 0
            while count := file.readinto(view[done : done + _BLOCK]):
                sum_so_far = zlib.crc32(view[done : done + count], sum_so_far)
                done += count
    except (OSError, MemoryError):
        return None
    return data if (done, sum_so_far) == (size, checksum) else None


def map_file(path: Path) -> mmap.mmap:
    """Map a whole file for reading; all readers share its pages."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def release_file(mapped: mmap.mmap, start: int, stop: int) -> None:
    """Return the whole pages between two bytes of a map to the system's cache.

    A later read loads them again.
    """
    start += -start % mmap.ALLOCATIONGRANULARITY
    stop -= stop % mmap.ALLOCATIONGRANULARITY
    if hasattr(mmap, "MADV_DONTNEED") and stop > start:
        mapped.madvise(mmap.MADV_DONTNEED, start, stop - start)


def orphans(folder: Path, keep: Iterable[str]) -> list[Path]:
    """Return the index files that the catalog does not name.

    An index file is a regular file with a name of ``file_name``, or a draft of one. Other files in
    the folder, and all links, are not photoseek's.
    """
    if not stat.S_ISDIR(_kind_of(folder)):
        return []
    current = set(keep)
    return [
        path
        for path in sorted(folder.iterdir())
        if path.name not in current and _OURS.fullmatch(path.name) and stat.S_ISREG(_kind_of(path))
    ]


def _kind_of(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def sweep(folder: Path, keep: Iterable[str]) -> None:
    """Remove index files that the catalog does not name; the writer lock must be held.

    Windows does not remove a file that a process has mapped: a later sweep removes it.
    """
    for path in orphans(folder, keep):
        with suppress(OSError):
            path.unlink()


def _sync(folder: Path) -> None:
    """Sync a folder; Windows has no such call."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
