"""Opening the library, and polling it for changes and availability."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from tui.app.workers.search_worker import SearchWorker
from tui.app.workers.tasks import LibraryMessage, WorkerFailed
from tui.core.errors import CatalogError, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.message import Message

    from tui.app.workers.services import Services
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings
    from tui.search.engine import SearchEngine

    Job = Callable[[], Iterator[Message]]


_POLL_SECONDS = 3.0

MIN_RETRY_SECONDS, MAX_RETRY_SECONDS = 1.0, 30.0
"""The pause before a retry, which doubles each time."""


@dataclass
class LibraryOpened(LibraryMessage):
    """The catalog and the index are open, so searches work, at least by file name.

    Attributes:
        engine: searches the library.
        searcher: runs the searches in threads.
        settings: of this run, with the name of the model that ``auto`` stands for.
    """

    engine: SearchEngine
    searcher: SearchWorker
    settings: Settings


@dataclass
class LibraryBack(LibraryMessage):
    """The library is available again; failed requests are to be repeated."""


@dataclass
class LibraryChanged(LibraryMessage):
    """An indexing run started, added pictures or ended, or another process changed the library."""

    ended: bool = False


class LibraryMonitor:
    """Opens the library as soon as it is available, and polls it for changes.

    Args:
        settings: of this run.
        services: open the library.
        work: runs the searches.
    """

    def __init__(self, settings: Settings, services: Services, work: BackgroundTasks) -> None:
        self._settings = settings
        self._services = services
        self._work = work
        self._searcher: SearchWorker | None = None
        self._warm_engine: SearchEngine | None = None
        self._wake_up = Event()
        self._is_stopped = False
        self._is_unavailable = False
        self._available_since = -MAX_RETRY_SECONDS
        self._retry_seconds = MIN_RETRY_SECONDS

    def report_unavailable(self) -> None:
        """Report the library as unavailable; poll until it returns.

        If it keeps failing right after it returned, the pauses become longer.
        """
        if not self._is_unavailable:
            fails_again = time.monotonic() - self._available_since < MAX_RETRY_SECONDS
            longer = min(2 * self._retry_seconds, MAX_RETRY_SECONDS)
            self._retry_seconds = longer if fails_again else MIN_RETRY_SECONDS
            self._is_unavailable = True
            self._wake_up.set()

    def report_available(self) -> None:
        """Report the library as available; check now if it was not."""
        if self._is_unavailable:
            self._wake_up.set()

    def stop(self) -> None:
        """Stop polling: the app ends."""
        self._is_stopped = True
        self._wake_up.set()

    def follow(self) -> Iterator[Message]:
        """Open the library, warm up the engine, then poll; runs in a thread."""
        yield from self._retried(self._open)
        yield from self._retried(self._warm_up)
        while self._sleep(_POLL_SECONDS):
            if self._is_unavailable:
                self._sleep(self._retry_seconds)
            yield from self._retried(self._poll)

    def _retried(self, job: Job) -> Iterator[Message]:
        """Run a job, and repeat it while the library is unavailable."""
        pause = MIN_RETRY_SECONDS
        while not self._is_stopped:
            try:
                yield from job()
            except (ServerError, CatalogError) as error:
                self._is_unavailable = True
                yield WorkerFailed("library", str(error), away=True)
                self._sleep(pause)
                pause = min(2 * pause, MAX_RETRY_SECONDS)
            else:
                if self._is_unavailable:
                    self._is_unavailable, self._available_since = False, time.monotonic()
                    yield LibraryBack()
                return

    def _sleep(self, seconds: float) -> bool:
        """Wait until the time is over or a report arrives; return whether the app still runs."""
        self._wake_up.wait(seconds)
        self._wake_up.clear()
        return not self._is_stopped

    def _open(self) -> Iterator[Message]:
        settings = self._services.pin(self._settings)
        engine = self._services.open_engine(settings)
        try:
            library = self._services.open_reader(settings)
        except BaseException:
            engine.close()
            raise
        self._searcher = SearchWorker(engine, library, self._work)
        yield LibraryOpened(engine, self._searcher, settings)

    def _warm_up(self) -> Iterator[Message]:
        if self._searcher is not None:
            with self._searcher.engine() as engine:
                self._prepare(engine)
        yield from ()

    def _prepare(self, engine: SearchEngine) -> None:
        """Read the data that searches would wait for, after a change or for another model."""
        if engine is not self._warm_engine:
            engine.warm_up()
            self._warm_engine = engine
        engine.preload()

    def _poll(self) -> Iterator[Message]:
        if self._searcher is None:
            return
        with self._searcher.engine() as engine:
            changed = engine.refresh()
            if not changed:  # during many changes, loaded data would soon be outdated
                self._prepare(engine)
        if changed:
            yield LibraryChanged(ended=True)
