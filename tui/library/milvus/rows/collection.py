"""Reads and writes the rows of one model's collection.

Milvus returns at most 16,384 rows to one query, in no order. Ids are hashes, so that ranges of ids
cut any selection into parts of about the same size, which are read one after another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

from tui.library.milvus.rows.expressions import EVERY, with_ids
from tui.library.milvus.rows.schema import IDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from tui.core.domain import Vectors
    from tui.library.milvus.client import ServerClient
    from tui.library.milvus.rows.schema import Row

MOST = 16_384
"""The most rows that the server returns to one query."""

_PAGE = 8_000
"""The average number of rows in a page; 8,384 more would be extremely unlikely."""

_PAGE_BYTES = 24 << 20
"""A page with vectors is smaller, since the server sends at most 64 MB at once."""

_LEVELS = {False: "Eventually", True: "Strong"}
_AT_ONCE = 500

Item = TypeVar("Item")


def parts(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Split items into parts, none longer than ``size``."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


class RowCollection:
    """A model's collection; every method may be called from any thread.

    With ``strong`` a query includes all acknowledged writes; without, it is much faster and may
    miss the latest. Later queries see at least the same writes, unless the server has several
    replicas, of which one may be behind another.

    Args:
        client: of the library.
        name: of the collection.
        dim: the length of its vectors.
    """

    def __init__(self, client: ServerClient, name: str, dim: int) -> None:
        self._client = client
        self.name = name
        self.dim = dim

    def query(
        self, expression: str, fields: Iterable[str], limit: int = MOST, *, strong: bool = False
    ) -> list[Row]:
        """Return the rows that pass, in no order."""
        rows = self._client.call(
            "query",
            self.name,
            filter=expression,
            output_fields=list(fields),
            limit=min(limit, MOST),
            consistency_level=_LEVELS[strong],
        )
        return [dict(row) for row in rows]

    def count(self, expression: str = EVERY, *, strong: bool = False) -> int:
        """Return how many rows pass."""
        rows = self._client.call(
            "query",
            self.name,
            filter=expression,
            output_fields=["count(*)"],
            consistency_level=_LEVELS[strong],
        )
        return int(rows[0]["count(*)"])

    def search(
        self,
        vector: Vectors,
        expression: str,
        fields: Iterable[str],
        limit: int,
        *,
        ef: int,
        strong: bool = False,
    ) -> tuple[list[Row], NDArray[np.float32]]:
        """Return the best rows that pass, best first, and their inner products."""
        (hits,) = self._client.call(
            "search",
            self.name,
            data=[np.ascontiguousarray(vector, dtype=np.float32)],
            filter=expression,
            limit=min(limit, MOST),
            output_fields=list(fields),
            search_params={"metric_type": "IP", "params": {"ef": ef}},
            anns_field="vector",
            consistency_level=_LEVELS[strong],
        )
        rows = [{**hit["entity"], "id": hit["id"]} for hit in hits]
        return rows, np.array([hit["distance"] for hit in hits], dtype=np.float32)

    def pages(self, expression: str, fields: Iterable[str]) -> Iterator[list[Row]]:
        """Yield all rows that pass, in no order; rows written meanwhile may be included."""
        columns = list(fields)
        size = min(_PAGE, _PAGE_BYTES // (4 * self.dim)) if "vector" in columns else _PAGE
        total = self.count(expression, strong=True)
        cuts = -(-total // size)
        for cut in range(cuts):
            low, high = (IDS * number // cuts for number in (cut, cut + 1))
            yield from self._between(low, high, expression, columns)

    def with_ids(self, ids: Iterable[int], fields: Iterable[str]) -> list[Row]:
        """Return the rows with these ids, in no order, without missing ones."""
        numbers, fields = [int(number) for number in ids], list(fields)
        rows: list[Row] = []
        for part in parts(numbers, _AT_ONCE):
            rows += self.query(with_ids(part), fields)
        return rows

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows; they replace those with the same id."""
        if rows:
            self._client.change("upsert", self.name, list(rows))

    def delete(self, ids: Iterable[int]) -> None:
        """Remove rows."""
        for part in parts([int(number) for number in ids], _AT_ONCE):
            self._client.change("delete", self.name, ids=list(part))

    def flush(self) -> None:
        """Let the server seal its growing segment, so that it is indexed."""
        self._client.change("flush", self.name)

    def _between(
        self, low: int, high: int, expression: str, fields: Sequence[str]
    ) -> Iterator[list[Row]]:
        text = f"id >= {low} and id <= {high - 1} and ({expression})"
        rows = self.query(text, fields, MOST)
        if len(rows) < MOST:
            yield rows
            return
        middle = (low + high) // 2
        yield from self._between(low, middle, expression, fields)
        yield from self._between(middle, high, expression, fields)
