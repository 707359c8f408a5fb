"""The contract of every search backend: the same tests over a library in a folder and on Milvus."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import ColourEmbedder, save_picture
from tests.support.libraries.catalog_builder import (
    MODEL,
    CountingEmbedder,
    search_hits,
    search_names,
)
from tests.support.libraries.searchable_library import BACKENDS, SearchableLibrary, open_library
from tui.core.errors import ModelError, PhotoseekError
from tui.search.backend import StaleQueryError
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
"""Each is newer than the earlier ones, and its vector a little further from its colour's."""


@pytest.fixture(scope="module", params=BACKENDS)
def library(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchableLibrary]:
    """Yield the ten files, which no test changes, and a copy of the rose that is the newest."""
    with open_library(request, tmp_path_factory) as library:
        items = [
            library.file(name, str(number), colour, number / 100)
            for number, (name, colour) in enumerate(FILES)
        ]
        library.put(*items, library.file("home/rose copy.png", "1", "red", 0.01))
        yield library


# --- listing --------------------------------------------------------------------------------------


def test_an_empty_query_lists_the_newest_first(library: SearchableLibrary) -> None:
    for embedder in (None, ColourEmbedder()):
        with library.engine(embedder) as engine:
            everything = [name.rpartition("/")[2] for name, _ in reversed(FILES)]
            assert search_names(engine, " ") == ["rose copy.png", *everything]
            assert search_names(engine, "", library.root / "trip") == ["rose.png", "sea.jpg"]
            assert search_names(engine, "", library.root / "nowhere") == []


def test_queries_with_only_filters_and_orders_list_files(library: SearchableLibrary) -> None:
    with library.engine() as engine:
        assert search_names(engine, "ext:png") == ["rose copy.png", "wall.png", "rose.png"]
        assert search_names(engine, "ext:png sort:score") == [
            "rose copy.png",
            "wall.png",
            "rose.png",
        ]
        assert search_names(engine, "in:trip sort:name") == ["rose.png", "sea.jpg"]
        assert search_names(engine, "ext:png -sort:date") == [
            "rose.png",
            "wall.png",
            "rose copy.png",
        ]
        assert search_names(engine, "sort:size", library.root / "trip") == ["rose.png", "sea.jpg"]


def test_without_a_text_tower_words_match_names(library: SearchableLibrary) -> None:
    with library.engine() as engine:
        ranking = engine.search(parse("COPY rose"))
        (hit,) = engine.hits(ranking, 0, 10)
        assert (hit.rank, hit.score, hit.file.path.name) == (1, None, "rose copy.png")
        assert not ranking.semantic
        assert not engine.is_semantic
        assert search_names(engine, "ocean") == []
        assert search_names(engine, "rose", library.root / "trip") == ["rose.png"]
        assert search_names(engine, "ro sort:name") == ["rock.jpg", "rose copy.png", "rose.png"]
        assert search_names(engine, "l ext:png") == ["wall.png"]


# --- ranking --------------------------------------------------------------------------------------


def test_a_text_tower_ranks_every_file(library: SearchableLibrary) -> None:
    with library.engine() as engine:
        engine.attach(ColourEmbedder())
        ranking = engine.search(parse("red"), generation=7, fold=False)
        ranked = engine.hits(ranking, 0, 20)
        assert {hit.file.path.name for hit in ranked[:2]} == {"rose.png", "rose copy.png"}
        assert ranked[2].file.path.name == "brick.jpg"
        assert ranked[0].score == ranked[1].score == pytest.approx(1.0, abs=1e-3)
        assert [hit.rank for hit in ranked] == list(range(1, 12))
        assert engine.hits(ranking, 1, 3) == ranked[1:3]
        assert engine.hits(ranking, 11, 20) == []
        assert (ranking.generation, ranking.semantic, ranking.folded) == (7, True, False)
        assert ranking.total == ranking.count == len(ranking) == 11


