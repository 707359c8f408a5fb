"""Asking the engine in the background: rankings, details of hits, numbers of pictures."""

from __future__ import annotations

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
    from tui.app.services import Counts
    from tui.app.session import SearchRequest
    from tui.search.engine import Engine, Ranking


class Searcher:
    """Answers the newest question of each kind; older ones that still wait are dropped."""

    def __init__(self, engine: Engine, counts: Counts, tasks: Tasks) -> None:
        self._engine = engine
        self._counts = counts
        self._changed = Event()
        self._searches: Newest[SearchRequest] = Newest(tasks, "search", self._search)
        self._lookups: Newest[tuple[Ranking, int, int]] = Newest(tasks, "search", self._look_up)
        self._counting: Newest[Sequence[Path | None]] = Newest(tasks, "library", self._count)

    def ask(self, request: SearchRequest, *, library_changed: bool = False) -> None:
        """Have a question answered by `SearchAnswered`."""
        if library_changed:
            self._changed.set()
        self._searches.put(request)

    def look_up(self, ranking: Ranking, start: int, stop: int) -> None:
        """Have hits looked up, to come as `HitsFound`."""
        self._lookups.put((ranking, start, stop))

    def count(self, folders: Sequence[Path | None]) -> None:
        """Have pictures counted below these folders, the library's own, and their children."""
        self._counting.put(folders)

    def _search(self, request: SearchRequest) -> Iterator[Message]:
        from tui.search.engine import StaleQueryError
        from tui.search.query import parse

        if self._changed.is_set():
            self._changed.clear()
            self._engine.refresh()
        query = parse(request.text, request.scope)
        try:
            ranking = self._engine.search(query, request.generation, self._searches.overtaken)
        except StaleQueryError:
            return
        position = _position(ranking, request.keep)
        window = placed(request, request.window, len(ranking), position)
        hits = self._engine.hits(ranking, window.start, window.stop)
        in_scope = len(ranking) or self._counts.count(request.scope)
        yield SearchAnswered(request, ranking, position, hits, in_scope)

    def _look_up(self, wanted: tuple[Ranking, int, int]) -> Iterator[Message]:
        ranking, start, stop = wanted
        yield HitsFound(ranking.generation, self._engine.hits(ranking, start, stop))

    def _count(self, folders: Sequence[Path | None]) -> Iterator[Message]:
        roots = self._counts.roots()
        yield RootsListed(roots)
        for folder in dict.fromkeys([*folders, *roots]):
            counts = {} if folder is None else self._counts.folder_counts(folder)
            yield PicturesCounted(folder, counts, self._counts.count(folder))


def _position(ranking: Ranking, file_id: int | None) -> int | None:
    """Return the place of a file in a ranking, from 0."""
    if file_id is None:
        return None
    places = (ranking.file_ids == file_id).nonzero()[0]
    return int(places[0]) if len(places) else None
