"""The hits around the previewed one, which the results may not have loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.workers.tasks import BackgroundTasks, LatestOnlyWorker
from tui.core.lru_cache import LruCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tui.core.domain import Hit

    Fetch = Callable[[int], Hit | None]
    """Returns the hit at an index of the ranking; None if it is not loaded."""

_MOST = 64
"""The most looked-up hits that are cached."""


@dataclass
class HitFetched(Message, bubble=False):
    """A hit has been looked up.

    Attributes:
        index: its index in the ranking.
        hit: the hit.
        ranking_number: counts the rankings, in which indexes differ.
    """

    index: int
    hit: Hit
    ranking_number: int


class NearbyHits:
    """Finds hits by index: loaded, looked up before, or looked up in a thread.

    Args:
        fetch: returns a hit that is loaded; called on the event loop.
        look_up: returns any other hit; called in a thread.
        post: posts `HitFetched`.
    """

    def __init__(self, fetch: Fetch, look_up: Fetch, post: Callable[[Message], object]) -> None:
        self._fetch = fetch
        self._look_up = look_up
        self._post = post
        self._ranking_number = 0
        self._fetched: LruCache[int, Hit] = LruCache(_MOST)
        self._worker: LatestOnlyWorker[tuple[int, Sequence[int]]] | None = None

    def get(self, index: int) -> Hit | None:
        """Return the hit at an index; None if it must be looked up."""
        return self._fetch(index) or self._fetched.find(index)

    def beside(self, index: int, sides: Sequence[int]) -> list[Hit]:
        """Return the hits at ``sides``; look up those that are missing and that at ``index``."""
        hits = {number: self.get(number) for number in (index, *sides)}
        if missing := [number for number, hit in hits.items() if hit is None]:
            self.look_up(missing)
        return [hit for number in sides if (hit := hits[number])]

    def look_up(self, indexes: Sequence[int]) -> None:
        """Look up hits in this order; cancel those of an earlier call that still wait."""
        if self._worker is None:
            tasks = BackgroundTasks(self._post)
            self._worker = LatestOnlyWorker(tasks, "search", self._look_up_all)
        self._worker.put((self._ranking_number, indexes))

    def add(self, message: HitFetched) -> bool:
        """Cache a hit; return False if it belongs to an earlier ranking."""
        if message.ranking_number != self._ranking_number:
            return False
        self._fetched.put(message.index, message.hit)
        return True

    def forget(self) -> None:
        """Discard all hits: another ranking has replaced this one."""
        self._ranking_number += 1
        self._fetched.clear()

    def close(self) -> None:
        """End the thread."""
        if self._worker is not None:
            self._worker.close()

    def _look_up_all(self, item: tuple[int, Sequence[int]]) -> Iterator[Message]:
        ranking_number, indexes = item
        for index in indexes:
            if self._worker is not None and self._worker.overtaken():
                return
            hit = self._look_up(index)
            if hit is not None:
                yield HitFetched(index, hit, ranking_number)
