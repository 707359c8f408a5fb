"""The engine answers the whole language: several ideas, pictures, filters, orders, names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import ColourEmbedder, save_picture
from tests.support.libraries.catalog_builder import (
    CatalogBuilder,
    CountingEmbedder,
    search_hits,
    search_names,
)
from tests.support.libraries.indexed_library import IndexedLibrary
from tui.core.domain import ModelError
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.vector_index import open_index
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.query.parse import parse
from tui.search.ranking.query_vector_cache import QueryVectorCache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tui.core.domain import ImageEmbedder

FILES = (
    ("trip/sea.jpg", "blue"),
    ("trip/rose.png", "red"),
    ("home/lawn.jpg", "green"),
    ("home/sun.jpg", "yellow"),
    ("home/wall.png", "white"),
    ("home/rock.jpg", "grey"),
    ("old/brick.jpg", "red"),
    ("old/grass.jpg", "green"),
    ("old/lake.jpg", "blue"),
    ("old/cloud.jpg", "white"),
)


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[CatalogBuilder]:
    builder = CatalogBuilder(tmp_path)
    for number, (name, colour) in enumerate(FILES):
        builder.add_picture(name, str(number), colour, tilt=number / 100)
    yield builder
    builder.catalog.close()


def reading(library: IndexedLibrary, images: ColourEmbedder | None = None) -> SearchEngine:
    """Open a library of files to search it, with or without an image tower."""
    catalog = Catalog.open(library.data_dir, read_only=True)
    index = open_index(catalog, library.embedder.model_id)
    return SearchEngine(
        LocalBackend(catalog, index, open_images=None if images is None else lambda: images)
    )


class TestIdeas:
    def test_terms_are_added_up(self, builder: CatalogBuilder) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            assert search_names(engine, "red + green - blue")[0] == "sun.jpg"
            assert search_names(engine, "red + green").index("sun.jpg") < 6

    def test_terms_count_by_their_weights(self, builder: CatalogBuilder) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            assert search_names(engine, "5:blue + red")[0] == "sea.jpg"
            assert search_names(engine, "blue + 5:red")[0] == "rose.png"

    def test_negative_terms_rank_the_least_similar_first(self, builder: CatalogBuilder) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            plain, against = search_hits(engine, "red"), search_hits(engine, "- red")
            assert [hit.file for hit in against] == [hit.file for hit in reversed(plain)]
            assert {hit.strength for hit in against} == {None}
            assert engine.search(parse("- red")).noise_start is None

    def test_terms_that_cancel_out_get_a_hint(self, builder: CatalogBuilder) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            ranking = engine.search(parse("rock - rock"))
            assert not ranking.semantic
            assert [hint.message for hint in ranking.query.hints] == [
                "These ideas cancel each other out."
            ]
            assert search_names(engine, "rock - rock") == ["rock.jpg"]


class TestPictures:
    def test_example_pictures_of_the_library_need_no_model(self, builder: CatalogBuilder) -> None:
        with builder.engine() as engine:
            hits = search_hits(engine, f'like:"{builder.root / "trip/sea.jpg"}"')
            assert [hit.file.path.name for hit in hits[:2]] == ["sea.jpg", "lake.jpg"]
            assert hits[0].score == pytest.approx(1.0, abs=1e-3)
            for typed in ("trip/sea.jpg", "pictures/trip/sea.jpg"):
                assert search_names(engine, f"like:{typed}")[0] == "sea.jpg"

    def test_example_pictures_are_added_to_and_subtracted_from_words(
        self, builder: CatalogBuilder
    ) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            assert search_names(engine, "like:trip/rose.png + green - blue")[0] == "sun.jpg"
            assert search_names(engine, "like:trip/rose.png - like:old/brick.jpg + 5:white")[0] == (
                "wall.png"
            )

    def test_outside_the_library_are_looked_at_once(
        self, builder: CatalogBuilder, tmp_path: Path
    ) -> None:
        path = save_picture(tmp_path / "else/where.png", "green")
        towers = []

        def open_images() -> ImageEmbedder:
            towers.append(ColourEmbedder())
            return towers[-1]

        with builder.engine(open_images=open_images) as engine:
            for _ in range(2):
                assert search_names(engine, f'like:"{path}"')[0] == "lawn.jpg"
            save_picture(path, "blue", (32, 32))
            assert search_names(engine, f'like:"{path}"')[0] == "sea.jpg"
        assert [tower.pictures_embedded for tower in towers] == [2]

    def test_a_changed_example_picture_is_embedded_again(self, tmp_path: Path) -> None:
        library = IndexedLibrary(tmp_path / "data")
        photos = tmp_path / "photos"
        for number, colour in enumerate(("red", "blue", "green", "yellow")):
            save_picture(photos / f"{colour}.png", colour, note=number)
        changing = save_picture(photos / "a.png", "red", note=9)
        library.index(photos)
        images = ColourEmbedder()
        with reading(library, images) as engine, reading(library) as without_model:
            text = f'like:"{changing}"'
            assert set(search_names(engine, text)[:2]) == {"a.png", "red.png"}
            assert images.pictures_embedded == 0
            save_picture(changing, "blue", (32, 32), note=9)
            assert (
                search_names(engine, text)[0] == "blue.png"
            )  # not indexed yet: the model looks at it
            (hint,) = without_model.search(parse(text)).query.hints
            assert "has changed since" in hint.message
            library.index(photos)
            for one in (engine, without_model):
                assert one.refresh()
                assert set(search_names(one, text)[:2]) == {"a.png", "blue.png"}
        assert images.pictures_embedded == 1
        library.catalog.close()

    def test_a_replaced_example_picture_is_current_after_indexing(self, tmp_path: Path) -> None:
        library = IndexedLibrary(tmp_path / "data")
        for number, colour in enumerate(("red", "blue")):
            path = save_picture(tmp_path / "photos" / f"{colour}.png", colour, note=number)
            path.write_bytes(path.read_bytes().ljust(1000, b"x"))
            os.utime(path, ns=(10**18, 10**18))
        library.index(tmp_path / "photos")
        red, blue = tmp_path / "photos" / "red.png", tmp_path / "photos" / "blue.png"
        with reading(library) as engine:
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

    def test_a_missing_example_picture_leaves_the_other_terms(
        self, builder: CatalogBuilder, tmp_path: Path
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


class TestFilters:
    def test_filters_limit_the_ranking(self, builder: CatalogBuilder) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            ranking = engine.search(parse("red ext:jpg -in:home"))
            hits = engine.hits(ranking, 0, 100)
            assert hits[0].file.path.name == "brick.jpg"
            assert ranking.total == sum(hit.copies for hit in hits) == 5
            assert search_names(engine, "red ext:jpg", builder.root / "old")[0] == "brick.jpg"
            assert search_names(engine, "red ext:webp") == []

    def test_alone_list_the_newest_first(self, builder: CatalogBuilder) -> None:
        with builder.engine() as engine:
            assert search_names(engine, "ext:png") == ["wall.png", "rose.png"]
            assert search_names(engine, "in:trip sort:name") == ["rose.png", "sea.jpg"]
            assert search_names(engine, "ext:png -sort:date") == ["rose.png", "wall.png"]
            assert search_names(engine, "sort:size", builder.root / "trip") == [
                "rose.png",
                "sea.jpg",
            ]
            assert search_names(engine, "ext:png sort:score") == ["wall.png", "rose.png"]

    def test_go_with_names_while_there_is_no_model(self, builder: CatalogBuilder) -> None:
        with builder.engine() as engine:
            assert search_names(engine, "l ext:png") == ["wall.png"]


class TestOrders:
    def test_orders_sort_the_relevant_results(self, builder: CatalogBuilder) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            for number in range(100):
                builder.add_picture(
                    f"more/{number}.jpg", f"more {number}", "grey", tilt=number / 1000
                )
            engine.refresh()
            ranking = engine.search(parse("blue sort:name"), fold=False)
            assert search_names(engine, "blue sort:name") == ["lake.jpg", "sea.jpg"]
            assert search_names(engine, "blue sort:date") == ["lake.jpg", "sea.jpg"]
            assert search_names(engine, "blue -sort:date") == ["sea.jpg", "lake.jpg"]
            assert (ranking.total, ranking.count, ranking.noise_start) == (2, 2, None)

    def test_a_descending_order_reverses_the_ranking(self, builder: CatalogBuilder) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            plain = search_names(engine, "blue sort:score")
            assert plain == search_names(engine, "blue")
            assert search_names(engine, "blue -sort:score") == plain[::-1]


class TestNames:
    def test_a_name_that_was_typed_is_first(self, builder: CatalogBuilder) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            for text in ("rock", "rock.jpg", "ROCK", "Rock.JPG"):
                assert search_names(engine, text)[0] == "rock.jpg"

    def test_a_name_stands_above_what_is_no_match(self, builder: CatalogBuilder) -> None:
        with builder.engine(ColourEmbedder()) as engine:
            order = search_names(engine, "red wall")
            assert order[0] == "rose.png"
            assert order.index("wall.png") < search_names(engine, "red").index("wall.png")

    def test_a_copy_with_that_name_stands_for_the_others(self, builder: CatalogBuilder) -> None:
        builder.add_picture("home/pond.jpg", "0", "blue")
        with builder.engine(ColourEmbedder()) as engine:
            (first, *_) = search_hits(engine, "pond", fold=True)
            assert (first.file.path.name, first.copies) == ("pond.jpg", 3)
            (first, *_) = search_hits(engine, "blue", fold=True)
            assert first.file.path.name == "sea.jpg"


class TestMet:
    def test_queries_of_earlier_runs_need_no_model(self, builder: CatalogBuilder) -> None:
        def kept() -> QueryVectorCache:
            return QueryVectorCache(builder.catalog.data_dir, "colours-1")

        with builder.engine(ColourEmbedder(), cache=kept()) as engine:
            expected = search_names(engine, "blue + 2:green")
            engine.search(parse("red"))
            engine.remember(parse("blue + 2:green"))
        embedder = CountingEmbedder()
        with builder.engine(cache=kept()) as engine:
            assert engine.is_cached(parse("green - blue"))
            assert not engine.is_cached(parse("red"))
            assert search_names(engine, "blue + 2:green") == expected
            assert not engine.search(parse("blue + red")).semantic
            engine.attach(embedder)
            assert engine.search(parse("blue + red")).semantic
        assert embedder.texts == ["red"]
