"""A library of generated files for benches: rows and vectors as an indexing run leaves them."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from tui.core.domain import Vectors

ROOT = "/pictures"
BLOCK = 10_000
FIRST_YEAR = 1920
FIRST_SECOND = -1_577_923_200
"""The first of January 1920, in Unix time."""

CAMERAS = ("Canon EOS R6", "Nikon Z 6", "Pixel 8", "iPhone 15", "X-T5", "Leica M6", None)
WORDS = ("beach", "birthday", "cake", "dog", "garden", "img", "lake", "mountain", "party", "dsc")


def picture_like_vectors(n: int, dim: int, seed: int = 0) -> Iterator[Vectors]:
    """Yield blocks of unit vectors distributed like CLIP's; shape ``(<= BLOCK, dim)``.

    Half of every vector is one common direction, so two pictures have a cosine of about 0.5; the
    rest is half a cluster's and half its own, in a space whose variance decreases as 1/i along its
    axes (the first 64 of 512 hold 70 %). Vectors of even variance would be far harder for a graph
    than any model's, and useless as a measure.
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

    Texts are in a cone of their own, apart from the pictures in a direction in which these do not
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


def cluster_vectors(pictures: Vectors) -> Vectors:
    """Return queries that the pictures' clusters match, and hardly any other picture.

    The picture's own part and that of its cluster are scaled to the same variance along all axes,
    so that the cosines of other clusters are close to 0.
    """
    dim = pictures.shape[1]
    own = pictures - np.float32(np.sqrt(0.5 / dim))
    return _unit(own * np.arange(1, dim + 1, dtype=np.float32))


def _unit(rows: NDArray[np.floating[Any]]) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def make_library(data_dir: Path, n: int, dim: int, model_id: str) -> None:
    """Write ``n`` pictures of a hundred years with their vectors, as an indexing run would.

    A decade's folder holds a tenth of them, a year's a hundredth, an event's 1,000, a day's 200.
    Dates are in the year of the folder; one in twenty has only the file's. Names are a word of
    `WORDS` and a number. The ids of files and contents count up from 1 in this order.
    """
    with Catalog.open(data_dir) as catalog:
        writer = CatalogWriter(catalog)
        writer.add_root(Path(ROOT))
        writer.register_model(model_id, dim)
        folders = {folder_of(number, n): 0 for number in range(n)}
        with catalog.writing() as connection:
            for folder in folders:
                row = connection.execute(
                    "INSERT INTO folders (path) VALUES (?)", (os.fsencode(folder),)
                )
                folders[folder] = int(row.lastrowid or 0)
        start = 0
        for block in picture_like_vectors(n, dim):
            numbers = range(start, start + len(block))
            start += len(block)
            with catalog.writing() as connection:
                connection.executemany(
                    "INSERT INTO contents (hash, width, height, format, taken_ns, camera, latitude,"
                    " longitude, decoder) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '1')",
                    (_content(number, n) for number in numbers),
                )
                connection.executemany(
                    "INSERT INTO files (folder_id, name, folded, size, mtime_ns, inode, content_id)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (_file(number, n, folders[folder_of(number, n)]) for number in numbers),
                )
                connection.executemany(
                    "INSERT INTO embeddings (model_id, content_id, vector) VALUES (1, ?, ?)",
                    (
                        (number + 1, vector.tobytes())
                        for number, vector in zip(numbers, block.astype("<f2"), strict=True)
                    ),
                )


def folder_of(number: int, n: int) -> str:
    """Return the folder of a picture, counted from 0."""
    year = FIRST_YEAR + number * 100 // n
    event, day = number // 1000, number // 200 % 5
    return f"{ROOT}/{year // 10 * 10}s/{year}/event {event:04}/day {day}"


def _content(number: int, n: int) -> tuple[object, ...]:
    wide = number % 3 > 0
    size = (4000, 3000) if wide else (3000, 4000)
    kind = "HEIF" if number % 10 == 9 else "JPEG"
    date = None if number % 20 == 7 else _taken_ns(number, n)
    camera = CAMERAS[number // 1000 % len(CAMERAS)]
    position = (
        (47 + number % 997 / 500, 8 + number % 991 / 500) if number % 3 == 0 else (None, None)
    )
    return (number.to_bytes(16, "big"), *size, kind, date, camera, *position)


def _file(number: int, n: int, folder_id: int) -> tuple[object, ...]:
    suffix = "heic" if number % 10 == 9 else "jpg"
    name = f"{WORDS[number % len(WORDS)]} {number:07}.{suffix}"
    size = 1_000_000 + number * 7919 % 4_000_000
    written = _taken_ns(number, n) + 3600 * 10**9
    return (folder_id, name.encode(), name, size, written, number + 1, number + 1)


def _taken_ns(number: int, n: int) -> int:
    seconds = 100 * 365.2425 * 86400 * number / n
    return (int(seconds) + FIRST_SECOND) * 10**9


def timed(action: Callable[[], object], repeats: int) -> list[float]:
    """Return the times of some calls in milliseconds, shortest first."""
    times = []
    for _ in range(repeats):
        begin = time.perf_counter()
        action()
        times.append((time.perf_counter() - begin) * 1000)
    return sorted(times)
