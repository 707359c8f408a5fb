"""The flat file of a model's vectors, mapped for exact search and folder scopes.

Layout, little-endian: a header of 4096 bytes (JSON, padded with spaces), then ``seqs`` int64
``(n,)``, ``keys`` int64 ``(n,)``, then from the next multiple of 64 the matrix, float16 ``(n,
dim)``, row-major. Rows are in the order of their commits.
"""

from __future__ import annotations

import hashlib
import json
import os
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.library.base.records import LARGEST_ID
from tui.library.local.vectors.index_files import map_file, release_file

if TYPE_CHECKING:
    import mmap
    from collections.abc import Iterable
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    from tui.core.domain import Half, Keys

FORMAT = "photoseek vectors 1"
DTYPE = "float16"
METRIC = "ip"
"""Inner product, which is the cosine of unit vectors."""

_HEADER = 4096
_ALIGNMENT = 64

Block = tuple["Keys", "Keys", "Half"]
"""Some rows: their seqs, keys and vectors."""


class VectorFile:
    """A flat file. ``seqs`` and ``keys`` are copies, ``matrix`` is the file's own pages.

    Args:
        data: the file, mapped, or a copy of it.
        n: the number of rows.
        dim: the length of a row.
        path: of a mapped file, which is then also read without the map.
    """

    def __init__(
        self, data: mmap.mmap | NDArray[np.uint8], n: int, dim: int, path: Path | None = None
    ) -> None:
        self._mapped = None if isinstance(data, np.ndarray) else data
        self._descriptor = None
        if path is not None and hasattr(os, "pread"):
            self._descriptor = os.open(path, os.O_RDONLY)
            weakref.finalize(self, os.close, self._descriptor)
        numbers = np.frombuffer(data, dtype="<i8", count=2 * n, offset=_HEADER)
        self.seqs: Keys = numbers[:n].astype(np.int64)
        self.keys: Keys = numbers[n:].astype(np.int64)
        self.matrix: Half = np.frombuffer(
            data, dtype="<f2", count=n * dim, offset=_matrix_offset(n)
        ).reshape(n, dim)

    def read(self, rows: NDArray[np.int64]) -> Half:
        """Read scattered rows, with ``pread`` if the system has it.

        Reading them through the map is no faster, since Linux maps 16 pages around each, and leaves
        these pages in the process's memory.
        """
        if self._descriptor is None:
            return self.matrix[rows]
        n, dim = self.matrix.shape
        first, size = _matrix_offset(n), 2 * dim
        blobs = [os.pread(self._descriptor, size, first + size * row) for row in rows.tolist()]
        return np.frombuffer(b"".join(blobs), dtype="<f2").reshape(-1, dim)

    def release_pages(self, start: int = 0, stop: int | None = None) -> None:
        """Return the memory of some rows, or of all, to the system's cache."""
        if self._mapped is None:
            return
        n, dim = self.matrix.shape
        first = _matrix_offset(n)
        release_file(
            self._mapped, first + 2 * dim * start, first + 2 * dim * (n if stop is None else stop)
        )


def write_vectors(file: BinaryIO, model_id: str, n: int, dim: int, blocks: Iterable[Block]) -> int:
    """Write ``n`` rows in blocks; return the expected size of the file."""
    row = 0
    file.write(json.dumps(_header(model_id, n, dim)).encode().ljust(_HEADER))
    for seqs, keys, vectors in blocks:
        file.seek(_HEADER + 8 * row)
        file.write(np.ascontiguousarray(seqs, dtype="<i8").data)
        file.seek(_HEADER + 8 * (n + row))
        file.write(np.ascontiguousarray(keys, dtype="<i8").data)
        file.seek(_matrix_offset(n) + 2 * dim * row)
        file.write(np.ascontiguousarray(vectors, dtype="<f2").data)
        row += len(keys)
    file.truncate(size_of(n, dim))
    if row != n:
        raise OSError(f"{row} rows came, not {n}")
    return size_of(n, dim)


def open_vectors(path: Path, model_id: str, n: int, dim: int) -> VectorFile | None:
    """Map a file whose checksum was verified; None if its header differs."""
    mapped = map_file(path)
    return VectorFile(mapped, n, dim, path) if _has_header(mapped, model_id, n, dim) else None


def view_vectors(data: NDArray[np.uint8], model_id: str, n: int, dim: int) -> VectorFile | None:
    """Read a verified copy of another user's file; None if its header or keys are invalid."""
    if not _has_header(data.data, model_id, n, dim):
        return None
    file = VectorFile(data, n, dim)
    is_sound = file.keys.min(initial=0) >= 0 and file.keys.max(initial=0) <= LARGEST_ID
    return file if is_sound else None


def size_of(n: int, dim: int) -> int:
    """Return the size in bytes of a file with ``n`` rows of ``dim`` numbers."""
    return _matrix_offset(n) + 2 * dim * n


def _has_header(data: mmap.mmap | memoryview, model_id: str, n: int, dim: int) -> bool:
    """Whether a file has the size and the header of these rows."""
    if len(data) != size_of(n, dim):
        return False
    try:
        header = json.loads(bytes(data[:_HEADER]))
    except (ValueError, RecursionError):
        return False
    return bool(header == _header(model_id, n, dim))


def _header(model_id: str, n: int, dim: int) -> dict[str, Any]:
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
