"""Copies are one hit in the app, and a key shows them; deep results are ranked when scrolled to."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

import pytest

from tests.support.app_harness import AppHarness, AppView
from tests.support.embedders import COLOURS, ColourEmbedder
from tests.support.libraries.catalog_builder import CatalogBuilder
from tests.support.libraries.ranked_files import files_at
from tui.app.model.result_window import Window
from tui.app.model.search_session import SearchSession
from tui.app.workers.search_worker import HitsLoaded, SearchAnswered, SearchWorker
from tui.app.workers.tasks import BackgroundTasks
from tui.library.local.vectors.searching import IndexLimits
from tui.search.query.parse import parse
from tui.search.ranking.query_vector_cache import QueryVectorCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from textual.message import Message

NEVER = 10.0

M = TypeVar("M", bound="Message")


def counted(view: AppView) -> str:
    return str(view.main.query_one("#pictures").border_subtitle)


async def test_a_key_shows_the_copies_and_folds_them_again(indexed_harness: AppHarness) -> None:
    indexed_harness.folds = True
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.type("red")
        top, folded = view.top_name, counted(view)
        assert view.main.search.ranking is not None
        copies = len(files_at(view.main.search.ranking, 0))
        assert copies > 1
        await view.pilot.press("enter", "n")
        await view.until(lambda: counted(view) != folded, "more hits")
        assert int(counted(view).split()[0]) == int(folded.split()[0]) + copies - 1
        assert view.top_name == top
        await view.pilot.press("right", "n")
        await view.until(lambda: counted(view) == folded, "as many as before")
        assert view.top_name == top


async def test_scrolling_reaches_the_last_result(indexed_harness: AppHarness) -> None:
    indexed_harness.limits = IndexLimits(small=10, depth=12)
    async with indexed_harness.running(size=(70, 18)) as view:
        await view.type("red")
        search, results = view.main.search, view.results
        assert search.ranking is not None
        assert len(search.ranking) < search.ranking.count == 24
        await view.pilot.press("enter", "end", "space", "n")  # faster than the ranking
        await view.until(lambda: results.current is not None and results.current.rank == 24)
        assert counted(view).startswith("24 pictures")
        assert counted(view).endswith("#24")
        await view.pilot.press("asterisk")
        assert len(view.main.results_pane.marks) == 24


async def test_all_results_are_ranked_before_all_are_marked(indexed_harness: AppHarness) -> None:
    indexed_harness.limits = IndexLimits(small=10, depth=12)
    async with indexed_harness.running(size=(70, 18)) as view:
        await view.type("red")
        await view.pilot.press("enter", "asterisk")
        assert len(view.main.results_pane.marks) == 0
        await view.until(view.main.search.rank_all, "the whole ranking")
        await view.pilot.press("asterisk")
        assert len(view.main.results_pane.marks) == 24


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + NEVER
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


class Answers:
    """Runs a searcher's jobs in their threads and stores the posted messages."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.tasks = BackgroundTasks(self.messages.append)

    def next(self, kind: type[M]) -> M:
        """Wait for a message of some kind."""
        until(lambda: any(isinstance(message, kind) for message in self.messages))
        return next(message for message in self.messages if isinstance(message, kind))


@pytest.fixture
def builder(tmp_path: Path) -> Iterator[CatalogBuilder]:
    builder = CatalogBuilder(tmp_path)
    for number in range(30):
        builder.add_picture(
            f"{number}.jpg", str(number), list(COLOURS)[number % 6], tilt=number / 50
        )
    yield builder
    builder.catalog.close()


def test_scrolling_past_the_ranked_part_requests_a_deeper_ranking(builder: CatalogBuilder) -> None:
    limits = IndexLimits(small=10, depth=7)
    with builder.engine(ColourEmbedder(), fold_threshold=2.0, limits=limits) as engine:
        answers = Answers()
        searcher = SearchWorker(engine, builder.catalog, answers.tasks)
        session = SearchSession()
        session.text = "red"
        searcher.ask(session.ask(Window(0, 3, 2)))
        answered = answers.next(SearchAnswered)
        assert (len(answered.ranking), answered.ranking.count) == (7, 30)
        searcher.look_up(answered.ranking, 20, 26)
        message = answers.next(HitsLoaded)
        assert message.ranking is not None
        assert len(message.ranking) == 30
        assert [hit.rank for hit in message.hits] == list(range(21, 27))
        answers.messages.clear()
        searcher.look_up(message.ranking, 0, 4)
        assert answers.next(HitsLoaded).ranking is None


def test_the_vector_of_a_settled_query_is_cached(builder: CatalogBuilder) -> None:
    data_dir = builder.catalog.data_dir
    with builder.engine(ColourEmbedder(), cache=QueryVectorCache(data_dir, "colours-1")) as engine:
        answers = Answers()
        engine.search(parse("red + blue"))
        SearchWorker(engine, builder.catalog, answers.tasks).remember(parse("red + blue"))

        def kept() -> bool:
            cache = QueryVectorCache(data_dir, "colours-1")
            return "red" in cache and "blue" in cache

        until(kept)
        assert "green" not in QueryVectorCache(data_dir, "colours-1")
