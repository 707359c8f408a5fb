"""Finding duplicates: `python -m tests.bench.duplicates [PICTURES] [DIM]`.

Makes a library of generated vectors distributed like CLIP's (by default 100,000 of 512), gives
every tenth picture a near copy, and times the whole search. The pictures themselves don't exist, so
the comparison of the candidates' pixels is excluded: that costs as much as decoding a thumbnail,
about 20 ms each, only for pictures that resemble another one. The last line is one JSON object.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.support.bench.big_library import make_library
from tests.support.libraries.catalog_rows import MODEL, CatalogDisk
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.saving import write_generation
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.duplicates.find import THRESHOLD, find_duplicates
from tui.search.duplicates.groups import DuplicateProgress
from tui.search.duplicates.pixel_similarity import FingerprintCache

EVERY = 10


def make_copies(catalog: Catalog, n: int) -> int:
    """Make every tenth vector nearly equal to the one before it; return their number."""
    chance = np.random.default_rng(3)
    numbers = np.arange(EVERY, n, EVERY)
    with catalog.writing() as connection:
        for number in numbers.tolist():
            row = connection.execute(
                "SELECT vector FROM embeddings WHERE content_id = ?", (number,)
            ).fetchone()
            half = np.frombuffer(row[0], dtype="<f2")
            vector = half + chance.normal(0, 0.15 / len(half) ** 0.5, len(half))
            vector /= np.linalg.norm(vector)
            connection.execute(
                "UPDATE embeddings SET vector = ? WHERE content_id = ?",
                (vector.astype("<f2").tobytes(), number + 1),
            )
    return len(numbers)


def main() -> None:
    """Print the figures."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    dim = int(sys.argv[2]) if len(sys.argv) > 2 else 512
    last: list[DuplicateProgress] = []
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder)
        make_library(data_dir, n, dim, MODEL)
        with Catalog.open(data_dir) as catalog:
            copies = make_copies(catalog, n)
            write_generation(catalog, MODEL, finished=True)
            index = VectorIndex(catalog, MODEL)
            begin, used = time.perf_counter(), time.process_time()
            look = np.ones(1, dtype=np.float32)
            groups = find_duplicates(
                catalog,
                index,
                on_progress=last.append,
                fingerprints=FingerprintCache(lambda _: look),
                disk=CatalogDisk(),
            )
            seconds, cpu = time.perf_counter() - begin, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{n:,} pictures of {dim} numbers, cosine {THRESHOLD}, {os.cpu_count()} cores")
    print(
        f"{len(groups):,} groups ({copies:,} copies were made) in {seconds:.1f} s, {cpu:.1f} of CPU"
    )
    print(
        json.dumps(
            {
                "pictures": n,
                "dim": dim,
                "groups": len(groups),
                "made": copies,
                "looked": last[-1].total,
                "seconds": round(seconds, 2),
                "cpu_s": round(cpu, 2),
                "peak_mib": round(peak),
            }
        )
    )


if __name__ == "__main__":
    main()
