"""``photoseek index`` run by scripts, by a supervising process, and ended by Ctrl-C."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from tests.support.embedders import COLOURS, save_picture
from tests.support.libraries.library_factory import make_library, random_directions
from tests.support.terminals.command_line import PHOTOSEEK, photoseek
from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.models.presets import MODELS
from tui.storage.hashing import digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STARTER = MODELS[0].model_id
MANY = 300

proc = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")


@pytest.fixture
def data_dir() -> Path:
    return Path(os.environ["PHOTOSEEK_DATA_DIR"])


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Enough pictures for a run to be stopped midway."""
    for number in range(MANY):
        save_picture(tmp_path / f"{number:03}.png", list(COLOURS)[number % 6], note=number)
    return tmp_path


def running(folder: Path, *options: str, **streams: Any) -> subprocess.Popen[bytes]:
    command = [*PHOTOSEEK, "index", "--json", *options, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **streams)


def events(stream: IO[bytes] | None) -> Iterator[dict[str, Any]]:
    assert stream is not None
    for line in stream:
        yield json.loads(line)


def test_the_speed_of_a_long_run_is_stored(pictures: Path, data_dir: Path) -> None:
    with running(pictures, stdin=subprocess.DEVNULL) as process:
        [done] = [event for event in events(process.stdout) if event["event"] == "done"]
    speeds = json.loads((data_dir / "speed.json").read_text())
    assert speeds == {STARTER: pytest.approx(MANY / done["seconds"], rel=0.1)}


@posix
@pytest.mark.parametrize("options", [[], ["--watch"]], ids=["once", "watching"])
def test_ctrl_c_keeps_the_committed_pictures(
    pictures: Path, data_dir: Path, options: list[str]
) -> None:
    with running(pictures, *options, stdin=subprocess.DEVNULL) as process:
        for event in events(process.stdout):
            if event.get("indexed"):
                process.send_signal(signal.SIGINT)
                break
        (*_, last) = events(process.stdout)
    assert process.returncode == 130
    assert last["event"] == "cancelled"
    assert 0 < last["indexed"] < MANY
    with Catalog.open(data_dir, read_only=True) as catalog:
        assert catalog.status().embeddings == {STARTER: last["indexed"]}


