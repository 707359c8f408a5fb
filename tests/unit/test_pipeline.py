"""The stages of a run: what follows a commit may take long, and a stop reaches it."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.fakes import ColourEmbedder, save_picture
from tui.library.catalog import Catalog
from tui.library.pipeline import Knobs, Pipeline
from tui.library.store import EmbeddedStore
from tui.library.survey import Place, Survey
from tui.library.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.domain import Cancelled

PATIENCE_SECONDS = 20


def run_over(
    tmp_path: Path, pictures: int, on_commit: Callable[[Cancelled], object], tick: Cancelled
) -> bool:
    """Index generated pictures, eight a batch."""
    folder = tmp_path / "photos"
    for number in range(pictures):
        save_picture(folder / f"{number}.png", "red", note=number)
    embedder = ColourEmbedder()
    store = EmbeddedStore(Catalog.open(tmp_path / "data"))
    with closing(store), store.writing(tick) as writer:
        assert writer is not None
        writer.add_root(folder)
        survey = Survey(
            store, Place(folder, folder), model_id=embedder.model_id, decoder="1", options=None
        )
        pipeline = Pipeline(
            store,
            writer,
            model_id=embedder.model_id,
            load=lambda: embedder,
            decoder_version="1",
            knobs=Knobs(threads=2, batch=8),
            tally=Tally(),
            on_commit=on_commit,
        )
        return pipeline.run([survey], tick)


@pytest.mark.parametrize("pictures", [300, 3], ids=["midway", "at the end"])
def test_a_stop_reaches_what_follows_a_commit(tmp_path: Path, pictures: int) -> None:
    saving = threading.Event()

    def save(stopped: Cancelled) -> None:
        saving.set()
        patience = time.monotonic() + PATIENCE_SECONDS
        while not stopped() and time.monotonic() < patience:
            time.sleep(0.01)

    start = time.monotonic()
    assert not run_over(tmp_path, pictures, save, saving.is_set)
    assert time.monotonic() - start < PATIENCE_SECONDS


def test_progress_is_told_while_a_commit_is_followed_up(tmp_path: Path) -> None:
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


def test_what_fails_after_a_commit_ends_the_run(tmp_path: Path) -> None:
    def fail(stopped: Cancelled) -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        run_over(tmp_path, 300, fail, lambda: False)
