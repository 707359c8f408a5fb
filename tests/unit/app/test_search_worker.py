"""The requests that the app makes in the background."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from tui.app.model.result_window import Window
from tui.app.model.search_session import SearchRequest
from tui.app.workers.search_worker import HitsLoaded, SearchWorker
from tui.app.workers.tasks import BackgroundTasks
from tui.core.errors import CatalogError
from tui.search.backend import StaleQueryError
from tui.search.query.parse import parse
from tui.search.ranking.ranking import Ranking


class Engine:
    """Fails to read the library the first time."""

    def __init__(self) -> None:
        self.refreshed = 0

    def refresh(self) -> bool:
        self.refreshed += 1
        if self.refreshed == 1:
            raise CatalogError("The disk is unavailable.")
        return True

    def search(self, query: Any, generation: int, cancelled: Any, *, needed: int) -> Ranking:
        return Ranking(generation, query, np.empty(0, np.int64), None, False, 0)


class EndlessEngine(Engine):
    """Lists hits until it is stopped."""

    def extend(self, ranking: Ranking, *, cancelled: Any) -> Ranking:
        for _ in range(5):
            if cancelled():
                raise StaleQueryError
        return ranking


@pytest.mark.parametrize("waits", [True, False])
def test_listing_all_hits_stops_for_a_search(*, waits: bool) -> None:
    tasks = BackgroundTasks(lambda _: None)
    searcher = SearchWorker(cast("Any", EndlessEngine()), cast("Any", None), tasks)
    ranking = Ranking(7, parse("red sort:date"), np.empty(0, np.int64), None, True, 0)
    [message] = searcher._rank_all(ranking)
    assert isinstance(message, HitsLoaded)
    assert (message.generation, message.ranking) == (7, ranking)
    if waits:
        searcher._searches.overtaken = lambda: True  # type: ignore[method-assign]
    else:
        searcher._is_searching = True
    assert list(searcher._rank_all(ranking)) == []


def test_a_change_that_could_not_be_read_is_read_with_the_next_request() -> None:
    engine = Engine()
    searcher = SearchWorker(engine, None, None)  # type: ignore[arg-type]
    searcher._changed.set()
    request = SearchRequest(1, "", None, again=False, keep=None, window=Window(1))
    with pytest.raises(CatalogError):
        searcher._rank(request, cast("Any", engine))
    for _ in range(2):
        assert searcher._rank(request, cast("Any", engine)).generation == 1
    assert engine.refreshed == 2
