"""How a file that is derived from the catalog gets to disk, and what is asked of it before use.

A new file is written beside its name, synced, measured, renamed into place, and the folder is
synced; the catalog then says its size and CRC-32. So a kill or a power cut at any moment leaves
the old files valid, and whatever the catalog does not name is an orphan that may be swept.
Nothing is mapped or parsed before its size and its CRC-32 are those of the catalog.
"""

from __future__ import annotations

import errno
import mmap
import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from tui.domain import CatalogError
from tui.library.sharing import file_mode, make_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

FOLDER_NAME = "index"
_PREFIX = "gen-"
_BLOCK = 4 << 20


def index_folder(data_dir: Path) -> Path:
    """Return where a library's index files lie."""
    return data_dir / FOLDER_NAME


def file_name(number: int, kind: str) -> str:
    """Return the name of the file of one generation."""
    return f"{_PREFIX}{number}.{kind}"


def publish(path: Path, write: Callable[[Path], int]) -> tuple[int, int]:
    """Write a file so that it is complete and on the disk before its name exists.

    Args:
        path: the final name, in a folder that is made where it is missing; their modes are
            those of the library's folder.
        write: writes the file it is given and returns the size it must have, in bytes.

    Returns:
        The size in bytes and the CRC-32, for the catalog.

    Raises:
        CatalogError: the disk is full or fails, or the file came out short.
    """
    draft = path.with_name(f"{path.name}.tmp")
    try:
        make_folder(path.parent)
        expected = write(draft)
        draft.chmod(file_mode(path.parent))
        _sync(draft)
        size, checksum = measure(draft)
        _expect(size, expected)
        draft.replace(path)
        _sync(path.parent)
    except (OSError, RuntimeError, MemoryError) as error:  # USearch raises RuntimeError
        raise CatalogError(
            f"The index {path} can't be saved ({error}): free some space or check the disk; "
            "the library itself is safe."
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return size, checksum


def _expect(size: int, expected: int) -> None:
    if size != expected:  # a full disk may cut a file without an error
        raise OSError(errno.ENOSPC, f"{size} of {expected} bytes arrived")


def measure(path: Path) -> tuple[int, int]:
    """Return a file's size and CRC-32 (zlib's; 7 GB/s, so 0.15 s for a GB that is in memory)."""
    size = checksum = 0
    block = bytearray(_BLOCK)
    view = memoryview(block)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(block):
            checksum = zlib.crc32(view[:count], checksum)
            size += count
    return size, checksum


def is_intact(path: Path, size: int, checksum: int) -> bool:
    """Whether the file is there, whole, and bit for bit what was saved."""
    try:
        return path.stat().st_size == size and measure(path) == (size, checksum)
    except OSError:
        return False


def map_file(path: Path) -> mmap.mmap:
    """Map a whole file for reading; its pages are shared with every other reader."""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def let_go(mapped: mmap.mmap, start: int, stop: int) -> None:
    """Give the whole pages between two bytes of a map back to the system's cache.

    They return when they are read again.
    """
    start += -start % mmap.ALLOCATIONGRANULARITY
    stop -= stop % mmap.ALLOCATIONGRANULARITY
    if hasattr(mmap, "MADV_DONTNEED") and stop > start:
        mapped.madvise(mmap.MADV_DONTNEED, start, stop - start)


def orphans(folder: Path, keep: Iterable[str]) -> list[Path]:
    """Return the index files that the catalog does not name."""
    kept = set(keep)
    return [path for path in sorted(folder.glob(f"{_PREFIX}*")) if path.name not in kept]


def sweep(folder: Path, keep: Iterable[str]) -> None:
    """Remove index files that the catalog does not name; the writer lock must be held.

    Windows does not remove a file that a process has mapped: it goes at a later sweep.
    """
    for path in orphans(folder, keep):
        with suppress(OSError):
            path.unlink()


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():  # Windows has no sync for folders
        return
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
