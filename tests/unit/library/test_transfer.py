"""Copying between libraries in folders: completely, once, despite interruptions."""

from __future__ import annotations

import re
from contextlib import ExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.libraries.catalog_rows import MODEL, indexed_file, unit_vectors
from tests.support.libraries.transfer_fixtures import dump, fill_catalog, run_transfer
from tui.cli import main
from tui.core.errors import CatalogError, FolderError, LibraryBusyError, ModelError
from tui.library.base.records import IndexedFile
from tui.library.base.transfer import resolve_conflict
from tui.library.local.catalog.lock import writer_lock
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.transfer import LocalEndpoint
from tui.library.local.vectors.generations import VECTORS, newest
from tui.library.local.vectors.vector_index import VectorIndex
from tui.library.open import library_at
from tui.library.transfer import copy_library
from tui.storage.path_encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def library(stack: ExitStack, data_dir: Path) -> Catalog:
    return stack.enter_context(Catalog.open(data_dir))


def test_a_copied_library_has_the_same_search_results(tmp_path: Path, opened: ExitStack) -> None:
    source, target = library(opened, tmp_path / "a"), library(opened, tmp_path / "b")
    fill_catalog(source)
    report = run_transfer(LocalEndpoint(source), LocalEndpoint(target))
    assert report.is_whole
    assert dump(target) == dump(source)
    first, second = report.models
    assert (first.written, first.present, first.conflicts) == (31, 0, 0)
    assert (first.files, first.contents, first.vectors) == (31, 18, 26)
    assert (second.written, second.present, second.vectors) == (5, 2, 5)
    assert newest(target, MODEL, VECTORS) is not None
    query = unit_vectors(1, seed=9)[0]
    hits = []
    for catalog in (source, target):
        keys, scores = VectorIndex(catalog, MODEL).search(query, 5)
        hits.append(([catalog.digest(int(key)) for key in keys], scores.tolist()))
    assert hits[0] == hits[1]


def test_a_second_copy_transfers_nothing(tmp_path: Path, opened: ExitStack) -> None:
    source, target = library(opened, tmp_path / "a"), library(opened, tmp_path / "b")
    fill_catalog(source)
    run_transfer(LocalEndpoint(source), LocalEndpoint(target))
    before = dump(target)
    again = run_transfer(LocalEndpoint(source), LocalEndpoint(target))
    assert again.is_whole
    assert [model.written for model in again.models] == [0, 0]
    assert dump(target) == before


def test_a_round_trip_changes_nothing(tmp_path: Path, opened: ExitStack) -> None:
    source, target = library(opened, tmp_path / "a"), library(opened, tmp_path / "b")
    fill_catalog(source)
    before = dump(source)
    run_transfer(LocalEndpoint(source), LocalEndpoint(target))
    back = run_transfer(LocalEndpoint(target), LocalEndpoint(source))
    assert back.is_whole
    assert sum(model.written for model in back.models) == 0
    assert dump(source) == before


class Interrupted(LocalEndpoint):
    """Fails at the n-th write, before or after it is complete, as a kill would."""

    def __init__(self, catalog: Catalog, puts: int, *, after: bool) -> None:
        super().__init__(catalog)
        self._countdown = puts
        self._after = after

    def put(self, model_id: str, items: Sequence[IndexedFile]) -> None:
        self._countdown -= 1
        if self._countdown < 0 and not self._after:
            raise KeyboardInterrupt
        super().put(model_id, items)
        if self._countdown < 0:
            raise KeyboardInterrupt


@settings(max_examples=15)
@given(
    kills=st.lists(st.tuples(st.integers(0, 12), st.booleans()), max_size=4),
    stops=st.lists(st.integers(0, 40), max_size=3),
    batch=st.integers(1, 40),
)
def test_the_result_is_the_same_after_any_interruption(
    tmp_path_factory: pytest.TempPathFactory,
    kills: list[tuple[int, bool]],
    stops: list[int],
    batch: int,
) -> None:
    folder = tmp_path_factory.mktemp("copying")
    with ExitStack() as stack:
        source, target = library(stack, folder / "a"), library(stack, folder / "b")
        fill_catalog(source, 6)
        for puts, after in kills:
            with suppress(KeyboardInterrupt):
                copy_library(
                    LocalEndpoint(source),
                    Interrupted(target, puts, after=after),
                    on_progress=lambda _: None,
                    cancelled=lambda: False,
                    batch=batch,
                )
        for calls in stops:
            countdown = iter(range(calls))
            report = run_transfer(
                LocalEndpoint(source),
                LocalEndpoint(target),
                batch=batch,
                cancelled=lambda remaining=countdown: next(remaining, None) is None,
            )
            assert report.cancelled or report.is_whole
        report = run_transfer(LocalEndpoint(source), LocalEndpoint(target), batch=batch)
        assert report.is_whole
        assert dump(target) == dump(source)


# --- another library ------------------------------------------------------------------------------


