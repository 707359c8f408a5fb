"""The rows of one model on a server, with what was asked of them last kept here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from tui.core.lru_cache import LruCache
from tui.library.base.unit_vectors import refuse_other_length
from tui.library.milvus.rows.collection import MOST
from tui.library.milvus.rows.expressions import FOUND, with_ids
from tui.library.milvus.rows.schema import DETAILS, IDS, details_of
from tui.search.milvus.filters import RowFilter, narrow
from tui.search.milvus.post_filter import check_rows, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import FileDetails, Keys, Vectors
    from tui.library.milvus.rows.collection import RowCollection
    from tui.library.milvus.store import MilvusStore
    from tui.search.ranking.content_groups import Scores

    Row = Mapping[str, Any]

EVERYTHING = RowFilter(FOUND)

_CHECKED = 4096
"""Rows that are looked at to count those that an expression only narrows."""

_SAMPLE = 2048
"""Files of a sample; all are taken of a library that has no more than twice as many."""

_SAMPLED = ("id", "content", "path", "vector")
_KEPT = 4096
_EF = 1024
"""Candidates that HNSW keeps at least: of 100,000 vectors of 512 numbers, 400 results hold 0.99 of
the best hundred (with 512 candidates 0.96), in 1.5 times the time."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """How much is asked of a server at once.

    Attributes:
        depth: files that are ranked by meaning at first.
        listed: files that are listed in an order at first, at most.
        named: files of a library up to which words find names beyond those of what was found by
            meaning; 100,000 take the server 25 ms a word.
        looked_every: seconds between two looks at whether others have written.
    """

    depth: int = 400
    listed: int = 4096
    named: int = 500_000
    looked_every: float = 2.0


class Sample(NamedTuple):
    """Some files of the library, chosen by chance.

    ``rows`` have their paths, ``vectors`` are those of their contents, each once, float16, shape
    ``(n, dim)``; ``total`` is how many files the library had.
    """

    rows: Sequence[Row]
    vectors: NDArray[np.float16]
    total: int

    def is_of(self, total: int) -> bool:
        """Whether it still stands for a library of so many files, give or take a tenth."""
        return abs(total - self.total) * 10 <= self.total


class CachedTable:
    """Reads a model's rows; not thread-safe.

    The first read after `invalidate` waits until the server has applied every earlier write. Later
    reads accept what the server has, which is much faster. A model without rows may get some later.

    Args:
        store: the library.
        model_id: the model.
    """

    def __init__(self, store: MilvusStore, model_id: str) -> None:
        self._store = store
        self._model_id = model_id
        self._strong = True
        self._counts: LruCache[RowFilter, int] = LruCache(256)
        self._vectors: LruCache[int, NDArray[np.float16]] = LruCache(_KEPT)
        self._details: LruCache[int, FileDetails] = LruCache(_KEPT)
        self._sample: Sample | None = None

    def invalidate(self) -> None:
        """The library has changed."""
        self._strong = True
        self._counts.clear()
        self._vectors.clear()
        self._details.clear()
        if self._sample is not None and self._sample.total <= 2 * _SAMPLE:  # all there was
            self._sample = None

    def query(self, chosen: RowFilter, fields: Iterable[str], limit: int) -> list[Row]:
        """Return rows that pass, at most so many, in no order."""
        collection = self._collection()
        if collection is None:
            return []
        fields = sorted({"id", *fields, *fields_of(chosen)})
        rows = collection.query(chosen.expression, fields, limit, strong=self._strong)
        self._strong = False
        return _checked(chosen, rows)

    def search(
        self, vector: Vectors, chosen: RowFilter, fields: Iterable[str], limit: int
    ) -> tuple[list[Row], Scores]:
        """Return the best rows that pass, at most so many, and their cosines."""
        collection = self._collection()
        if collection is None:
            return [], np.empty(0, dtype=np.float32)
        refuse_other_length(self._model_id, collection.dim, len(vector))
        rows, scores = collection.search(
            vector,
            chosen.expression,
            sorted({"id", *fields, *fields_of(chosen)}),
            limit,
            ef=max(_EF, limit),
            strong=self._strong,
        )
        self._strong = False
        if chosen.post_filters and rows:
            places = np.flatnonzero(check_rows(chosen, rows))
            rows, scores = [rows[place] for place in places.tolist()], scores[places]
        return list(rows), scores

    def count(self, chosen: RowFilter) -> int:
        """Return how many rows pass: about how many, of thousands that have to be looked at."""
        return self._counts.get(chosen, lambda: self._count(chosen))

    def with_ids(self, file_ids: Sequence[int], fields: Iterable[str]) -> list[Row]:
        """Return the rows of those files that are there, in no order."""
        if not file_ids:
            return []
        return self.query(narrow(EVERYTHING, with_ids(file_ids)), fields, len(file_ids))

    def scores(self, vector: Vectors, file_ids: Sequence[int]) -> tuple[Keys, Scores]:
        """Return those of some files that are there, in whatever order, and their cosines."""
        if not file_ids:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        here = narrow(EVERYTHING, with_ids(file_ids))
        rows, scores = self.search(vector, here, (), len(file_ids))
        return np.array([row["id"] for row in rows], dtype=np.int64), scores

    def vectors(self, file_ids: Sequence[int]) -> dict[int, NDArray[np.float16]]:
        """Return the vectors of those files that are there, float16, shape ``(dim,)``."""
        found = {}
        for number in file_ids:
            vector = self._vectors.find(number)
            if vector is not None:
                found[number] = vector
        missing = [number for number in file_ids if number not in found]
        for row in self.with_ids(missing, ("vector",)):
            vector = np.asarray(row["vector"], dtype=np.float32).astype(np.float16)
            found[row["id"]] = vector
            self._vectors.put(row["id"], vector)
        return found

    def details(self, file_ids: Sequence[int]) -> list[FileDetails]:
        """Return what is known of those files that are there."""
        missing = [number for number in file_ids if number not in self._details]
        found = [details_of(row) for row in self.with_ids(missing, DETAILS)]
        known = [self._details.find(number) for number in file_ids]
        for details in found:
            self._details.put(details.file_id, details)
        return found + [details for details in known if details is not None]

    def sample(self) -> Sample:
        """Return files chosen by chance, taken anew when the library has grown by a tenth."""
        total = self.count(EVERYTHING)
        if self._sample is None or not self._sample.is_of(total):
            self._sample = self.take_sample(total)
        return self._sample

    def take_sample(self, total: int) -> Sample:
        """Read a sample of a library of so many files, which takes 0.2 s; thread-safe.

        Ids are hashes, so that those below a number are a fair choice.
        """
        chosen = EVERYTHING
        if total > 2 * _SAMPLE:
            chosen = narrow(EVERYTHING, f"id < {int(IDS * (_SAMPLE / total))}")
        collection = self._collection()
        rows = () if collection is None else collection.query(chosen.expression, _SAMPLED, MOST)
        contents = {row["content"]: row["vector"] for row in rows}
        vectors = np.array(list(contents.values()), dtype=np.float32).astype(np.float16)
        return Sample([{"path": row["path"]} for row in rows], vectors, total)

    def use_sample(self, sample: Sample) -> None:
        """Go by a sample from now on."""
        self._sample = sample

    def _collection(self) -> RowCollection | None:
        return self._store.rows(self._model_id)

    def _count(self, chosen: RowFilter) -> int:
        if not chosen.post_filters:
            collection = self._collection()
            if collection is None:
                return 0
            count = collection.count(chosen.expression, strong=self._strong)
            self._strong = False
            return count
        wide = self.count(chosen.prefilter)
        if not wide:
            return 0
        left = len(self.query(chosen, (), _CHECKED))
        return left if wide <= _CHECKED else max(1, round(wide * left / _CHECKED))


def _checked(chosen: RowFilter, rows: Sequence[Row]) -> list[Row]:
    if not chosen.post_filters or not rows:
        return list(rows)
    return [rows[place] for place in np.flatnonzero(check_rows(chosen, rows)).tolist()]
