"""The closest peer's way to search, for comparison.

It keeps one float32 blob a picture in SQLite. At every query all of them are read and stacked,
multiplied by the query with NumPy, and all similarities sorted; nothing is cached between queries.
Only the first hits' paths are used.
"""

from __future__ import annotations

import sqlite3
import time
from typing import TYPE_CHECKING

import numpy as np

from tests.support.bench.big_library import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tui.core.domain import Vectors


def make_peer(path: Path, blocks: Iterable[Vectors], n: int) -> None:
    """Write ``n`` vectors as the peer stores them; an existing file is reused."""
    if path.exists():
        return
    draft = path.with_suffix(".tmp")
    draft.unlink(missing_ok=True)
    connection = sqlite3.connect(draft)
    connection.execute(
        "CREATE TABLE images (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, vector BLOB)"
    )
    number = 0
    for block in blocks:
        rows = [
            (f"{folder_of(row, n)}/{row:07}.jpg", vector.tobytes())
            for row, vector in enumerate(np.ascontiguousarray(block, dtype="<f4"), number)
        ]
        connection.executemany("INSERT INTO images (path, vector) VALUES (?, ?)", rows)
        number += len(rows)
    connection.commit()
    connection.close()
    draft.replace(path)


def peer_ms(path: Path, queries: Vectors) -> float:
    """Return the median time of the peer's searches, in milliseconds."""
    times = []
    for query in queries:
        begin = time.perf_counter()
        _search(path, query)
        times.append((time.perf_counter() - begin) * 1000)
    return float(np.median(times))


def _search(path: Path, query: Vectors) -> list[str]:
    connection = sqlite3.connect(path)
    paths, vectors = [], []
    for name, blob in connection.execute("SELECT path, vector FROM images"):
        paths.append(name)
        vectors.append(np.frombuffer(blob, np.float32))
    connection.close()
    similarities = np.stack(vectors) @ query
    order = sorted(enumerate(similarities), key=lambda pair: pair[1], reverse=True)
    return [paths[row] for row, _ in order[:10]]
