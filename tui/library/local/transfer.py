"""A library in a folder, to copy from or into."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.base.transfer import Record
from tui.library.base.unit_vectors import are_unit_length
from tui.library.local.catalog.file_records import read_content_records
from tui.library.local.catalog.lock import writer_lock
from tui.library.local.catalog.row_writes import mark_first_new, put_content, put_file, put_vector
from tui.library.local.catalog.vector_rows import SHAPED
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.saving import write_generation
from tui.storage.path_encoding import decode, encode, join

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tui.core.domain import Cancelled
    from tui.library.local.catalog.reader import Catalog

_RECORD = (
    "SELECT f.id, d.path, f.name, f.size, f.mtime_ns, f.inode, c.hash, coalesce(f.error, c.error),"
    " c.decoder, {vector}, c.format, c.width, c.height, c.taken_ns, c.camera, c.latitude,"
    " c.longitude FROM {files}"
    " LEFT JOIN contents c ON c.id = f.content_id"
    " LEFT JOIN embeddings e ON e.content_id = c.id"
    f" AND e.model_id = (SELECT id FROM models WHERE name = :model) AND {SHAPED}"
    " WHERE {which}"
)
_PAGE = {
    "files": "files f CROSS JOIN folders d ON d.id = f.folder_id",
    "which": "f.id > :after ORDER BY f.id LIMIT :limit",
}
_ONE = {
    "files": "folders d CROSS JOIN files f ON f.folder_id = d.id",
    "which": "d.path = :folder AND f.name = :name",
}
_VECTOR = {True: "e.vector", False: "CASE WHEN e.seq IS NOT NULL THEN x'' END"}


class LocalEndpoint:
    """A library in a folder; its records are in the order of the files' ids."""

    keeps_bare_files = True

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.roots = catalog.roots
        self.folder_notes = catalog.folder_notes

    def models(self) -> Mapping[str, int]:
        """Return the length of each model's vectors."""
        with self._catalog.reading() as connection:
            return dict(connection.execute("SELECT name, dim FROM models ORDER BY id").fetchall())

    def count(self, model_id: str) -> int:  # noqa: ARG002 (each model's pages have all files)
        """Return how many files there are."""
        with self._catalog.reading() as connection:
            return int(connection.execute("SELECT count(*) FROM files").fetchone()[0])

    def page(self, model_id: str, after: int, limit: int, *, vectors: bool) -> Sequence[Record]:
        """Return the next files."""
        with self._catalog.reading() as connection:
            rows = connection.execute(
                _RECORD.format(vector=_VECTOR[vectors], **_PAGE),
                {"model": model_id, "after": after, "limit": limit},
            ).fetchall()
        return [_record(row) for row in rows]

    def find(self, model_id: str, paths: Sequence[bytes], *, vectors: bool) -> dict[bytes, Record]:
        """Return the records of these files, without missing ones."""
        statement = _RECORD.format(vector=_VECTOR[vectors], **_ONE)
        records = {}
        with self._catalog.reading() as connection:
            for path in paths:
                folder, name = _parts(path)
                values = {"model": model_id, "folder": folder, "name": name}
                row = connection.execute(statement, values).fetchone()
                if row is not None:
                    records[path] = _record(row)
        return records

    @contextmanager
    def writing(self) -> Iterator[CatalogWriter]:
        """Hold the writer lock."""
        with writer_lock(self._catalog.data_dir):
            yield CatalogWriter(self._catalog)

    def put(self, model_id: str, items: Sequence[IndexedFile]) -> None:
        """Write files in one transaction, without marking their pictures as new."""
        digests = [item.digest for item in items if item.digest is not None]
        with self._catalog.writing() as connection:
            contents = read_content_records(connection, digests, model_id)
            for item in items:
                content = None if item.digest is None else contents.get(item.digest)
                if content is not None and (content.error is None or item.error is not None):
                    row = IndexedFile(item.file, item.digest)  # the facts of its bytes stay
                else:
                    row = item
                content_id, _ = put_content(connection, row)
                put_file(connection, row, content_id)
                if item.vector is not None:
                    blob = item.vector.astype("<f2").tobytes()
                    put_vector(connection, model_id, content_id, blob)
            mark_first_new(connection, _last_content(connection) + 1)

    def finish(
        self, model_id: str, on_progress: Callable[[int, int], object], cancelled: Cancelled
    ) -> None:
        """Save the index."""
        write_generation(
            self._catalog, model_id, finished=True, cancelled=cancelled, on_progress=on_progress
        )


def _parts(path: bytes) -> tuple[bytes, bytes]:
    file = decode(path)
    return encode(file.parent), os.fsencode(file.name)


def _last_content(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM contents").fetchone()[0])


def _record(row: tuple[Any, ...]) -> Record:
    number, folder, name, size, mtime_ns, inode, digest, error, decoder, blob, *facts = row
    path = join(folder, name)
    kind, width, height, *more = facts
    info = None if kind is None else PictureInfo(width, height, kind, *more)
    vector = np.frombuffer(blob, dtype="<f2").astype(np.float32) if blob else None
    if vector is not None and not are_unit_length(vector[np.newaxis])[0]:
        vector = blob = None  # damaged: treat it as missing
    file = ImageFile(decode(path), size, mtime_ns, inode)
    item = IndexedFile(file, digest, info, vector, error, decoder)
    return Record(path, item, blob is not None, number)
