"""Indexing on a Ray cluster with two workers: one killed midway, stopped and resumed, broken."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.embedders import COLOURS, ColourEmbedder, save_picture
from tests.support.terminals.command_line import photoseek
from tui.library.local.catalog.reader import Catalog

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="signals"),
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed: photoseek[ray]"),
    pytest.mark.xdist_group("ray"),
]

ROOT = Path(__file__).parents[3]
PICTURES, COPIES, BROKEN = 72, 12, 3
BATCH = 8
START_SECONDS = 60


class Cluster(NamedTuple):
    """The process and the address of a cluster."""

    process: subprocess.Popen[bytes]
    address: str
    environ: dict[str, str]

    def kill(self) -> None:
        """Kill all its processes except the workers, which end with it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Yield a cluster of two processors that requires a token."""
    environ = os.environ | {
        "PYTHONPATH": str(ROOT),
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
    }
    folder = tempfile.mkdtemp(prefix="ray-")  # short: the paths of sockets have a limit
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.programs.ray_head", "2", folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ,
        cwd=ROOT,
        start_new_session=True,
    )
    assert process.stdout is not None
    cluster = Cluster(process, process.stdout.readline().decode().strip(), environ)
    try:
        yield cluster
    finally:
        cluster.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return pictures, a few copies and a few broken files."""
    folder = tmp_path / "photos"
    names = list(COLOURS)
    for number in range(PICTURES):
        path = folder / f"{number % 5}" / f"{number}.png"
        save_picture(path, names[number % len(names)], (16, 16), note=number)
        if number < COPIES:
            shutil.copy(path, folder / f"copy of {number}.png")
    for number in range(BROKEN):
        (folder / f"broken {number}.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([number]))
    return folder


def start(
    cluster: Cluster, photos: Path, seconds: float = 0.0, stop: int = 0
) -> subprocess.Popen[bytes]:
    """Start an indexing process; its library and its log are beside the pictures."""
    data, log = photos.parent / "data", photos.parent / "log"
    arguments = [cluster.address, f"{data}", f"{photos}", f"{log}", f"{seconds}", f"{stop}"]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.support.programs.index_on_ray", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=cluster.environ,
        cwd=ROOT,
    )


def result(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Wait for a process; return the object that it printed. Ray must not have printed anything."""
    output, errors = process.communicate(timeout=100)
    assert (process.returncode, errors) == (0, b"")
    answer: dict[str, Any] = json.loads(output)
    return answer


def embedded(photos: Path) -> list[tuple[str, str]]:
    """Return which worker embedded which picture, in the order of the embeddings."""
    log = photos.parent / "log"
    lines = log.read_text().splitlines() if log.exists() else []
    return [(line.split()[0], line.split()[1]) for line in lines]


def wait_for(photos: Path, pictures: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until this many pictures are embedded."""
    deadline = time.monotonic() + START_SECONDS
    while len(embedded(photos)) < pictures:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


def vectors(photos: Path) -> int:
    """Return how many vectors the library has."""
    with Catalog.open(photos.parent / "data") as catalog:
        return catalog.status().embeddings.get(ColourEmbedder().model_id, 0)


def test_a_worker_killed_midway_loses_nothing(cluster: Cluster, photos: Path) -> None:
    process = start(cluster, photos, seconds=0.05)
    wait_for(photos, 3 * BATCH, process)
    workers = {worker for worker, _ in embedded(photos)}
    killed = embedded(photos)[-1][0]
    os.kill(int(killed), signal.SIGKILL)
    figures = result(process)
    assert figures == {
        "indexed": PICTURES, "reused": COPIES, "unchanged": 0, "failed": BROKEN, "cancelled": False,
    }  # fmt: skip
    assert vectors(photos) == PICTURES
    log = embedded(photos)
    assert len(workers) == 2
    times = Counter(content for _, content in log)
    assert len(times) == PICTURES
    again = {content for content, count in times.items() if count > 1}
    assert again <= {content for worker, content in log if worker == killed}
    assert len(log) - PICTURES <= 2 * BATCH, "more than what was in its hand"


def test_a_run_is_stopped_and_resumed(cluster: Cluster, photos: Path) -> None:
    stopped = result(start(cluster, photos, seconds=0.05, stop=2 * BATCH))
    assert stopped["cancelled"]
    assert 2 * BATCH <= stopped["indexed"] < PICTURES
    assert stopped["indexed"] == vectors(photos) == len(embedded(photos)), (
        "what was in hand is kept"
    )
    resumed = result(start(cluster, photos))
    assert not resumed["cancelled"]
    assert stopped["indexed"] + resumed["indexed"] == PICTURES
    assert len(embedded(photos)) == PICTURES, "nothing was embedded twice"


def test_an_unavailable_cluster_is_one_sentence(tmp_path: Path) -> None:
    outcome = photoseek("index", f"{tmp_path}", "--ray", "127.0.0.1:9")
    assert outcome.code == 2
    assert "No Ray cluster answers at 127.0.0.1:9" in outcome.error_line


def test_without_ray_the_package_is_named(tmp_path: Path) -> None:
    code = "import sys; sys.modules['ray'] = None; from tui.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "index", tmp_path, "--ray", "local"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 2
    assert "pip install 'photoseek[ray]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_losing_the_cluster_midway_is_reported(cluster: Cluster, photos: Path) -> None:
    """This test is last, since it ends the cluster."""
    process = start(cluster, photos, seconds=0.2)
    wait_for(photos, 2 * BATCH, process)
    cluster.kill()
    for worker in {worker for worker, _ in embedded(photos)}:  # otherwise they continue for a while
        os.kill(int(worker), signal.SIGKILL)
    error = result(process)["error"]
    assert f"The Ray cluster at {cluster.address} is no longer available" in error
    assert 0 < vectors(photos) < PICTURES
