"""The flat file of a model's vectors: what exact search and folder scopes read, mapped.

Layout, little-endian: a header of 4096 bytes (JSON, padded with spaces), then ``seqs`` int64
``(n,)``, ``keys`` int64 ``(n,)``, then from the next multiple of 64 the matrix, float16
``(n, dim)``, row-major. Rows are in the order of their commits.
"""

from __future__ import annotations

import hashlib
import json
import os
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.library.index_file import let_go, map_file

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    from tui.domain import Keys

FORMAT = "photoseek vectors 1"
DTYPE = "float16"
METRIC = "ip"
"""Inner product, which is the cosine of unit vectors."""

_HEADER = 4096
_ALIGNMENT = 64

Block = tuple["Keys", "Keys", "NDArray[np.float16]"]
"""Some rows: their seqs, keys and vectors."""


class VectorFile:
    """A mapped flat file. ``seqs`` and ``keys`` are copies, ``matrix`` is the file's own pages."""

    def __init__(self, path: Path, mapped: mmap.mmap, n: int, dim: int) -> None:
        self._mapped = mapped
        self._descriptor = None
        if hasattr(os, "pread"):
            self._descriptor = os.open(path, os.O_RDONLY)
            weakref.finalize(self, os.close, self._descriptor)
        numbers = np.frombuffer(mapped, dtype="<i8", count=2 * n, offset=_HEADER)
        self.seqs: Keys = numbers[:n].astype(np.int64)
        self.keys: Keys = numbers[n:].astype(np.int64)
        self.matrix: NDArray[np.float16] = np.frombuffer(
            mapped, dtype="<f2", count=n * dim, offset=_matrix_offset(n)
        ).reshape(n, dim)

    def read(self, rows: NDArray[np.int64]) -> NDArray[np.float16]:
        """Read some scattered rows past the map, where the system can: 1.3 microseconds each.

        To read them through the map takes as long, since Linux maps 16 pages around each, and
        leaves these pages in the process's memory.
        """
        if self._descriptor is None:
            return self.matrix[rows]
        n, dim = self.matrix.shape
        first, size = _matrix_offset(n), 2 * dim
        blobs = [os.pread(self._descriptor, size, first + size * row) for row in rows.tolist()]
        return np.frombuffer(b"".join(blobs), dtype="<f2").reshape(-1, dim)

    def let_go(self, start: int = 0, stop: int | None = None) -> None:
        """Give the memory of some rows, or of all, back to the system's cache."""
        n, dim = self.matrix.shape
        first = _matrix_offset(n)
        let_go(
            self._mapped, first + 2 * dim * start, first + 2 * dim * (n if stop is None else stop)
        )


def write_vectors(file: BinaryIO, model_id: str, n: int, dim: int, blocks: Iterable[Block]) -> int:
    """Write ``n`` rows that come in blocks; return the size that the file must have."""
    row = 0
    file.write(json.dumps(_facts(model_id, n, dim)).encode().ljust(_HEADER))
    for seqs, keys, vectors in blocks:
        file.seek(_HEADER + 8 * row)
        file.write(np.ascontiguousarray(seqs, dtype="<i8").data)
        file.seek(_HEADER + 8 * (n + row))
        file.write(np.ascontiguousarray(keys, dtype="<i8").data)
        file.seek(_matrix_offset(n) + 2 * dim * row)
        file.write(np.ascontiguousarray(vectors, dtype="<f2").data)
        row += len(keys)
    file.truncate(_matrix_offset(n) + 2 * dim * n)
    if row != n:
        raise OSError(f"{row} rows came, not {n}")
    return _matrix_offset(n) + 2 * dim * n


def open_vectors(path: Path, model_id: str, n: int, dim: int) -> VectorFile | None:
    """Map a file whose checksum was verified; None if it says that it is something else."""
    mapped = map_file(path)
    if len(mapped) != _matrix_offset(n) + 2 * dim * n:
        return None
    try:
        found = json.loads(mapped[:_HEADER])
    except ValueError:
        return None
    return VectorFile(path, mapped, n, dim) if found == _facts(model_id, n, dim) else None


def _facts(model_id: str, n: int, dim: int) -> dict[str, Any]:
    model = hashlib.sha256(model_id.encode()).hexdigest()  # a name may be longer than the header
    return {
        "format": FORMAT,
        "model": model,
        "n": n,
        "dim": dim,
        "dtype": DTYPE,
        "metric": METRIC,
    }


def _matrix_offset(n: int) -> int:
    end = _HEADER + 16 * n
    return end + -end % _ALIGNMENT
