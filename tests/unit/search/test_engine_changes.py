"""An engine over a library that is empty or changes, in a folder and on Milvus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.support.embedders import ColourEmbedder
from tests.support.libraries.catalog_builder import search_hits, search_names
from tests.support.libraries.searchable_library import BACKENDS, SearchableLibrary, open_library
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.search.engine import SearchEngine


@pytest.fixture(params=BACKENDS)
def empty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SearchableLibrary]:
    """Yield a library for a single test."""
    with open_library(request, tmp_path_factory) as library:
        yield library


def test_an_empty_library_has_no_results(empty: SearchableLibrary) -> None:
    for embedder in (None, ColourEmbedder()):
        with empty.engine(embedder) as engine:
            engine.warm_up()
            for text in ("", "red", "red rose.jpg", "- red", "red ext:jpg sort:date", "like:x.jpg"):
                ranking = engine.search(parse(text))
                assert (len(ranking), ranking.count, ranking.total) == (0, 0, 0)
                assert engine.hits(engine.extend(ranking), 0, 10) == []
            engine.prewarm_scope(parse("", empty.root / "nowhere"))


def test_a_refresh_loads_committed_changes(empty: SearchableLibrary) -> None:
    empty.put(empty.file("a/sea.jpg", "1", "blue"), empty.file("a/lawn.jpg", "2", "green"))
    with empty.engine(ColourEmbedder()) as engine:
        engine.warm_up()
        for scope in (None, empty.root / "nowhere", empty.root / "a"):
            engine.prewarm_scope(parse("", scope))
        assert search_names(engine, "green") == ["lawn.jpg", "sea.jpg"]
        if empty.kind == "milvus":  # the server reports a commit a moment later
            is_refreshed(engine)
        assert not engine.refresh()
        removed, *_ = engine.hits(before := engine.search(parse("blue"), fold=False), 0, 1)
        empty.put(empty.file("c/sun.jpg", "4", "yellow"))
        if empty.kind == "local":  # a search on Milvus notices commits without a refresh
            assert "sun.jpg" not in search_names(engine, "yellow")
        assert is_refreshed(engine, lambda: len(search_names(engine, "")) == 3)
        for text in ("yellow", "", "sun", "ext:jpg"):  # by meaning, date, name and filter
            assert search_names(engine, text)[0] == "sun.jpg"
        assert search_names(engine, "yellow", empty.root / "a") == ["lawn.jpg", "sea.jpg"]
        empty.remove(removed.file.file_id)
        assert is_refreshed(engine, lambda: len(engine.hits(before, 0, 9)) == 1)
        assert [hit.rank for hit in engine.hits(before, 0, 9)] == [2]
        assert engine.explain(before, removed) == removed
        assert search_names(engine, "blue") == ["lawn.jpg", "sun.jpg"]


def test_a_raw_file_and_its_picture_are_one_hit(empty: SearchableLibrary) -> None:
    files = [empty.file(f"a/1.{suffix}", suffix, "red") for suffix in ("NEF", "JPG")]
    empty.put(*files, empty.file("a/2.jpg", "2", "blue"))
    with empty.engine(ColourEmbedder()) as engine:
        engine.warm_up()
        for text in ("red", ""):
            picture = next(
                hit for hit in search_hits(engine, text, fold=True) if hit.file.path.name == "1.JPG"
            )
            assert picture.has_raw
            assert "1.NEF" not in search_names(engine, text, fold=True)
            assert {"1.JPG", "1.NEF"} < set(search_names(engine, text))
            assert not any(hit.has_raw for hit in search_hits(engine, text))
        assert search_names(engine, "red ext:nef", fold=True) == ["1.NEF"]
    with empty.engine(ColourEmbedder(), pair_raw=False, fold_threshold=2.0) as engine:
        assert len(search_names(engine, "", fold=True)) == 3


def is_refreshed(engine: SearchEngine, is_current: Callable[[], bool] = lambda: True) -> bool:
    """Refresh until the engine notices a commit and is current; two seconds are the limit."""
    deadline = time.monotonic() + 2
    is_noticed = False
    while time.monotonic() < deadline:
        is_noticed = engine.refresh() or is_noticed
        if is_noticed and is_current():
            return True
        time.sleep(0.02)
    return False
