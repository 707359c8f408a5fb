"""The store of a library on a Milvus server.

An indexing run first reads all files with strong consistency, to compare them with the disk. Later
queries never see fewer writes, so they use eventual consistency, which is much faster; a cache has
the rows that the run itself has just written.

The id of a content is its hash as a number.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.core.closing import Closing
from tui.core.domain import Failure
from tui.core.errors import ModelError
from tui.library.base.folder_notes import OPTIONS
from tui.library.base.records import CatalogStatus, ContentRecord
from tui.library.base.unit_vectors import to_float32
from tui.library.milvus.address import parse_address
from tui.library.milvus.client import TOKEN_VARIABLE, ServerClient
from tui.library.milvus.connection import MilvusConnection
from tui.library.milvus.metadata import ROOT
from tui.library.milvus.rows.collection import MOST, parts
from tui.library.milvus.rows.expressions import EVERY, FAILED, FOUND, below, in_folder, with_content
from tui.library.milvus.rows.schema import DETAILS, RECORD_FIELDS, details_of, file_record, path_of
from tui.library.milvus.writer import MilvusWriter
from tui.storage.path_encoding import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tui.core.domain import Cancelled, FileDetails, Vectors
    from tui.library.base.records import FileRecord
    from tui.library.milvus.rows.collection import RowCollection

_AT_ONCE = 200

WRITER_PATIENCE = 30.0
READER_PATIENCE = 1.0
"""Seconds for which a call to an unavailable server is retried, by a run and by a search."""


class MilvusStore(Closing):
    """The library of one database; every method may be called from any thread.

    Args:
        connection: to the database; closed with the store.
    """

    def __init__(self, connection: MilvusConnection) -> None:
        self.connection = connection
        self.client = connection.client
        self.metadata = connection.metadata
        self.rows = connection.rows
        self.dim = connection.dim
        self.models = connection.models
        self.model_metadata = connection.model_metadata
        self._writer: MilvusWriter | None = None

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()

    def version(self) -> int:
        """Return a number that changes shortly after each write of any process; cheap."""
        return self.metadata.version()

    # --- for an indexing run ------------------------------------------------------------------

    def roots(self) -> list[Path]:
        """Return the indexed folders, unavailable ones included."""
        return [decode(path) for path in sorted(self.metadata.all(ROOT))]

    def folder_notes(self, kind: str) -> dict[bytes, Any]:
        """Return the notes of a kind, by the folder's encoded path."""
        return self.metadata.all(kind, strong=True)

    def file_records(
        self, scope: Path, model_id: str, *, deep: bool = True
    ) -> dict[bytes, FileRecord]:
        """Return every file of the library below a folder, by ``os.fsencode(path)``.

        Without ``deep``, only those directly in the folder.
        """
        rows = self.rows(model_id)
        if rows is None:
            return {}
        expression = below(scope) if deep else in_folder(encode(scope))
        pages = rows.pages(expression, RECORD_FIELDS)
        records = dict(file_record(row) for page in pages for row in page)
        if self._writer is not None and deep:
            self._writer.recount_differing(scope, model_id, records)
        return records

    def content_records(
        self, digests: Iterable[bytes], model_id: str
    ) -> dict[bytes, ContentRecord]:
        """Return the contents with these hashes, by hash, without missing ones."""
        rows = self.rows(model_id)
        if rows is None:
            return {}
        keys = set(digests)
        records = {
            key: record
            for key in keys
            if (record := self.connection.write_cache.record(model_id, key))
        }
        for part in parts(sorted(keys - records.keys()), _AT_ONCE):
            records |= _content_records(rows, part)
        return records

    def digest(self, content_id: int) -> bytes:
        """Return the hash of a content of `file_records`."""
        return content_id.to_bytes(16, "big")

    @contextmanager
    def writing(self, tick: Cancelled) -> Iterator[MilvusWriter]:
        """Yield a writer without a lock: two runs write the same rows for the same files."""
        writer = MilvusWriter(self.connection)
        self._writer = writer
        try:
            yield writer
            writer.finish(stopped=tick())
        finally:
            self._writer = None

    def save(self, model_id: str, *, finished: bool = False, cancelled: Cancelled) -> None:
        """Index the written rows at the end of a large run."""
        if self._writer is not None and finished and not cancelled():
            self._writer.save(model_id)

    # --- for readers --------------------------------------------------------------------------

    def count(self, scope: Path | None = None, model_id: str | None = None) -> int:
        """Return how many pictures a model has, by default the model with the most."""
        models = [model_id] if model_id is not None else list(self.models())
        tables = filter(None, map(self.rows, models))
        text = FOUND if scope is None else f"{FOUND} and {below(scope)}"
        return max((table.count(text) for table in tables), default=0)

    def folder_counts(self, parent: Path, model_id: str | None = None) -> dict[str, int]:
        """Return each child folder's name with the number of pictures anywhere below it."""
        models = [model_id] if model_id is not None else list(self.models())
        counts: dict[str, int] = {}
        for model in models:
            for name, pictures in self.model_metadata(model).folder_counts(parent).items():
                counts[name] = max(pictures, counts.get(name, 0))
        return counts

    def details(self, file_ids: Iterable[int], model_id: str) -> list[FileDetails]:
        """Return the files in the order of their ids, without removed ones."""
        rows, ids = self.rows(model_id), list(file_ids)
        by_id = {} if rows is None else {row["id"]: row for row in rows.with_ids(ids, DETAILS)}
        return [details_of(by_id[number]) for number in ids if number in by_id]

    def vectors(self, model_id: str, file_ids: Iterable[int]) -> Vectors:
        """Return the files' unit vectors, float32 ``(n, dim)``, in this order.

        Raises:
            ModelError: one of them has no vector of this model.
        """
        rows, ids = self.rows(model_id), list(file_ids)
        if rows is None:
            raise ModelError(f"The model {model_id} is not registered in this library.")
        by_id = {
            row["id"]: row["vector"]
            for row in rows.with_ids(ids, ("id", "vector", "error"))
            if not row["error"]
        }
        if missing := [number for number in ids if number not in by_id]:
            raise ModelError(f"The library has no vector of {model_id} for file {missing[0]}.")
        vectors = np.array([by_id[number] for number in ids], dtype=np.float32)
        return to_float32(vectors.reshape(len(ids), rows.dim))

    def failures(self, limit: int, scope: Path | None = None) -> list[Failure]:
        """Return at most ``limit`` files that could not be indexed, by path."""
        text = FAILED if scope is None else f"{FAILED} and {below(scope)}"
        tables = filter(None, map(self.rows, self.models()))
        failed = {
            row["path"]: row["error"]
            for rows in tables
            for row in rows.query(text, ("path", "error"))
        }
        return [Failure(path_of(path), failed[path]) for path in sorted(failed)[:limit]]

    def status(self) -> CatalogStatus:
        """Return the library in figures; the server does not report its size."""
        tables = {model: rows for model in self.models() if (rows := self.rows(model))}
        pictures = {model: rows.count(FOUND, strong=True) for model, rows in tables.items()}
        files = max((rows.count(EVERY) for rows in tables.values()), default=0)
        failures = max((rows.count(FAILED) for rows in tables.values()), default=0)
        most = max(pictures.values(), default=0)
        return CatalogStatus(
            roots=self.roots(),
            files=files,
            pictures=most,
            unavailable=0,
            failures=failures,
            contents=None,
            bytes=0,
            embeddings=pictures,
            options=self.folder_notes(OPTIONS),
        )


