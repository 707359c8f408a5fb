"""Libraries without pictures: rows and vectors as an indexing run would write them."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np

from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.store import LocalStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tui.core.domain import Vectors
    from tui.library.base.store import Store


def make_library(
    data_dir: Path, root: Path, model_id: str, pictures: Mapping[str, Vectors | None]
) -> None:
    """Add pictures below ``root``: names with their vectors, None for a broken file."""
    with closing(LocalStore(Catalog.open(data_dir))) as store:
        fill_store(store, root, model_id, pictures)


def fill_store(
    store: Store, root: Path, model_id: str, pictures: Mapping[str, Vectors | None]
) -> None:
    """Add pictures to any kind of library, as `make_library` does."""
    items = []
    for number, (name, vector) in enumerate(pictures.items(), 1):
        file = ImageFile(root / name, 1000, number, number)
        digest = os.fsencode(name).ljust(16)
        if vector is None:
            items.append(IndexedFile(file, digest, error="It is not a picture."))
        else:
            items.append(IndexedFile(file, digest, PictureInfo(64, 48, "JPEG"), vector))
    dims = {len(vector) for vector in pictures.values() if vector is not None}
    with store.writing(lambda: False) as writer:
        assert writer is not None
        writer.add_root(root)
        for dim in dims:
            writer.register_model(model_id, dim)
        writer.commit(model_id, items)


def random_directions(n: int, dim: int) -> Vectors:
    """Return ``n`` nearly orthogonal unit vectors, shape ``(n, dim)``."""
    rows = np.random.default_rng(0).standard_normal((n, dim)).astype(np.float32)
    unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
