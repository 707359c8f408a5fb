from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.embedders import ColourEmbedder, save_picture
from tests.support.libraries.catalog_rows import CatalogDisk, unit_vectors
from tests.support.libraries.indexed_library import IndexedLibrary
from tui.core.domain import ImageFile, PictureInfo
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.duplicates.find import find_duplicates
from tui.search.duplicates.groups import DuplicateGroup, DuplicateProgress
from tui.search.duplicates.pixel_similarity import FingerprintCache, fingerprint
from tui.search.duplicates.similarity_join import SimilarityJoin

if TYPE_CHECKING:
    from tui.core.domain import Vectors

DIM = 16


class DuplicateBuilder:
    """A library of rows; names with the same first letter are similar, with "=" also in pixels."""

    def __init__(self, data_dir: Path) -> None:
        self.catalog = Catalog.open(data_dir)
        self._writer = CatalogWriter(self.catalog)
        self._writer.register_model("m", DIM)
        self.looked: list[str] = []

    def put(
        self,
        path: str,
        vector: Vectors,
        *,
        size: tuple[int, int] = (64, 48),
        length: int = 1000,
        date: int | None = None,
        content: str = "",
        mtime: int = 5,
    ) -> None:
        file = ImageFile(Path(path), length, mtime, 7)
        info = PictureInfo(*size, "JPEG", taken_ns=date)
        digest = (content or path).encode()
        self._writer.commit("m", [IndexedFile(file, digest, info, vector)])

    def look(self, path: Path) -> Vectors | None:
        self.looked.append(path.name)
        if path.name.startswith("lost"):
            return None
        look = np.zeros(1026, dtype=np.float32)
        look[ord(path.name[0]) - ord("a")] = 0.975
        look[-1 if "=" in path.name else 26 + crc32(path.name.encode()) % 999] = 0.05**0.5
        return look / np.float32(np.linalg.norm(look))

    def find(
        self, threshold: float | None = 0.95, scope: Path | None = None
    ) -> list[DuplicateGroup]:
        return find_duplicates(
            self.catalog,
            VectorIndex(self.catalog, "m"),
            scope=scope,
            threshold=threshold,
            fingerprints=FingerprintCache(self.look),
            disk=CatalogDisk(),
        )


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[DuplicateBuilder]:
    builder = DuplicateBuilder(tmp_path)
    yield builder
    builder.catalog.close()


def names(groups: list[DuplicateGroup]) -> list[list[str]]:
    return [[file.path.name for file in group.files] for group in groups]


def beside(vector: Vectors, cosine: float, seed: int = 1) -> Vectors:
    """Return a unit vector that has a given cosine with another one."""
    other = unit_vectors(1, DIM, seed)[0]
    other -= (other @ vector) * vector
    other /= np.linalg.norm(other)
    mixed: Vectors = (cosine * vector + (1 - cosine**2) ** 0.5 * other).astype(np.float32)
    return mixed


A, B, C = unit_vectors(3, DIM, seed=9)


def test_equal_bytes_are_found_without_decoding(builder: DuplicateBuilder) -> None:
    builder.put("/p/a1.jpg", A, content="a")
    builder.put("/p/a2.jpg", A, content="a", mtime=3)
    builder.put("/p/b.jpg", B)
    (group,) = builder.find(threshold=None)
    assert (group.kind, group.cosine, group.spare_bytes) == ("identical", 1.0, 1000)
    assert [file.path.name for file in group.files] == ["a2.jpg", "a1.jpg"]
    assert builder.looked == []


def test_near_duplicates_are_similar_to_the_model_and_in_pixels(builder: DuplicateBuilder) -> None:
    builder.put("/p/a small.jpg", beside(A, 0.97), size=(32, 24))
    builder.put("/p/a large.jpg", A)
    builder.put("/p/b other goldfish.jpg", beside(A, 0.99))
    builder.put("/p/lost.jpg", beside(A, 0.99))
    builder.put("/p/a remote.jpg", beside(A, 0.90))
    (group,) = builder.find()
    assert group.kind == "near"
    assert [file.path.name for file in group.files] == ["a large.jpg", "a small.jpg"]
    assert group.cosines == pytest.approx((1.0, 0.97), abs=1e-3)
    assert names(builder.find(0.85)) == [["a large.jpg", "a remote.jpg", "a small.jpg"]]


