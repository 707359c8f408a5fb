"""The engine over a small library: what is found, when, and in which order."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import ColourEmbedder
from tests.support.libraries.catalog_builder import Counting, Shelf, found, names
from tui.core.domain import CatalogError, ModelError
from tui.search.local.engine import StaleQueryError
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path)
    shelf.put("a/sea.jpg", "1", "blue")
    shelf.put("a/rose.jpg", "2", "red")
    shelf.put("b/lawn.jpg", "3", "green")
    shelf.put("b/rose copy.jpg", "2", "red")
    yield shelf
    shelf.catalog.close()


def test_an_empty_query_shows_everything_newest_first(shelf: Shelf) -> None:
    for embedder in (None, ColourEmbedder()):
        with shelf.engine(embedder) as engine:
            assert names(engine, " ") == ["rose copy.jpg", "lawn.jpg", "rose.jpg", "sea.jpg"]
            assert names(engine, "", shelf.root / "a") == ["rose.jpg", "sea.jpg"]


def test_without_a_text_tower_words_match_names(shelf: Shelf) -> None:
    with shelf.engine() as engine:
        ranking = engine.search(parse("COPY rose"))
        (hit,) = engine.hits(ranking, 0, 10)
        assert (hit.rank, hit.score, hit.file.path.name) == (1, None, "rose copy.jpg")
        assert not ranking.semantic
        assert names(engine, "ocean") == []
        assert names(engine, "rose", shelf.root / "a") == ["rose.jpg"]
        assert names(engine, "o sort:name") == ["rose copy.jpg", "rose.jpg"]


def test_with_a_text_tower_everything_is_ranked_by_meaning(shelf: Shelf) -> None:
    with shelf.engine() as engine:
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


def test_a_scope_holds_only_its_own_files(shelf: Shelf) -> None:
    with shelf.engine(ColourEmbedder()) as engine:
        assert names(engine, "red", shelf.root / "b") == ["rose copy.jpg", "lawn.jpg"]
        assert names(engine, "red", shelf.root / "nowhere") == []


def test_a_folder_can_be_worked_out_before_it_is_searched(shelf: Shelf) -> None:
    with shelf.engine(ColourEmbedder()) as engine:
        for scope in (None, shelf.root / "nowhere", shelf.root / "b"):
            engine.prewarm_scope(parse("", scope))
        assert names(engine, "red", shelf.root / "b") == ["rose copy.jpg", "lawn.jpg"]
        shelf.put("b/fire.jpg", "4", "red")
        engine.refresh()
        assert len(names(engine, "red", shelf.root / "b")) == 3


def test_pages_are_slices_of_one_ranking(shelf: Shelf) -> None:
    with shelf.engine(ColourEmbedder()) as engine:
        ranking = engine.search(parse("green"), fold=False)
        everything = engine.hits(ranking, 0, 100)
        assert engine.hits(ranking, 1, 3) == everything[1:3]
        assert [hit.rank for hit in everything] == [1, 2, 3, 4]
        assert engine.hits(ranking, 4, 9) == []


def test_a_refresh_takes_up_what_was_committed(shelf: Shelf) -> None:
    with shelf.engine(ColourEmbedder()) as engine:
        assert "sun.jpg" not in names(engine, "sun") + names(engine, "ext:jpg")
        assert not engine.refresh()
        shelf.put("c/sun.jpg", "4", "yellow")
        assert "sun.jpg" not in names(engine, "yellow")
        assert engine.refresh()
        for text in ("yellow", "", "sun", "ext:jpg"):  # by meaning, date, name and filter
            assert names(engine, text)[0] == "sun.jpg"


def test_a_query_is_embedded_once(shelf: Shelf) -> None:
    embedder = Counting()
    with shelf.engine(embedder) as engine:
        names(engine, "red rose")
        names(engine, " red  rose ", shelf.root / "a")
        names(engine, "red rose + green")
        assert embedder.asked == ["red rose", "green"]


def test_the_engine_knows_which_words_it_has_met(shelf: Shelf) -> None:
    with shelf.engine(ColourEmbedder()) as engine:
        assert not engine.is_cached(parse("red"))
        engine.search(parse("red"))
        assert engine.is_cached(parse(" red  ", shelf.root / "a"))
        assert engine.is_cached(parse("- red ext:jpg"))
        assert not engine.is_cached(parse("re"))
        assert not engine.is_cached(parse("red + re"))


def test_a_file_that_went_after_the_search_leaves_a_gap(shelf: Shelf) -> None:
    with shelf.engine(ColourEmbedder()) as engine:
        ranking = engine.search(parse("green"), fold=False)
        before = engine.hits(ranking, 0, 4)
        shelf.remove(4)
        assert engine.hits(ranking, 0, 4) == [hit for hit in before if hit.file.file_id != 4]


def test_a_stale_query_ends_early_at_every_step(shelf: Shelf) -> None:
    with shelf.engine(ColourEmbedder()) as engine:
        asked = count()
        engine.search(parse("rose"), 1, lambda: next(asked) < 0)
        steps = next(asked)
        assert steps >= 5
        for step in range(steps):
            answers = iter([False] * step + [True])
            with pytest.raises(StaleQueryError):
                engine.search(parse("rose"), 1, lambda answers=answers: next(answers))  # type: ignore[misc]
        assert names(engine, "red")[0] == "rose.jpg"


def test_another_models_text_tower_is_refused(shelf: Shelf) -> None:
    with shelf.engine() as engine:
        with pytest.raises(ModelError, match="colours-2"):
            engine.attach(ColourEmbedder("colours-2"))
        assert not engine.is_semantic


def test_a_hit_is_explained_by_its_ideas(shelf: Shelf) -> None:
    with shelf.engine(ColourEmbedder()) as engine:
        ranking = engine.search(parse("red - 2:green + like:a/rose.jpg"))
        (hit,) = engine.hits(ranking, 0, 1)
        assert hit.matches == ()
        explained = dict(engine.explain(ranking, hit).matches)
        assert list(explained) == ["red", "green", 'like:"a/rose.jpg"']
        assert explained["red"] == pytest.approx(1.0, abs=1e-3)
        assert explained['like:"a/rose.jpg"'] == pytest.approx(1.0, abs=1e-3)
        assert explained["green"] < 0.5
        gone = found(engine, "green")[-1]
        shelf.remove(gone.file.file_id)
        engine.refresh()
        assert engine.explain(ranking, gone) == gone


def test_an_empty_library_answers_with_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    for embedder in (None, ColourEmbedder()):
        with shelf.engine(embedder) as engine:
            engine.warm_up()
            for text in ("", "red", "red rose.jpg", "- red", "red ext:jpg sort:date", "like:x.jpg"):
                ranking = engine.search(parse(text))
                assert (len(ranking), ranking.count, ranking.total) == (0, 0, 0)
                assert engine.hits(engine.extend(ranking), 0, 10) == []
    shelf.catalog.close()


def test_closing_lets_go_of_the_catalog(shelf: Shelf) -> None:
    engine = shelf.engine(ColourEmbedder())
    with engine:
        ranking = engine.search(parse("red"))
    with pytest.raises(CatalogError):
        engine.hits(ranking, 0, 1)
