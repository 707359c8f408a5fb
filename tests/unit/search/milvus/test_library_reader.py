"""The reader of a library on a server, compared with that of a local one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.libraries.catalog_rows import MODEL, CatalogDisk, indexed_file, unit_vectors
from tests.support.libraries.paired_stores import PairedStores, open_paired_stores
from tui.library.local.vectors.vector_index import VectorIndex
from tui.library.milvus.check import findings_of
from tui.search.duplicates.find import find_duplicates
from tui.search.local.picture_table import PictureTable
from tui.search.local.vocabulary import read_vocabulary
from tui.search.milvus.duplicate_source import MilvusDuplicateSource
from tui.search.milvus.library_reader import MilvusReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.search.duplicates.groups import DuplicateGroup

ROOT = Path("/pictures")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, milvus_port: int) -> Iterator[PairedStores]:
    """Return nine pictures in three folders, three with the same bytes, and a broken one."""
    vectors = unit_vectors(7)
    items = [
        indexed_file(ROOT / "abc"[number % 3] / f"{number}.jpg", bytes([number] * 16), vector)
        for number, vector in enumerate(vectors)
    ]
    items += [indexed_file(ROOT / "b" / name, bytes(16), vectors[0]) for name in ("x.jpg", "y.png")]
    items += [indexed_file(ROOT / "c" / "broken.jpg", b"?" * 16, error="It is not a picture.")]
    with open_paired_stores(tmp_path_factory.mktemp("twin"), milvus_port, MODEL) as both:
        both.commit_runs(ROOT, items)
        yield both


def test_details_counts_and_words_are_the_same(library: PairedStores) -> None:
    reader = MilvusReader(library.remote, MODEL)
    assert reader.roots() == library.catalog.roots()
    for scope in (None, ROOT / "b", ROOT / "nowhere"):
        assert reader.count(scope, MODEL) == library.catalog.count(scope, MODEL)
    assert reader.folder_counts(ROOT) == library.catalog.folder_counts(ROOT)
    ours, theirs = read_vocabulary(PictureTable(library.catalog)), reader.vocabulary()
    assert sorted(theirs.folders) == sorted(ours.folders)
    assert (theirs.formats, theirs.cameras) == (list(ours.formats), list(ours.cameras))


@pytest.mark.parametrize("scope", [None, ROOT / "b", ROOT / "nowhere"])
def test_duplicates_are_the_same(library: PairedStores, scope: Path | None) -> None:
    def told(groups: list[DuplicateGroup]) -> list[tuple[str, list[Path]]]:
        return [(group.kind, [file.path for file in group.files]) for group in groups]

    disk = CatalogDisk()
    index = VectorIndex(library.catalog, MODEL)
    local = find_duplicates(library.catalog, index, scope=scope, disk=disk)
    builder = MilvusDuplicateSource(library.remote, MODEL, {})
    assert told(find_duplicates(builder, builder, scope=scope, disk=disk)) == told(local)
    assert bool(local) == (scope != ROOT / "nowhere")


def test_the_doctor_finds_folders_with_wrong_counts(library: PairedStores) -> None:
    def wrong() -> list[str]:
        return [finding.subject for finding in findings_of(library.remote) if not finding.ok]

    assert wrong() == []
    notes = library.remote.model_metadata(MODEL)
    right = notes.folders()
    notes.put_folders({next(iter(right)): 99})
    library.remote.metadata.get("changed", "", strong=True)  # the written rows exist
    assert wrong() == ["counts"]
    notes.put_folders(right)