def test_equal_pixels_compensate_for_a_lower_cosine(builder: DuplicateBuilder) -> None:
    builder.put("/p/a large=.jpg", A, size=(90, 90))
    builder.put("/p/a saved again=.jpg", beside(A, 0.85))
    builder.put("/p/a another one.jpg", beside(A, 0.9, seed=7))
    builder.put("/p/a too far=.jpg", beside(A, 0.7, seed=8))
    (group,) = builder.find()
    assert names([group]) == [["a large=.jpg", "a saved again=.jpg"]]
    assert group.cosines == pytest.approx((1.0, 0.85), abs=1e-3)
    assert builder.find(0.96) == []


def test_each_file_shows_whether_it_is_identical_to_the_best(builder: DuplicateBuilder) -> None:
    builder.put("/p/a1.jpg", A, content="a", size=(90, 90))
    builder.put("/p/a2.jpg", A, content="a", size=(90, 90))
    builder.put("/p/a3.jpg", beside(A, 0.97), size=(10, 10))
    (group,) = builder.find()
    assert group.kind == "near"
    assert group.same_bytes == (True, True, False)
    assert [group.label(index) for index in range(3)] == ["keep", "same", "0.970"]


def test_the_best_has_most_pixels_then_most_bytes_then_the_earliest_date(
    builder: DuplicateBuilder,
) -> None:
    builder.put("/p/a0.jpg", A, size=(10, 10), length=9000)
    builder.put("/p/a1.jpg", A, size=(20, 20), length=10, date=1)
    builder.put("/p/a2.jpg", A, size=(20, 20), length=500, date=70)
    builder.put("/p/a3.jpg", A, size=(20, 20), length=500, date=60)
    builder.put("/p/a4.jpg", A, size=(20, 20), length=500, mtime=65)
    assert names(builder.find()) == [["a3.jpg", "a4.jpg", "a2.jpg", "a1.jpg", "a0.jpg"]]


def test_the_first_of_equal_copies_by_path_is_the_best(builder: DuplicateBuilder) -> None:
    builder.put("/p/late/a.jpg", A, content="a")
    builder.put("/p/early/a (1).jpg", A, content="a")
    builder.put("/p/early/a.jpg", A, content="a")
    assert names(builder.find()) == [["a (1).jpg", "a.jpg", "a.jpg"]]


def test_groups_are_not_chained(builder: DuplicateBuilder) -> None:
    middle = beside(A, 0.96)
    end = beside(middle, 0.96, seed=5)
    assert end @ A < 0.95
    builder.put("/p/a1.jpg", A, size=(90, 90))
    builder.put("/p/a2.jpg", middle, size=(80, 80))
    builder.put("/p/a3.jpg", end, size=(70, 70))
    assert names(builder.find()) == [["a1.jpg", "a2.jpg"]]


def test_identical_copies_are_in_one_group(builder: DuplicateBuilder) -> None:
    builder.put("/p/a1.jpg", A, size=(90, 90))
    for number in range(3):
        builder.put(f"/p/copy {number}.jpg", beside(A, 0.99), content="a2")
    builder.put("/p/b.jpg", B)
    builder.catalog.close()
    (group,) = DuplicateBuilder(builder.catalog.data_dir).find(threshold=None)
    assert group.kind == "identical"
    assert len(group.files) == 3


def test_a_pair_needs_both_files_in_the_scope(builder: DuplicateBuilder) -> None:
    builder.put("/p/x/a1.jpg", A)
    builder.put("/p/x/a2.jpg", beside(A, 0.99))
    builder.put("/p/y/a3.jpg", beside(A, 0.98))
    assert len(builder.find()[0].files) == 3
    assert len(builder.find(scope=Path("/p/x"))[0].files) == 2
    assert builder.find(scope=Path("/p/y")) == []
    assert builder.find(scope=Path("/nowhere")) == []


