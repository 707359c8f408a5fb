"""A raw file and its JPEG are one hit, whichever way they are looked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.fakes import ColourEmbedder
from tui.app.wording import detail_line
from tui.domain import ImageFile, PictureInfo
from tui.library.catalog import Catalog
from tui.library.catalog_write import CatalogWriter
from tui.library.index import open_index
from tui.library.records import IndexedFile
from tui.search.engine import Engine
from tui.search.query import parse

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
    """What a search shows, with a plus at each hit that stands for a raw file too."""
    embedder = ColourEmbedder()
    engine = Engine(
        catalog, open_index(catalog, embedder.model_id), embedder, near=2.0, pair_raw=pair_raw
    )
    ranking = engine.search(parse(text), fold=fold)
    hits = engine.hits(ranking, 0, 10)
    return [f"{hit.file.path.relative_to('/p')}{'+' * (hit.copies - 1)}" for hit in hits]


def test_a_search_shows_the_jpeg_for_both(catalog: Catalog) -> None:
    assert shown(catalog, "red")[:2] == ["a/1.JPG+", "b/1.arw"]
    assert sorted(shown(catalog, "red")) == ["a/1.JPG+", "a/2.jpg", "b/1.arw", "b/2.heic+"]


def test_not_folded_both_stand_beside_each_other(catalog: Catalog) -> None:
    assert shown(catalog, "red", fold=False)[:3] == ["a/1.JPG", "a/1.NEF", "b/1.arw"]


def test_browsing_leaves_the_raw_file_out(catalog: Catalog) -> None:
    assert shown(catalog, "") == ["a/1.JPG", "a/2.jpg", "b/1.arw", "b/2.heic"]


def test_who_asks_for_raw_files_gets_them(catalog: Catalog) -> None:
    assert shown(catalog, "red ext:nef") == ["a/1.NEF"]
    assert shown(catalog, "ext:cr2") == ["b/2.cr2"]


def test_the_setting_turns_it_off(catalog: Catalog) -> None:
    assert len(shown(catalog, "red", pair_raw=False)) == len(FILES)
    assert len(shown(catalog, "", pair_raw=False)) == len(FILES)


def test_the_details_say_so(catalog: Catalog) -> None:
    embedder = ColourEmbedder()
    engine = Engine(catalog, open_index(catalog, embedder.model_id), embedder, near=2.0)
    engine.learn_names()
    first, *_ = engine.hits(engine.search(parse("red")), 0, 1)
    assert first.has_raw
    assert "JPG + RAW" in detail_line(first)
    assert "copies" not in detail_line(first)


def test_a_picture_that_goes_leaves_the_raw_file(catalog: Catalog) -> None:
    embedder = ColourEmbedder()
    engine = Engine(catalog, open_index(catalog, embedder.model_id), embedder, near=2.0)
    engine.search(parse("red"))
    table = catalog.files(embedder.model_id)
    gone = next(file for file in catalog.details(table.file_ids) if file.path.name == "1.JPG")
    CatalogWriter(catalog).remove_files([gone.file_id])
    engine.refresh()
    hits = engine.hits(engine.search(parse("red")), 0, 9)
    assert "1.NEF" in [hit.file.path.name for hit in hits]
    assert not any(hit.has_raw and hit.file.path.parent.name == "a" for hit in hits)
    assert np.all([hit.copies >= 1 for hit in hits])
