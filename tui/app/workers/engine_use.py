"""The engine in use, shared by threads.

Another model brings another engine. The previous engine may still be searching, so it is closed
when its last user returns it.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.search.engine import SearchEngine


class SharedEngine:
    """Counts the users of engines; every method may be called from any thread.

    Args:
        engine: the first engine.
    """

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._loans: dict[int, int] = {}
        """The number of users by the identity of the engine."""

    @contextmanager
    def lent(self) -> Iterator[SearchEngine]:
        """Borrow the current engine, which stays open meanwhile."""
        with self._lock:
            engine = self._engine
            self._loans[id(engine)] = self._loans.get(id(engine), 0) + 1
        try:
            yield engine
        finally:
            with self._lock:
                self._loans[id(engine)] -= 1
                last = not self._loans[id(engine)]
                if last:
                    del self._loans[id(engine)]
                retired = engine is not self._engine
            if last and retired:
                engine.close()

    def replace(self, engine: SearchEngine) -> None:
        """Lend another engine, and close the previous one after its last loan."""
        with self._lock:
            previous, self._engine = self._engine, engine
            is_idle = previous is not engine and id(previous) not in self._loans
        if is_idle:
            close_engine(previous)


def close_engine(engine: SearchEngine) -> Thread:
    """Close an engine in a new thread, since a search may delay that for seconds."""
    thread = Thread(target=engine.close, name="photoseek-close", daemon=True)
    thread.start()
    return thread