def test_the_group_that_wastes_most_bytes_comes_first(builder: DuplicateBuilder) -> None:
    for name, vector, length in (("a", A, 100), ("b", B, 900), ("c", C, 500)):
        builder.put(f"/p/{name}1.jpg", vector, length=length, content=name)
        builder.put(f"/p/{name}2.jpg", vector, length=length, content=name)
    assert [group.best.path.name[0] for group in builder.find()] == ["b", "c", "a"]


def test_a_raw_file_is_not_a_duplicate_of_its_jpeg(builder: DuplicateBuilder) -> None:
    builder.put("/p/a1.JPG", A)
    builder.put("/p/a1.NEF", beside(A, 0.99), size=(128, 96))
    assert builder.find() == []
    builder.put("/q/a1.JPG", A, content="/p/a1.JPG")
    assert names(builder.find()) == [["a1.JPG", "a1.JPG"]]


def test_an_empty_library_has_no_duplicates(builder: DuplicateBuilder) -> None:
    assert builder.find() == []


def test_the_search_can_be_cancelled_and_reports_progress(builder: DuplicateBuilder) -> None:
    for number in range(600):
        builder.put(f"/p/a{number}.jpg", A)
    index = VectorIndex(builder.catalog, "m")
    steps: list[DuplicateProgress] = []
    looks = FingerprintCache(builder.look)
    duplicates = find_duplicates(
        builder.catalog, index, on_progress=steps.append, fingerprints=looks, disk=CatalogDisk()
    )
    assert len(duplicates[0].files) == 600
    assert [step.done for step in steps if step.phase == "comparing"] == [256, 512, 600]
    assert steps[-1] == DuplicateProgress("looking", 600, 600)
    before = len(builder.looked)
    find_duplicates(builder.catalog, index, threshold=0.9, fingerprints=looks, disk=CatalogDisk())
    assert len(builder.looked) == before
    assert find_duplicates(builder.catalog, index, fingerprints=looks, cancelled=lambda: True) == []


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 60), st.integers(2, 90), st.integers(0, 1000), st.sampled_from((0.8, 0.9, 0.97))
)
def test_no_pair_is_missed(n: int, dim: int, seed: int, threshold: float) -> None:
    chance = np.random.default_rng(seed)
    centres = unit_vectors(5, dim, seed)
    rows = centres[chance.integers(0, 5, n)] + chance.normal(0, 0.4 / dim**0.5, (n, dim))
    matrix = rows.astype(np.float16)
    order = chance.permutation(n)
    exact = matrix[order].astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    cosines = exact @ exact.T
    if (np.abs(cosines - threshold) < 1e-5).any():
        return
    near = SimilarityJoin(matrix, order)
    like = (cosines >= threshold) & ~np.eye(n, dtype=bool)
    groups = near.positions_with_match(threshold, lambda: False, lambda done, total: None)
    assert groups.tolist() == np.flatnonzero(like.any(axis=1)).tolist()
    expected = np.arange(n)
    free = np.ones(n, dtype=bool)
    for row in range(n):
        if free[row]:
            members = [other for other in range(row + 1, n) if like[row, other] and free[other]]
            expected[members] = row
            free[members] = False
    everything = near.cluster(
        threshold, lambda _one, positions, _cosines: positions >= 0, lambda: False
    )[0]
    assert everything.tolist() == expected.tolist()


def test_the_pixels_of_real_pictures_are_compared(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    save_picture(photos / "a.png", "red", (80, 60))
    save_picture(photos / "b.png", "red", (40, 30))
    save_picture(photos / "c.png", "blue")
    library = IndexedLibrary(tmp_path / "data", ColourEmbedder())
    library.index(photos)
    index = VectorIndex(library.catalog, library.embedder.model_id)
    assert names(find_duplicates(library.catalog, index)) == [["a.png", "b.png"]]
    library.catalog.close()
    (photos / "broken.png").write_bytes(b"no picture")
    assert fingerprint(photos / "broken.png") is None
