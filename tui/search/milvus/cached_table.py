"""Reads the rows of one model on a server, and caches the latest results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tui.core.lru_cache import LruCache
from tui.library.base.unit_vectors import refuse_other_length
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.expressions import FOUND, with_ids
from tui.library.milvus.rows.schema import DETAILS, IDS, details_of
from tui.search.milvus.filters import RowFilter, narrow
from tui.search.milvus.post_filter import check_rows, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tui.core.domain import FileDetails, Half, Keys, Scores, Vectors
    from tui.library.milvus.rows.collection import RowCollection
    from tui.library.milvus.store import MilvusStore
    from tui.search.milvus.post_filter import Row


EVERYTHING = RowFilter(FOUND)

_CHECKED = 4096
"""The most rows that are fetched to count those that pass a filter beyond its expression."""

_SAMPLE = 2048
"""The number of files in a sample; a library of up to twice as many is sampled completely."""

_SAMPLE_FIELDS = ("id", "content", "path", "vector")
_CACHED = 4096
_EF = 1024
"""The least number of HNSW candidates: of 100,000 vectors of 512 numbers, 400 results contain 0.99
of the best hundred (with 512 candidates 0.96).
"""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """The sizes of requests to a server.

    Attributes:
        depth: files that are ranked by meaning at first.
        list_size: files that are listed in an order at first, at most.
        name_search_files: the size of a library up to which names are searched on the server;
            beyond it, only the names of candidates are compared.
        check_seconds: seconds between two checks for changes.
    """

    depth: int = 400
    list_size: int = 4096
    name_search_files: int = 500_000
    check_seconds: float = 2.0


class Sample(NamedTuple):
    """A random sample of the files of a library.

    Attributes:
        rows: the files with their paths.
        vectors: of their contents, each once, float16, shape ``(n, dim)``.
        total: the number of files in the library.
    """

    rows: Sequence[Row]
    vectors: Half
    total: int

    def represents(self, total: int) -> bool:
        """Whether the number of files in the library has changed by at most a tenth."""
        return abs(total - self.total) * 10 <= self.total


class CachedTable:
    """Reads a model's rows; not thread-safe.

    The first read after `invalidate` waits until the server has applied every earlier write. Later
    reads accept the server's current state, which is much faster. A model without rows may get some
    later.

    Args:
        store: the library.
        model_id: the model.
    """

    def __init__(self, store: MilvusStore, model_id: str) -> None:
        self._store = store
        self._model_id = model_id
        self._strong = True
        self._counts: LruCache[RowFilter, int] = LruCache(256)
        self._vectors: LruCache[int, Half] = LruCache(_CACHED)
        self._details: LruCache[int, FileDetails] = LruCache(_CACHED)
        self._sample: Sample | None = None

    def invalidate(self) -> None:
        """Discard the results after the library has changed."""
        self._strong = True
        self._counts.clear()
        self._vectors.clear()
        self._details.clear()
        if self._sample is not None and self._sample.total <= 2 * _SAMPLE:  # a complete sample
            self._sample = None

    def query(self, row_filter: RowFilter, fields: Iterable[str], limit: int) -> list[Row]:
        """Return rows that pass a filter, at most ``limit``, in no order."""
        collection = self._collection()
        if collection is None:
            return []
        fields = sorted({"id", *fields, *fields_of(row_filter)})
        rows = collection.query(row_filter.expression, fields, limit, strong=self._strong)
        self._strong = False
        return [rows[index] for index in _passing_indices(row_filter, rows).tolist()]

    def search(
        self, vector: Vectors, row_filter: RowFilter, fields: Iterable[str], limit: int
    ) -> tuple[list[Row], Scores]:
        """Return the best rows that pass a filter, at most ``limit``, and their cosines."""
        collection = self._collection()
        if collection is None:
            return [], np.empty(0, dtype=np.float32)
        refuse_other_length(self._model_id, collection.dim, len(vector))
        rows, scores = collection.search(
            vector,
            row_filter.expression,
            sorted({"id", *fields, *fields_of(row_filter)}),
            limit,
            ef=max(_EF, limit),
            strong=self._strong,
        )
        self._strong = False
        indices = _passing_indices(row_filter, rows)
        return [rows[index] for index in indices.tolist()], scores[indices]

    def count(self, row_filter: RowFilter) -> int:
        """Return how many rows pass a filter; an estimate for thousands with post filters."""
        return self._counts.get(row_filter, lambda: self._count(row_filter))

    def with_ids(self, file_ids: Sequence[int], fields: Iterable[str]) -> list[Row]:
        """Return the rows of those files that exist, in no order."""
        if not file_ids:
            return []
        return self.query(narrow(EVERYTHING, with_ids(file_ids)), fields, len(file_ids))

    def scores(self, vector: Vectors, file_ids: Sequence[int]) -> tuple[Keys, Scores]:
        """Return the files that exist, in any order, and their cosines."""
        if not file_ids:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        row_filter = narrow(EVERYTHING, with_ids(file_ids))
        rows, scores = self.search(vector, row_filter, (), len(file_ids))
        return np.array([row["id"] for row in rows], dtype=np.int64), scores

    def vectors(self, file_ids: Sequence[int]) -> dict[int, Half]:
        """Return the vectors of those files that exist, float16, shape ``(dim,)``."""
        vectors = {}
        for number in file_ids:
            vector = self._vectors.find(number)
            if vector is not None:
                vectors[number] = vector
        missing = [number for number in file_ids if number not in vectors]
        for row in self.with_ids(missing, ("vector",)):
            vector = np.asarray(row["vector"], dtype=np.float32).astype(np.float16)
            vectors[row["id"]] = vector
            self._vectors.put(row["id"], vector)
        return vectors

    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        """Return the details of those files that exist, in no order."""
        missing = [number for number in file_ids if number not in self._details]
        fetched = [details_of(row) for row in self.with_ids(missing, DETAILS)]
        cached = [self._details.find(number) for number in file_ids]
        for details in fetched:
            self._details.put(details.file_id, details)
        return fetched + [details for details in cached if details is not None]

    def sample(self) -> Sample:
        """Return a random sample, a new one when the library has grown by a tenth."""
        total = self.count(EVERYTHING)
        if self._sample is None or not self._sample.represents(total):
            self._sample = self.take_sample(total)
        return self._sample

    def take_sample(self, total: int) -> Sample:
        """Read a random sample of a library of ``total`` files; thread-safe.

        Ids are hashes, so the rows whose ids are below a number are a random sample.
        """
        row_filter = EVERYTHING
        if total > 2 * _SAMPLE:
            row_filter = narrow(EVERYTHING, f"id < {int(IDS * (_SAMPLE / total))}")
        collection = self._collection()
        rows: Sequence[Row] = ()
        if collection is not None:
            rows = collection.query(row_filter.expression, _SAMPLE_FIELDS, MOST)
        vector_of = {row["content"]: row["vector"] for row in rows}
        vectors = np.array(list(vector_of.values()), dtype=np.float32).astype(np.float16)
        return Sample([{"path": row["path"]} for row in rows], vectors, total)

    def use_sample(self, sample: Sample) -> None:
        """Replace the sample."""
        self._sample = sample

    def _collection(self) -> RowCollection | None:
        return self._store.rows(self._model_id)

    def _count(self, row_filter: RowFilter) -> int:
        if not row_filter.post_filters:
            collection = self._collection()
            if collection is None:
                return 0
            count = collection.count(row_filter.expression, strong=self._strong)
            self._strong = False
            return count
        narrowed = self.count(row_filter.prefilter)
        if not narrowed:
            return 0
        passing = len(self.query(row_filter, (), _CHECKED))
        return passing if narrowed <= _CHECKED else max(1, round(narrowed * passing / _CHECKED))


def _passing_indices(row_filter: RowFilter, rows: Sequence[Row]) -> Keys:
    """Return the indices of the rows that pass the post filters."""
    if not row_filter.post_filters or not rows:
        return np.arange(len(rows))
    return np.flatnonzero(check_rows(row_filter, rows))
