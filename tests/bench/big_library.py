"""A library of generated files for benches: rows and vectors as an indexing run leaves them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import numpy as np

from tui.library.catalog import Catalog
from tui.library.catalog_write import CatalogWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tui.domain import Vectors

ROOT = "/pictures"
BLOCK = 10_000


def clustered_vectors(n: int, dim: int, seed: int = 0) -> Iterator[Vectors]:
    """Yield blocks of unit vectors in clusters, as a model's are; shape ``(<= BLOCK, dim)``."""
    random = np.random.default_rng(seed)
    centres = random.standard_normal((1000, dim), dtype=np.float32)
    common = random.standard_normal(dim, dtype=np.float32)
    for start in range(0, n, BLOCK):
        size = min(BLOCK, n - start)
        rows = random.standard_normal((size, dim), dtype=np.float32)
        rows += centres[random.integers(0, len(centres), size)] + common
        yield rows / np.linalg.norm(rows, axis=1, keepdims=True)


def make_library(data_dir: Path, n: int, dim: int, model_id: str, per_folder: int = 200) -> None:
    """Write ``n`` files in folders of ``per_folder``, ten folders a year, with their vectors."""
    with Catalog.open(data_dir) as catalog:
        writer = CatalogWriter(catalog)
        writer.register_model(model_id, dim)
        with catalog.writing() as connection:
            connection.execute("INSERT INTO roots (path) VALUES (?)", (os.fsencode(ROOT),))
            connection.executemany(
                "INSERT INTO folders (path) VALUES (?)",
                (
                    (os.fsencode(f"{ROOT}/year {number // 10:05}/trip {number:06}"),)
                    for number in range(-(-n // per_folder))
                ),
            )
        start = 0
        for block in clustered_vectors(n, dim):
            numbers = range(start, start + len(block))
            with catalog.writing() as connection:
                connection.executemany(
                    "INSERT INTO contents (hash, width, height, format, taken_ns, camera, decoder)"
                    " VALUES (?, 4000, 3000, 'JPEG', ?, 'Canon EOS R6', '1')",
                    (
                        (number.to_bytes(16, "big"), 1_600_000_000 * 10**9 + number)
                        for number in numbers
                    ),
                )
                connection.executemany(
                    "INSERT INTO files (folder_id, name, folded, size, mtime_ns, inode, content_id)"
                    " VALUES (?, ?, ?, 3000000, ?, ?, ?)",
                    (
                        (
                            number // per_folder + 1,
                            f"IMG_{number:07}.jpg".encode(),
                            f"img_{number:07}.jpg",
                            number,
                            number,
                            number + 1,
                        )
                        for number in numbers
                    ),
                )
                connection.executemany(
                    "INSERT INTO embeddings (model_id, content_id, vector) VALUES (1, ?, ?)",
                    (
                        (number + 1, vector.tobytes())
                        for number, vector in zip(numbers, block.astype("<f2"), strict=True)
                    ),
                )
            start += len(block)


def timed(action: Callable[[], object], repeats: int) -> list[float]:
    """Return the times of some calls in milliseconds, shortest first."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        times.append((time.perf_counter() - begin) * 1000)
    return sorted(times)
