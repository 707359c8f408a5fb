"""Rows of the catalog for tests, created without pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.search.duplicates.on_disk import DiskFile, DiskInspector

if TYPE_CHECKING:
    from tui.core.domain import FileDetails, Vectors
    from tui.library.local.catalog.writer import CatalogWriter

MODEL = "m"
DIM = 8


class CatalogDisk(DiskInspector):
    """A disk that contains every file, as the catalog describes it."""

    def inspect(self, file: FileDetails) -> DiskFile | None:
        """Return a file of one name."""
        return DiskFile(file.path, file.path)


def unit_vectors(n: int, dim: int = DIM, seed: int = 0) -> Vectors:
    """Return random unit vectors, shape ``(n, dim)``."""
    rows = np.random.default_rng(seed).standard_normal((n, dim)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def indexed_file(
    path: Path | str,
    digest: bytes | None,
    vector: Vectors | None = None,
    *,
    error: str | None = None,
    mtime_ns: int = 1,
) -> IndexedFile:
    """Return a file as an indexing run commits it."""
    info = PictureInfo(64, 48, "JPEG") if vector is not None else None
    file = ImageFile(Path(path), 1000, mtime_ns, 7)
    return IndexedFile(file, digest, info, vector, error, "decoder 1")


def commit_pictures(
    writer: CatalogWriter, vectors: Vectors, folder: str = "/p", model_id: str = MODEL
) -> None:
    """Commit one picture per vector, in batches: ``folder/0.jpg`` with content 1, and so on."""
    writer.register_model(model_id, vectors.shape[1])
    items = [
        indexed_file(f"{folder}/{number}.jpg", f"{folder} {number}".encode(), vector)
        for number, vector in enumerate(vectors)
    ]
    for start in range(0, len(items), 64):
        writer.commit(model_id, items[start : start + 64])
