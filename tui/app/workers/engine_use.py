"""The engine that answers, lent to the threads that ask it.

Another model brings another engine. The one before may be in the middle of a search then, so it is
closed after its last loan, not at the change.
"""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.search.engine import SearchEngine


class SharedEngine:
    """Lends the present engine; every method may be called from any thread.

    Args:
        engine: the first one.
    """

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._loans: dict[int, int] = {}
        """How often each engine is lent, by its identity."""

    @contextmanager
    def lent(self) -> Iterator[SearchEngine]:
        """Lend the present engine; it stays open until it is given back."""
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
        """Lend another engine from the next loan on, and close the one before after its last."""
        with self._lock:
            before, self._engine = self._engine, engine
            idle = before is not engine and id(before) not in self._loans
        if idle:
            close_engine(before)


def close_engine(engine: SearchEngine) -> Thread:
    """Close an engine in a thread of its own, since a search may hold it for seconds."""
    thread = Thread(target=engine.close, name="photoseek-close", daemon=True)
    thread.start()
    return thread
