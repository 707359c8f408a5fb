"""The catalog's writing side. Hold ``lock.writer_lock`` while using it.

Every method is one transaction: after a kill or a power cut, all of it is there or nothing.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np

from tui.domain import ModelError
from tui.library.paths import BELOW, encode, fold, span
from tui.library.records import Committed, Forgotten, int64

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from tui.domain import Vectors
    from tui.library.catalog import Catalog
    from tui.library.records import Generation, IndexedFile

UNIT_TOLERANCE = 1e-2
"""How far from 1 a vector's length may be; bfloat16 towers are off by up to 0.4 %."""


class CatalogWriter:
    """Changes a catalog that was opened for writing."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def add_root(self, folder: Path) -> None:
        """Remember a folder that was given to index."""
        with self._catalog.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (encode(folder),))

    def register_model(self, model_id: str, dim: int) -> None:
        """Make room for a model's vectors; does nothing when it is known.

        Raises:
            ModelError: it is known with another length.
        """
        known = self._catalog.dim(model_id)
        if known is None:
            with self._catalog.writing() as connection:
                connection.execute(
                    "INSERT OR IGNORE INTO models (name, dim) VALUES (?, ?)", (model_id, dim)
                )
        elif known != dim:
            raise ModelError(
                f"The library has vectors of length {known} for the model {model_id}, "
                f"not {dim}: give the changed model another name."
            )

    def commit(self, model_id: str, batch: Sequence[IndexedFile]) -> Committed:
        """Write a batch: rows of files, contents and embeddings together.

        A content that has a vector of the model keeps it. The model must be registered when the
        batch holds vectors.

        Raises:
            ModelError: a vector is not finite, not of unit length, or not of the model's length.
        """
        vectors = {
            index: item.vector for index, item in enumerate(batch) if item.vector is not None
        }
        blobs = dict(zip(vectors, self._checked(model_id, list(vectors.values())), strict=True))
        embedded = reused = failed = 0
        with self._catalog.writing() as connection:
            for index, item in enumerate(batch):
                content_id, known = _put_content(connection, item)
                _put_file(connection, item, content_id)
                if index in blobs:
                    added = _put_vector(connection, model_id, content_id, blobs[index])
                    embedded += added
                    reused += not added
                elif item.error is not None:
                    failed += 1
                else:
                    reused += known
        return Committed(len(batch), embedded, reused, failed)

    def remove_files(self, file_ids: Iterable[int]) -> int:
        """Drop files that are gone from disk; what is known of their bytes stays.

        A file that comes back later, anywhere, costs no embedding. Returns how many were there.
        """
        wanted = json.dumps([int(number) for number in file_ids])
        with self._catalog.writing() as connection:
            cursor = connection.execute(
                "DELETE FROM files WHERE id IN (SELECT value FROM json_each(?))", (wanted,)
            )
            if cursor.rowcount:
                _rewritten(connection)
            return cursor.rowcount

    def set_available(self, root: Path, missing: Iterable[Path] = ()) -> int:
        """Say which folders below ``root`` are there now: all but ``missing`` and what is below.

        A missing folder keeps its rows, out of every result, until it is there again or is
        forgotten. Returns how many folders changed; nothing is written when none did.
        """
        spans = [dict(span(folder)._asdict()) for folder in missing]
        with self._catalog.reading() as connection:
            known = connection.execute(
                f"SELECT d.id, d.available FROM folders d WHERE {BELOW}", span(root)._asdict()
            ).fetchall()
            gone = {
                row[0]
                for values in spans
                for row in connection.execute(f"SELECT d.id FROM folders d WHERE {BELOW}", values)
            }
        changes = [
            (number not in gone, number)
            for number, available in known
            if bool(available) == (number in gone)
        ]
        if changes:
            with self._catalog.writing() as connection:
                connection.executemany("UPDATE folders SET available = ? WHERE id = ?", changes)
                _rewritten(connection)
        return len(changes)

    def forget(self, folder: Path, *, dry_run: bool = False) -> Forgotten:
        """Remove a folder and all below it from the library, and what only these files had.

        Nothing on disk is touched. With ``dry_run`` it only says what it would remove.
        """
        values = span(folder)._asdict()
        with self._catalog.writing() as connection:
            connection.execute("SAVEPOINT trial")
            files = connection.execute(
                f"DELETE FROM files WHERE folder_id IN (SELECT d.id FROM folders d WHERE {BELOW})",
                values,
            ).rowcount
            folders = connection.execute(f"DELETE FROM folders AS d WHERE {BELOW}", values).rowcount
            connection.execute(f"DELETE FROM roots AS d WHERE {BELOW}", values)
            contents, embeddings = _prune(connection)
            _rewritten(connection)
            if dry_run:
                connection.execute("ROLLBACK TO trial")
        return Forgotten(folders, files, contents, embeddings)

    def prune(self) -> Forgotten:
        """Drop contents and embeddings that no file has any more, and empty folders."""
        with self._catalog.writing() as connection:
            folders = connection.execute(
                "DELETE FROM folders WHERE id NOT IN (SELECT folder_id FROM files)"
            ).rowcount
            contents, embeddings = _prune(connection)
            _rewritten(connection)
        return Forgotten(folders, 0, contents, embeddings)

    def replace_generation(self, generation: Generation) -> None:
        """Announce a saved index file in the place of the older ones of its model and kind.

        ``generation_id`` and ``created_ns`` are given by the catalog.
        """
        values = asdict(generation)
        with self._catalog.writing() as connection:
            connection.execute(
                "DELETE FROM generations WHERE kind = :kind"
                " AND model_id = (SELECT id FROM models WHERE name = :model_id)",
                values,
            )
            connection.execute(
                "INSERT INTO generations (model_id, kind, file, seq_covered, n, dim, dtype,"
                " metric, bytes, crc32, created_ns) SELECT id, :kind, :file, :seq_covered, :n,"
                " :dim, :dtype, :metric, :size, :crc32, :now FROM models WHERE name = :model_id",
                {**values, "now": time.time_ns()},
            )

    def _checked(self, model_id: str, vectors: list[Vectors]) -> list[bytes]:
        if not vectors:
            return []
        dim = self._catalog.dim(model_id)
        if dim is None:
            raise ModelError(f"The model {model_id} is not registered in this library.")
        if any(vector.shape != (dim,) for vector in vectors):
            raise ModelError(f"The model {model_id} gave a vector that has not length {dim}.")
        rows = np.stack(vectors).astype(np.float32)
        lengths = np.linalg.norm(rows, axis=1)
        if not np.all(np.abs(lengths - 1.0) <= UNIT_TOLERANCE):  # NaN compares false as well
            raise ModelError(f"The model {model_id} gave a vector that is not of unit length.")
        return [row.tobytes() for row in (rows / lengths[:, np.newaxis]).astype("<f2")]


def _put_content(connection: sqlite3.Connection, item: IndexedFile) -> tuple[int | None, bool]:
    """Return the content's id (None for unreadable bytes) and whether it was known."""
    if item.digest is None:
        return None, False
    row = connection.execute(
        "SELECT id, error FROM contents WHERE hash = ?", (item.digest,)
    ).fetchone()
    if row is None:
        cursor = connection.execute("INSERT INTO contents (hash) VALUES (?)", (item.digest,))
        content_id, known = int(cursor.lastrowid or 0), False
    else:
        content_id, known = int(row[0]), True
    if item.info is not None or item.error is not None:
        _describe(connection, content_id, item)
    return content_id, known


