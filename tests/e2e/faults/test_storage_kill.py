"""SIGKILL at random moments: the catalog and its index stay whole, acknowledged rows stay."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.support.libraries.catalog_rows import MODEL, unit_vectors
from tui.library.local.catalog.reader import Catalog
from tui.library.local.check import check
from tui.library.local.vectors.generations import newest, open_flat, view_graph
from tui.library.local.vectors.index_files import index_folder
from tui.library.local.vectors.searching import IndexLimits
from tui.library.local.vectors.vector_index import VectorIndex

COMMIT = """
import sys
from pathlib import Path
from tests.support.libraries.catalog_rows import MODEL, indexed_file, unit_vectors
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.catalog.lock import writer_lock

data_dir, begin = Path(sys.argv[1]), int(sys.argv[2])
with writer_lock(data_dir, timeout=30), Catalog.open(data_dir) as catalog:
    writer = CatalogWriter(catalog)
    writer.register_model(MODEL, 64)
    print("ready", flush=True)
    for number in range(begin, begin + 100_000, 64):
        vectors = unit_vectors(64, dim=64, seed=number)
        writer.commit(MODEL, [
            indexed_file(f"/p/{number + n}.jpg", str(number + n).encode(), vectors[n])
            for n in range(64)
        ])
        print(number + 64, flush=True)
"""

SAVE = """
import sys
from pathlib import Path
from tests.support.libraries.catalog_rows import MODEL, commit_pictures, unit_vectors
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.saving import write_generation
from tui.library.local.vectors.searching import IndexLimits
from tui.library.local.catalog.lock import writer_lock

data_dir, run = Path(sys.argv[1]), sys.argv[2]
limits = IndexLimits(exact=100, delta=10)
with writer_lock(data_dir, timeout=30), Catalog.open(data_dir) as catalog:
    writer = CatalogWriter(catalog)
    print("ready", flush=True)
    for number in range(10_000):
        commit_pictures(writer, unit_vectors(64, dim=64, seed=number), folder=f"/p/{run}/{number}")
        write_generation(catalog, MODEL, finished=True, limits=limits)
        print(number, flush=True)
"""

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")


def killed_after(seconds: float, code: str, *arguments: object) -> list[int]:
    """Run a process, kill it, and return the numbers that it had printed."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds)
        process.send_signal(signal.SIGKILL)
        lines = process.stdout.read().splitlines(keepends=True)
    assert process.wait() == -signal.SIGKILL
    return [int(line) for line in lines if line.endswith("\n")]


def test_acknowledged_rows_survive(tmp_path: Path) -> None:
    dice = random.Random(1)
    committed = 0
    with Catalog.open(tmp_path, read_only=True) as reader:
        for _ in range(8):
            printed = killed_after(dice.uniform(0.0, 0.4), COMMIT, tmp_path, committed)
            acknowledged = max(printed, default=committed)
            files = len(reader.files(MODEL))
            assert files % 64 == 0
            assert acknowledged <= files <= acknowledged + 64
            committed = files
            assert [f for f in check(tmp_path) if not f.ok and f.subject != "index"] == []
    assert committed > 0


def test_a_killed_save_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    dice = random.Random(2)
    limits = IndexLimits(exact=100, delta=10)
    vector = unit_vectors(1, dim=64)[0]
    killed_after(0.5, COMMIT, tmp_path, 0)
    with Catalog.open(tmp_path, read_only=True) as catalog:
        for run in range(15):
            killed_after(dice.uniform(0.0, 0.6), SAVE, tmp_path, run)
            for kind, opener in (("vectors", open_flat), ("usearch", view_graph)):
                generation = newest(catalog, MODEL, kind)
                assert generation is None or opener(tmp_path, generation) is not None
            index = VectorIndex(catalog, MODEL, limits)
            assert index.refused == {}
            keys, _ = index.search(vector, len(index))
            assert set(keys.tolist()) == set(catalog.files(MODEL).content_ids.tolist())
        used = {generation.file for generation in catalog.generations()}
        assert used <= {path.name for path in index_folder(tmp_path).iterdir()}


def test_a_reader_searches_throughout(tmp_path: Path) -> None:
    vector = unit_vectors(1, dim=64)[0]
    command = [sys.executable, "-c", SAVE, str(tmp_path), "0"]
    with Catalog.open(tmp_path, read_only=True) as catalog:
        index = VectorIndex(catalog, MODEL)
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[3]
        )
        sizes = []
        end = time.monotonic() + 4
        try:
            while time.monotonic() < end:
                index.refresh()
                keys, scores = index.search(vector, 50)
                assert len(keys) == min(50, len(index))
                assert np.all(np.diff(scores) <= 0)
                sizes.append(len(index))
                time.sleep(0.01)
            assert process.poll() is None
        finally:
            process.kill()
            process.wait()
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 3
    assert index.refused == {}
