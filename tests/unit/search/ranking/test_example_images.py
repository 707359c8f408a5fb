"""Pictures as terms of a query: files that changed, and files that are missing or broken."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import ColourEmbedder, save_picture
from tests.support.libraries.catalog_builder import CatalogBuilder, search_names
from tests.support.libraries.indexed_library import IndexedLibrary
from tui.core.errors import ModelError
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui.core.domain import ImageEmbedder


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[CatalogBuilder]:
    builder = CatalogBuilder(tmp_path)
    for name, colour in (("sea.jpg", "blue"), ("rose.png", "red"), ("wall.png", "white")):
        builder.add_picture(name, colour, colour)
    yield builder
    builder.catalog.close()


def open_engine(library: IndexedLibrary, images: ColourEmbedder | None = None) -> SearchEngine:
    """Open a library of files to search it, with or without an image tower."""
    catalog = Catalog.open(library.data_dir, read_only=True)
    index = VectorIndex(catalog, library.embedder.model_id)
    return SearchEngine(
        LocalBackend(catalog, index, open_images=None if images is None else lambda: images)
    )


def test_a_changed_example_picture_is_embedded_again(tmp_path: Path) -> None:
    library = IndexedLibrary(tmp_path / "data")
    photos = tmp_path / "photos"
    for number, colour in enumerate(("red", "blue", "green", "yellow")):
        save_picture(photos / f"{colour}.png", colour, note=number)
    changing = save_picture(photos / "a.png", "red", note=9)
    library.index(photos)
    images = ColourEmbedder()
    with open_engine(library, images) as engine, open_engine(library) as without_model:
        text = f'like:"{changing}"'
        assert set(search_names(engine, text)[:2]) == {"a.png", "red.png"}
        assert images.pictures_embedded == 0
        save_picture(changing, "blue", (32, 32), note=9)
        assert search_names(engine, text)[0] == "blue.png"  # not indexed yet: the model embeds it
        (hint,) = without_model.search(parse(text)).query.hints
        assert "has changed since" in hint.message
        library.index(photos)
        for one in (engine, without_model):
            assert one.refresh()
            assert set(search_names(one, text)[:2]) == {"a.png", "blue.png"}
    assert images.pictures_embedded == 1
    library.catalog.close()


def test_a_replaced_example_picture_is_current_after_indexing(tmp_path: Path) -> None:
    library = IndexedLibrary(tmp_path / "data")
    for number, colour in enumerate(("red", "blue")):
        path = save_picture(tmp_path / "photos" / f"{colour}.png", colour, note=number)
        path.write_bytes(path.read_bytes().ljust(1000, b"x"))
        os.utime(path, ns=(10**18, 10**18))
    library.index(tmp_path / "photos")
    red, blue = tmp_path / "photos" / "red.png", tmp_path / "photos" / "blue.png"
    with open_engine(library) as engine:
        before = engine.search(parse(f'like:"{red}"')).query_vector
        blue.replace(red)
        library.index(tmp_path / "photos")
        engine.refresh()
        after = engine.search(parse(f'like:"{red}"')).query_vector
    assert before is not None
    assert after is not None
    assert before.vector @ library.embedder.embed_text(["red"])[0] > 0.99
    assert after.vector @ library.embedder.embed_text(["blue"])[0] > 0.99
    library.catalog.close()


def test_the_other_terms_are_used_without_a_missing_example_picture(
    builder: CatalogBuilder, tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")

    def no_tower() -> ImageEmbedder:
        raise ModelError("The weights are not here.")

    for open_images in (ColourEmbedder, no_tower, None):
        with builder.engine(ColourEmbedder(), open_images=open_images) as engine:
            for name in ("missing.jpg", "broken.jpg", "", "~nobody/x.jpg", "a\0b.jpg"):
                ranking = engine.search(parse(f'red + like:"{tmp_path / name}"'))
                assert engine.hits(ranking, 0, 1)[0].file.path.name == "rose.png"
                (hint,) = ranking.query.hints
                assert hint.message.endswith(".")
                assert ranking.query == parse(f'red + like:"{tmp_path / name}"')
            lone = engine.search(parse("like:nowhere.jpg ext:png"))
            assert not lone.semantic
            assert len(lone) == 2