def test_a_scope_and_filters_limit_the_ranking(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder()) as engine:
        assert search_names(engine, "red", library.root / "old")[0] == "brick.jpg"
        assert len(search_names(engine, "red", library.root / "old")) == 4
        assert search_names(engine, "red", library.root / "nowhere") == []
        ranking = engine.search(parse("red ext:jpg -in:home"))
        ranked = engine.hits(ranking, 0, 100)
        assert ranked[0].file.path.name == "brick.jpg"
        assert ranking.total == sum(hit.copies for hit in ranked) == 5
        assert search_names(engine, "red ext:jpg", library.root / "old")[0] == "brick.jpg"
        assert search_names(engine, "red ext:webp") == []


def test_terms_add_up_by_their_weights(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder()) as engine:
        assert search_names(engine, "red + green - blue")[0] == "sun.jpg"
        assert search_names(engine, "5:blue + red")[0] == "sea.jpg"
        assert search_names(engine, "blue + 5:red")[0].startswith("rose")
        plain, against = search_hits(engine, "blue"), search_hits(engine, "- blue")
        assert [hit.score for hit in against] == pytest.approx(
            [-hit.score for hit in reversed(plain) if hit.score is not None], abs=1e-6
        )
        assert {hit.strength for hit in against} == {None}
        assert engine.search(parse("- blue")).noise_start is None


def test_a_hint_says_that_terms_cancel_each_other_out(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder()) as engine:
        ranking = engine.search(parse("rock - rock"))
        assert not ranking.semantic
        assert [hint.message for hint in ranking.query.hints] == [
            "These ideas cancel each other out."
        ]
        assert search_names(engine, "rock - rock") == ["rock.jpg"]


def test_copies_and_near_duplicates_fold_into_one_hit(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder()) as engine:
        first, *_ = search_hits(engine, "rose copy", fold=True)
        assert (first.file.path.name, first.copies) == ("rose copy.png", 3)  # and the brick
        ranking = engine.search(parse("red"))
        assert ranking.folded
        assert ranking.total == 11
        assert ranking.count == len(ranking) < 8
    with library.engine(ColourEmbedder(), fold_threshold=2.0) as engine:
        first, second, *_ = search_hits(engine, "red", fold=True)
        assert (first.copies, second.copies, second.file.path.name) == (2, 1, "brick.jpg")


def test_a_file_named_in_full_is_first(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder()) as engine:
        for text in ("rock", "rock.jpg", "ROCK", "Rock.JPG"):
            assert search_names(engine, text)[0] == "rock.jpg"
        ranked = search_names(engine, "red wall")
        assert ranked[0].startswith("rose")
        assert ranked.index("wall.png") < search_names(engine, "red").index("wall.png")


def test_a_reversed_order_by_score_reverses_the_whole_ranking(library: SearchableLibrary) -> None:
    for depth in (None, 4):
        with library.engine(ColourEmbedder(), depth) as engine:
            plain = engine.extend(engine.search(parse("green sort:score"), fold=False))
            reverse = engine.search(parse("green -sort:score"), fold=False)
            assert reverse.file_ids.tolist() == plain.file_ids.tolist()[::-1]
            assert reverse.unranked_count == 0


# --- pictures as ideas ----------------------------------------------------------------------------


def test_a_picture_of_the_library_needs_no_model(library: SearchableLibrary) -> None:
    with library.engine() as engine:
        for typed in (library.root / "trip/sea.jpg", "trip/sea.jpg", "pictures/trip/sea.jpg"):
            ranked = search_hits(engine, f'like:"{typed}"')
            assert [hit.file.path.name for hit in ranked[:2]] == ["sea.jpg", "lake.jpg"]
            assert ranked[0].score == pytest.approx(1.0, abs=1e-3)
        mixed = search_names(
            engine, "like:trip/rose.png - like:old/brick.jpg + 5:like:home/wall.png"
        )
        assert mixed[0] == "wall.png"
        missing = engine.search(parse("like:trip/missing.jpg"))
        assert [hint.message for hint in missing.query.hints] == [
            "No such picture: trip/missing.jpg."
        ]


