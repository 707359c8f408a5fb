"""The stages of a run: work after a commit may take long, and a stop interrupts it."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import ColourEmbedder, save_picture
from tui.core.domain import ImageFile
from tui.indexing.changes import FolderChanges
from tui.indexing.channel import Channel, ChannelAbortedError
from tui.indexing.commit_stage import COMMIT_FILES, CommitStage
from tui.indexing.content_claims import ContentClaims
from tui.indexing.executor import StageThreads
from tui.indexing.local_executor import LocalExecutor
from tui.indexing.pipeline import run_pipeline
from tui.indexing.progress import ProgressCounter
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.store import LocalStore
from tui.storage.scanning import scan
from tui.storage.scanning.target import ScanTarget

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tui.core.domain import Cancelled

PATIENCE_SECONDS = 20


def run_over(
    tmp_path: Path, pictures: int, on_commit: Callable[[Cancelled], object], tick: Cancelled
) -> bool:
    """Index generated pictures, eight in a batch."""
    folder = tmp_path / "photos"
    for number in range(pictures):
        save_picture(folder / f"{number}.png", "red", note=number)
    embedder = ColourEmbedder()
    store = LocalStore(Catalog.open(tmp_path / "data"))
    with closing(store), store.writing(tick) as writer:
        assert writer is not None
        writer.add_root(folder)
        survey = FolderChanges(
            store, ScanTarget(folder, folder), model_id=embedder.model_id, decoder="1", options=None
        )
        return run_pipeline(
            store,
            writer,
            [survey],
            tick,
            model_id=embedder.model_id,
            decoder_version="1",
            batch_size=8,
            executor=LocalExecutor(lambda: embedder, threads=2),
            progress=ProgressCounter(),
            on_commit=on_commit,
        )


@pytest.mark.parametrize("pictures", [300, 3], ids=["midway", "at the end"])
def test_cancelling_stops_the_work_after_a_commit(tmp_path: Path, pictures: int) -> None:
    saving = threading.Event()

    def save(stopped: Cancelled) -> None:
        saving.set()
        patience = time.monotonic() + PATIENCE_SECONDS
        while not stopped() and time.monotonic() < patience:
            time.sleep(0.01)

    start = time.monotonic()
    assert not run_over(tmp_path, pictures, save, saving.is_set)
    assert time.monotonic() - start < PATIENCE_SECONDS


def test_progress_is_reported_during_the_work_after_a_commit(tmp_path: Path) -> None:
    saving, ticks = threading.Event(), 0

    def save(stopped: Cancelled) -> None:
        if not saving.is_set():
            saving.set()
            time.sleep(0.5)
            saving.clear()

    def tick() -> bool:
        nonlocal ticks
        ticks += saving.is_set()
        return False

    assert run_over(tmp_path, 20, save, tick)
    assert ticks >= 2


def test_a_failure_after_a_commit_ends_the_run(tmp_path: Path) -> None:
    def fail(stopped: Cancelled) -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        run_over(tmp_path, 300, fail, lambda: False)


def test_a_stop_ends_the_scan_of_unchanged_files_and_removes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_over(tmp_path, 40, lambda _: None, lambda: False)
    looked_at: list[str] = []
    original = scan._stat

    def slow(entry: os.DirEntry[str]) -> Iterator[scan.ScannedFile]:
        looked_at.append(entry.name)
        time.sleep(0.1)
        return original(entry)

    monkeypatch.setattr(scan, "_stat", slow)
    assert not run_over(tmp_path, 0, lambda _: None, lambda: len(looked_at) >= 2)
    assert len(looked_at) < 40
    with closing(Catalog.open(tmp_path / "data")) as catalog:
        assert catalog.status().files == 40


def test_a_stop_takes_effect_while_the_commit_queue_is_full(tmp_path: Path) -> None:
    ticks: list[int] = []

    def save(stopped: Cancelled) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not stopped() and time.monotonic() < deadline:
            time.sleep(0.01)

    def tick() -> bool:
        ticks.append(1)
        return True

    store = LocalStore(Catalog.open(tmp_path / "data"))
    with closing(store), store.writing(lambda: False) as writer:
        assert writer is not None
        claims = ContentClaims(store, "m", "1")
        commits = CommitStage(
            writer, "m", claims=claims, progress=ProgressCounter(), on_commit=save
        )
        thread = threading.Thread(target=commits.run)
        thread.start()
        files = [ImageFile(tmp_path / f"{n}.png", 1, 1, 1) for n in range(COMMIT_FILES * 4)]
        handed = 1
        while commits.submit([IndexedFile(files[handed], error="broken")], tick):
            handed += 1
        commits.close()
        thread.join(PATIENCE_SECONDS)
        assert COMMIT_FILES < handed < len(files)
        assert ticks == [1]
        assert store.catalog.status().files == handed


def test_an_error_of_any_stage_stops_the_others() -> None:
    threads = StageThreads()
    channel: Channel[int] = Channel(1)
    threads.on_stop(channel.abort)
    last_exits: list[str] = []

    def fail() -> None:
        raise OSError("no room")

    def wait() -> None:
        channel.get()

    threads.start("wait", 2, wait, lambda: last_exits.append("wait"))
    threads.start("fail", 1, fail, lambda: last_exits.append("fail"))
    threads.join()
    assert threads.stopping.is_set()
    assert [str(error) for error in threads.errors] == ["no room"]
    assert sorted(last_exits) == ["fail", "wait"], "each stage ends once"


def test_a_stage_that_begins_after_the_stop_is_also_woken() -> None:
    threads = StageThreads()
    threads.stop()
    channel: Channel[int] = Channel(1)
    threads.on_stop(channel.abort)
    with pytest.raises(ChannelAbortedError):
        channel.get()
