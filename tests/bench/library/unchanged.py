"""A second run over 100,000 files that have not changed: the budget is 3 s.

python -m tests.bench.library.unchanged [FILES]

Makes tiny pictures of different bytes, indexes them once with a fake model, then runs the real
command over them, as a process of its own, and prints the median of five.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path

from tests.support.embedders import ColourEmbedder
from tests.support.pictures.odd_images import chunk
from tui.core.settings import Settings
from tui.indexing.indexer import index_folders
from tui.library.local.catalog.reader import Catalog
from tui.library.local.store import LocalStore
from tui.models.registry import find_model

RUNS = 5
FILES_A_FOLDER = 1000


def make_pictures(root: Path, count: int) -> None:
    """Write PNGs of one pixel, each with a different comment."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    for number in range(count):
        folder = root / f"album {number // FILES_A_FOLDER:03}"
        if number % FILES_A_FOLDER == 0:
            folder.mkdir(parents=True)
        pixel = zlib.compress(bytes([0, number % 256, number // 256 % 256, number // 65536]))
        body = chunk(b"IHDR", header) + chunk(b"IDAT", pixel) + chunk(b"IEND", b"")
        (folder / f"IMG_{number:06}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def first_run(data_dir: Path, photos: Path, count: int) -> float:
    """Index everything under the name of the model that the command will use."""
    settings = Settings(data_dir=data_dir, batch_size=64)
    embedder = ColourEmbedder(find_model(settings.model, settings).model_id)
    with Catalog.open(data_dir) as catalog:
        report = index_folders(
            LocalStore(catalog),
            [photos],
            model_id=embedder.model_id,
            load=lambda: embedder,
            settings=settings,
            on_progress=lambda _: None,
            cancelled=lambda: False,
        )
    assert report.indexed == count
    return report.seconds


def second_run(data_dir: Path, photos: Path, count: int) -> tuple[float, float]:
    """Return the seconds of the whole process, and of the run within it."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tui", "index", "--json", str(photos)],
        env=os.environ | {"PHOTOSEEK_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds = time.perf_counter() - start
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["event"], last["unchanged"]) == ("done", count)
    return seconds, last["seconds"]


def main() -> None:
    """Print the figures; the last line is one JSON object."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    work = Path(tempfile.mkdtemp(prefix="photoseek-bench-"))
    try:
        make_pictures(work / "photos", count)
        first = first_run(work / "data", work / "photos", count)
        print(f"first run: {first:.1f} s, {count / first:,.0f} files/s")
        runs = [second_run(work / "data", work / "photos", count) for _ in range(RUNS)]
    finally:
        shutil.rmtree(work)
    process_s, run_s = (statistics.median(seconds) for seconds in zip(*runs, strict=True))
    print(f"second run: {process_s:.2f} s with the start of the process, {run_s:.2f} s without")
    print(
        json.dumps(
            {
                "files": count,
                "first_s": round(first, 2),
                "second_s": round(process_s, 3),
                "run_s": round(run_s, 3),
            }
        )
    )


if __name__ == "__main__":
    main()
