"""A library of generated files for benches: rows and vectors as an indexing run leaves them."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.library.catalog import Catalog
from tui.library.catalog_write import CatalogWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from tui.domain import Vectors

ROOT = "/pictures"
BLOCK = 10_000


def picture_like_vectors(n: int, dim: int, seed: int = 0) -> Iterator[Vectors]:
    """Yield blocks of unit vectors spread as CLIP's are; shape ``(<= BLOCK, dim)``.

    Half of every vector is one common direction, so two pictures have a cosine of about 0.5; the
    rest is half a cluster's and half its own, in a space whose variance falls as 1/i along its
    axes (the first 64 of 512 hold 70 %). Vectors of even variance would be far harder for a graph
    than any model's, and of no use to measure it by.
    """
    random = np.random.default_rng(seed)
    scale = _unit(1 / np.sqrt(np.arange(1, dim + 1, dtype=np.float32))[np.newaxis])
    centres = random.standard_normal((1000, dim), dtype=np.float32) * scale
    common = np.full(dim, 1 / np.sqrt(dim), dtype=np.float32)
    for start in range(0, n, BLOCK):
        size = min(BLOCK, n - start)
        rows = random.standard_normal((size, dim), dtype=np.float32) * scale
        rows += centres[random.integers(0, len(centres), size)]
        rows = common + rows / np.float32(np.sqrt(2))
        yield _unit(rows)


def text_like_vectors(pictures: Vectors, seed: int = 1) -> Vectors:
    """Return queries for pictures: cosine about 0.33 with the right one, 0.04 with any other.

    Texts lie in a cone of their own, apart from the pictures in a direction in which these do not
    vary (Liang et al. 2022, "Mind the gap", arXiv:2203.02053): here the last axis.
    """
    random = np.random.default_rng(seed)
    n, dim = pictures.shape
    common = np.full(dim, 1 / np.sqrt(dim), dtype=np.float32)
    apart = np.zeros(dim, dtype=np.float32)
    apart[-1] = 1
    meant = pictures - np.outer(pictures @ common, common)
    noise = random.standard_normal((n, dim), dtype=np.float32)
    noise /= np.sqrt(np.arange(1, dim + 1, dtype=np.float32))
    return _unit(apart + 0.5 * _unit(meant) + 0.3 * _unit(noise))


def _unit(rows: NDArray[np.floating[Any]]) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


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
        for block in picture_like_vectors(n, dim):
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
