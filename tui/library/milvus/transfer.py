"""A library on a server, to copy from or into."""

from __future__ import annotations

from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.base.transfer import Record
from tui.library.milvus.metadata import MODEL
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.expressions import EVERY
from tui.library.milvus.rows.schema import (
    DETAILS,
    IDS,
    RECORD_FIELDS,
    error_facts,
    id_of,
    info_facts,
    info_of,
    unquote,
    whole_row,
)
from tui.storage.path_encoding import decode, encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tui.core.domain import Cancelled
    from tui.library.milvus.rows.collection import RowCollection
    from tui.library.milvus.rows.schema import Row
    from tui.library.milvus.store import MilvusStore
    from tui.library.milvus.writer import MilvusWriter

_FIELDS = tuple(dict.fromkeys((*RECORD_FIELDS, *DETAILS)))
_NOT_NEW = 0
"""The run of copied pictures, older than every indexing run, so that none of them is new."""


class MilvusEndpoint:
    """A library on a server; its records are in the order of the rows' ids, which are hashes."""

    keeps_bare_files = False

    def __init__(self, store: MilvusStore) -> None:
        self._store = store
        self.roots = store.roots
        self.folder_notes = store.folder_notes
        self._writer: MilvusWriter | None = None
        self._caught_up: set[str] = set()
        self._widths: dict[str, int] = {}
        self._folders: dict[str, set[bytes]] = defaultdict(set)

    def models(self) -> Mapping[str, int]:
        """Return the length of each model's vectors."""
        noted = self._store.metadata.all(MODEL, strong=True)
        return {name.decode(): value["dim"] for name, value in noted.items()}

    def count(self, model_id: str) -> int:
        """Return how many rows a model has."""
        rows = self._rows(model_id)
        return 0 if rows is None else rows.count()

    def page(self, model_id: str, after: int, limit: int, *, vectors: bool) -> Sequence[Record]:
        """Return the rows of the next range of ids that has any: about ``limit``."""
        collection = self._rows(model_id)
        if collection is None:
            return []
        width = self._width(model_id, limit)
        low = after + 1
        while low < IDS:
            last = min(low + width, IDS) - 1
            rows = collection.query(f"id >= {low} and id <= {last}", _fields(vectors))
            if len(rows) == MOST:  # there may be more
                width //= 2
            elif rows:
                return sorted(map(_record, rows), key=lambda record: record.position)
            else:
                low = last + 1
        return []

    def find(self, model_id: str, paths: Sequence[bytes], *, vectors: bool) -> dict[bytes, Record]:
        """Return the records of these files, without missing ones."""
        rows = self._rows(model_id)
        if rows is None:
            return {}
        records = map(_record, rows.with_ids(map(id_of, paths), _fields(vectors)))
        by_path = {record.path: record for record in records}
        if self._writer is not None:
            folders = {encode(record.item.file.path.parent) for record in by_path.values()}
            self._folders[model_id] |= folders
        return {path: by_path[path] for path in paths if path in by_path}

    @contextmanager
    def writing(self) -> Iterator[MilvusWriter]:
        """Take no lock: two writers write the same row for a file, or the later one wins."""
        with self._store.writing(lambda: False) as writer:
            self._writer = writer
            try:
                yield writer
            finally:
                self._writer = None

    def put(self, model_id: str, items: Sequence[IndexedFile]) -> None:
        """Write files; after a kill, each row is complete or missing."""
        rows = self._rows(model_id)
        if rows is not None:
            self._writing.put(model_id, rows, [_row(item, rows.dim) for item in items])

    def finish(
        self,
        model_id: str,
        on_progress: Callable[[int, int], object],  # noqa: ARG002 (the server does not tell)
        cancelled: Cancelled,  # noqa: ARG002
    ) -> None:
        """Let the server index the writes; folders are counted when ``writing`` ends."""
        self._caught_up.discard(model_id)
        self._writing.recount(model_id, self._folders.pop(model_id, ()))
        self._writing.save(model_id)

    @property
    def _writing(self) -> MilvusWriter:
        if self._writer is None:
            raise RuntimeError("outside of writing()")
        return self._writer

    def _rows(self, model_id: str) -> RowCollection | None:
        """Return a model's rows after a strongly consistent query; later ones see as much."""
        rows = self._store.rows(model_id)
        if rows is not None and model_id not in self._caught_up:
            rows.count(EVERY, strong=True)
            self._caught_up.add(model_id)
        return rows

    def _width(self, model_id: str, limit: int) -> int:
        """Return the width of an id range with ``limit`` rows on average."""
        if model_id not in self._widths:
            self._widths[model_id] = max(IDS // max(self.count(model_id), 1), 1)
        return min(self._widths[model_id] * limit, IDS)


def _fields(vectors: bool) -> Sequence[str]:
    return (*_FIELDS, "vector") if vectors else _FIELDS


def _record(row: Row) -> Record:
    path = unquote(row["path"])
    file = ImageFile(decode(path), row["size"], row["mtime_ns"], row["inode"])
    digest = bytes.fromhex(row["content"]) or None
    error, decoder = row["error"] or None, row["decoder"] or None
    vector: Any = None
    if error is None and "vector" in row:
        vector = np.array(row["vector"], dtype=np.float32)
    item = IndexedFile(file, digest, None if error else info_of(row), vector, error, decoder)
    return Record(path, item, error is None, row["id"])


def _row(item: IndexedFile, dim: int) -> Row:
    if item.error is not None:
        return whole_row(item, error_facts(item, dim))
    info = item.info or PictureInfo(0, 0, "")
    return whole_row(item, {**info_facts(info, _NOT_NEW), "vector": item.vector})
