"""A library over its whole life, checked against `tests.oracles.invariants`."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.oracles import examples, invariants
from tests.oracles.actions import MODELS, SMALL_LIMITS, ActorProcesses, run_index
from tests.oracles.damage import change_hash, change_index_file, change_row, copy_damaged
from tests.oracles.pictures import BROKEN, PICTURES, pictures
from tests.oracles.steps import Steps, counting, full_disk
from tui.core.errors import PhotoseekError
from tui.library.base.folder_options import OptionChanges
from tui.library.local.catalog.lock import writer_lock
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.check import check, repair
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.local.picture_table import PictureTable

FOLDERS = ("a", "a/b", "c")
NAMES = ("1.png", "2.png", "3.png", "4.png", "5.png")
BLOBS = (b"", b"x" * 7, b"\0" * 8, b"\xff" * 8, b"\0" * 12, "text", 5)

paths = st.tuples(st.sampled_from(FOLDERS), st.sampled_from(NAMES)).map("/".join)
models = st.sampled_from(list(MODELS))
steps = st.integers(1, 60)
seeds = st.integers(0, 2**32)


def check_sentence(error: PhotoseekError) -> None:
    assert str(error).rstrip().endswith(".")


def check_library(data_dir: Path) -> None:
    wrong = [finding for finding in check(data_dir) if not finding.ok]
    assert not wrong, wrong


class LibraryHistory(RuleBasedStateMachine):
    """One library, one reader that stays open, and the events of their life."""

    actors: ActorProcesses

    def __init__(self) -> None:
        super().__init__()
        self.home = Path(tempfile.mkdtemp(prefix="photoseek-"))
        self.photos = self.home / "photos"
        self.data_dir = self.home / "data"
        self.texts = pictures()
        self.bytes = [*self.texts, *BROKEN]
        self.clock = 10**18
        self.excluded: str | None = None
        self.damaged_counts = self.damaged_vectors = self.damaged_index = False
        Catalog.open(self.data_dir).close()
        self.reader = Catalog.open(self.data_dir, read_only=True)
        self.columns = PictureTable(self.reader)
        self.opened = {name: VectorIndex(self.reader, name, SMALL_LIMITS) for name in MODELS}

    def teardown(self) -> None:
        try:
            self.do_repair()
            for model_id in MODELS:
                self.do_index(model_id)
            report = self.do_index("colours-1")
            assert report.indexed == report.reused == report.removed == report.waiting == 0
            check_library(self.data_dir)
        finally:
            self.reader.close()
            shutil.rmtree(self.home)

    # --- the disk -----------------------------------------------------------------------------

    @initialize()
    def begin(self) -> None:
        for number in range(10):
            name = f"{FOLDERS[number % 3]}/{NAMES[number % 5]}"
            self.write(name, number)
        self.do_index("colours-1")

    @rule(path=paths, content=st.integers(0, PICTURES + 1))
    def write(self, path: str, content: int) -> None:
        target = self.photos / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self.bytes[content])
        self.touch(target)

    def touch(self, path: Path) -> None:
        self.clock += 10**9
        os.utime(path, ns=(self.clock, self.clock))

    @rule(path=paths)
    def remove(self, path: str) -> None:
        (self.photos / path).unlink(missing_ok=True)

    @rule(path=paths, other=paths, how=st.sampled_from(["rename", "copy", "link"]))
    def move(self, path: str, other: str, how: str) -> None:
        source, target = self.photos / path, self.photos / other
        if not source.exists() or source == target:
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        if how == "rename":
            source.replace(target)
            return
        target.unlink(missing_ok=True)
        if how == "copy":
            shutil.copy(source, target)
            self.touch(target)
        else:
            target.hardlink_to(source)

    @rule(folder=st.sampled_from(FOLDERS))
    def remove_folder(self, folder: str) -> None:
        shutil.rmtree(self.photos / folder, ignore_errors=True)

    @rule(name=st.sampled_from([None, "b", "c"]))
    def exclude(self, name: str | None) -> None:
        self.excluded = name

    # --- the library --------------------------------------------------------------------------

    @property
    def excludes(self) -> tuple[str, ...]:
        return (f"{self.excluded}/",) if self.excluded else ()

    def do_index(self, model_id: str) -> Any:
        self.photos.mkdir(exist_ok=True)
        if not any(self.photos.iterdir()):  # an empty folder may be a missing disk
            self.write("a/1.png", 0)
        with Catalog.open(self.data_dir) as catalog:
            report = run_index(
                catalog, self.photos, model_id, OptionChanges(excludes=self.excludes)
            )
        embedder = MODELS[model_id]()
        words = embedder.embed_text(list(self.texts.values()))
        shown = dict(zip(self.texts, words, strict=True)) | dict.fromkeys(BROKEN)
        count = invariants.check_catalog_against_disk(
            self.data_dir,
            self.photos,
            model_id,
            shown,
            self.excluded,
            with_vectors=not self.damaged_vectors,
        )
        assert report.indexed + report.reused + report.unchanged + report.failed == count
        return report

    def do_repair(self) -> None:
        repair(self.data_dir)
        self.damaged_counts = self.damaged_vectors = self.damaged_index = False
        check_library(self.data_dir)

    @rule(model_id=models)
    def run(self, model_id: str) -> None:
        self.do_index(model_id)

    @rule(model_id=models, checks=st.integers(0, 12))
    def run_and_stop(self, model_id: str, checks: int) -> None:
        countdown = [checks]

        def cancelled() -> bool:
            countdown[0] -= 1
            return countdown[0] < 0

        with Catalog.open(self.data_dir) as catalog:
            run_index(
                catalog, self.photos, model_id, OptionChanges(excludes=self.excludes), cancelled
            )

    @rule()
    def repair(self) -> None:
        self.do_repair()

    @rule(folder=st.sampled_from(FOLDERS))
    def forget(self, folder: str) -> None:
        with writer_lock(self.data_dir), Catalog.open(self.data_dir) as catalog:
            CatalogWriter(catalog).forget(self.photos / folder)

    @rule()
    def prune(self) -> None:
        with writer_lock(self.data_dir), Catalog.open(self.data_dir) as catalog:
            CatalogWriter(catalog).prune()

    # --- faults -------------------------------------------------------------------------------

    @precondition(lambda self: hasattr(os, "fork"))
    @rule(model_id=models, at=steps, what=st.sampled_from(["index", "index", "repair"]))
    def kill(self, model_id: str, at: int, what: str) -> None:
        self.actors.act(
            at,
            what=what,
            data_dir=str(self.data_dir),
            folder=str(self.photos),
            model=model_id,
            excludes=self.excludes,
        )

    @rule(model_id=models, at=steps, what=st.sampled_from(["index", "index", "repair"]))
    def fill_the_disk(self, model_id: str, at: int, what: str) -> None:
        with counting(Steps(self.data_dir, at, full_disk)):
            try:
                if what == "repair":
                    repair(self.data_dir)
                else:
                    with Catalog.open(self.data_dir) as catalog:
                        options = OptionChanges(excludes=self.excludes)
                        run_index(catalog, self.photos, model_id, options)
            except PhotoseekError as error:
                check_sentence(error)

    @rule(seed=seeds, blob=st.sampled_from(BLOBS))
    def damage_vector(self, seed: int, blob: object) -> None:
        if change_row(self.data_dir, "embeddings", "vector = ?", seed, (blob,)):
            self.damaged_vectors = True

    @rule(seed=seeds, value=st.integers(0, 9))
    def damage_count(self, seed: int, value: int) -> None:
        if change_row(self.data_dir, "folders", "pictures = ?", seed, (value,)):
            self.damaged_counts = True

    @rule(seed=seeds, what=st.sampled_from(["size", "mtime_ns", "inode"]))
    def damage_file_row(self, seed: int, what: str) -> None:
        change_row(self.data_dir, "files", f"{what} = {what} + 1", seed)

    @rule(seed=seeds)
    def damage_hash(self, seed: int) -> None:
        """The files that had these bytes are touched, so that a run checks them."""
        change_hash(self.data_dir, seed)

    @rule(seed=seeds, how=st.sampled_from(["flip", "cut", "grow", "remove", "plant"]))
    def damage_index_file(self, seed: int, how: str) -> None:
        change_index_file(self.data_dir, seed, how)

    @precondition(lambda self: hasattr(os, "fork"))  # and hence cp
    @rule(seed=seeds, model_id=models)
    def damage_catalog_of_a_copy(self, seed: int, model_id: str) -> None:
        """Damage any byte: actions then end with a sentence, and succeed after a repair."""
        home = self.home / "copy"
        dice = random.Random(seed)
        copy_damaged(self.data_dir, home / "data", dice)
        options = OptionChanges(excludes=self.excludes)
        try:
            for _ in range(dice.randrange(2)):
                try:
                    with Catalog.open(home / "data") as catalog:
                        run_index(catalog, self.photos, model_id, options)
                        VectorIndex(catalog, model_id, SMALL_LIMITS)
                except PhotoseekError as error:
                    check_sentence(error)
            check(home / "data")
            at = dice.choice([10**9, dice.randrange(1, 60)])  # a killed repair can be repeated
            self.actors.act(at, what="repair", data_dir=str(home / "data"))
            if not repair(home / "data")[0].ok:  # the catalog seems another program's, or newer
                return
            with Catalog.open(home / "data") as catalog:
                for each in MODELS:
                    run_index(catalog, self.photos, each, options)
            check_library(home / "data")
        finally:
            shutil.rmtree(home)

    # --- invariants ---------------------------------------------------------------------------

    @invariant()
    def all_holds(self) -> None:
        invariants.check_rows(
            self.data_dir,
            damaged_counts=self.damaged_counts,
            damaged_vectors=self.damaged_vectors,
        )
        for model_id, opened in self.opened.items():
            invariants.check_index(self.data_dir, opened, damaged_vectors=self.damaged_vectors)
            invariants.check_tables(self.reader, self.columns, model_id)


@pytest.fixture(autouse=True, scope="module")
def _actors() -> Any:
    LibraryHistory.actors = ActorProcesses()
    yield
    LibraryHistory.actors.close()


TestLife = LibraryHistory.TestCase
TestLife.settings = settings(
    max_examples=examples(10), stateful_step_count=20, deadline=None, print_blob=True
)