def open_milvus(address: str, *, write: bool = False) -> MilvusStore:
    """Open the library at an address; a writer creates it if it is missing.

    The credentials come only from the environment (``PHOTOSEEK_MILVUS_TOKEN``).

    Raises:
        ConfigError: the address is invalid.
        ServerError: the server is unavailable, rejects the user, or has no such library.
    """
    patience = WRITER_PATIENCE if write else READER_PATIENCE
    token = os.environ.get(TOKEN_VARIABLE, "")
    client = ServerClient(parse_address(address), token, patience=patience)
    try:
        return MilvusStore(MilvusConnection(client, make=write))
    except BaseException:
        client.close()
        raise


def _content_records(rows: RowCollection, digests: Sequence[bytes]) -> dict[bytes, ContentRecord]:
    """Query in smaller parts if the copies of some contents exceed one answer."""
    answer = rows.query(with_content(digests), ("content", "error", "decoder"))
    if len(answer) == MOST and len(digests) > 1:
        middle = len(digests) // 2
        return _content_records(rows, digests[:middle]) | _content_records(rows, digests[middle:])
    records = {}
    # A copy that is a picture comes last, and so takes precedence.
    for row in sorted(answer, key=lambda row: not row["error"]):
        digest, error = bytes.fromhex(row["content"]), row["error"] or None
        number = int.from_bytes(digest, "big")
        records[digest] = ContentRecord(number, error is None, error, row["decoder"] or None)
    return records
