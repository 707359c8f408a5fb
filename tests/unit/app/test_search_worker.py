"""The questions that the app asks in the background."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from tui.app.model.result_window import Window
from tui.app.model.search_session import SearchRequest
from tui.app.workers.search_worker import SearchWorker
from tui.core.errors import CatalogError
from tui.search.ranking.ranking import Ranking


class Engine:
    """Fails to look at the library the first time."""

    def __init__(self) -> None:
        self.refreshed = 0

    def refresh(self) -> bool:
        self.refreshed += 1
        if self.refreshed == 1:
            raise CatalogError("The disk is away.")
        return True

    def search(self, query: Any, generation: int, cancelled: Any) -> Ranking:
        return Ranking(generation, query, np.empty(0, np.int64), None, False, 0)


def test_a_change_that_could_not_be_looked_at_is_looked_at_with_the_next_question() -> None:
    engine = Engine()
    searcher = SearchWorker(engine, None, None)  # type: ignore[arg-type]
    searcher._changed.set()
    request = SearchRequest(1, "", None, again=False, keep=None, window=Window(1))
    with pytest.raises(CatalogError):
        searcher._rank(request, cast("Any", engine))
    for _ in range(2):
        assert searcher._rank(request, cast("Any", engine)).generation == 1
    assert engine.refreshed == 2
