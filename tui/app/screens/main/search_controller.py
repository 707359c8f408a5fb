"""The query and its answer: sends requests to the search worker and shows the newest ranking."""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from tui.app.model.counts_text import counts_text, rule_text
from tui.app.model.search_session import SearchSession, window_after_answer
from tui.app.model.status_text import EmptyState, empty_state_text
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from textual.timer import Timer

    from tui.app.model.result_window import Window
    from tui.app.widgets.results import Results
    from tui.app.workers.search_worker import HitsLoaded, SearchAnswered, SearchWorker
    from tui.core.domain import Hit
    from tui.search.engine import SearchEngine
    from tui.search.ranking.ranking import Ranking


DEBOUNCE = 0.06
"""Seconds without a key, after which a query is embedded."""

REMEMBER_AFTER = 2.0
"""Seconds without a newer answer, after which the vector of a query is stored."""

COUNT_AFTER = 0.3
"""Seconds without a newer answer, after which all hits are listed if only some were."""


class SearchController:
    """Sends requests to the search worker and shows its answers.

    Args:
        scope: the folder to search first; None for the whole library.
        results: shows the answers.

    Attributes:
        session: the query and its scope.
        is_model_loading: the model is still loading.
        engine: answers the queries; None until the library is open.
        ranking: the displayed answer.
    """

    def __init__(self, scope: Path | None, results: Results) -> None:
        self.session = SearchSession(scope)
        self.is_model_loading = True
        self.engine: SearchEngine | None = None
        self.ranking: Ranking | None = None
        self._results = results
        self._worker: SearchWorker | None = None
        self._in_scope = 0
        self._answered: tuple[str, Path | None] | None = None
        self._debounce_timer: Timer | None = None
        self._remember_timer: Timer | None = None
        self._count_timer: Timer | None = None
        self._seeks_last = False

    # --- engine and model -----------------------------------------------------------------------

    def open(self, engine: SearchEngine, worker: SearchWorker) -> None:
        """Use the engine of the library that was opened."""
        self.engine, self._worker = engine, worker

    def use(self, engine: SearchEngine) -> None:
        """Use the engine of another model."""
        self.engine = engine
        if self._worker is not None:
            self._worker.use(engine)

    @property
    def model_id(self) -> str:
        """The id of the model in use; empty until the library is open."""
        return "" if self.engine is None else self.engine.model_id

    def _lent_engine(self) -> AbstractContextManager[SearchEngine | None]:
        return nullcontext() if self._worker is None else self._worker.engine()

    # --- requests -----------------------------------------------------------------------------

    def set_query(self, text: str) -> None:
        """Search at once if the query is embedded already, else when the keys pause."""
        self.session.text = text
        if self._debounce_timer is not None:
            self._debounce_timer.stop()
        query = parse(text, self.session.scope)
        if self.engine is not None and self.engine.is_cached(query):
            self.ask()
        else:
            self._debounce_timer = self._results.set_timer(DEBOUNCE, self.ask)

    def ask(self, *, again: bool = False, library_changed: bool = False) -> None:
        """Search with the current query.

        Args:
            again: if the query has been answered, the highlighted picture keeps its place.
            library_changed: read the changes of the library first.
        """
        if self._worker is None:
            return
        again = again and self._answered == (self.session.text, self.session.scope)
        keeps_cursor = self._results.touched or (again and self._results.has_focus)
        current = self._results.current if keeps_cursor else None
        file_id = None if current is None else current.file.file_id
        request = self.session.ask(self._results.window, file_id, again=again)
        self._worker.ask(request, library_changed=library_changed)

    def rank_all(self) -> bool:
        """Return whether every result is ranked; start ranking the others."""
        if self._worker is None or self.ranking is None or self.ranking.is_complete:
            return True
        self._worker.rank_all(self.ranking)
        return False

    def seek_last(self) -> None:
        """Keep the cursor on the last hit until all are listed, if their number is not known.

        The cursor is below the listed ones then, where no key acts on a picture.
        """
        is_walked = self.ranking is not None and self.ranking.walk is not None
        self._seeks_last = is_walked and not self.rank_all()

    def unfold(self) -> bool:
        """Show or fold the copies of the highlighted hit; return False if it has none."""
        current = self._results.current
        if self._worker is None or self.ranking is None or current is None:
            return False
        window = self._results.window
        if window.cursor >= len(self.ranking) or not self.ranking.is_folded(window.cursor):
            return False
        self._worker.ask(self.session.unfold(window, current.file.file_id, self.ranking))
        return True

    def count(self, folders: list[Path]) -> None:
        """Count the pictures below these folders, and in the library."""
        if self._worker is not None:
            self._worker.count(folders)

    def look_up(self, window: Window) -> None:
        """Look up the hits of a window, and those near it."""
        if self._worker is not None and self.ranking is not None:
            self._worker.look_up(self.ranking, window.nearby.start, window.nearby.stop)

    # --- answers --------------------------------------------------------------------------------

    def show_answer(self, message: SearchAnswered) -> None:
        """Show an answer, unless there is a newer query."""
        request, ranking = message.request, message.ranking
        if not self.session.accepts(request.generation):
            return
        self.ranking, self._in_scope = ranking, message.in_scope
        self._answered = (request.text, request.scope)
        self._seeks_last = False
        window = window_after_answer(
            request,
            self._results.window,
            _shown_count(ranking),
            message.position,
            ranking.noise_start if ranking.is_best_first else None,
        )
        if window.cursor == 0:
            self._results.touched = False
        self._results.show_ranking(window, message.hits, rule_text(ranking))
        for timer in (self._remember_timer, self._count_timer):
            if timer is not None:
                timer.stop()
        if ranking.walk is not None:
            self._count_timer = self._results.set_timer(COUNT_AFTER, self.rank_all)
        if ranking.semantic and self._worker is not None:
            remember = partial(self._worker.remember, ranking.query)
            self._remember_timer = self._results.set_timer(REMEMBER_AFTER, remember)

    def add_hits(self, message: HitsLoaded) -> bool:
        """Show details, if they belong to the displayed ranking; return whether it has grown."""
        before, ranking = self.ranking, message.ranking
        if before is None or message.generation != before.generation:
            return False
        has_grown = ranking is not None and (
            len(ranking) > len(before) or (ranking.is_complete and not before.is_complete)
        )
        if ranking is not None and has_grown:
            self.ranking = ranking
            self._show_growth(before, ranking)
        self._results.add_hits(message.hits)
        return has_grown

    def _show_growth(self, before: Ranking, ranking: Ranking) -> None:
        """Show the new number of hits; a cursor that waits for the last one follows it."""
        if before.walk is None:
            return
        is_below = self._results.window.cursor >= before.count
        self._results.show_total(_shown_count(ranking))
        if self._seeks_last and is_below:
            self._results.move("last")
        self._seeks_last = self._seeks_last and is_below and not ranking.is_complete

    def hit_at(self, index: int) -> Hit | None:
        """Look up one hit; called in a thread."""
        ranking = self.ranking
        with self._lent_engine() as engine:
            if engine is None or ranking is None:
                return None
            return next(iter(engine.hits(ranking, index, index + 1)), None)

    def explain(self, hit: Hit) -> Sequence[tuple[str, float]]:
        """Return the terms of the query with their similarity to a hit; called in a thread."""
        ranking = self.ranking
        with self._lent_engine() as engine:
            if engine is None or ranking is None:
                return ()
            return engine.explain(ranking, hit).matches

    def unlisted(self, file_ids: Iterable[int]) -> set[int]:
        """Return the files that are not among the ranked results."""
        import numpy as np

        ranking, numbers = self.ranking, np.fromiter(file_ids, np.int64)
        if ranking is None or not len(numbers):
            return set(numbers.tolist())
        listed = ranking.file_ids if ranking.groups is None else ranking.groups.file_ids
        return set(numbers[~np.isin(numbers, listed)].tolist())

    # --- texts ----------------------------------------------------------------------------------

    def order(self) -> str:
        """Return the number of results, their order, and the position of the highlighted one."""
        return counts_text(self.ranking, self._results.window)

    def show_empty(self, indexing: Path | None, *, available: bool, was_indexed: bool) -> None:
        """Prepare the text that is shown if there are no results.

        Args:
            indexing: the folder that is being indexed.
            available: the library is available.
            was_indexed: a run has indexed the whole scope.
        """
        ranking = self.ranking
        state = EmptyState(
            text=self.session.text,
            scope=self.session.scope,
            opened=self.engine is not None,
            away=not available,
            semantic=self._is_semantic,
            loading=self.is_model_loading,
            indexing=indexing,
            in_scope=self._in_scope,
            was_read=was_indexed,
            unknown="" if ranking is None else ranking.query.unknown,
            filters="" if ranking is None else " ".join(map(str, ranking.query.filters)),
        )
        self._results.show_empty(empty_state_text(state))

    @property
    def _is_semantic(self) -> bool:
        """Whether the model understands the query; it doesn't if it knows none of the words."""
        if self.engine is None or not self.engine.is_semantic:
            return False
        return self.ranking is None or self.ranking.semantic or not self.ranking.query.words


def _shown_count(ranking: Ranking) -> int:
    """Return how many cells a ranking has: one more where more hits may be below the listed ones.

    Showing that cell requests them.
    """
    return ranking.count + (ranking.walk is not None)
