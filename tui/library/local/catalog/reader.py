"""The catalog: an SQLite database of files, contents and embeddings, the source of truth.

This is its reading side; ``writer`` changes it. Load this module late: it imports NumPy.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tui.core.closing import Closing
from tui.core.domain import Failure, FileDetails, PictureInfo
from tui.core.errors import CatalogError
from tui.library.base.folder_notes import OPTIONS, read_notes
from tui.library.base.records import CatalogStatus
from tui.library.local.catalog.connection_pool import ConnectionPool
from tui.library.local.catalog.file_records import read_content_records, read_file_records
from tui.library.local.catalog.file_tables import FileTables
from tui.library.local.catalog.vector_rows import (
    read_delta,
    read_dim,
    read_generations,
    read_vectors,
)
from tui.storage.path_encoding import BELOW, decode, join, span, sum_by_child

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tui.core.domain import Vectors
    from tui.library.base.records import ContentRecord, Delta, FileRecord, FileTable, Generation


class Catalog(Closing):
    """One library's catalog; every method may be called from any thread.

    Methods that take ``scope`` cover that folder and its subfolders; None means the whole library.
    Unavailable folders are excluded from every result but ``file_records`` and ``status``.
    """

    def __init__(self, data_dir: Path, connections: ConnectionPool) -> None:
        self.data_dir = data_dir
        self._connections = connections
        self._tables = FileTables(self.reading, self.data_version)

    @classmethod
    def open(cls, data_dir: Path, *, read_only: bool = False) -> Catalog:
        """Open a library's catalog; a writer creates it if it is missing.

        A reader of a data folder that does not exist yet sees an empty library. An older catalog is
        migrated, with a backup beside it.

        Raises:
            CatalogError: it is damaged, from a newer version, or can't be opened.
        """
        return cls(data_dir, ConnectionPool(data_dir, read_only=read_only))

    def close(self) -> None:
        """Close every connection; the catalog can't be used afterwards."""
        self._connections.close()

    @property
    def path(self) -> Path:
        """The database file."""
        return self._connections.path

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Lend a connection to read with; errors become CatalogError."""
        return self._connections.reading()

    def writing(self) -> AbstractContextManager[sqlite3.Connection]:
        """Run one transaction; errors roll it back and become CatalogError."""
        return self._connections.writing()

    def data_version(self) -> int:
        """Return a number that changes with every commit of any process, this one included."""
        return self._connections.data_version()

    # --- available files ----------------------------------------------------------------------

    def files(self, model_id: str, scope: Path | None = None) -> FileTable:
        """Return the available files whose content has an embedding of the model, by file id.

        While nothing was committed, the table of the whole library is the same object.
        """
        if scope is None:
            return self._tables.whole(model_id)
        return self._tables.below(model_id, scope)

    def details(self, file_ids: Iterable[int]) -> list[FileDetails]:
        """Return the files in the order of their ids, without removed ones."""
        ids = [int(number) for number in file_ids]
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT f.id, d.path, f.name, f.size, f.mtime_ns, c.hash, c.format, c.width,"
                " c.height, c.taken_ns, c.camera, c.latitude, c.longitude FROM json_each(?) wanted"
                " CROSS JOIN files f ON f.id = wanted.value JOIN folders d ON d.id = f.folder_id"
                " LEFT JOIN contents c ON c.id = f.content_id",
                (json.dumps(ids),),
            ).fetchall()
        details = {row[0]: _details(row) for row in rows}
        return [details[number] for number in ids if number in details]

    def folder_counts(self, parent: Path) -> dict[str, int]:
        """Return each child folder's name with the number of pictures anywhere below it."""
        limits = span(parent)
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT path, pictures FROM folders"
                " WHERE path >= ? AND path < ? AND available AND pictures",
                (limits.low, limits.high),
            ).fetchall()
        return sum_by_child(parent, rows)

    def count(self, scope: Path | None = None, model_id: str | None = None) -> int:
        """Return the number of pictures, or of those with an embedding of a model."""
        if model_id is not None:
            return len(self.files(model_id, scope))
        where, values = _scoped(scope)
        with self.reading() as connection:
            row = connection.execute(
                f"SELECT coalesce(sum(d.pictures), 0) FROM folders d WHERE d.available {where}",
                values,
            ).fetchone()
        return int(row[0])

    # --- for an indexing run ------------------------------------------------------------------

    def roots(self) -> list[Path]:
        """Return the indexed folders, unavailable ones included."""
        with self.reading() as connection:
            rows = connection.execute("SELECT path FROM roots ORDER BY path").fetchall()
        return [decode(path) for (path,) in rows]

    def folder_notes(self, kind: str) -> dict[bytes, Any]:
        """Return the notes of a kind, by the folder's encoded path."""
        with self.reading() as connection:
            return read_notes(connection, kind)

    def file_records(
        self, scope: Path, model_id: str, *, deep: bool = True
    ) -> dict[bytes, FileRecord]:
        """Return every file of the library below a folder, by ``os.fsencode(path)``.

        Without ``deep``, only those directly in the folder. Files of unavailable folders are
        included, so that a folder that returns is not embedded again.
        """
        with self.reading() as connection:
            return read_file_records(connection, scope, model_id, deep=deep)

    def content_records(
        self, digests: Iterable[bytes], model_id: str
    ) -> dict[bytes, ContentRecord]:
        """Return the contents with these hashes, by hash, without missing ones."""
        with self.reading() as connection:
            return read_content_records(connection, list(digests), model_id)

    def digest(self, content_id: int) -> bytes:
        """Return the hash of a content.

        Raises:
            CatalogError: there is no such content.
        """
        with self.reading() as connection:
            row = connection.execute(
                "SELECT hash FROM contents WHERE id = ?", (content_id,)
            ).fetchone()
        if row is None:
            raise CatalogError(f"The catalog has no content {content_id}; run again.")
        return bytes(row[0])

    # --- vectors ------------------------------------------------------------------------------

    def dim(self, model_id: str) -> int | None:
        """Return the length of a model's vectors, None for a model that is not registered."""
        with self.reading() as connection:
            return read_dim(connection, model_id)

    def vectors(self, model_id: str, content_ids: Iterable[int]) -> Vectors:
        """Return the contents' unit vectors, float32 ``(n, dim)``, in the order of the ids.

        Raises:
            CatalogError: one of them has no vector of this model.
        """
        with self.reading() as connection:
            return read_vectors(connection, model_id, content_ids)

    def vectors_since(self, model_id: str, seq: int, limit: int = -1) -> Delta:
        """Return at most ``limit`` vectors committed after ``seq``, oldest first; -1 means all."""
        with self.reading() as connection:
            return read_delta(connection, model_id, seq, limit)

    def generations(self, model_id: str | None = None) -> list[Generation]:
        """Return the saved index files, of one model or of all, newest first."""
        with self.reading() as connection:
            return read_generations(connection, model_id)

    # --- for the user -------------------------------------------------------------------------

    def failures(self, limit: int, scope: Path | None = None) -> list[Failure]:
        """Return at most ``limit`` files that could not be indexed, by path."""
        where, values = _scoped(scope)
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT d.path, f.name, coalesce(f.error, c.error) FROM folders d"
                " JOIN files f ON f.folder_id = d.id LEFT JOIN contents c ON c.id = f.content_id"
                " WHERE d.available AND coalesce(f.error, c.error) IS NOT NULL"
                f" {where} ORDER BY d.path, f.name LIMIT :limit",
                {"limit": limit, **values},
            ).fetchall()
        return [Failure(decode(join(folder, name)), reason) for folder, name, reason in rows]

    def status(self) -> CatalogStatus:
        """Return the catalog in figures."""
        generations = self.generations()
        with self.reading() as connection:

            def number(statement: str) -> int:
                return int(connection.execute(statement).fetchone()[0])

            return CatalogStatus(
                roots=self.roots(),
                options=read_notes(connection, OPTIONS),
                files=number("SELECT count(*) FROM files"),
                pictures=number("SELECT coalesce(sum(pictures), 0) FROM folders WHERE available"),
                unavailable=number(
                    "SELECT count(*) FROM files f JOIN folders d ON d.id = f.folder_id"
                    " WHERE NOT d.available"
                ),
                failures=number(
                    "SELECT count(*) FROM files f LEFT JOIN contents c ON c.id = f.content_id"
                    " WHERE coalesce(f.error, c.error) IS NOT NULL"
                ),
                contents=number(
                    "SELECT count(DISTINCT c.id) FROM folders d JOIN files f ON f.folder_id = d.id"
                    " JOIN contents c ON c.id = f.content_id WHERE d.available AND c.error IS NULL"
                ),
                bytes=number(
                    "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
                ),
                embeddings=dict(
                    connection.execute(
                        "SELECT m.name, count(e.seq) FROM models m LEFT JOIN embeddings e"
                        " ON e.model_id = m.id GROUP BY m.id ORDER BY m.name"
                    ).fetchall()
                ),
                generations=generations,
            )


def _scoped(scope: Path | None) -> tuple[str, dict[str, Any]]:
    return ("", {}) if scope is None else (f"AND {BELOW}", dict(span(scope)._asdict()))


def _details(row: tuple[Any, ...]) -> FileDetails:
    number, folder, name, size, mtime_ns, content, kind, width, height, *facts = row
    info = None if kind is None else PictureInfo(width, height, kind, *facts)
    return FileDetails(number, decode(join(folder, name)), size, mtime_ns, info, content)
