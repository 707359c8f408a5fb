"""The time of ``photoseek search`` from process start to its output, with the starter.

python tests/bench/search_start.py

Indexes the sample photographs once (see `tests.support.pictures.sample_photos`), searches seven
times with a warm disk cache and prints the median, and the same for a Python that does nothing.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.support.pictures.sample_photos import label_of, photos_or_skip  # noqa: E402

ROUNDS = 7


def timed(command: list[str], environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE)
    return time.perf_counter() - begin


def main() -> None:
    try:
        photos = photos_or_skip()
    except pytest.skip.Exception as reason:
        print(json.dumps({"skipped": str(reason)}))
        return
    photoseek = [sys.executable, "-m", "tui"]
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "PHOTOSEEK_DATA_DIR": data, "PYTHONPATH": str(ROOT)}
        subprocess.run([*photoseek, "index", str(photos[0].parent)], check=True, env=environment)
        search = [*photoseek, "search", label_of(photos[0])]
        timed(search, environment)
        times = [timed(search, environment) for _ in range(ROUNDS)]
        bare = [timed([sys.executable, "-c", ""], environment) for _ in range(ROUNDS)]
    print(f"{len(photos)} photographs, {ROUNDS} searches: {[round(value, 3) for value in times]}")
    result = {
        "n": len(photos),
        "median_s": round(statistics.median(times), 3),
        "min_s": round(min(times), 3),
        "max_s": round(max(times), 3),
        "bare_python_s": round(statistics.median(bare), 3),
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
