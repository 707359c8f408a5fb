"""Faults that must not break a library: kills, a second indexer, locks, full disks."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.embedders import COLOURS, ColourEmbedder, save_picture
from tests.support.pictures.odd_images import png, save_bytes
from tests.support.terminals.command_line import bound_by_permissions
from tui.library.base.permissions import CATALOG_NAME
from tui.library.local.catalog.reader import Catalog
from tui.library.local.check import check
from tui.library.local.vectors.vector_index import VectorIndex

MODEL = ColourEmbedder().model_id
PICTURES = 500
KILLS = int(os.environ.get("PHOTOSEEK_TEST_KILLS", "10"))
BATCH = 64
"""The most pictures that one kill may cost."""


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five hundred pictures, and a copy of every tenth."""
    folder = tmp_path_factory.mktemp("photos")
    names = list(COLOURS)
    for number in range(PICTURES):
        path = folder / f"{number % 7}" / f"{number}.png"
        save_picture(path, names[number % len(names)], (24, 16), note=number)
        if number % 10 == 0:
            shutil.copy(path, folder / f"copy of {number}.png")
    return folder


def start(
    library: Path | str,
    photos: Path,
    log: Path,
    seconds: float = 0.0,
    before: Sequence[str] = (),
) -> subprocess.Popen[bytes]:
    """Start an indexing process; return when it is about to start its run."""
    script = [sys.executable, "-m", "tests.support.programs.index_slowly"]
    process = subprocess.Popen(
        [*before, *script, library, photos, log, str(seconds)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def result(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait for a process; return the last object that it printed."""
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    answer: dict[str, Any] = json.loads(output.splitlines()[-1])
    return answer


def embedded(log: Path) -> int:
    """Return how many pictures all processes have embedded, including killed ones."""
    return log.stat().st_size if log.exists() else 0


def assert_whole(data_dir: Path) -> None:
    """Check that the library is intact, and that no content has two vectors.

    A killed run leaves no index, or a file that no record names; the next one repairs that.
    """
    wrong = [finding for finding in check(data_dir) if not finding.ok]
    assert [f for f in wrong if f.subject != "orphans" and "has no" not in f.message] == []
    with sqlite3.connect(data_dir / CATALOG_NAME) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        most = connection.execute(
            "SELECT coalesce(max(n), 0) FROM"
            " (SELECT count(*) n FROM embeddings GROUP BY model_id, content_id)"
        ).fetchone()[0]
        hashes = connection.execute("SELECT count(*), count(DISTINCT hash) FROM contents")
        total, different = hashes.fetchone()
    assert most <= 1
    assert total == different
    connection.close()


def vectors(data_dir: Path) -> int:
    """Return how many vectors were committed."""
    with Catalog.open(data_dir, read_only=True) as catalog:
        return catalog.status().embeddings.get(MODEL, 0)


def assert_complete(data_dir: Path) -> None:
    """Check that every picture can be found, with one vector for each content."""
    assert_whole(data_dir)
    assert all(finding.ok for finding in check(data_dir))
    with Catalog.open(data_dir, read_only=True) as catalog:
        status = catalog.status()
        assert status.pictures == PICTURES + PICTURES // 10
        assert (status.contents, status.embeddings[MODEL]) == (PICTURES, PICTURES)
        assert len(VectorIndex(catalog, MODEL)) == PICTURES


def test_a_killed_run_resumes_and_embeds_nothing_twice(tmp_path: Path, photos: Path) -> None:
    chance = random.Random(7)
    data_dir, log = tmp_path / "data", tmp_path / "log"
    committed = 0
    for _ in range(KILLS):
        process = start(data_dir, photos, log, seconds=0.0002 * KILLS)
        time.sleep(chance.uniform(0.0, 0.45))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
        assert_whole(data_dir)
        now = vectors(data_dir)
        assert now >= committed, "a committed vector was lost"
        committed = now
    last = result(start(data_dir, photos, log))
    assert last["indexed"] == PICTURES - committed
    assert_complete(data_dir)
    assert PICTURES <= embedded(log) <= PICTURES + KILLS * BATCH
    again = result(start(data_dir, photos, log))
    assert (again["unchanged"], again["indexed"]) == (PICTURES + PICTURES // 10, 0)


def test_two_runs_at_once_share_the_work_without_repeating_any(
    tmp_path: Path, photos: Path
) -> None:
    data_dir, log = tmp_path / "data", tmp_path / "log"
    both = [start(data_dir, photos, log, seconds=0.001) for _ in range(2)]
    first, second = (result(process) for process in both)
    assert first["indexed"] + second["indexed"] == PICTURES
    assert max(first["unchanged"], second["unchanged"]) == PICTURES + PICTURES // 10
    assert embedded(log) == PICTURES
    assert_complete(data_dir)


def test_a_reader_searches_throughout(tmp_path: Path, photos: Path) -> None:
    data_dir = tmp_path / "data"
    process = start(data_dir, photos, tmp_path / "log", seconds=0.002)
    red = ColourEmbedder().embed_text(["red"])[0]
    counts: list[int] = []
    with Catalog.open(data_dir, read_only=True) as catalog:
        index = VectorIndex(catalog, MODEL)
        while process.poll() is None:
            index.refresh()
            keys, scores = index.search(red, 5)
            assert len(catalog.details(catalog.files(MODEL).file_ids[:5].tolist())) <= 5
            counts.append(len(index))
            if len(keys) == 5 and len(index) > 100:
                assert scores[0] > 0.99
            time.sleep(0.02)
        index.refresh()
        assert len(index) == PICTURES
    assert counts == sorted(counts)
    assert len(set(counts)) > 3, "the results came in as they were made"
    assert result(process)["indexed"] == PICTURES


def test_a_run_waits_for_a_catalog_that_another_program_locks(tmp_path: Path, photos: Path) -> None:
    data_dir = tmp_path / "data"
    Catalog.open(data_dir).close()
    other = sqlite3.connect(data_dir / CATALOG_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    process = start(data_dir, photos, tmp_path / "log")
    time.sleep(1.5)
    assert process.poll() is None
    other.execute("ROLLBACK")
    other.close()
    assert result(process)["indexed"] == PICTURES
    assert_complete(data_dir)


def test_a_data_folder_that_becomes_read_only_breaks_nothing(tmp_path: Path, photos: Path) -> None:
    data_dir, log = tmp_path / "data", tmp_path / "log"
    process = start(data_dir, photos, log, seconds=0.004, before=bound_by_permissions())
    while vectors(data_dir) == 0:
        time.sleep(0.02)
    folders = [data_dir, *(path for path in data_dir.iterdir() if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    answer = result(process)
    for folder in folders:
        folder.chmod(0o755)
    assert "permission" in answer.get("error", "").lower() or answer["indexed"] == PICTURES
    assert_whole(data_dir)
    result(start(data_dir, photos, log))
    assert_complete(data_dir)
    assert embedded(log) == PICTURES


def test_a_full_disk_ends_the_run_with_a_sentence_and_loses_nothing(
    tmp_path: Path, photos: Path
) -> None:
    if os.name != "posix" or os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small disk takes root")
    with small_disk(tmp_path / "disk", "20m") as disk:
        data_dir, filler = disk / "data", disk / "filler"
        process = start(data_dir, photos, tmp_path / "log", seconds=0.004)
        while vectors(data_dir) == 0:
            time.sleep(0.02)
        before = vectors(data_dir)
        fill(filler)
        answer = result(process)
        assert "disk is full" in answer["error"]
        filler.unlink()
        assert vectors(data_dir) >= before
        assert_whole(data_dir)
        result(start(data_dir, photos, tmp_path / "log"))
        assert_complete(data_dir)


def fill(path: Path) -> None:
    """Write a file until the disk is full."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


@contextmanager
def small_disk(at: Path, size: str) -> Iterator[Path]:
    """Mount a disk in memory; skip where that is not allowed."""
    at.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", at],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"can't mount a small disk: {mounted.stderr.decode().strip()}")
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)


_READ_IN_FOUR_THREADS = """
import sys, threading
from pathlib import Path
from tui.images.decoder import Decoder
from tui.images.decode_types import DecodeRequest

def peak():  # ru_maxrss would begin with that of the process that started this one.
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])

path, memory = Path(sys.argv[1]), int(sys.argv[2])
decoder, before = Decoder(memory=memory), peak()
work = lambda: decoder.read(path, DecodeRequest(448, 448, cover=True))
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_memory_stays_bounded_however_large_the_pictures_are(tmp_path: Path) -> None:
    """Four threads request a picture of 20 megapixels at once, 80 MB each in Pillow."""
    pixels = np.zeros((4000, 5000, 3), np.uint8)
    path = save_bytes(tmp_path / "large.png", png(pixels, colour_type=2))

    def peak(memory: int) -> float:
        """Return the megabytes beyond the memory of the program itself."""
        command = [sys.executable, "-c", _READ_IN_FOUR_THREADS, str(path), str(memory)]
        return int(subprocess.check_output(command)) / 1024

    bounded, free = peak(170 << 20), peak(8 << 30)
    assert bounded < 170
    assert free > 1.5 * bounded
