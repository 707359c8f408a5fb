"""Asking the engine in the background: rankings, details of hits, numbers of pictures."""

from __future__ import annotations

from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

from tui.app.background import Newest
from tui.app.messages import HitsFound, PicturesCounted, RootsListed, SearchAnswered
from tui.app.session import placed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from textual.message import Message

    from tui.app.background import Tasks
    from tui.app.session import SearchRequest
    from tui.search.interface import LibraryReader, SearchEngine
    from tui.search.query import Query
    from tui.search.ranking import Ranking


class Searcher:
    """Answers the newest question of each kind; older ones that still wait are dropped."""

    def __init__(self, engine: SearchEngine, library: LibraryReader, tasks: Tasks) -> None:
        self._engine = engine
        self._library = library
        self._changed = Event()
        self._searches: Newest[SearchRequest] = Newest(tasks, "search", self._search)
        self._lookups: Newest[tuple[Ranking, int, int]] = Newest(tasks, "search", self._look_up)
        self._kept: Newest[Query] = Newest(tasks, "search", self._keep)
        self._counting: Newest[Sequence[Path]] = Newest(tasks, "library", self._count)

    def use(self, engine: SearchEngine) -> None:
        """Answer with another engine from now on."""
        self._engine = engine

    def ask(self, request: SearchRequest, *, library_changed: bool = False) -> None:
        """Have a question answered by `SearchAnswered`."""
        if library_changed:
            self._changed.set()
        self._searches.put(request)

    def look_up(self, ranking: Ranking, start: int, stop: int) -> None:
        """Have hits looked up, to come as `HitsFound`."""
        self._lookups.put((ranking, start, stop))

    def keep(self, query: Query) -> None:
        """Have a query's vectors kept for later runs."""
        self._kept.put(query)

    def count(self, folders: Sequence[Path]) -> None:
        """Have pictures counted below these folders, the library's own, and all."""
        self._counting.put(folders)

    def _search(self, request: SearchRequest) -> Iterator[Message]:
        from tui.search.interface import StaleQueryError

        try:
            ranking = self._rank(request)
        except StaleQueryError:
            return
        position = None if request.keep is None else ranking.place_of(request.keep)
        window = placed(request, request.window, ranking.count, position)
        ranking = self._deep_enough(ranking, window.stop)
        hits = self._engine.hits(ranking, window.start, window.stop)
        in_scope = len(ranking) or self._library.count(request.scope)
        yield SearchAnswered(request, ranking, position, hits, in_scope)
        if request.scope is not None and not ranking.semantic:
            self._engine.prepare(ranking.query)  # words are likely to follow

    def _look_up(self, wanted: tuple[Ranking, int, int]) -> Iterator[Message]:
        ranking, start, stop = wanted
        deeper = self._deep_enough(ranking, stop)
        hits = self._engine.hits(deeper, start, stop)
        yield HitsFound(ranking.generation, hits, None if deeper is ranking else deeper)

    def _rank(self, request: SearchRequest) -> Ranking:
        from tui.search.query import parse

        if request.unfold is not None:
            before, place = request.unfold
            ranking = before.toggled(place)
            return replace(ranking, generation=request.generation)
        self._refresh()
        query = parse(request.text, request.scope)
        return self._engine.search(query, request.generation, self._searches.overtaken)

    def _refresh(self) -> None:
        """Look at what was committed, if that was asked for; what fails is asked again."""
        if self._changed.is_set():
            self._changed.clear()
            try:
                self._engine.refresh()
            except BaseException:
                self._changed.set()
                raise

    def _deep_enough(self, ranking: Ranking, stop: int) -> Ranking:
        """Rank what lies deeper where hits from there are wanted."""
        if ranking.rest and stop > len(ranking):
            return self._engine.deepen(ranking)
        return ranking

    def _keep(self, query: Query) -> Iterator[Message]:
        self._engine.keep(query)
        yield from ()

    def _count(self, folders: Sequence[Path]) -> Iterator[Message]:
        roots = self._library.roots()
        yield RootsListed(roots)
        for folder in dict.fromkeys([*folders, *roots]):
            counts = self._library.folder_counts(folder)
            yield PicturesCounted(folder, counts, self._library.count(folder))
        yield PicturesCounted(None, {}, self._library.count(None))
