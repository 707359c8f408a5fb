"""A raw file and its JPEG are one hit in every kind of search."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.support.embedders import ColourEmbedder
from tests.support.libraries.catalog_rows import CatalogDisk
from tui.app.model.status_text import detail_line
from tui.core.domain import ImageFile, PictureInfo
from tui.core.name_folding import search_key
from tui.library.base.records import IndexedFile
from tui.library.local.catalog.reader import Catalog
from tui.library.local.catalog.writer import CatalogWriter
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.duplicates.find import find_duplicates
from tui.search.duplicates.pixel_similarity import FingerprintCache
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.local.raw_pairs import PairedFiles, RawPairs
from tui.search.matching.raw_companions import find_lookalikes, find_raw_companions, shot_facts
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from tui.core.domain import Vectors

RED, BLUE = ColourEmbedder().embed_text(["red", "blue"])
FILES = {
    "/p/a/1.NEF": RED,
    "/p/a/1.JPG": RED,
    "/p/a/2.jpg": BLUE,
    "/p/b/1.arw": RED,
    "/p/b/2.cr2": BLUE,
    "/p/b/2.heic": BLUE,
}


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    embedder = ColourEmbedder()
    with Catalog.open(tmp_path) as opened:
        writer = CatalogWriter(opened)
        writer.add_root(Path("/p"))
        writer.register_model(embedder.model_id, embedder.dim)
        for number, (path, vector) in enumerate(FILES.items()):
            info = PictureInfo(64, 48, path.rpartition(".")[2].upper())
            file = ImageFile(Path(path), 1000, 10**9 * (100 - number), number)
            writer.commit(embedder.model_id, [IndexedFile(file, path.encode(), info, vector)])
        yield opened


def shown(catalog: Catalog, text: str, *, fold: bool = True, pair_raw: bool = True) -> list[str]:
    """Return the names of the results, with a plus for each further file of a result."""
    embedder = ColourEmbedder()
    engine = SearchEngine(
        LocalBackend(catalog, VectorIndex(catalog, embedder.model_id), pair_raw=pair_raw),
        embedder,
        fold_threshold=2.0,
    )
    ranking = engine.search(parse(text), fold=fold)
    hits = engine.hits(ranking, 0, 10)
    return [f"{hit.file.path.relative_to('/p')}{'+' * (hit.copies - 1)}" for hit in hits]


def test_a_search_shows_the_jpeg_for_both(catalog: Catalog) -> None:
    assert shown(catalog, "red")[:2] == ["a/1.JPG+", "b/1.arw"]
    assert sorted(shown(catalog, "red")) == ["a/1.JPG+", "a/2.jpg", "b/1.arw", "b/2.heic+"]


def test_a_raw_file_named_in_full_is_first(catalog: Catalog) -> None:
    for text, listed in (
        ("1.nef", ["a/1.NEF", "a/1.JPG"]),
        ("2.cr2", ["b/2.cr2", "b/2.heic"]),
        ("2.heic", ["b/2.heic", "b/2.cr2"]),
    ):
        assert shown(catalog, text, fold=False)[:2] == listed
        assert shown(catalog, text)[0] == f"{listed[0]}+"
    assert shown(catalog, "2.cr2 ext:cr2") == ["b/2.cr2"]
    assert "b/2.cr2" not in shown(catalog, "2.cr2 ext:heic")


def test_unfolded_pairs_are_adjacent(catalog: Catalog) -> None:
    assert shown(catalog, "red", fold=False)[:3] == ["a/1.JPG", "a/1.NEF", "b/1.arw"]


@pytest.mark.parametrize("text", ["", "sort:date", "-sort:name", "in:p", "is:new", "camera:x", "1"])
def test_every_file_is_listed_without_folding(catalog: Catalog, text: str) -> None:
    embedder = None if text == "1" else ColourEmbedder()  # without one, words only match names
    index = VectorIndex(catalog, ColourEmbedder().model_id)
    engine = SearchEngine(LocalBackend(catalog, index), embedder, fold_threshold=2.0)
    folded = engine.search(parse(text))
    ranking = engine.search(parse(text), fold=False)
    hits = engine.hits(ranking, 0, 10)
    files = {str(hit.file.path) for hit in hits}
    expected = {"camera:x": set(), "1": {path for path in FILES if "1" in path}}
    assert files == expected.get(text, set(FILES))
    assert [hit.has_raw for hit in hits] == [False] * len(files)
    assert [hit.copies for hit in hits] == [1] * len(files)
    assert ranking.total == len(files)
    assert len(engine.search(parse(text))) == len(folded)


def test_browsing_omits_the_raw_file(catalog: Catalog) -> None:
    assert shown(catalog, "") == ["a/1.JPG", "a/2.jpg", "b/1.arw", "b/2.heic"]


def test_a_filter_for_raw_files_lists_them(catalog: Catalog) -> None:
    assert shown(catalog, "red ext:nef") == ["a/1.NEF"]
    assert shown(catalog, "ext:cr2") == ["b/2.cr2"]


def test_the_setting_disables_pairing(catalog: Catalog) -> None:
    assert len(shown(catalog, "red", pair_raw=False)) == len(FILES)
    assert len(shown(catalog, "", pair_raw=False)) == len(FILES)


def test_the_details_name_the_raw_file(catalog: Catalog) -> None:
    embedder = ColourEmbedder()
    engine = SearchEngine(
        LocalBackend(catalog, VectorIndex(catalog, embedder.model_id)),
        embedder,
        fold_threshold=2.0,
    )
    engine.warm_up()
    first, *_ = engine.hits(engine.search(parse("red")), 0, 1)
    assert first.has_raw
    assert "JPG + RAW" in detail_line(first)
    assert "copies" not in detail_line(first)


def test_the_raw_file_stays_when_its_picture_is_removed(catalog: Catalog) -> None:
    embedder = ColourEmbedder()
    engine = SearchEngine(
        LocalBackend(catalog, VectorIndex(catalog, embedder.model_id)),
        embedder,
        fold_threshold=2.0,
    )
    engine.search(parse("red"))
    table = catalog.files(embedder.model_id)
    picture = next(file for file in catalog.details(table.file_ids) if file.path.name == "1.JPG")
    CatalogWriter(catalog).remove_files([picture.file_id])
    engine.refresh()
    hits = engine.hits(engine.search(parse("red")), 0, 9)
    assert "1.NEF" in [hit.file.path.name for hit in hits]
    assert not any(hit.has_raw and hit.file.path.parent.name == "a" for hit in hits)
    assert np.all([hit.copies >= 1 for hit in hits])


# --- the rule -------------------------------------------------------------------------------------


def paired(
    files: Sequence[str], infos: Sequence[PictureInfo | None], vectors: Vectors | None = None
) -> list[int]:
    """Return the positions of the pictures that represent raw files, -1 for none."""
    rows = np.full((len(files), 1), np.nan, dtype=np.float32) if vectors is None else vectors
    split = [name.rpartition("/") for name in files]
    pairs = find_raw_companions(
        [folder for folder, _, _ in split],
        [search_key(name) for _, _, name in split],
        lambda positions: shot_facts([infos[position] for position in positions.tolist()]),
        lambda places: rows[places],
    )
    return [int(index) for index in pairs]


def info(seconds: float | None = None, camera: str | None = None, size: str = "6x4") -> PictureInfo:
    width, height = map(int, size.split("x"))
    date = None if seconds is None else int(seconds * 10**9)
    return PictureInfo(width * 100, height * 100, "JPEG", date, camera)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["a/1.NEF", "a/1.JPG"], [1, -1]),
        (["a/1.jpg", "a/1.cr2", "b/1.arw"], [-1, 0, -1]),
        (["a/1.heic", "a/1.dng", "a/1.jpeg"], [-1, 2, -1]),
        (["a/IMG_1.JPG", "a/img_1.cr3", "a/IMG_1.raf"], [-1, 0, 0]),
        (["a/1.png", "a/1.nef", "a/nef", "a/.nef", "a/.jpg"], [-1, -1, -1, 4, -1]),
        (["a/\u00e9t\u00e9.dng", "a/e\u0301te\u0301.jpg"], [1, -1]),
        (["PXL_1.RAW-02.ORIGINAL.dng", "PXL_1.RAW-01.COVER.jpg"], [1, -1]),
        (["PXL_1.dng", "PXL_1.MP.jpg", "PXL_12.MP.jpg"], [1, -1, -1]),
        (["PXL_1.NIGHT.RAW-02.ORIGINAL.dng", "PXL_1.NIGHT.RAW-01.MP.COVER.jpg"], [1, -1]),
        (["PXL_1.RAW-02.ORIGINAL.dng", "PXL_2.RAW-01.COVER.jpg"], [-1, -1]),
        (["IMG_1.RAW-02.dng", "IMG_1.RAW-01.jpg"], [-1, -1]),
        ([], []),
    ],
)
def test_files_of_one_name_are_candidate_pairs(files: list[str], expected: list[int]) -> None:
    assert paired(files, [info(7)] * len(files)) == expected


@pytest.mark.parametrize(
    ("raw", "jpeg", "is_pair"),
    [
        (info(100), info(100), True),
        (info(100), info(102), True),
        (info(100), info(103), False),
        (info(100, "Nikon D90"), info(100, "nikon d90"), True),
        (info(100, "Nikon D90"), info(100, "Canon EOS R"), False),
        (info(100, "Nikon D90"), info(500, "Nikon D90"), False),
        (info(None, "Nikon D90"), info(100, "Nikon D90"), True),
        (info(None, "Nikon D90"), info(100, "Canon EOS R"), False),
        (info(100, "Nikon D90"), info(100), True),
        (info(-2_208_988_800), info(4_102_444_800), False),
        (info(100), info(None, "Nikon D90"), False),
        (info(), info(), False),
        (None, info(), False),
    ],
)
def test_metadata_of_both_files_decides_the_pairing(
    raw: PictureInfo | None, jpeg: PictureInfo, *, is_pair: bool
) -> None:
    assert paired(["1.dng", "1.JPG"], [raw, jpeg]) == [1 if is_pair else -1, -1]
    assert paired(["1.JPG", "1.dng"], [jpeg, raw]) == [-1, 0 if is_pair else -1]


@pytest.mark.parametrize(
    ("cosine", "size", "is_pair"),
    [
        (1.0, "6x4", True),
        (0.96, "6x4", True),
        (0.94, "6x4", False),
        (1.0, "4x6", False),
        (1.0, "4x3", False),
        (1.0, "59x40", True),
        (np.nan, "6x4", False),
    ],
)
def test_pairs_without_metadata_must_look_alike(cosine: float, size: str, *, is_pair: bool) -> None:
    rows = np.array([[1.0, 0.0], [cosine, (1 - cosine**2) ** 0.5]], dtype=np.float32)
    pairs = paired(["1.dng", "1.jpg"], [info(), info(size=size)], rows)
    assert pairs == [1 if is_pair else -1, -1]


def test_the_best_matching_picture_represents_the_raw_file() -> None:
    files = ["1.dng", "1.jpg", "1.heic"]
    assert paired(files, [info(7), info(7), info(7)]) == [1, -1, -1]
    assert paired(files, [info(7), info(99), info(7)]) == [2, -1, -1]


@pytest.fixture
def unrelated(tmp_path: Path) -> Iterator[Catalog]:
    """Yield a raw file, and a picture with its name that another camera took."""
    with Catalog.open(tmp_path / "unrelated") as opened:
        writer = CatalogWriter(opened)
        writer.add_root(Path("/p"))
        writer.register_model(ColourEmbedder().model_id, ColourEmbedder().dim)
        for number, (name, facts) in enumerate(
            {"DSC_1.dng": info(100, "One"), "DSC_1.JPG": info(100, "Two")}.items(), 1
        ):
            file = ImageFile(Path("/p") / name, 1000, number, number)
            item = IndexedFile(file, name.encode().ljust(16), facts, RED)
            writer.commit(ColourEmbedder().model_id, [item])
        yield opened


def test_unrelated_pictures_with_the_same_number_are_not_a_pair(unrelated: Catalog) -> None:
    for text in ("", "red"):
        assert len(shown(unrelated, text)) == 2
    index = VectorIndex(unrelated, ColourEmbedder().model_id)
    looks = FingerprintCache(lambda _: np.full(64, 0.125, dtype=np.float32))
    # They look the same, so they may be one shot: neither may be removed for the other.
    assert find_duplicates(unrelated, index, fingerprints=looks, disk=CatalogDisk()) == []


def test_a_raw_file_that_looks_like_the_picture_with_its_name_is_detected() -> None:
    rows = np.array([[1, 0], [1, 0], [0, 1], [0, 1], [np.nan, 0]], dtype=np.float32)
    names = ["1.dng", "1.jpg", "2.jpg", "1.heic", "2.dng"]
    pairs = find_lookalikes(["a"] * 5, names, lambda places: rows[places])
    assert pairs.tolist() == [True, False, False, False, False]
    assert find_lookalikes([], [], lambda places: rows[places]).tolist() == []


def test_pairs_from_before_a_refresh_are_not_cached(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh that comes while the pairs are read for some hits waits until they are complete."""
    embedder = ColourEmbedder()
    engine = SearchEngine(
        LocalBackend(catalog, VectorIndex(catalog, embedder.model_id)),
        embedder,
        fold_threshold=2.0,
    )
    ranking = engine.search(parse(""))
    writer = CatalogWriter(catalog)
    file = ImageFile(Path("/p/c/9.jpg"), 1000, 1, 99)
    writer.commit(
        embedder.model_id, [IndexedFile(file, b"9" * 16, PictureInfo(64, 48, "JPEG"), RED)]
    )
    engine.refresh()
    read, inside, refreshed = RawPairs._find, Event(), Event()

    def slowly(self: RawPairs) -> PairedFiles:
        pairs = read(self)
        inside.set()
        refreshed.wait(0.2)
        return pairs

    monkeypatch.setattr(RawPairs, "_find", slowly)
    hits = Thread(target=lambda: engine.hits(ranking, 0, 9))
    hits.start()
    inside.wait(30)
    raw = ImageFile(Path("/p/c/9.nef"), 1000, 1, 100)
    writer.commit(embedder.model_id, [IndexedFile(raw, b"8" * 16, PictureInfo(64, 48, "NEF"), RED)])

    def refresh() -> None:
        engine.refresh()
        refreshed.set()

    again = Thread(target=refresh)
    again.start()
    hits.join(30)
    again.join(30)
    monkeypatch.setattr(RawPairs, "_find", read)
    hits_now = engine.hits(engine.search(parse("in:c")), 0, 9)
    assert [(hit.file.path.name, hit.has_raw) for hit in hits_now] == [("9.jpg", True)]
