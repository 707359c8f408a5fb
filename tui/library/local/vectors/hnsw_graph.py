"""The USearch index: all vectors of a model in eight bits, with the graph of a large library.

Vectors are rotated before they are quantized to eight bits, so that no axis dominates: inner
products are unchanged, and the steps are four times finer. A few hundred candidates, which are then
scored exactly, have the recall of a sixteen-bit index, which takes more memory and time.

USearch's files have no checksum, and a flipped bit in the graph crashes the process: this module
only opens files that ``index_files.is_intact`` has checked.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
from usearch.index import Index

from tui.library.local.vectors.flat_file import METRIC
from tui.library.local.vectors.index_files import map_file

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.core.domain import Cancelled, Keys, Mask, Rows, Vectors
    from tui.core.files import Draft
    from tui.library.local.vectors.row_table import RowTable

DTYPE = "i8 turned"
"""The type's name in the catalog; USearch itself only knows that it has eight bits."""

_EIGHT_BITS = "i8"
_LARGEST = 127
CONNECTIVITY = 32
EXPANSION_ADD = 128
EXPANSION_SEARCH = 448
"""Candidates that a search of the graph keeps. In a million vectors of 512 numbers and with
text-like queries, recall@100 is 0.971 at 384, 0.976 at 448 and 0.988 at 768, for 0.5 ms each 128.
"""

EXPANSION_SHORT = 704
"""The same for vectors of fewer than 512 numbers: of 256, recall@100 is 0.954 at 448, 0.973 at
704."""
_BLOCK = 512
"""Vectors that are added between two checks for cancellation: 0.2 s."""


class HnswGraph:
    """An index that is mapped for searching or loaded to add vectors (``grow``).

    Attributes:
        covered: the newest ``seq`` that it may contain. A key that was committed again under a
            higher one, after its damaged vector was dropped, is in the graph with the older
            vector.
    """

    def __init__(self, dim: int, covered: int = 0) -> None:
        self.covered = covered
        self._rotate = _Rotation(dim)
        self._index = Index(
            ndim=dim,
            metric=METRIC,
            dtype=_EIGHT_BITS,
            connectivity=CONNECTIVITY,
            expansion_add=EXPANSION_ADD,
            expansion_search=EXPANSION_SEARCH if dim >= 512 else EXPANSION_SHORT,
        )
        self._mapped: object = None

    @classmethod
    def open(cls, path: Path, dim: int, covered: int, *, mapped: bool) -> HnswGraph | None:
        """Open a file whose checksum was verified; None if it is of another kind.

        Args:
            path: the file.
            dim: the length of its vectors.
            covered: the last commit that it covers.
            mapped: map the file; otherwise copy it into memory, to add to it.
        """
        graph = cls(dim, covered)
        data = map_file(path)
        if not _fits(data, dim):
            return None
        if mapped:
            graph._index.view(memoryview(data))
            graph._mapped = data  # USearch stores its address only
        else:
            graph._index.load(memoryview(data))
        return graph

    def __len__(self) -> int:
        return len(self._index)

    def keys(self) -> Keys:
        """Return the keys of its vectors, in no order."""
        return np.asarray(self._index.keys[:], dtype=np.int64)

    def held_by(self, table: RowTable) -> Mask:
        """Return which current rows of a table it contains, shape ``(n,)``."""
        return table.mask_of(self.keys()) & (table.seqs <= self.covered)

    def drop_older(self, table: RowTable) -> None:
        """Remove the keys whose row in a table is newer than the graph, which must be loaded."""
        older = table.mask_of(self.keys()) & (table.seqs > self.covered)
        if older.any():
            self._index.remove(table.keys[older])

    def search(self, vector: Vectors, k: int) -> Keys:
        """Return about the ``k`` nearest keys, on one thread."""
        matches = self._index.search(self._rotate(vector), k, threads=1)
        return np.asarray(matches.keys).astype(np.int64)

    def grow(
        self,
        table: RowTable,
        rows: Rows,
        cancelled: Cancelled,
        on_progress: Callable[[int, int], object],
    ) -> bool:
        """Add rows of a table on all cores, a block at a time; return False if cancelled."""
        for start in range(0, len(rows), _BLOCK):
            if cancelled():
                return False
            part = rows[start : start + _BLOCK]
            self._index.add(table.keys[part], self._rotate(table.vectors_at(part)))
            on_progress(min(start + _BLOCK, len(rows)), len(rows))
        return True

    def save(self, draft: Draft) -> int:
        """Write a draft (see ``index_files.publish``); return its expected size."""
        try:
            draft.address.encode()
        except UnicodeEncodeError:  # USearch accepts only UTF-8 names
            draft.file.write(self._index.save() or b"")
        else:
            self._index.save(draft.address)
        return int(self._index.serialized_length)


def _fits(mapped: mmap.mmap, dim: int) -> bool:
    """Whether the file's own header agrees, since USearch uses its values instead of ours."""
    try:
        facts = Index.metadata(memoryview(mapped))
    except (RuntimeError, ValueError):  # a format of another version of USearch
        return False
    expected = Index(ndim=dim, metric=METRIC, dtype=_EIGHT_BITS)
    return facts is not None and (
        facts["dimensions"],
        facts["kind_metric"],
        facts["kind_scalar"],
    ) == (dim, expected.metric_kind, expected.dtype)


class _Rotation:
    """Rotates unit vectors and quantizes them to eight bits.

    Random signs, which are fixed, and a cosine transform (DCT-II, orthonormal: Ahmed, Natarajan and
    Rao 1974, doi:10.1109/T-C.1974.223784) spread the variance of a few axes over all. Numbers
    beyond six times the root mean square of a unit vector's are clipped.
    """

    def __init__(self, dim: int) -> None:
        draw = random.Random(0)
        signs = [1.0 if draw.random() < 0.5 else -1.0 for _ in range(dim)]
        index = np.arange(dim)
        turn = np.cos(np.pi / dim * np.outer(index + 0.5, index)) * np.sqrt(2 / dim)
        turn[:, 0] = np.sqrt(1 / dim)
        scale = _LARGEST / min(1.0, 6 / np.sqrt(dim))
        self._turn = (np.array(signs)[:, np.newaxis] * turn * scale).astype(np.float32)

    def __call__(self, vectors: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
        turned: Vectors = np.rint(vectors.astype(np.float32) @ self._turn)
        return turned.clip(-_LARGEST, _LARGEST).astype(np.int8)
