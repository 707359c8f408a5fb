"""All vectors of one model as rows: those of the flat file, then those of later commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tui.core.dot_products import _BLOCK, _ignore, matmul
from tui.core.errors import CatalogError
from tui.library.base.records import LARGEST_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Half, Keys, Mask, Rows, Vectors
    from tui.library.base.records import Delta
    from tui.library.local.vectors.flat_file import VectorFile

_FEW = 8192
"""Number of scattered rows of a large file up to which each is read separately."""

_GAP = 32
"""The most rows of a file between two that are read together."""

_DENSE = 256
"""The least number of rows that are read together."""


class RowTable:
    """An immutable snapshot; ``with_deltas`` returns the next one.

    ``keys`` and ``seqs`` have shape ``(n,)``; of several rows with one key the last is current.
    Rows ``0 .. len(flat)`` are in the mapped file, the others in memory. A ``sparing`` table has a
    file that is too large to stay in memory: its pages are released.
    """

    def __init__(
        self,
        dim: int,
        flat: VectorFile | None,
        keys: Keys,
        seqs: Keys,
        extra: Half,
        *,
        sparing: bool,
    ) -> None:
        self.dim = dim
        self.flat = flat
        self.keys = keys
        self.seqs = seqs
        self.sparing = sparing
        self._base: Half = np.empty((0, dim), np.float16) if flat is None else flat.matrix
        self._extra = extra
        self._last_read: tuple[Rows, Half] = np.empty(0, np.int64), self._base[:0]
        if len(keys) and not 0 <= keys.min() <= keys.max() <= LARGEST_ID:
            raise CatalogError("The library's vectors have invalid ids; run `photoseek doctor`.")
        self._row_of = np.full(int(keys.max(initial=0)) + 1, -1, dtype=np.int32)
        self._row_of[keys] = np.arange(len(keys), dtype=np.int32)

    @classmethod
    def start(cls, dim: int, flat: VectorFile | None, *, sparing: bool = False) -> RowTable:
        """Return the rows of a flat file, or an empty table."""
        nothing = np.empty(0, np.int64)
        keys, seqs = (nothing, nothing) if flat is None else (flat.keys, flat.seqs)
        return cls(dim, flat, keys, seqs, np.empty((0, dim), np.float16), sparing=sparing)

    def with_deltas(self, deltas: Sequence[Delta]) -> RowTable:
        """Return these rows, followed by those of ``deltas``."""
        return RowTable(
            self.dim,
            self.flat,
            np.concatenate([self.keys, *(delta.keys for delta in deltas)]),
            np.concatenate([self.seqs, *(delta.seqs for delta in deltas)]),
            np.concatenate([self._extra, *(delta.vectors for delta in deltas)]),
            sparing=self.sparing,
        )

    def __len__(self) -> int:
        return len(self.keys)

    def rows_of(self, keys: Keys) -> Rows:
        """Return the rows of these keys, without missing ones."""
        inside = keys[(keys >= 0) & (keys < len(self._row_of))]
        rows = self._row_of[inside].astype(np.int64)
        return rows[rows >= 0]

    def mask_of(self, keys: Keys) -> Mask:
        """Return which rows have one of these keys, shape ``(n,)``."""
        mask = np.zeros(len(self), dtype=np.bool_)
        mask[self.rows_of(keys)] = True
        return mask

    def vectors_at(self, rows: Rows) -> Half:
        """Return the vectors of some rows, C-contiguous; a run of rows is not copied."""
        split = len(self._base)
        if _is_run(rows):
            first, last = int(rows[0]), int(rows[-1]) + 1
            if last <= split:
                return self._base[first:last]
            if first >= split:
                return self._extra[first - split : last - split]
        if not len(rows) or rows.max() < split:
            return self._from_file(rows)
        vectors = np.empty((len(rows), self.dim), dtype=np.float16)
        in_file = rows < split
        vectors[in_file] = self._from_file(rows[in_file])
        vectors[~in_file] = self._extra[rows[~in_file] - split]
        return vectors

    def matmul(self, parts: Half) -> Vectors:
        """Multiply every row by parts of a query, ``(m, dim)``; float32, shape ``(m, n)``."""
        done = self.flat.release_pages if self.flat is not None and self.sparing else _ignore
        both = [matmul(parts, self._base, done), matmul(parts, self._extra)]
        return np.concatenate(both, axis=1)

    def matmul_at(self, parts: Half, rows: Rows) -> Vectors:
        """Multiply ascending rows by parts of a query, ``(m, dim)``; float32, shape ``(m, n)``.

        If rows of the file are close to each other, those between them are multiplied too, which
        costs less than a copy.
        """
        products = np.empty((len(parts), len(rows)), dtype=np.float32)
        is_scattered = np.ones(len(rows), dtype=np.bool_)
        for start, stop in _dense_parts(rows[: np.searchsorted(rows, len(self._base))]):
            first, last = int(rows[start]), int(rows[stop - 1]) + 1
            block = matmul(parts, self._base[first:last])
            products[:, start:stop] = block[:, rows[start:stop] - first]
            is_scattered[start:stop] = False
            if self.flat is not None and self.sparing:
                self.flat.release_pages(first, last)
        if is_scattered.any():
            scattered = np.ascontiguousarray(self.vectors_at(rows[is_scattered]))
            products[:, is_scattered] = matmul(parts, scattered)
        return products

    def release_pages(self) -> None:
        """Return the pages of a large file to the system."""
        if self.flat is not None and self.sparing:
            self.flat.release_pages()

    def _from_file(self, rows: Rows) -> Half:
        if self.flat is None or not self.sparing:
            return self._base[rows]
        if len(rows) <= _FEW:
            return self._read(self.flat, rows)
        vectors = np.empty((len(rows), self.dim), dtype=np.float16)
        for start in range(0, len(rows), _BLOCK):
            vectors[start : start + _BLOCK] = self._base[rows[start : start + _BLOCK]]
            self.release_pages()
        return vectors

    def _read(self, flat: VectorFile, rows: Rows) -> Half:
        """Read some rows and cache them, since a search compares its hits a second time."""
        cached, vectors = self._last_read
        positions = np.searchsorted(cached, rows)
        if not len(cached) or np.any(cached[np.minimum(positions, len(cached) - 1)] != rows):
            cached, positions = np.unique(rows, return_inverse=True)
            vectors = flat.read(cached)
            self._last_read = cached, vectors
        return vectors[positions]


def _is_run(rows: Rows) -> bool:
    """Whether rows are consecutive."""
    return bool(len(rows) and rows[-1] - rows[0] == len(rows) - 1 and (rows[1:] > rows[:-1]).all())


def _dense_parts(rows: Rows) -> list[tuple[int, int]]:
    """Return the parts of ascending rows in which they are close to each other."""
    bounds = np.concatenate([[0], np.flatnonzero(np.diff(rows) > _GAP) + 1, [len(rows)]])
    is_long = np.diff(bounds) >= _DENSE
    return list(zip(bounds[:-1][is_long].tolist(), bounds[1:][is_long].tolist(), strict=True))
