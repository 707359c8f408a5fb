"""Polling the library: what is read again after a change."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from tui.app.workers.library_monitor import LibraryChanged, LibraryMonitor

if TYPE_CHECKING:
    from collections.abc import Iterator


class Engine:
    """Has changed before some of the polls."""

    def __init__(self, changes: list[bool]) -> None:
        self._changes = changes
        self.preloads = 0

    def refresh(self) -> bool:
        return self._changes.pop(0)

    def preload(self) -> None:
        self.preloads += 1


class Searcher:
    """Lends the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        yield self._engine


def test_columns_are_read_again_once_the_library_has_stopped_changing() -> None:
    engine = Engine([True, True, False])
    monitor = LibraryMonitor(cast("Any", None), cast("Any", None), cast("Any", None))
    monitor._searcher = cast("Any", Searcher(engine))
    for _ in range(2):
        [message] = monitor._poll()
        assert isinstance(message, LibraryChanged)
        assert engine.preloads == 0
    assert list(monitor._poll()) == []
    assert engine.preloads == 1