def test_other_files_are_rejected_without_merge(tmp_path: Path, opened: ExitStack) -> None:
    source, target = library(opened, tmp_path / "a"), library(opened, tmp_path / "b")
    fill_catalog(source)
    CatalogWriter(target).register_model(MODEL, 8)
    CatalogWriter(target).commit(MODEL, [indexed_file("/other/x.jpg", b"x", unit_vectors(1)[0])])
    before = dump(target)
    with pytest.raises(CatalogError, match=r"such as /other/x\.jpg; pass --merge"):
        run_transfer(LocalEndpoint(source), LocalEndpoint(target))
    assert dump(target) == before
    assert run_transfer(LocalEndpoint(source), LocalEndpoint(target), merge=True).is_whole
    merged = dump(target)
    for name, rows in dump(source).items():
        assert set(rows) <= set(merged[name])
    assert len(merged["files"]) == len(dump(source)["files"]) + 1


def test_vectors_of_another_length_are_rejected(tmp_path: Path, opened: ExitStack) -> None:
    source, target = library(opened, tmp_path / "a"), library(opened, tmp_path / "b")
    fill_catalog(source)
    CatalogWriter(target).register_model(MODEL, 16)
    with pytest.raises(ModelError, match=r"length 8 in the source and 16 in the target"):
        run_transfer(LocalEndpoint(source), LocalEndpoint(target), merge=True)


def test_a_concurrent_write_to_the_target_wins(tmp_path: Path, opened: ExitStack) -> None:
    import threading

    source, target = library(opened, tmp_path / "a"), library(opened, tmp_path / "b")
    fill_catalog(source)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            run_transfer(LocalEndpoint(source), LocalEndpoint(target))
        except LibraryBusyError as error:
            failures.append(error)

    with writer_lock(tmp_path / "b"):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert len(failures) == 1


def test_a_library_without_a_model_copies_its_folders(tmp_path: Path, opened: ExitStack) -> None:
    source, target = library(opened, tmp_path / "a"), library(opened, tmp_path / "b")
    CatalogWriter(source).add_root(decode(b"/p"))
    assert run_transfer(LocalEndpoint(source), LocalEndpoint(target)).models == []
    assert target.roots() == [decode(b"/p")]


@pytest.mark.parametrize("target", ["{0}", "{0}/../a", "milvus://root:Secret@127.0.0.1:1/x"])
def test_the_same_library_and_addresses_with_a_password_are_rejected(
    tmp_path: Path, target: str
) -> None:
    source = str(tmp_path / "a")
    result = CliRunner().invoke(main, ["library", "copy", source, target.format(source)])
    assert result.exit_code == 2
    assert re.search("are the same library|PHOTOSEEK_MILVUS_TOKEN", result.stderr)
    assert "Secret" not in result.stderr


def test_a_copy_needs_an_existing_source(tmp_path: Path) -> None:
    with (
        pytest.raises(FolderError, match="There is no library in"),
        library_at(str(tmp_path)).open_endpoint(write=False),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


# --- conflicts between two rows -------------------------------------------------------------------


def put(catalog: Catalog, item: IndexedFile, *, mtime_ns: int = 1) -> None:
    writer = CatalogWriter(catalog)
    writer.register_model(MODEL, 8)
    writer.commit(MODEL, [replace(item, file=replace(item.file, mtime_ns=mtime_ns))])


VECTOR = unit_vectors(1)[0]
PICTURE = indexed_file("/p/x.jpg", b"one", VECTOR)
CHANGED = indexed_file("/p/x.jpg", b"two", VECTOR)
BROKEN = indexed_file("/p/x.jpg", b"one", error="It is not a picture.")
CLOSED = indexed_file("/p/x.jpg", None, error="Permission denied.")


@pytest.mark.parametrize(
    ("ours", "theirs", "end"),
    [
        ((PICTURE, 2), (CHANGED, 1), (b"one", 2)),  # the source's is newer
        ((PICTURE, 1), (CHANGED, 2), (b"two", 2)),  # the target's is newer
        ((PICTURE, 1), (CHANGED, 1), (b"two", 1)),  # undecidable: the target keeps its own
        ((PICTURE, 2), (PICTURE, 1), (b"one", 2)),  # touched
        ((PICTURE, 1), (PICTURE, 2), (b"one", 2)),
        ((PICTURE, 1), (BROKEN, 2), (b"one", 2)),  # a newer decoder
        ((PICTURE, 1), (CLOSED, 1), (b"one", 1)),  # could not be read there
        ((PICTURE, 1), (CLOSED, 2), (None, 2)),  # has changed since, and can't be read
        ((CLOSED, 1), (PICTURE, 1), (b"one", 1)),
        ((BROKEN, 1), (PICTURE, 1), (b"one", 1)),
    ],
)
def test_newer_rows_stay_and_missing_rows_are_added(
    tmp_path: Path,
    opened: ExitStack,
    ours: tuple[IndexedFile, int],
    theirs: tuple[IndexedFile, int],
    end: tuple[bytes | None, int],
) -> None:
    source, target = library(opened, tmp_path / "a"), library(opened, tmp_path / "b")
    put(source, ours[0], mtime_ns=ours[1])
    put(target, theirs[0], mtime_ns=theirs[1])
    report = run_transfer(LocalEndpoint(source), LocalEndpoint(target))
    assert report.is_whole
    [record] = LocalEndpoint(target).page(MODEL, -1, 10, vectors=False)
    assert (record.item.digest, record.item.file.mtime_ns) == end
    assert record.has_vector == (end[0] is not None)
    assert record.item.error is None or end[0] is None
    [source_record] = LocalEndpoint(source).page(MODEL, -1, 10, vectors=False)
    assert resolve_conflict(source_record, record) is None
