"""Whole tables of files as arrays: read in one pass, then only what is new."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.library.paths import BELOW, span
from tui.library.records import FileTable

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.domain import Keys

_OF_MODEL = "AND e.model_id = (SELECT id FROM models WHERE name = :model)"

# CROSS JOIN fixes the order of the loops (SQLite's documented way): without statistics the
# planner starts from the embeddings, which is 500 times slower for a small folder.
_ALL = (
    "SELECT f.id, f.content_id FROM files f CROSS JOIN folders d ON d.id = f.folder_id"
    f" CROSS JOIN embeddings e ON e.content_id = f.content_id {_OF_MODEL}"
    " WHERE d.available"
)
_SCOPED = (
    "SELECT f.id, f.content_id FROM folders d CROSS JOIN files f ON f.folder_id = d.id"
    f" CROSS JOIN embeddings e ON e.content_id = f.content_id {_OF_MODEL}"
    f" WHERE d.available AND {BELOW}"
)
_NEW_FILES = f"{_ALL} AND f.id > :file"
_NEW_VECTORS = (
    "SELECT f.id, f.content_id FROM embeddings e"
    " CROSS JOIN files f ON f.content_id = e.content_id"
    " CROSS JOIN folders d ON d.id = f.folder_id"
    f" WHERE d.available AND e.seq > :seq AND f.id <= :file {_OF_MODEL}"
)


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A table, and up to where it was read: new rows after that only add to it."""

    version: int
    epoch: int
    rewrites: int
    file: int
    seq: int
    table: FileTable


class FileTables:
    """The files that can be found with a model.

    Reading a million takes most of a second, so the table of the whole library is kept: while
    nothing was committed the same object comes back, and after a commit that only added rows
    (``counters.rewrites`` says so) only these are read.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[sqlite3.Connection]],
        data_version: Callable[[], int],
    ) -> None:
        self._reading = reading
        self._data_version = data_version
        self._lock = threading.Lock()
        self._known: dict[str, _Known] = {}

    def whole(self, model_id: str) -> FileTable:
        """Return the table of the whole library."""
        with self._lock:
            version = self._data_version()
            known = self._known.get(model_id)
            if known is None or known.version != version:
                with self._reading() as connection:
                    known = _read(connection, model_id, version, known)
                self._known[model_id] = known
            return known.table

    def below(self, model_id: str, scope: Path) -> FileTable:
        """Return the table of one folder and all below it."""
        with self._reading() as connection:
            values = {"model": model_id, **span(scope)._asdict()}
            return _table(pairs(connection, _SCOPED, values))


def pairs(
    connection: sqlite3.Connection, statement: str, values: Mapping[str, Any]
) -> NDArray[np.int64]:
    """Run a query for two whole numbers a row; shape ``(n, 2)``.

    Rows go straight into the array: a list of a million tuples costs twice the time.
    """
    numbers = chain.from_iterable(connection.execute(statement, values))
    return np.fromiter(numbers, dtype=np.int64).reshape(-1, 2)


def _read(
    connection: sqlite3.Connection, model_id: str, version: int, known: _Known | None
) -> _Known:
    rewrites, file, seq = connection.execute(
        "SELECT (SELECT value FROM counters WHERE name = 'rewrites'),"
        " (SELECT coalesce(max(id), 0) FROM files), (SELECT coalesce(max(seq), 0) FROM embeddings)"
    ).fetchone()
    epoch = version >> 32
    if known is None or (known.epoch, known.rewrites) != (epoch, rewrites):
        table = _table(pairs(connection, _ALL, {"model": model_id}))
    else:
        since = {"model": model_id, "file": known.file, "seq": known.seq}
        added = [pairs(connection, text, since) for text in (_NEW_VECTORS, _NEW_FILES)]
        table = _longer(known.table, np.concatenate(added))
    return _Known(version, epoch, rewrites, file, seq, table)


def _table(rows: NDArray[np.int64]) -> FileTable:
    return _sorted(np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1]))


def _longer(table: FileTable, rows: NDArray[np.int64]) -> FileTable:
    if not len(rows):
        return table
    return _sorted(
        np.concatenate([table.file_ids, rows[:, 0]]),
        np.concatenate([table.content_ids, rows[:, 1]]),
    )


def _sorted(file_ids: Keys, content_ids: Keys) -> FileTable:
    if np.any(file_ids[1:] < file_ids[:-1]):
        order = np.argsort(file_ids, kind="stable")
        return FileTable(file_ids[order], content_ids[order])
    return FileTable(file_ids, content_ids)
