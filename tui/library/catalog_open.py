"""Opening the catalog's file: to write, to read, and to read where nothing may be written."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple

from tui.library.sharing import is_writable

if TYPE_CHECKING:
    from pathlib import Path

BUSY_SECONDS = 10.0
WAL_LIMIT = 64 << 20
CACHE_KIB = 16 << 10


class Still(NamedTuple):
    """A catalog that nobody writes: its file's date and size, and whether a log is beside it."""

    mtime_ns: int
    size: int
    has_log: bool

    @classmethod
    def of(cls, path: Path) -> Still:
        """Look at a catalog's file."""
        try:
            status = path.stat()
        except OSError:
            return cls(0, 0, False)
        return cls(status.st_mtime_ns, status.st_size, log_of(path).exists())

    def holds(self, path: Path) -> bool:
        """Whether the file is what it was; a log alone changes nothing that it holds."""
        return self[:2] == Still.of(path)[:2]


def log_of(path: Path) -> Path:
    """Return where the log lies that holds what was committed last."""
    return path.with_name(f"{path.name}-wal")


def open_to_write(path: Path) -> sqlite3.Connection:
    """Open a catalog that is there to change it."""
    connection = connect(f"{path.absolute().as_uri()}?mode=rw")
    # FULL: a commit is on the disk when it returns, so even a power cut loses no acknowledged
    # batch. At one commit a batch of 64 it costs nothing next to the embedding.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open without ever writing the catalog.

    SQLite can read a WAL catalog in a folder that it may not write while somebody has its log
    open, and without one only when told that nobody writes (``immutable``).
    """
    return open_reader(path)[0]


def open_reader(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open without ever writing; return whether it was opened as one that nobody writes."""
    address = f"{path.absolute().as_uri()}?mode=ro"
    try:
        return connect(address), False
    except sqlite3.OperationalError:
        if is_writable(path.parent) or log_of(path).exists():
            raise
        return connect(f"{address}&immutable=1"), True


def connect(target: str) -> sqlite3.Connection:
    """Open an address of SQLite's, or ``:memory:``, and look at it once."""
    connection = sqlite3.connect(
        target,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        uri=target != ":memory:",
    )
    try:
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("SELECT count(*) FROM sqlite_master")  # the first look at the file
    except sqlite3.Error:
        connection.close()
        raise
    return connection
