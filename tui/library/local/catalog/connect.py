"""Opens the catalog file: for writing, for reading, and for reading in a read-only folder."""

from __future__ import annotations

import sqlite3
import stat
import time
from typing import TYPE_CHECKING, NamedTuple

from tui.core.errors import CatalogError
from tui.library.base.permissions import is_foreign, is_writable

if TYPE_CHECKING:
    from pathlib import Path

BUSY_SECONDS = 10.0
WAL_LIMIT = 64 << 20
CACHE_KIB = 16 << 10

FOREIGN_SECONDS = 60.0
"""Time limit of a read of another user's catalog: a damaged page can point to itself, so that
SQLite would never finish."""

_STEPS = 10_000
"""Instructions of SQLite's virtual machine between two checks of the clock, about 1 ms."""


class ReadOnlySnapshot(NamedTuple):
    """A catalog without a writer: its file's date and size, and whether a log is beside it."""

    mtime_ns: int
    size: int
    has_log: bool

    @classmethod
    def of(cls, path: Path) -> ReadOnlySnapshot:
        """Return the snapshot of a catalog's file."""
        try:
            status = path.stat()
        except OSError:
            return cls(0, 0, False)
        return cls(status.st_mtime_ns, status.st_size, log_of(path).exists())

    def holds(self, path: Path) -> bool:
        """Whether the file is unchanged; a log alone does not change its contents."""
        return self[:2] == ReadOnlySnapshot.of(path)[:2]


def log_of(path: Path) -> Path:
    """Return the path of the write-ahead log."""
    return path.with_name(f"{path.name}-wal")


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open an existing catalog for writing.

    Raises:
        CatalogError: its path is a link.
    """
    refuse_links(path)
    connection = connect(f"{path.absolute().as_uri()}?mode=rw")
    # FULL: a commit is on the disk when it returns, so even a power cut loses no acknowledged
    # batch. With one commit for 64 pictures, its cost is small compared with the embedding.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open for reading, without ever writing the catalog.

    In a read-only folder, SQLite reads a WAL catalog while another process has its log open;
    without a log it does so only with ``immutable``, which promises that there is no writer.
    """
    return open_reader(path)[0]


def open_reader(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open for reading; also return whether the catalog was opened as one without a writer.

    Raises:
        CatalogError: its path is a link.
    """
    refuse_links(path)
    address = f"{path.absolute().as_uri()}?mode=ro"
    is_bounded = is_foreign(path.parent)
    try:
        return connect(address, is_bounded=is_bounded), False
    except sqlite3.OperationalError:
        if is_writable(path.parent) or log_of(path).exists():
            raise
        return connect(f"{address}&immutable=1", is_bounded=is_bounded), True


def refuse_links(path: Path) -> None:
    """Raise CatalogError if one of the paths that SQLite opens is a link or a pipe.

    In a folder that others can write, a link decides which file SQLite changes.
    """
    for name in (path, log_of(path), *(path.with_name(f"{path.name}{end}") for end in _BESIDE)):
        try:
            mode = name.lstat().st_mode
        except OSError:
            continue
        if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # SQLite itself rejects a folder
            raise CatalogError(
                f"{name} is a link or not a file; choose the folder that contains the library's "
                "files with --library FOLDER."
            )


_BESIDE = ("-shm", "-journal")


def connect(target: str, *, is_bounded: bool = False) -> sqlite3.Connection:
    """Open an SQLite URI, or ``:memory:``, and check it once."""
    connection = sqlite3.connect(
        target,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        uri=target != ":memory:",
    )
    try:
        if is_bounded:
            bound_time(connection)
            connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("SELECT count(*) FROM sqlite_master")  # the first access to the file
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def bound_time(connection: sqlite3.Connection) -> None:
    """Interrupt statements that run longer than ``FOREIGN_SECONDS``."""
    end = time.monotonic() + FOREIGN_SECONDS
    connection.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
