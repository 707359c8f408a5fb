"""Calls the engine in the background: rankings, details of hits, numbers of pictures."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Event
from typing import TYPE_CHECKING

from tui.app.model.search_session import window_after_answer
from tui.app.workers.engine_use import SharedEngine
from tui.app.workers.tasks import LatestOnlyWorker, LibraryMessage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from textual.message import Message

    from tui.app.model.search_session import SearchRequest
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.domain import Hit
    from tui.search.engine import SearchEngine
    from tui.search.library_reader import LibraryReader
    from tui.search.query.terms import Query
    from tui.search.ranking.ranking import Ranking


_LISTED_AHEAD = 256
"""The number of hits that are listed below those on screen while the total is not known."""


@dataclass
class SearchAnswered(LibraryMessage):
    """A search has ended.

    Attributes:
        request: the request.
        ranking: the answer.
        position: the index of the picture that the request keeps in view; None if it is not a
            hit.
        hits: the hits on screen.
        in_scope: the least number of pictures in the scope.
    """

    request: SearchRequest
    ranking: Ranking
    position: int | None
    hits: Sequence[Hit]
    in_scope: int


@dataclass
class HitsLoaded(LibraryMessage):
    """The details of some hits have been read.

    Attributes:
        generation: of the ranking.
        hits: the hits.
        ranking: the extended ranking, if it lists more hits than before.
    """

    generation: int
    hits: Sequence[Hit]
    ranking: Ranking | None = None


@dataclass
class PicturesCounted(LibraryMessage):
    """The number of pictures below each child of a folder; None is the whole library."""

    parent: Path | None
    counts: Mapping[str, int]
    total: int


@dataclass
class RootsListed(LibraryMessage):
    """The indexed folders of the library."""

    roots: Sequence[Path]


class SearchWorker:
    """Answers the newest request of each kind and drops older ones that still wait."""

    def __init__(
        self, engine: SearchEngine, library: LibraryReader, tasks: BackgroundTasks
    ) -> None:
        self._engines = SharedEngine(engine)
        self._library = library
        self._changed = Event()
        self._searches: LatestOnlyWorker[SearchRequest] = LatestOnlyWorker(
            tasks, "search", self._search
        )
        self._lookups: LatestOnlyWorker[tuple[Ranking, int, int]] = LatestOnlyWorker(
            tasks, "search", self._look_up
        )
        self._extensions: LatestOnlyWorker[Ranking] = LatestOnlyWorker(
            tasks, "search", self._rank_all
        )
        self._is_searching = False
        self._stores: LatestOnlyWorker[Query] = LatestOnlyWorker(tasks, "search", self._remember)
        self._counting: LatestOnlyWorker[Sequence[Path]] = LatestOnlyWorker(
            tasks, "library", self._count
        )

    def use(self, engine: SearchEngine) -> None:
        """Search with another engine; the previous one is closed once no thread uses it."""
        self._engines.replace(engine)

    def engine(self) -> AbstractContextManager[SearchEngine]:
        """Borrow the current engine, which stays open meanwhile."""
        return self._engines.lent()

    def ask(self, request: SearchRequest, *, library_changed: bool = False) -> None:
        """Request a search, which `SearchAnswered` answers."""
        if library_changed:
            self._changed.set()
        self._searches.put(request)

    def look_up(self, ranking: Ranking, start: int, stop: int) -> None:
        """Request the details of hits, which `HitsLoaded` brings."""
        self._lookups.put((ranking, start, stop))

    def rank_all(self, ranking: Ranking) -> None:
        """Request the hits below a ranking, which `HitsLoaded` brings unless a search begins."""
        self._extensions.put(ranking)

    def remember(self, query: Query) -> None:
        """Store the vectors of a query for later runs."""
        self._stores.put(query)

    def count(self, folders: Sequence[Path]) -> None:
        """Request the numbers of pictures: below these folders and the library's, and of all."""
        self._counting.put(folders)

    def _search(self, request: SearchRequest) -> Iterator[Message]:
        self._is_searching = True
        try:
            yield from self._answer(request)
        finally:
            self._is_searching = False

    def _answer(self, request: SearchRequest) -> Iterator[Message]:
        from tui.search.backend import StaleQueryError

        with self.engine() as engine:
            try:
                ranking = self._rank(request, engine)
                ranking = self._list_to_picture(request, ranking, engine)
            except StaleQueryError:
                return
            position = None if request.keep is None else ranking.position_of(request.keep)
            window = window_after_answer(request, request.window, ranking.count, position)
            ranking = _deep_enough(ranking, window.stop, engine)
            hits = engine.hits(ranking, window.start, window.stop)
            in_scope = len(ranking) or self._library.count(request.scope)
            yield SearchAnswered(request, ranking, position, hits, in_scope)
            if request.scope is not None and not ranking.semantic:
                engine.prewarm_scope(ranking.query)  # the user is likely to type words next

    def _look_up(self, request: tuple[Ranking, int, int]) -> Iterator[Message]:
        ranking, start, stop = request
        with self.engine() as engine:
            if ranking.walk is not None and stop >= len(ranking):
                deeper = engine.extend(ranking, stop + _LISTED_AHEAD)
            else:
                deeper = _deep_enough(ranking, stop, engine)
            hits = engine.hits(deeper, start, stop)
        yield HitsLoaded(ranking.generation, hits, None if deeper is ranking else deeper)

    def _rank_all(self, ranking: Ranking) -> Iterator[Message]:
        from tui.search.backend import StaleQueryError

        def is_stale() -> bool:
            return self._is_searching or self._searches.overtaken()

        with self.engine() as engine:
            try:
                whole = engine.extend(ranking, cancelled=is_stale)
            except StaleQueryError:
                return
        yield HitsLoaded(ranking.generation, (), whole)

    def _rank(self, request: SearchRequest, engine: SearchEngine) -> Ranking:
        from tui.search.query.parse import parse

        if request.unfold is not None:
            folded, position = request.unfold
            return replace(folded.toggle_fold(position), generation=request.generation)
        self._refresh(engine)
        query = parse(request.text, request.scope)
        window = request.window
        needed = window.start + 2 * window.size if request.again else window.size
        overtaken = self._searches.overtaken
        return engine.search(query, request.generation, overtaken, needed=needed)

    def _list_to_picture(
        self, request: SearchRequest, ranking: Ranking, engine: SearchEngine
    ) -> Ranking:
        """List hits until the picture is among them that an unchanged query keeps on screen."""
        if not request.again or request.keep is None:
            return ranking
        while ranking.walk is not None and ranking.position_of(request.keep) is None:
            ranking = engine.extend(ranking, 2 * len(ranking) + 1, self._searches.overtaken)
        return ranking

    def _refresh(self, engine: SearchEngine) -> None:
        """Read new commits if a request announced them; after a failure, retry at the next one."""
        if self._changed.is_set():
            self._changed.clear()
            try:
                engine.refresh()
            except BaseException:
                self._changed.set()
                raise

    def _remember(self, query: Query) -> Iterator[Message]:
        with self.engine() as engine:
            engine.remember(query)
        yield from ()

    def _count(self, folders: Sequence[Path]) -> Iterator[Message]:
        roots = self._library.roots()
        yield RootsListed(roots)
        for folder in dict.fromkeys([*folders, *roots]):
            counts = self._library.folder_counts(folder)
            yield PicturesCounted(folder, counts, self._library.count(folder))
        yield PicturesCounted(None, {}, self._library.count(None))


def _deep_enough(ranking: Ranking, stop: int, engine: SearchEngine) -> Ranking:
    """Extend the ranking if hits before ``stop`` are not ranked yet."""
    return ranking if ranking.is_complete or stop <= len(ranking) else engine.extend(ranking, stop)