@pytest.mark.parametrize("word", [b"cancel\n", b""], ids=["told", "left alone"])
def test_a_supervised_run_stops_on_cancel_or_a_closed_pipe(pictures: Path, word: bytes) -> None:
    with running(pictures, "--supervised", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(word)
        if word:
            process.stdin.flush()
        else:
            process.stdin.close()
        (*_, last) = events(process.stdout)
    assert process.returncode == 130
    assert last["event"] == "cancelled"


@pytest.mark.parametrize("word", [b"cancel\n", b""], ids=["told", "left alone"])
def test_a_supervised_watch_stops_during_its_first_round(pictures: Path, word: bytes) -> None:
    with running(pictures, "--watch", "--supervised", stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for event in events(process.stdout):
            if event.get("total"):
                break
        process.stdin.write(word)
        process.stdin.close()
        (*_, last) = events(process.stdout)
    assert process.returncode == 130
    assert last["event"] == "cancelled"
    assert last["indexed"] < MANY


@pytest.mark.parametrize("options", [[], ["--watch"]], ids=["once", "watching"])
def test_a_run_stops_cleanly_when_its_reader_closes(pictures: Path, options: list[str]) -> None:
    with running(pictures, *options, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        stderr = process.stderr.read()
    assert process.returncode == 141
    assert stderr == b""


def test_a_search_ends_quietly_when_its_reader_closes(tmp_path: Path, data_dir: Path) -> None:
    names = [f"{number:04}{'x' * 200}.jpg" for number in range(2_000)]
    make_library(
        data_dir, tmp_path, STARTER, dict(zip(names, random_directions(len(names), 4), strict=True))
    )
    command = [*PHOTOSEEK, "search", "-n", "2000", "--paths", ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        stderr = process.stderr.read()
    assert process.returncode == 141
    assert stderr == b""


@contextmanager
def watching(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Iterator[dict[str, Any]]]]:
    """Watch a folder with one picture whose bytes are known; yield the reports of its rounds."""
    with running(folder, "--watch", stdin=subprocess.DEVNULL) as process:
        rounds = (event for event in events(process.stdout) if event["event"] != "progress")
        assert next(rounds)["reused"] == 1
        assert next(rounds) == {"event": "watching"}
        yield process, rounds


def make_known(data_dir: Path, picture: Path) -> None:
    """Add a picture's bytes to the catalog, so that no model has to be loaded for them."""
    with Catalog.open(data_dir) as catalog:
        writer = CatalogWriter(catalog)
        writer.register_model(STARTER, 256)
        file = ImageFile(Path("/elsewhere/red.png"), 1, 1, 1)
        vector = random_directions(1, 256)[0]
        info = PictureInfo(64, 48, "PNG")
        writer.commit(STARTER, [IndexedFile(file, digest(picture), info, vector)])


def test_hidden_files_and_excludes(tmp_path: Path, data_dir: Path) -> None:
    names = ("seen.png", ".hidden.png", "skip/skipped.png")
    visible, *_ = [save_picture(tmp_path / name, "red") for name in names]
    make_known(data_dir, visible)

    def index(*options: str) -> dict[str, Any]:
        outcome = photoseek("index", "--json", *options, str(tmp_path))
        done: dict[str, Any] = json.loads(outcome.stdout.splitlines()[-1])
        return done

    assert index("--exclude", "skip/")["reused"] == 1
    assert index("--hidden", "--exclude", "skip/")["reused"] == 1
    paths = photoseek("search", "--paths", "--in", str(tmp_path), "").stdout.splitlines()
    assert {Path(os.fsdecode(line)).name for line in paths} == {"seen.png", ".hidden.png"}


@posix
def test_a_watch_reports_each_round_until_ctrl_c(tmp_path: Path, data_dir: Path) -> None:
    first = save_picture(tmp_path / "first.png", "red")
    make_known(data_dir, first)
    with watching(tmp_path) as (process, rounds):
        shutil.copy(first, tmp_path / "second.png")
        assert next(rounds)["reused"] == 1
        first.unlink()
        assert next(rounds)["removed"] == 1
        process.send_signal(signal.SIGINT)
        assert list(rounds) == []
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert process.returncode == 0


def children(process: int) -> list[int]:
    """Return the running processes that a process has started."""
    threads = Path(f"/proc/{process}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def has_ended(process: int) -> bool:
    """Whether a process has ended, even if no parent has waited for it."""
    try:
        return ") Z " in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return True


@proc
def test_an_idle_watcher_is_small_and_misses_nothing(
    tmp_path: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PHOTOSEEK_MODEL_IDLE_SECONDS", "0")
    first = save_picture(tmp_path / "first.png", "red")
    make_known(data_dir, first)
    with running(tmp_path, "--watch", stdin=subprocess.DEVNULL) as process:
        rounds = (event for event in events(process.stdout) if event["event"] == "done")
        assert next(rounds)["reused"] == 1
        reused = 0
        for number in range(12):  # the indexing process repeatedly ends and restarts
            shutil.copy(first, tmp_path / f"{number}.png")
            time.sleep(0.3)
        while reused < 12:
            reused += next(rounds)["reused"]
        wait_until(lambda: not children(process.pid))
        loaded = Path(f"/proc/{process.pid}/maps").read_text()
        assert "_rust_notify" in loaded
        for package in ("torch", "numpy", "PIL", "usearch"):
            assert f"/{package}/" not in loaded
        process.send_signal(signal.SIGINT)
        assert list(rounds) == []
    assert process.returncode == 0
    assert reused == 12
    with Catalog.open(data_dir, read_only=True) as catalog:
        assert catalog.status().pictures == 14, "with the one from elsewhere"


@proc
@pytest.mark.parametrize("is_killed", [False, True], ids=["left alone", "killed"])
def test_the_indexing_process_ends_with_its_watcher(
    tmp_path: Path, data_dir: Path, is_killed: bool
) -> None:
    make_known(data_dir, save_picture(tmp_path / "first.png", "red"))
    with running(tmp_path, "--watch", "--supervised", stdin=subprocess.PIPE) as process:
        while next(events(process.stdout))["event"] != "watching":
            pass
        (child,) = children(process.pid)
        if is_killed:
            process.kill()
        else:
            assert process.stdin is not None
            process.stdin.close()
        wait_until(lambda: has_ended(child))
    assert process.returncode == (-signal.SIGKILL if is_killed else 0)


@proc
def test_a_watch_continues_when_its_indexing_process_is_killed(
    tmp_path: Path, data_dir: Path
) -> None:
    first = save_picture(tmp_path / "first.png", "red")
    make_known(data_dir, first)
    with watching(tmp_path) as (process, rounds):
        os.kill(children(process.pid)[0], signal.SIGKILL)
        shutil.copy(first, tmp_path / "second.png")
        assert next(rounds)["reused"] == 1
        process.send_signal(signal.SIGINT)
        assert list(rounds) == []
    assert process.returncode == 0


@proc
def test_the_second_ctrl_c_ends_both_processes_at_once(pictures: Path) -> None:
    with running(pictures, "--watch", stdin=subprocess.DEVNULL) as process:
        for event in events(process.stdout):
            if event.get("total"):
                break
        (child,) = children(process.pid)
        for _ in range(2):
            process.send_signal(signal.SIGINT)
            time.sleep(0.05)
        process.communicate(timeout=30)
    assert process.returncode == 130
    assert has_ended(child)
