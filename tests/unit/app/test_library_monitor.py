"""Polling the library: which data are read again after a change."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from tui.app.workers.library_monitor import LibraryChanged, LibraryMonitor

if TYPE_CHECKING:
    from collections.abc import Iterator


class Engine:
    """Changes before some of the polls."""

    def __init__(self, changes: list[bool]) -> None:
        self._changes = changes
        self.preloads = self.warm_ups = 0

    def warm_up(self) -> None:
        self.warm_ups += 1

    def refresh(self) -> bool:
        return self._changes.pop(0)

    def preload(self) -> None:
        self.preloads += 1


class Searcher:
    """Lends the engine."""

    def __init__(self, engine: Engine) -> None:
        self.current = engine

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        yield self.current


def monitor_of(searcher: Searcher) -> LibraryMonitor:
    monitor = LibraryMonitor(cast("Any", None), cast("Any", None), cast("Any", None))
    monitor._searcher = cast("Any", searcher)
    return monitor


def test_columns_are_read_again_once_the_library_has_stopped_changing() -> None:
    engine = Engine([True, True, False])
    monitor = monitor_of(Searcher(engine))
    for _ in range(2):
        [message] = monitor._poll()
        assert isinstance(message, LibraryChanged)
        assert engine.preloads == 0
    assert list(monitor._poll()) == []
    assert engine.preloads == 1


def test_the_engine_of_another_model_also_reads_the_names() -> None:
    searcher = Searcher(Engine([False]))
    monitor = monitor_of(searcher)
    assert list(monitor._warm_up()) == list(monitor._poll()) == []
    assert searcher.current.warm_ups == 1
    searcher.current = Engine([True, False])
    for warm_ups in (0, 1):
        list(monitor._poll())
        assert searcher.current.warm_ups == warm_ups
