"""Local copies of objects, since decoders and decode processes read files.

A copy is removed when its reader is done. The copy that was hashed may be kept for the decoder,
which comes next, until it is released or the cache is full; the decoder then downloads the object
again. So the disk holds at most ``LIMIT`` bytes and one object a thread.

The copies are in a folder of this process in the system's temporary folder (``TMPDIR``), which is
removed at the end. The folder of a killed process is removed by the next process, which recognizes
it by its name and its released lock. Only copies are removed: a copy for another program is
read-only, and files that the program saved beside it, or over it, stay.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import stat
import tempfile
import threading
import time
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from tui.core.files import is_own_folder, is_plain_file, set_mode
from tui.storage.objects.client import fetch
from tui.storage.objects.path import RemotePath

if TYPE_CHECKING:
    from collections.abc import Iterator

    from filelock import BaseFileLock

LIMIT = 1 << 30
"""The most bytes of copies that are kept for the decoder."""

_PREFIX = "photoseek-objects-"
_LOCK = "lock"
_FOLDER = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
"""The names that `tempfile.mkdtemp` makes from the prefix."""

_COPY = re.compile(r"[0-9]+(?:\.[^/]{0,15})?", re.DOTALL)
_READ_ONLY = 0o400
_making = threading.Lock()

_YOUNG = 60.0
"""Seconds in which a folder may have no lock yet."""


class DownloadCache:
    """Downloads objects to files, from any thread; ``close`` removes them.

    Args:
        parent: the folder around its own; the system's temporary folder by default.
        limit: bytes that may be cached.
    """

    def __init__(self, parent: Path | None = None, limit: int = LIMIT) -> None:
        self._limit = limit
        self._copies: dict[RemotePath, tuple[Path, int]] = {}
        self._size = 0
        self._numbers = count()
        self._mutex = threading.Lock()
        parent = parent or Path(tempfile.gettempdir())
        _sweep(parent)
        self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        self._lock = _lock_of(self.folder)
        self._lock.acquire()

    @contextmanager
    def open(self, path: RemotePath) -> Iterator[Path]:
        """Lend a file with the object's bytes: the cached one, or a temporary one."""
        with self._mutex:
            copy = self._copies.get(path)
        if copy is not None:
            yield copy[0]
            return
        local = self._fetch(path)
        try:
            yield local
        finally:
            local.unlink(missing_ok=True)

    @contextmanager
    def download(self, path: RemotePath) -> Iterator[Path]:
        """Download the object again, lend the file, and cache it if there is space."""
        self.release(path)
        local = self._fetch(path)
        is_stored = self._store(path, local)
        try:
            yield local
        finally:
            if not is_stored:
                local.unlink(missing_ok=True)

    def release(self, path: RemotePath) -> None:
        """Remove the cached copy, if there is one."""
        with self._mutex:
            local, size = self._copies.pop(path, (None, 0))
            self._size -= size
        if local is not None:
            local.unlink(missing_ok=True)

    def fetch_as(self, path: RemotePath) -> Path:
        """Download an object to a file with its own name, which stays until the process ends."""
        folder = self.folder / f"{next(self._numbers)}"
        folder.mkdir()
        local: Path = folder / path.name
        fetch(path.address, local)
        set_mode(local, _READ_ONLY)  # changes to the copy would be lost
        return local

    def close(self) -> None:
        """Remove the copies."""
        self._lock.release()
        _remove(self.folder)

    def _fetch(self, path: RemotePath) -> Path:
        # Keep the suffix: it distinguishes the kinds of camera raw.
        local: Path = self.folder / f"{next(self._numbers)}{path.suffix[:16]}"
        try:
            fetch(path.address, local)
        except BaseException:
            local.unlink(missing_ok=True)
            raise
        return local

    def _store(self, path: RemotePath, local: Path) -> bool:
        size = local.stat().st_size
        with self._mutex:
            if self._size + size > self._limit:
                return False
            self._copies[path] = (local, size)
            self._size += size
        return True


def shared_download_cache() -> DownloadCache:
    """Return this process's cache, which is removed when the process ends."""
    with _making:  # all threads must share one cache
        return _create()


@cache
def _create() -> DownloadCache:
    atexit.register(close_shared)
    return DownloadCache()


def close_shared() -> None:
    """Remove the files of the shared cache, if there is one."""
    if _create.cache_info().currsize:
        _create().close()


@contextmanager
def local_copy(path: Path, *, keep: bool = False) -> Iterator[Path]:
    """Lend a local file with a picture's bytes; a local picture itself.

    Args:
        path: of any kind.
        keep: download the object again and, if there is space, cache the copy until
            ``release``.

    Raises:
        OSError: the object does not exist, or can't be read.
        FolderError: the storage can't be reached.
    """
    if not isinstance(path, RemotePath):
        yield path
        return
    downloads = shared_download_cache()
    with downloads.download(path) if keep else downloads.open(path) as local:
        yield local


def fetch_ahead(path: Path) -> None:
    """Download an object for the decoder; if that fails, the decoder reports why."""
    if isinstance(path, RemotePath):
        with contextlib.suppress(OSError), local_copy(path, keep=True):
            pass


def release(path: Path) -> None:
    """Remove the cached copy of an object."""
    if isinstance(path, RemotePath):
        shared_download_cache().release(path)


def _sweep(parent: Path) -> None:
    """Remove the folders that killed processes of this user left behind."""
    for folder in parent.glob(f"{_PREFIX}*"):
        if _FOLDER.fullmatch(folder.name) is None or not is_own_folder(folder):
            continue
        with contextlib.suppress(OSError):
            if not is_plain_file(folder / _LOCK):
                if time.time() - folder.lstat().st_mtime > _YOUNG:
                    folder.rmdir()  # its process was killed before it created the lock
                continue
            with _lock_of(folder).acquire(timeout=0):
                _remove(folder)


def _remove(folder: Path) -> None:
    """Remove the copies in a folder, and the folder unless anything else is in it."""
    with contextlib.suppress(OSError):
        for path in list(folder.iterdir()):
            if _COPY.fullmatch(path.name) is None:
                continue
            if is_own_folder(path):
                _remove_lent(path)
            elif is_plain_file(path):
                path.unlink()
        if [path.name for path in folder.iterdir()] == [_LOCK]:
            (folder / _LOCK).unlink()
        folder.rmdir()


def _remove_lent(folder: Path) -> None:
    """Remove the copy for another program, unless that program saved files there."""
    with contextlib.suppress(OSError):
        for path in list(folder.iterdir()):
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and stat.S_IMODE(status.st_mode) == _READ_ONLY:
                if os.name == "nt":  # which removes no read-only file
                    path.chmod(0o600)
                path.unlink()
        folder.rmdir()


def _lock_of(folder: Path) -> BaseFileLock:
    from filelock import FileLock

    return FileLock(folder / _LOCK, thread_local=False)
