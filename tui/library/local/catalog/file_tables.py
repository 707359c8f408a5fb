"""Tables of all files as arrays; an update reads only new rows."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.library.base.records import FileTable
from tui.storage.path_encoding import BELOW, span

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from numpy.typing import NDArray

_OF_MODEL = "AND e.model_id = (SELECT id FROM models WHERE name = :model)"

# CROSS JOIN fixes the order of the loops (SQLite documents this): without statistics the planner
# starts from the embeddings, which is 500 times slower for few files.
_ALL = (
    "SELECT f.id, f.content_id, f.folder_id FROM files f CROSS JOIN folders d ON d.id = f.folder_id"
    f" CROSS JOIN embeddings e ON e.content_id = f.content_id {_OF_MODEL}"
    " WHERE d.available"
)
_NEW_FILES = f"{_ALL} AND f.id > :file"
_NEW_VECTORS = (
    "SELECT f.id, f.content_id, f.folder_id FROM embeddings e"
    " CROSS JOIN files f ON f.content_id = e.content_id"
    " CROSS JOIN folders d ON d.id = f.folder_id"
    f" WHERE d.available AND e.seq > :seq AND f.id <= :file {_OF_MODEL}"
)


@dataclass(frozen=True, slots=True, eq=False)
class _ModelTable:
    """A table with the ids of the files' folders, and the last row that it covers."""

    version: int
    epoch: int
    rewrites: int
    file: int
    seq: int
    table: FileTable
    folders: NDArray[np.int32]


class FileTables:
    """The available files whose content has an embedding of a model.

    Reading a large table is slow, so the table of the whole library is cached: without a commit the
    same object is returned, and after a commit that only added rows (``counters.rewrites`` is
    unchanged) only these are read.
    """

    def __init__(
        self,
        reading: Callable[[], AbstractContextManager[sqlite3.Connection]],
        data_version: Callable[[], int],
    ) -> None:
        self._reading = reading
        self._data_version = data_version
        self._lock = threading.Lock()
        self._tables: dict[str, _ModelTable] = {}

    def whole(self, model_id: str) -> FileTable:
        """Return the table of the whole library."""
        return self._current(model_id).table

    def below(self, model_id: str, scope: Path) -> FileTable:
        """Return the table of one folder and its subfolders."""
        table = self._current(model_id)
        with self._reading() as connection:
            inside = _lie_below(connection, scope, table.folders)
        return FileTable(table.table.file_ids[inside], table.table.content_ids[inside])

    def _current(self, model_id: str) -> _ModelTable:
        with self._lock:
            version = self._data_version()
            table = self._tables.get(model_id)
            if table is None or table.version != version:
                with self._reading() as connection:
                    table = _read(connection, model_id, version, table)
                self._tables[model_id] = table
            return table


def _read(
    connection: sqlite3.Connection, model_id: str, version: int, previous: _ModelTable | None
) -> _ModelTable:
    rewrites, file, seq = connection.execute(
        "SELECT (SELECT value FROM counters WHERE name = 'rewrites'),"
        " (SELECT coalesce(max(id), 0) FROM files), (SELECT coalesce(max(seq), 0) FROM embeddings)"
    ).fetchone()
    epoch = version >> 32
    if previous is None or (previous.epoch, previous.rewrites) != (epoch, rewrites):
        rows = _triples(connection, _ALL, {"model": model_id})
        return _ModelTable(version, epoch, rewrites, file, seq, *_by_file(rows))
    since = {"model": model_id, "file": previous.file, "seq": previous.seq}
    added = [_triples(connection, text, since) for text in (_NEW_VECTORS, _NEW_FILES)]
    if not any(map(len, added)):
        return replace(previous, version=version, file=file, seq=seq)
    columns = np.column_stack(
        [previous.table.file_ids, previous.table.content_ids, previous.folders]
    )
    rows = np.concatenate([columns, *added])
    return _ModelTable(version, epoch, rewrites, file, seq, *_by_file(rows))


def _by_file(rows: NDArray[np.int64]) -> tuple[FileTable, NDArray[np.int32]]:
    ids = rows[:, 0]
    if np.any(ids[1:] < ids[:-1]):
        rows = rows[np.argsort(ids, kind="stable")]
    table = FileTable(np.ascontiguousarray(rows[:, 0]), np.ascontiguousarray(rows[:, 1]))
    return table, rows[:, 2].astype(np.int32)


def _triples(
    connection: sqlite3.Connection, statement: str, values: Mapping[str, Any]
) -> NDArray[np.int64]:
    """Run a query for three integers a row; shape ``(n, 3)``.

    Rows go straight into the array, without a list of tuples.
    """
    numbers = chain.from_iterable(connection.execute(statement, values))
    return np.fromiter(numbers, dtype=np.int64).reshape(-1, 3)


def _lie_below(
    connection: sqlite3.Connection, scope: Path, folder_ids: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Return which of many files are in a folder or below it, by the ids of their folders."""
    numbers = connection.execute(f"SELECT d.id FROM folders d WHERE {BELOW}", span(scope)._asdict())
    inside = np.fromiter(chain.from_iterable(numbers), dtype=np.int64)
    last = max(int(folder_ids.max(initial=0)), int(inside.max(initial=0)))
    is_inside = np.zeros(last + 1, dtype=np.bool_)
    is_inside[inside] = True
    return is_inside[folder_ids]
