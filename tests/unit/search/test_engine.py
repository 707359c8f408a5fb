"""The engine over a small library: what is found, when, and in which order."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import ColourEmbedder
from tests.support.libraries.catalog_builder import (
    CatalogBuilder,
    CountingEmbedder,
    search_hits,
    search_names,
)
from tui.core.domain import CatalogError, ModelError
from tui.search.backend import StaleQueryError
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[CatalogBuilder]:
    builder = CatalogBuilder(tmp_path)
    builder.add_picture("a/sea.jpg", "1", "blue")
    builder.add_picture("a/rose.jpg", "2", "red")
    builder.add_picture("b/lawn.jpg", "3", "green")
    builder.add_picture("b/rose copy.jpg", "2", "red")
    yield builder
    builder.catalog.close()


def test_an_empty_query_shows_everything_newest_first(builder: CatalogBuilder) -> None:
    for embedder in (None, ColourEmbedder()):
        with builder.engine(embedder) as engine:
            assert search_names(engine, " ") == ["rose copy.jpg", "lawn.jpg", "rose.jpg", "sea.jpg"]
            assert search_names(engine, "", builder.root / "a") == ["rose.jpg", "sea.jpg"]


def test_without_a_text_tower_words_match_names(builder: CatalogBuilder) -> None:
    with builder.engine() as engine:
        ranking = engine.search(parse("COPY rose"))
        (hit,) = engine.hits(ranking, 0, 10)
        assert (hit.rank, hit.score, hit.file.path.name) == (1, None, "rose copy.jpg")
        assert not ranking.semantic
        assert search_names(engine, "ocean") == []
        assert search_names(engine, "rose", builder.root / "a") == ["rose.jpg"]
        assert search_names(engine, "o sort:name") == ["rose copy.jpg", "rose.jpg"]


def test_with_a_text_tower_everything_is_ranked_by_meaning(builder: CatalogBuilder) -> None:
    with builder.engine() as engine:
        engine.attach(ColourEmbedder())
        ranking = engine.search(parse("red"), generation=7, fold=False)
        hits = engine.hits(ranking, 0, 10)
        assert [hit.file.path.name for hit in hits][:2] == ["rose.jpg", "rose copy.jpg"]
        assert hits[0].score == pytest.approx(1.0, abs=1e-3)
        assert hits[0].score == hits[1].score
        assert ranking.best_score == hits[0].score
        assert ranking.generation == 7
        assert ranking.semantic
        assert ranking.total == ranking.count == len(ranking) == 4


def test_a_scope_holds_only_its_own_files(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        assert search_names(engine, "red", builder.root / "b") == ["rose copy.jpg", "lawn.jpg"]
        assert search_names(engine, "red", builder.root / "nowhere") == []


def test_a_folder_can_be_worked_out_before_it_is_searched(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        for scope in (None, builder.root / "nowhere", builder.root / "b"):
            engine.prewarm_scope(parse("", scope))
        assert search_names(engine, "red", builder.root / "b") == ["rose copy.jpg", "lawn.jpg"]
        builder.add_picture("b/fire.jpg", "4", "red")
        engine.refresh()
        assert len(search_names(engine, "red", builder.root / "b")) == 3


def test_pages_are_slices_of_one_ranking(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        ranking = engine.search(parse("green"), fold=False)
        everything = engine.hits(ranking, 0, 100)
        assert engine.hits(ranking, 1, 3) == everything[1:3]
        assert [hit.rank for hit in everything] == [1, 2, 3, 4]
        assert engine.hits(ranking, 4, 9) == []


def test_a_refresh_takes_up_what_was_committed(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        assert "sun.jpg" not in search_names(engine, "sun") + search_names(engine, "ext:jpg")
        assert not engine.refresh()
        builder.add_picture("c/sun.jpg", "4", "yellow")
        assert "sun.jpg" not in search_names(engine, "yellow")
        assert engine.refresh()
        for text in ("yellow", "", "sun", "ext:jpg"):  # by meaning, date, name and filter
            assert search_names(engine, text)[0] == "sun.jpg"


def test_a_query_is_embedded_once(builder: CatalogBuilder) -> None:
    embedder = CountingEmbedder()
    with builder.engine(embedder) as engine:
        search_names(engine, "red rose")
        search_names(engine, " red  rose ", builder.root / "a")
        search_names(engine, "red rose + green")
        assert embedder.texts == ["red rose", "green"]


def test_the_engine_knows_which_words_it_has_met(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        assert not engine.is_cached(parse("red"))
        engine.search(parse("red"))
        assert engine.is_cached(parse(" red  ", builder.root / "a"))
        assert engine.is_cached(parse("- red ext:jpg"))
        assert not engine.is_cached(parse("re"))
        assert not engine.is_cached(parse("red + re"))


def test_a_file_that_went_after_the_search_leaves_a_gap(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        ranking = engine.search(parse("green"), fold=False)
        before = engine.hits(ranking, 0, 4)
        builder.remove(4)
        assert engine.hits(ranking, 0, 4) == [hit for hit in before if hit.file.file_id != 4]


def test_a_stale_query_ends_early_at_every_step(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        checks = count()
        engine.search(parse("rose"), 1, lambda: next(checks) < 0)
        steps = next(checks)
        assert steps >= 5
        for step in range(steps):
            answers = iter([False] * step + [True])
            with pytest.raises(StaleQueryError):
                engine.search(parse("rose"), 1, lambda answers=answers: next(answers))  # type: ignore[misc]
        assert search_names(engine, "red")[0] == "rose.jpg"


def test_another_models_text_tower_is_refused(builder: CatalogBuilder) -> None:
    with builder.engine() as engine:
        with pytest.raises(ModelError, match="colours-2"):
            engine.attach(ColourEmbedder("colours-2"))
        assert not engine.is_semantic


def test_a_hit_is_explained_by_its_ideas(builder: CatalogBuilder) -> None:
    with builder.engine(ColourEmbedder()) as engine:
        ranking = engine.search(parse("red - 2:green + like:a/rose.jpg"))
        (hit,) = engine.hits(ranking, 0, 1)
        assert hit.matches == ()
        explained = dict(engine.explain(ranking, hit).matches)
        assert list(explained) == ["red", "green", 'like:"a/rose.jpg"']
        assert explained["red"] == pytest.approx(1.0, abs=1e-3)
        assert explained['like:"a/rose.jpg"'] == pytest.approx(1.0, abs=1e-3)
        assert explained["green"] < 0.5
        last = search_hits(engine, "green")[-1]
        builder.remove(last.file.file_id)
        engine.refresh()
        assert engine.explain(ranking, last) == last


def test_an_empty_library_answers_with_nothing(tmp_path: Path) -> None:
    builder = CatalogBuilder(tmp_path)
    for embedder in (None, ColourEmbedder()):
        with builder.engine(embedder) as engine:
            engine.warm_up()
            for text in ("", "red", "red rose.jpg", "- red", "red ext:jpg sort:date", "like:x.jpg"):
                ranking = engine.search(parse(text))
                assert (len(ranking), ranking.count, ranking.total) == (0, 0, 0)
                assert engine.hits(engine.extend(ranking), 0, 10) == []
    builder.catalog.close()


def test_closing_the_engine_closes_the_catalog(builder: CatalogBuilder) -> None:
    engine = builder.engine(ColourEmbedder())
    with engine:
        ranking = engine.search(parse("red"))
    with pytest.raises(CatalogError):
        engine.hits(ranking, 0, 1)
