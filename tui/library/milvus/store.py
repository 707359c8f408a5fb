"""A library on a Milvus server, as an indexing run and everybody else reads it.

What a run compares the disk with is read once all that was acknowledged before is in it. After
that a reader only ever sees more, so the run's later questions take what the server has at hand,
which is a hundred times as fast; what the run itself has just written is remembered here.

A content is known by its hash alone, and its id is that hash as a number.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.core.closing import Closing
from tui.core.domain import Failure, ModelError
from tui.library.base.folder_notes import OPTIONS
from tui.library.base.records import CatalogStatus, ContentRecord
from tui.library.milvus.metadata import MODEL, ROOT, MilvusMetadata, ModelMetadata
from tui.library.milvus.rows.collection import MOST, RowCollection, parts
from tui.library.milvus.rows.collections import open_notes, open_rows, rows_name
from tui.library.milvus.rows.expressions import EVERY, FAILED, FOUND, below, in_folder, with_content
from tui.library.milvus.rows.schema import DETAILS, KNOWN, details_of, known_file, path_of
from tui.library.milvus.write_cache import WriteCache
from tui.library.milvus.writer import MilvusWriter
from tui.storage.path_encoding import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tui.core.domain import Cancelled, FileDetails, Vectors
    from tui.library.base.records import FileRecord
    from tui.library.milvus.client import ServerClient

_AT_ONCE = 200


class MilvusStore(Closing):
    """The library of one database; every method may be called from any thread.

    Args:
        client: of the library; closing the store closes it.
        make: the library is made where it is missing.

    Raises:
        ServerError: the server is away, refuses, or has something else under that name.
    """

    def __init__(self, client: ServerClient, *, make: bool = False) -> None:
        self.client = client
        self._lock = threading.Lock()
        self._rows: dict[str, RowCollection] = {}
        self.recent = WriteCache()
        self._writer: MilvusWriter | None = None
        client.open()
        open_notes(client, make=make)
        self.notes = MilvusMetadata(client)

    def close(self) -> None:
        """Close the connection."""
        self.client.close()

    def rows(self, model_id: str) -> RowCollection | None:
        """Return a model's rows, None for a model that is not registered."""
        with self._lock:
            if model_id not in self._rows:
                dim = open_rows(self.client, model_id)
                if dim is None:
                    return None
                self._rows[model_id] = RowCollection(self.client, rows_name(model_id), dim)
            return self._rows[model_id]

    def models(self) -> dict[str, int]:
        """Return the length of each model's vectors."""
        return {name.decode(): value["dim"] for name, value in self.notes.all(MODEL).items()}

    def changed(self) -> int:
        """Return a number that changes a moment after anybody has written; cheap."""
        return self.notes.changed()

    def about(self, model_id: str) -> ModelMetadata:
        """Return the notes of one model."""
        return ModelMetadata(self.notes, model_id)

    # --- what an indexing run asks ------------------------------------------------------------

    def roots(self) -> list[Path]:
        """Return the folders that were given to index, whether they are there now or not."""
        return [decode(path) for path in sorted(self.notes.all(ROOT))]

    def folder_notes(self, kind: str) -> dict[bytes, Any]:
        """Return the notes of a kind, by the folder's encoded path."""
        return self.notes.all(kind, strong=True)

    def dim(self, model_id: str) -> int | None:
        """Return the length of a model's vectors, None for a model that is not registered."""
        rows = self.rows(model_id)
        return None if rows is None else rows.dim

    def known_files(
        self, scope: Path, model_id: str, *, deep: bool = True
    ) -> dict[bytes, FileRecord]:
        """Return every file known below a folder, by ``os.fsencode(path)``.

        Without ``deep``, those in the folder itself alone.
        """
        rows = self.rows(model_id)
        if rows is None:
            return {}
        expression = below(scope) if deep else in_folder(encode(scope))
        pages = rows.pages(expression, KNOWN)
        known = dict(known_file(row) for page in pages for row in page)
        if self._writer is not None and deep:
            self._writer.recount_differing(scope, model_id, known)
        return known

    def known_contents(self, digests: Iterable[bytes], model_id: str) -> dict[bytes, ContentRecord]:
        """Return what is known of these bytes, by hash; unknown ones are left out."""
        rows = self.rows(model_id)
        if rows is None:
            return {}
        wanted = set(digests)
        known = {key: what for key in wanted if (what := self.recent.known(model_id, key))}
        for part in parts(sorted(wanted - known.keys()), _AT_ONCE):
            known |= _known_contents(rows, part)
        return known

    def digest(self, content_id: int) -> bytes:
        """Return the hash of a content that `known_files` named."""
        return content_id.to_bytes(16, "big")

    @contextmanager
    def writing(self, tick: Cancelled) -> Iterator[MilvusWriter]:
        """Let one run write; several may at once, since whatever they write twice is the same."""
        writer = MilvusWriter(self)
        self._writer = writer
        try:
            yield writer
            writer.finish(stopped=tick())
        finally:
            self._writer = None

    def save(self, model_id: str, *, finished: bool = False, cancelled: Cancelled) -> None:
        """At the end of a large run, have what it wrote indexed now."""
        if self._writer is not None and finished and not cancelled():
            self._writer.save(model_id)

    # --- what everybody asks ------------------------------------------------------------------

    def count(self, scope: Path | None = None, model_id: str | None = None) -> int:
        """Return how many pictures there are, of a model or of the one that has the most."""
        models = [model_id] if model_id is not None else list(self.models())
        tables = filter(None, map(self.rows, models))
        text = FOUND if scope is None else f"{FOUND} and {below(scope)}"
        return max((table.count(text) for table in tables), default=0)

    def folder_counts(self, parent: Path, model_id: str | None = None) -> dict[str, int]:
        """Return each child folder's name with the number of pictures anywhere below it."""
        models = [model_id] if model_id is not None else list(self.models())
        found: dict[str, int] = {}
        for model in models:
            for name, pictures in self.about(model).folder_counts(parent).items():
                found[name] = max(pictures, found.get(name, 0))
        return found

    def details(self, file_ids: Iterable[int], model_id: str) -> list[FileDetails]:
        """Return the files in the order asked for; ids that have gone are left out."""
        rows, wanted = self.rows(model_id), list(file_ids)
        found = {} if rows is None else {row["id"]: row for row in rows.with_ids(wanted, DETAILS)}
        return [details_of(found[number]) for number in wanted if number in found]

    def vectors(self, model_id: str, file_ids: Iterable[int]) -> Vectors:
        """Return the files' unit vectors, float32 ``(n, dim)``, in the order asked for.

        Raises:
            ModelError: one of them has no vector of this model.
        """
        rows, wanted = self.rows(model_id), list(file_ids)
        if rows is None:
            raise ModelError(f"The model {model_id} is not registered in this library.")
        found = {
            row["id"]: row["vector"]
            for row in rows.with_ids(wanted, ("id", "vector", "error"))
            if not row["error"]
        }
        if missing := [number for number in wanted if number not in found]:
            raise ModelError(f"The library has no vector of {model_id} for file {missing[0]}.")
        vectors = np.array([found[number] for number in wanted], dtype=np.float32)
        vectors = vectors.reshape(len(wanted), rows.dim)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)  # float16 shortened them a little
        return vectors

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
        """Return the library in figures; the server's own size is not known."""
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


def _known_contents(rows: RowCollection, digests: Sequence[bytes]) -> dict[bytes, ContentRecord]:
    """Ask in smaller parts where some have so many copies that not all rows come."""
    found = rows.query(with_content(digests), ("content", "error", "decoder"))
    if len(found) == MOST and len(digests) > 1:
        middle = len(digests) // 2
        return _known_contents(rows, digests[:middle]) | _known_contents(rows, digests[middle:])
    known = {}
    for row in sorted(found, key=lambda row: not row["error"]):  # a picture counts, if any
        digest, error = bytes.fromhex(row["content"]), row["error"] or None
        number = int.from_bytes(digest, "big")
        known[digest] = ContentRecord(number, error is None, error, row["decoder"] or None)
    return known