def _describe(connection: sqlite3.Connection, content_id: int, item: IndexedFile) -> None:
    info = item.info
    facts: tuple[object, ...] = (None,) * 7
    if info is not None:
        place = (info.latitude, info.longitude)
        facts = (info.width, info.height, info.format, info.taken_ns, info.camera, *place)
    connection.execute(
        "UPDATE contents SET width = ?, height = ?, format = ?, taken_ns = ?, camera = ?,"
        " latitude = ?, longitude = ?, error = ?, decoder = ? WHERE id = ?",
        (*facts, item.error, item.decoder, content_id),
    )


def _put_file(connection: sqlite3.Connection, item: IndexedFile, content_id: int | None) -> None:
    folder, name = item.file.path.parent, item.file.path.name
    folder_id = _folder_id(connection, encode(folder))
    encoded = os.fsencode(name)
    values = (
        int64(item.file.size),
        int64(item.file.mtime_ns),
        int64(item.file.inode),
        content_id,
        item.error if content_id is None else None,
    )
    row = connection.execute(
        "SELECT id, content_id FROM files WHERE folder_id = ? AND name = ?", (folder_id, encoded)
    ).fetchone()
    if row is None:
        connection.execute(
            "INSERT INTO files (folder_id, name, folded, size, mtime_ns, inode, content_id, error)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (folder_id, encoded, fold(name), *values),
        )
        return
    connection.execute(
        "UPDATE files SET size = ?, mtime_ns = ?, inode = ?, content_id = ?, error = ?"
        " WHERE id = ?",
        (*values, row[0]),
    )
    if row[1] != content_id:
        _rewritten(connection)


def _folder_id(connection: sqlite3.Connection, path: bytes) -> int:
    row = connection.execute("SELECT id, available FROM folders WHERE path = ?", (path,)).fetchone()
    if row is None:
        cursor = connection.execute("INSERT INTO folders (path) VALUES (?)", (path,))
        return int(cursor.lastrowid or 0)
    if not row[1]:  # its files were just read, so it is there
        connection.execute("UPDATE folders SET available = 1 WHERE id = ?", (row[0],))
        _rewritten(connection)
    return int(row[0])


def _put_vector(
    connection: sqlite3.Connection, model_id: str, content_id: int | None, blob: bytes
) -> bool:
    cursor = connection.execute(
        "INSERT OR IGNORE INTO embeddings (model_id, content_id, vector)"
        " SELECT id, ?, ? FROM models WHERE name = ?",
        (content_id, blob, model_id),
    )
    return cursor.rowcount > 0


def _prune(connection: sqlite3.Connection) -> tuple[int, int]:
    orphans = (
        "SELECT c.id FROM contents c WHERE NOT EXISTS"
        " (SELECT 1 FROM files f WHERE f.content_id = c.id)"
    )
    embeddings = connection.execute(
        f"DELETE FROM embeddings WHERE content_id IN ({orphans})"
    ).rowcount
    contents = connection.execute(f"DELETE FROM contents WHERE id IN ({orphans})").rowcount
    return contents, embeddings


def _rewritten(connection: sqlite3.Connection) -> None:
    """Note that more happened than new rows, so that readers can't just read the new ones."""
    connection.execute("UPDATE counters SET value = value + 1 WHERE name = 'rewrites'")
