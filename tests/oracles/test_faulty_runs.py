"""Indexing runs with faults: none hangs, and after one without faults the catalog equals the disk.

Faults are a caller that stops at any question, a model that can't be loaded, fails in the middle or
returns an invalid vector, files that vanish, change, appear and are replaced meanwhile, and files
that are not pictures. All of a round's faults happen at once.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.oracles import examples, invariants
from tests.oracles.actions import MODELS, SMALL_LIMITS, SmallStore
from tests.oracles.pictures import BROKEN, pictures
from tests.support.embedders import ColourEmbedder
from tui.core.errors import ModelError, PhotoseekError
from tui.core.settings import Settings
from tui.indexing.indexer import index_folders
from tui.indexing.report import IndexReport
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import VectorIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.core.domain import ImageEmbedder, Pixels, Vectors

ROUNDS = 12
PATIENCE_SECONDS = 120
"""A run that takes longer counts as hung."""


class ModelFailedError(Exception):
    """The error of a model that runs out of memory."""


class FaultyEmbedder(ColourEmbedder):
    """Fails at the n-th batch, in one of several ways."""

    def __init__(self, at: int, how: str) -> None:
        super().__init__()
        self._countdown = at
        self._how = how

    def embed_images(self, pixels: Pixels) -> Vectors:
        self._countdown -= 1
        rows = super().embed_images(pixels)
        if self._countdown != 0 or self._how == "never":
            return rows
        if self._how == "raise":
            raise ModelFailedError
        if self._how == "nan":
            return np.full_like(rows, np.nan)
        return rows * 3


class RandomFolder:
    """Files that change during a run."""

    def __init__(self, folder: Path, dice: random.Random) -> None:
        self._folder = folder
        self._dice = dice
        self._contents = [*pictures(), *BROKEN]
        self._clock = 10**18

    def fill(self) -> None:
        for number in range(self._dice.randint(1, 40)):
            self.write(self._folder / self._dice.choice("abc") / f"{number}.png")

    def write(self, path: Path) -> None:
        """Write a file that was never there before, by its date; in one step, or in several."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._clock += 10**9
        draft = path.with_suffix(".part")
        target = path if self._dice.random() < 0.5 else draft
        target.write_bytes(self._dice.choice(self._contents))
        os.utime(target, ns=(self._clock, self._clock))
        if target is draft:
            draft.replace(path)

    def change(self) -> None:
        """Change one file, or a whole folder."""
        files = [path for path in self._folder.rglob("*.png") if path.is_file()]
        what = self._dice.choice(["write", "write", "unlink", "rename", "link", "folder"])
        path = self._dice.choice(files) if files else self._folder / "a" / "0.png"
        other = self._folder / self._dice.choice("abc") / f"{self._dice.randrange(40)}.png"
        if what == "write" or not files:
            self.write(other)
        elif what == "unlink":
            path.unlink()
        elif what == "rename" and other.parent.is_dir():
            path.replace(other)
        elif what == "link" and other.parent.is_dir() and not other.exists():
            other.hardlink_to(path)
        elif what == "folder" and self._dice.random() < 0.2:
            shutil.rmtree(path.parent)


def run(data_dir: Path, folder: Path, embedder: ColourEmbedder, **faults: Any) -> Any:
    """Run once, in a thread; return its report or its error."""
    ended: list[IndexReport | BaseException] = []
    load: Callable[[], ImageEmbedder] = faults.get("load", lambda: embedder)

    def target() -> None:
        with Catalog.open(data_dir) as catalog:
            try:
                ended.append(
                    index_folders(
                        SmallStore(catalog),
                        [folder],
                        model_id=embedder.model_id,
                        load=load,
                        settings=Settings(data_dir=data_dir, batch_size=3, threads=2),
                        on_progress=lambda progress: None,
                        cancelled=faults.get("cancelled", lambda: False),
                    )
                )
            except BaseException as error:
                ended.append(error)

    thread = threading.Thread(target=target, daemon=True)
    thread.start()
    meddle: Callable[[], object] | None = faults.get("meddle")
    while meddle is not None and thread.is_alive():
        meddle()
        thread.join(0.002)
    thread.join(PATIENCE_SECONDS)
    assert not thread.is_alive(), "the run hangs"
    return ended[0]


def no_model() -> ImageEmbedder:
    raise ModelError("The weights are not here.")


def faulty_run(data_dir: Path, folder: Path, disk: RandomFolder, dice: random.Random) -> None:
    countdown = [dice.choice([0, 3, 10, 10**9])]

    def cancelled() -> bool:
        countdown[0] -= 1
        return countdown[0] < 0

    embedder = FaultyEmbedder(dice.randint(1, 6), dice.choice(["never", "raise", "nan", "long"]))
    faults: dict[str, Any] = {"cancelled": cancelled, "meddle": disk.change}
    if dice.random() < 0.15:
        faults["load"] = no_model
    if dice.random() < 0.3:
        faults.pop("meddle")
    ended = run(data_dir, folder, embedder, **faults)
    assert isinstance(ended, IndexReport | ModelFailedError | PhotoseekError), repr(ended)


def one_round(home: Path, seed: int) -> None:
    dice = random.Random(seed)
    data_dir, folder = home / "data", home / "photos"
    folder.mkdir(parents=True)
    disk = RandomFolder(folder, dice)
    disk.fill()
    for _ in range(dice.randint(1, 3)):
        faulty_run(data_dir, folder, disk, dice)
    disk.write(folder / "a" / "last.png")  # an empty folder may be a missing disk
    report = run(data_dir, folder, ColourEmbedder())
    assert isinstance(report, IndexReport), repr(report)
    words = ColourEmbedder().embed_text(list(pictures().values()))
    shown = dict(zip(pictures(), words, strict=True)) | dict.fromkeys(BROKEN)
    count = invariants.check_catalog_against_disk(
        data_dir, folder, "colours-1", shown, None, with_vectors=True
    )
    assert report.indexed + report.reused + report.unchanged + report.failed == count
    invariants.check_rows(data_dir, damaged_counts=False, damaged_vectors=False)
    with Catalog.open(data_dir, read_only=True) as catalog:
        index = VectorIndex(catalog, "colours-1", SMALL_LIMITS)
        invariants.check_index(data_dir, index, damaged_vectors=False)
    again = run(data_dir, folder, ColourEmbedder())
    assert (again.indexed, again.reused, again.removed, again.waiting) == (0, 0, 0, 0)


def test_runs_with_faults_lose_nothing_and_never_hang(tmp_path: Path) -> None:
    assert "colours-1" in MODELS
    for seed in range(examples(ROUNDS)):
        with tempfile.TemporaryDirectory(dir=tmp_path) as home:
            try:
                one_round(Path(home), seed)
            except BaseException as error:
                error.add_note(f"seed {seed}")
                raise
