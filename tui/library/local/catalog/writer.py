"""Writes the catalog. Hold ``lock.writer_lock`` while using it.

Every method is one transaction: after a kill or a power cut, all of it is written or nothing.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tui.library.base.folder_notes import forget_notes, remove_notes, write_notes
from tui.library.base.records import CommitResult, ForgetResult
from tui.library.base.unit_vectors import normalize, refuse_other_length
from tui.library.local.catalog.row_writes import (
    count_rewrite,
    mark_first_new,
    prune,
    put_content,
    put_file,
    put_vector,
)
from tui.storage.path_encoding import BELOW, encode, span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tui.core.domain import Vectors
    from tui.library.base.records import Generation, IndexedFile
    from tui.library.local.catalog.reader import Catalog

PICTURES = (
    "(SELECT count(*) FROM files JOIN contents ON contents.id = files.content_id"
    " WHERE files.folder_id = folders.id AND contents.error IS NULL)"
)
"""The correct value of ``folders.pictures``."""


class CatalogWriter:
    """Changes a catalog that was opened for writing.

    One writer serves one indexing run, whose new pictures are the library's new pictures.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._has_new_contents = False

    def add_root(self, folder: Path) -> None:
        """Add an indexed folder."""
        with self._catalog.writing() as connection:
            connection.execute("INSERT OR IGNORE INTO roots (path) VALUES (?)", (encode(folder),))

    def register_model(self, model_id: str, dim: int) -> None:
        """Add a model if it is new.

        Raises:
            ModelError: the library has vectors of another length for it.
        """
        registered = self._catalog.dim(model_id)
        if registered is None:
            with self._catalog.writing() as connection:
                connection.execute(
                    "INSERT OR IGNORE INTO models (name, dim) VALUES (?, ?)", (model_id, dim)
                )
        else:
            refuse_other_length(model_id, registered, dim)

    def commit(self, model_id: str, batch: Sequence[IndexedFile]) -> CommitResult:
        """Write a batch: rows of files, contents and embeddings together.

        A content that has a vector of the model keeps it. The model must be registered if the batch
        contains vectors.

        Raises:
            ModelError: a vector is not finite, not of unit length, or not of the model's
                length.
        """
        vectors = {
            index: item.vector for index, item in enumerate(batch) if item.vector is not None
        }
        blobs = dict(zip(vectors, self._normalized(model_id, list(vectors.values())), strict=True))
        embedded = reused = failed = 0
        added_contents: list[int] = []
        with self._catalog.writing() as connection:
            for index, item in enumerate(batch):
                content_id, exists = put_content(connection, item)
                if content_id is not None and not (exists or item.error):
                    added_contents.append(content_id)
                put_file(connection, item, content_id)
                if index in blobs:
                    added = put_vector(connection, model_id, content_id, blobs[index])
                    embedded += added
                    reused += not added
                elif item.error is not None:
                    failed += 1
                else:
                    reused += exists
            if added_contents and not self._has_new_contents:
                mark_first_new(connection, added_contents[0])
        self._has_new_contents |= bool(added_contents)
        return CommitResult(len(batch), embedded, reused, failed)

    def remove_files(self, file_ids: Iterable[int]) -> int:
        """Remove files, but keep their contents and embeddings; return how many files existed.

        A file that returns later, at any path, is not embedded again.
        """
        ids = json.dumps([int(number) for number in file_ids])
        with self._catalog.writing() as connection:
            cursor = connection.execute(
                "DELETE FROM files WHERE id IN (SELECT value FROM json_each(?))", (ids,)
            )
            if cursor.rowcount:
                count_rewrite(connection)
            return cursor.rowcount

    def set_available(self, root: Path, missing: Iterable[Path] = ()) -> int:
        """Mark all folders below ``root`` as available, except ``missing`` ones and those below.

        An unavailable folder keeps its rows, which no result contains, until it is available again
        or removed from the library. Returns how many folders changed; writes nothing if none did.
        """
        spans = [dict(span(folder)._asdict()) for folder in missing]
        with self._catalog.reading() as connection:
            folders = connection.execute(
                f"SELECT d.id, d.available FROM folders d WHERE {BELOW}", span(root)._asdict()
            ).fetchall()
            missing_ids = {
                row[0]
                for values in spans
                for row in connection.execute(f"SELECT d.id FROM folders d WHERE {BELOW}", values)
            }
        changes = [
            (number not in missing_ids, number)
            for number, available in folders
            if bool(available) == (number in missing_ids)
        ]
        if changes:
            with self._catalog.writing() as connection:
                connection.executemany("UPDATE folders SET available = ? WHERE id = ?", changes)
                count_rewrite(connection)
        return len(changes)

    def put_folder_notes(self, kind: str, notes: Mapping[bytes, Any]) -> None:
        """Write a JSON value for each folder, by its encoded path."""
        with self._catalog.writing() as connection:
            write_notes(connection, kind, notes)

    def remove_folder_notes(self, kind: str, paths: Iterable[bytes]) -> None:
        """Remove notes."""
        with self._catalog.writing() as connection:
            remove_notes(connection, kind, paths)

    def forget(self, folder: Path, *, dry_run: bool = False) -> ForgetResult:
        """Remove a folder and its subfolders from the library, with contents only they have.

        Files on disk are unchanged. With ``dry_run`` it only counts the rows to remove.
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
            forget_notes(connection, values)
            contents, embeddings = prune(connection)
            count_rewrite(connection)
            if dry_run:
                connection.execute("ROLLBACK TO trial")
        return ForgetResult(folders, files, contents, embeddings)

    def prune(self) -> ForgetResult:
        """Remove contents and embeddings without a file, and empty folders."""
        with self._catalog.writing() as connection:
            folders = connection.execute(
                "DELETE FROM folders WHERE id NOT IN (SELECT folder_id FROM files)"
            ).rowcount
            contents, embeddings = prune(connection)
            count_rewrite(connection)
        return ForgetResult(folders, 0, contents, embeddings)

    def replace_generation(self, generation: Generation) -> None:
        """Record a saved index file; it replaces the older ones of its model and kind.

        The catalog sets its ``generation_id`` and time.
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

    def drop_generation(self, generation: Generation) -> None:
        """Remove an index file from the catalog, so that the next save writes a new one."""
        with self._catalog.writing() as connection:
            connection.execute("DELETE FROM generations WHERE id = ?", (generation.generation_id,))

    def drop_empty_models(self) -> None:
        """Remove models without vectors, so that they can be added with another length."""
        empty = "NOT IN (SELECT model_id FROM embeddings)"
        with self._catalog.writing() as connection:
            connection.execute(f"DELETE FROM generations WHERE model_id {empty}")
            connection.execute(f"DELETE FROM models WHERE id {empty}")

    def drop_vectors(self, seqs: Iterable[int]) -> None:
        """Remove damaged embeddings; the next indexing run computes them again."""
        damaged = [(seq,) for seq in seqs]
        if damaged:
            with self._catalog.writing() as connection:
                connection.executemany("DELETE FROM embeddings WHERE seq = ?", damaged)
                count_rewrite(connection)

    def recount(self) -> None:
        """Recount the pictures of every folder."""
        with self._catalog.writing() as connection:
            connection.execute(
                f"UPDATE folders SET pictures = {PICTURES} WHERE pictures <> {PICTURES}"
            )

    def _normalized(self, model_id: str, vectors: list[Vectors]) -> list[bytes]:
        if not vectors:
            return []
        dim = self._catalog.dim(model_id)
        return [row.tobytes() for row in normalize(model_id, dim, vectors)]
