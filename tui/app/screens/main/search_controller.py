"""From what is typed to what is shown: asks, takes the newest answer, moves the window."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from tui.app.model.search_session import SearchSession, window_after_answer
from tui.app.model.status_text import EmptyState, empty_state_text, order_text
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from textual.timer import Timer

    from tui.app.model.result_window import Window
    from tui.app.widgets.results import Results
    from tui.app.workers.search_worker import HitsLoaded, SearchAnswered, SearchWorker
    from tui.search.engine import SearchEngine
    from tui.search.ranking.ranking import Ranking


STILL = 2.0
"""Seconds after which an answer has stood still, so that its question is worth remembering."""


class SearchController:
    """Owns the question and its answer.

    Args:
        scope: the folder to begin with, None for the whole library.
        results: shows the answers.
    """

    def __init__(self, scope: Path | None, results: Results) -> None:
        self.session = SearchSession(scope)
        self.loading = True
        self._results = results
        self._engine: SearchEngine | None = None
        self._searcher: SearchWorker | None = None
        self.ranking: Ranking | None = None
        self._in_scope = 0
        self._answered: tuple[str, Path | None] | None = None
        self._still: Timer | None = None

    def open(self, engine: SearchEngine, searcher: SearchWorker) -> None:
        """The library is open."""
        self._engine, self._searcher = engine, searcher

    def use(self, engine: SearchEngine) -> None:
        """Another model answers from now on."""
        self._engine = engine
        if self._searcher is not None:
            self._searcher.use(engine)

    @property
    def engine(self) -> SearchEngine | None:
        """What answers, once the library is open."""
        return self._engine

    def lent_engine(self) -> AbstractContextManager[SearchEngine | None]:
        """Lend what answers to a thread, so that it stays open; None until the library is open."""
        return nullcontext() if self._searcher is None else self._searcher.engine()

    @property
    def is_quick(self) -> bool:
        """Whether the model has met these words, so that nothing has to be embedded."""
        query = parse(self.session.text, self.session.scope)
        return self._engine is not None and self._engine.is_cached(query)

    def ask(self, *, again: bool = False, library_changed: bool = False) -> None:
        """Ask the present question.

        Args:
            again: if it has been answered, the highlighted picture stays where it is on screen.
            library_changed: look at what was committed first.
        """
        if self._searcher is None:
            return
        again = again and self._answered == (self.session.text, self.session.scope)
        looked_at = self._results.touched or (again and self._results.has_focus)
        current = self._results.current if looked_at else None
        keep = None if current is None else current.file.file_id
        request = self.session.ask(self._results.window, keep, again=again)
        self._searcher.ask(request, library_changed=library_changed)

    def rank_all(self) -> bool:
        """Tell whether every result is ranked; have it done where it is not."""
        if self._searcher is None or self.ranking is None or not self.ranking.unranked_count:
            return True
        self._searcher.look_up(self.ranking, self.ranking.count - 1, self.ranking.count)
        return False

    def unfold(self) -> bool:
        """Show the files that the highlighted hit stands for, or fold them; tell if there are."""
        current = self._results.current
        if self._searcher is None or self.ranking is None or current is None:
            return False
        window = self._results.window
        if window.cursor >= len(self.ranking) or not self.ranking.is_folded(window.cursor):
            return False
        keep = current.file.file_id
        self._searcher.ask(self.session.unfold(window, keep, self.ranking))
        return True

    def count(self, folders: list[Path]) -> None:
        """Have the pictures below these folders counted, and all of them."""
        if self._searcher is not None:
            self._searcher.count(folders)

    def take(self, message: SearchAnswered) -> None:
        """Show an answer, unless a newer question has been asked."""
        request, ranking = message.request, message.ranking
        if not self.session.accepts(request.generation):
            return
        self.ranking, self._in_scope = ranking, message.in_scope
        self._answered = (request.text, request.scope)
        window = window_after_answer(request, self._results.window, ranking.count, message.position)
        if window.cursor == 0:
            self._results.touched = False
        self._results.show_ranking(window, message.hits, ranking.best_score, ranking.noise_start)
        if self._still is not None:
            self._still.stop()
        if ranking.semantic and self._searcher is not None:
            self._still = self._results.set_timer(
                STILL, partial(self._searcher.remember, ranking.query)
            )

    def look_up(self, window: Window) -> None:
        """Have the details looked up of what came into view, and what may be next."""
        if self._searcher is not None and self.ranking is not None:
            self._searcher.look_up(self.ranking, window.nearby.start, window.nearby.stop)

    def take_hits(self, message: HitsLoaded) -> None:
        """Show details, if they belong to what is shown."""
        if self.ranking is not None and message.generation == self.ranking.generation:
            self.ranking = message.ranking or self.ranking
            self._results.add_hits(message.hits)

    def order(self) -> str:
        """Say in which order the pictures are and which one is highlighted."""
        return order_text(self.ranking, self._results.window)

    @property
    def _is_semantic(self) -> bool:
        """What was typed is searched by meaning, which the model can't where it knows no word."""
        if self._engine is None or not self._engine.is_semantic:
            return False
        return self.ranking is None or self.ranking.semantic or not self.ranking.query.words

    def show_empty(
        self, indexing: Path | None, *, away: bool = False, was_read: bool = False
    ) -> None:
        """Say why there is nothing, for when there is nothing.

        Args:
            indexing: the folder that is being indexed.
            away: the library can't be asked now.
            was_read: a run has read the whole scope.
        """
        situation = EmptyState(
            text=self.session.text,
            scope=self.session.scope,
            opened=self._engine is not None,
            away=away,
            semantic=self._is_semantic,
            loading=self.loading,
            indexing=indexing,
            in_scope=self._in_scope,
            was_read=was_read,
            filters="" if self.ranking is None else " ".join(map(str, self.ranking.query.filters)),
        )
        self._results.show_empty(empty_state_text(situation))
