"""The hash that identifies files with the same bytes.

XXH3 with 128 bits (https://github.com/Cyan4973/xxHash): as fast as memory, so that the disk is the
limit, and long enough that no two pictures of a library share one by chance. It does not protect
against a user who creates two files with one hash on purpose: photoseek would show one of these
files instead of the other.
"""

from __future__ import annotations

import errno
import os
import threading
from io import FileIO
from stat import S_ISREG
from typing import TYPE_CHECKING, cast

import xxhash

from tui.storage.objects.download_cache import local_copy

if TYPE_CHECKING:
    from pathlib import Path

_CHUNK = 1 << 20
_buffers = threading.local()


def digest(path: Path) -> bytes:
    """Return the hash of a file's bytes, 16 bytes long, in constant memory.

    The copy of an object is cached for the decoder until ``download_cache.release``.

    Raises:
        OSError: it can't be read.
        FolderError: its object storage is unreachable.
    """
    state = xxhash.xxh3_128()
    buffer = _buffer()
    with local_copy(path, keep=True) as local, open_regular(local) as file:
        while length := file.readinto(buffer):
            state.update(buffer[:length])
    return state.digest()


def open_regular(path: Path) -> FileIO:
    """Open a file for reading, unbuffered.

    Raises:
        OSError: it can't be opened, or is not a regular file: a pipe may have taken the name
            since the scan, and reading it could block forever.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = FileIO(os.open(path, flags), "rb")
    if not S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return file


def _buffer() -> memoryview:
    """Return this thread's buffer; a new one for each file would cost more than a small file."""
    if not hasattr(_buffers, "own"):
        _buffers.own = memoryview(bytearray(_CHUNK))
    return cast("memoryview", _buffers.own)
