"""Connections to the catalog: one for writing, and a pool for reading."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

from tui.core.errors import CatalogError
from tui.library.base.permissions import CATALOG_NAME, is_foreign, make_file
from tui.library.local.catalog import schema
from tui.library.local.catalog.connect import (
    BUSY_SECONDS,
    ReadOnlySnapshot,
    bound_time,
    connect,
    open_for_reading,
    open_reader,
    open_to_write,
)
from tui.library.local.catalog.identity import identify, refuse_strange_rows, refuse_strange_schema
from tui.library.local.catalog.lock import make_data_dir, writer_lock
from tui.library.local.catalog.sentences import catalog_errors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SET_UP_PAUSE = 0.02


class ConnectionPool:
    """One connection for writing and one for each thread that reads; thread-safe.

    A reader never creates a data folder: without a catalog it reads an empty one in memory, and
    opens the real one once it exists. It also reopens a catalog that was replaced (by a repair),
    and one that was opened as having no writer (see `tui.library.local.catalog.connect`) once a
    process writes it.
    """

    def __init__(self, data_dir: Path, *, read_only: bool) -> None:
        self.path = data_dir / CATALOG_NAME
        self.read_only = read_only
        self._lock = threading.RLock()
        self._idle: list[sqlite3.Connection] = []
        self._epoch = 0
        self._file_id: tuple[int, int] | None = None
        self._snapshot: ReadOnlySnapshot | None = None
        self._closed = False
        self._is_foreign = False
        with catalog_errors(self.path):
            self._prepare(data_dir)
            self._file_id = _file_id(self.path)
            self._watch = self._open_reader()
            self._refuse_strange_rows()
            self._writer = None if read_only else open_to_write(self.path)

    def close(self) -> None:
        """Close the idle connections; the others close when they are released."""
        with self._lock, catalog_errors(self.path):
            self._closed = True
            for connection in [self._watch, *self._idle]:
                connection.close()
            self._idle.clear()
            if self._writer is not None:
                self._writer.close()

    def data_version(self) -> int:
        """Return a number that changes with every commit of any process."""
        with self._lock, catalog_errors(self.path):
            file_id = _file_id(self.path)
            if file_id is not None and (
                file_id != self._file_id or _is_empty(self._watch) or self._has_moved()
            ):
                self._reopen(file_id)
            version = int(self._watch.execute("PRAGMA data_version").fetchone()[0])
            return (self._epoch << 32) + version

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to one thread, which reads one consistent state."""
        epoch, snapshot, connection = self._acquire()
        try:
            with catalog_errors(self.path):
                connection.execute("BEGIN")
                if self._is_foreign and not _is_empty(connection):
                    bound_time(connection)
                    refuse_strange_schema(connection, self.path)  # its owner may change it
                yield connection
        except CatalogError:
            self._refuse_mixture(snapshot)
            raise
        finally:
            with suppress(sqlite3.Error):
                connection.rollback()
            self._release(epoch, connection)
        self._refuse_mixture(snapshot)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Run one transaction, which is committed at the end and rolled back by any exception."""
        if self._writer is None:
            raise CatalogError(f"{self.path} was opened for reading only.")
        with self._lock, catalog_errors(self.path):
            self._refuse_closed()
            self._writer.execute("BEGIN IMMEDIATE")
            try:
                yield self._writer
                self._writer.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._writer.rollback()
                raise

    def _prepare(self, data_dir: Path) -> None:
        if not self.read_only:
            make_data_dir(data_dir)
            _set_up(self.path)
        elif _file_id(self.path) is not None:
            _upgrade(self.path)

    def _reopen(self, file_id: tuple[int, int]) -> None:
        with suppress(sqlite3.Error):
            self._watch.close()
        for connection in self._idle:
            connection.close()
        self._idle.clear()
        self._epoch += 1
        self._file_id = file_id
        self._snapshot = None
        self._watch = self._open_reader()
        self._refuse_strange_rows()

    def _refuse_strange_rows(self) -> None:
        if self._is_foreign and not _is_empty(self._watch):
            bound_time(self._watch)
            refuse_strange_rows(self._watch, self.path)

    def _acquire(self) -> tuple[int, ReadOnlySnapshot | None, sqlite3.Connection]:
        with self._lock, catalog_errors(self.path):
            self._refuse_closed()
            if self._has_moved() and (file_id := _file_id(self.path)) is not None:
                self._reopen(file_id)
            epoch, snapshot = self._epoch, self._snapshot
            if self._idle:
                return epoch, snapshot, self._idle.pop()
        with catalog_errors(self.path):
            return epoch, snapshot, self._open_reader()

    def _has_moved(self) -> bool:
        """Whether a catalog that was opened as one without a writer has been written since."""
        return self._snapshot is not None and self._snapshot != ReadOnlySnapshot.of(self.path)

    def _refuse_mixture(self, snapshot: ReadOnlySnapshot | None) -> None:
        """Raise CatalogError if the rows read may belong to two states."""
        if snapshot is not None and not snapshot.holds(self.path):
            raise CatalogError(f"{self.path} changed while it was being read; try again.")

    def _refuse_closed(self) -> None:
        if self._closed:
            raise CatalogError(f"The catalog {self.path} is closed.")

    def _release(self, epoch: int, connection: sqlite3.Connection) -> None:
        with self._lock:
            if epoch == self._epoch and not self._closed and not _is_empty(connection):
                self._idle.append(connection)
                return
        connection.close()

    def _open_reader(self) -> sqlite3.Connection:
        if self.path.exists():
            snapshot = ReadOnlySnapshot.of(self.path)
            connection, has_no_writer = open_reader(self.path)
            if has_no_writer:
                self._snapshot = snapshot
            try:
                version = identify(connection, self.path).version
                self._is_foreign = is_foreign(self.path.parent)
                if version and self._is_foreign:
                    refuse_strange_schema(connection, self.path)
            except BaseException:
                connection.close()
                raise
            if version:
                return connection
            connection.close()  # another process is creating it
        connection = connect(":memory:")
        schema.create(connection)
        return connection


def _file_id(path: Path) -> tuple[int, int] | None:
    """Return the identity of the file; None if it is missing, or still empty."""
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status.st_size else None


def _is_empty(connection: sqlite3.Connection) -> bool:
    """Whether this is the empty in-memory catalog that replaces a missing one."""
    question = "SELECT coalesce(file, '') = '' FROM pragma_database_list WHERE name = 'main'"
    return bool(connection.execute(question).fetchone()[0])


def _set_up(path: Path) -> None:
    """Create the catalog or upgrade an older one, in the writing process.

    Two processes may do so at the same moment, and SQLite does not wait for a lock when it changes
    to WAL, so the change is retried for as long as a statement would wait.
    """
    try:
        make_file(path)
    except OSError as error:
        raise CatalogError(
            f"{path} can't be created ({error.strerror}); check its folder."
        ) from error
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            version = _make_tables(path)
            break
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or time.monotonic() > end:
                raise
        time.sleep(_SET_UP_PAUSE)
    if 0 < version < schema.VERSION:
        _migrate(path)


def _make_tables(path: Path) -> int:
    """Create missing tables; return the version that the catalog had."""
    with closing(open_to_write(path)) as connection:
        application_id, version = identify(connection, path)
        if version == schema.VERSION and is_foreign(path.parent):
            refuse_strange_schema(connection, path)
        if version == 0:
            connection.execute(f"PRAGMA page_size = {schema.PAGE_SIZE}")
        connection.execute("PRAGMA journal_mode = WAL")
        if version == 0:
            schema.create(connection)
        elif not application_id:
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    return version


def _upgrade(path: Path) -> None:
    with closing(open_for_reading(path)) as connection:
        version = identify(connection, path).version
    if 0 < version < schema.VERSION:
        _migrate(path)


def _migrate(path: Path) -> None:
    with writer_lock(path.parent, timeout=BUSY_SECONDS):
        connection = open_to_write(path)
        try:
            schema.migrate(connection, path)
        finally:
            connection.close()