def test_a_picture_outside_the_library_is_embedded_once(
    library: SearchableLibrary, tmp_path: Path
) -> None:
    path = save_picture(tmp_path / "else/where.png", "green")
    towers = []

    def open_images() -> ImageEmbedder:
        towers.append(ColourEmbedder())
        return towers[-1]

    with library.engine(open_images=open_images) as engine:
        for _ in range(2):
            assert search_names(engine, f'like:"{path}"')[0] == "lawn.jpg"
        save_picture(path, "blue", (32, 32))
        assert search_names(engine, f'like:"{path}"')[0] == "sea.jpg"
    assert [tower.pictures_embedded for tower in towers] == [2]


def test_a_hit_is_explained_by_its_terms(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder()) as engine:
        ranking = engine.search(parse("red - 2:green + like:trip/rose.png"))
        first, *_ = engine.hits(ranking, 0, 1)
        assert first.matches == ()
        matches = dict(engine.explain(ranking, first).matches)
        assert list(matches) == ["red", "green", 'like:"trip/rose.png"']
        assert matches["red"] == pytest.approx(1.0, abs=1e-3)
        assert matches['like:"trip/rose.png"'] == pytest.approx(1.0, abs=1e-3)
        assert matches["green"] < 0.5


# --- query vectors --------------------------------------------------------------------------------


def test_a_query_is_embedded_once(library: SearchableLibrary) -> None:
    embedder = CountingEmbedder()
    with library.engine(embedder) as engine:
        assert not engine.is_cached(parse("red rose"))
        search_names(engine, "red rose")
        search_names(engine, " red  rose ", library.root / "old")
        search_names(engine, "red rose + green")
        assert embedder.texts == ["red rose", "green"]
        assert engine.is_cached(parse("- red rose ext:jpg"))
        assert not engine.is_cached(parse("red rose + gre"))


def test_queries_of_earlier_runs_need_no_model(library: SearchableLibrary, tmp_path: Path) -> None:
    with library.engine(ColourEmbedder(), cache=QueryVectorCache(tmp_path, MODEL)) as engine:
        expected = search_names(engine, "blue + 2:green")
        engine.search(parse("red"))
        engine.remember(parse("blue + 2:green"))
    with library.engine(cache=QueryVectorCache(tmp_path, MODEL)) as engine:
        assert engine.is_cached(parse("green - blue"))
        assert not engine.is_cached(parse("red"))
        assert search_names(engine, "blue + 2:green") == expected
        assert not engine.search(parse("blue + red")).semantic
        embedder = CountingEmbedder()
        engine.attach(embedder)
        assert engine.search(parse("blue + red")).semantic
        assert embedder.texts == ["red"]


def test_the_text_tower_of_another_model_is_rejected(library: SearchableLibrary) -> None:
    with library.engine() as engine:
        with pytest.raises(ModelError, match="colours-2"):
            engine.attach(ColourEmbedder("colours-2"))
        assert not engine.is_semantic


# --- cancelling -----------------------------------------------------------------------------------


def test_a_newer_query_stops_a_search_at_every_step(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder()) as engine:
        for text in ("rose", "- red ext:jpg", "", "ext:jpg"):
            calls = count()
            engine.search(parse(text), 1, lambda calls=calls: next(calls) < 0)  # type: ignore[misc]
            steps = next(calls)
            assert steps >= (4 if text in ("rose", "- red ext:jpg") else 2)
            for step in range(steps):
                answers = iter([False] * step + [True])
                with pytest.raises(StaleQueryError):
                    engine.search(parse(text), 1, lambda answers=answers: next(answers))  # type: ignore[misc]
        assert search_names(engine, "blue")[0] == "sea.jpg"


def test_a_closed_engine_rejects_searches(library: SearchableLibrary) -> None:
    with library.engine(ColourEmbedder()) as engine:
        engine.search(parse("red"))
    with pytest.raises(PhotoseekError):
        engine.hits(engine.search(parse("blue")), 0, 1)
