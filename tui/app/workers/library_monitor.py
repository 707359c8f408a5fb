"""Opening the library, and looking at it again and again: has anybody changed it, is it there?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.workers.search_worker import SearchWorker
from tui.app.workers.tasks import WorkerFailed
from tui.core.domain import CatalogError, ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tui.app.workers.services import Services
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings
    from tui.search.engine import SearchEngine

    Job = Callable[[], Iterator[Message]]


LOOK_EVERY = 3.0
"""Seconds between two looks at the library."""

FIRST_TRY, LAST_TRY = 1.0, 30.0
"""Seconds until one that was away is tried again; each time twice as many, up to the last."""


class LibraryMonitor:
    """Opens a library as soon as it can be, and tells of its changes until the app ends.

    Args:
        settings: of this run.
        services: open it.
        work: runs the searches.
    """

    def __init__(self, settings: Settings, services: Services, work: BackgroundTasks) -> None:
        self._settings = settings
        self._services = services
        self._work = work
        self._searcher: SearchWorker | None = None
        self._woken = Event()
        self._left = False
        self._away = False
        self._back = -LAST_TRY
        self._pause = FIRST_TRY

    def missed(self) -> None:
        """Somebody did not find the library there: tell as soon as it is.

        What fails although the library is there, time after time, is tried ever less often.
        """
        if not self._away:
            again = time.monotonic() - self._back < LAST_TRY
            self._pause = min(2 * self._pause, LAST_TRY) if again else FIRST_TRY
            self._away = True
            self._woken.set()

    def found(self) -> None:
        """Somebody found the library there: if it was away, see for yourself."""
        if self._away:
            self._woken.set()

    def leave(self) -> None:
        """The app ends."""
        self._left = True
        self._woken.set()

    def follow(self) -> Iterator[Message]:
        """Open the library, read the names of its files, then look; runs in a thread."""
        yield from self._tried(self._open)
        yield from self._tried(self._learn_names)
        while self._rest(LOOK_EVERY):
            if self._away:
                self._rest(self._pause)
            yield from self._tried(self._look)

    def _tried(self, job: Job) -> Iterator[Message]:
        """Do a job, again and again while the library is away."""
        pause = FIRST_TRY
        while not self._left:
            try:
                yield from job()
            except (ServerError, CatalogError) as error:
                self._away = True
                yield WorkerFailed("library", str(error), away=True)
                self._rest(pause)
                pause = min(2 * pause, LAST_TRY)
            else:
                if self._away:
                    self._away, self._back = False, time.monotonic()
                    yield LibraryBack()
                return

    def _rest(self, seconds: float) -> bool:
        """Wait, unless woken; return whether the app goes on."""
        self._woken.wait(seconds)
        self._woken.clear()
        return not self._left

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

    def _learn_names(self) -> Iterator[Message]:
        if self._searcher is not None:
            with self._searcher.engine() as engine:
                engine.warm_up()
        yield from ()

    def _look(self) -> Iterator[Message]:
        if self._searcher is None:
            return
        with self._searcher.engine() as engine:
            changed = engine.refresh()
        if changed:
            yield LibraryChanged(ended=True)


@dataclass
class LibraryOpened(Message):
    """The catalog and the index are open; searches are possible, by file name at least.

    Attributes:
        engine: searches the library.
        searcher: asks it in the background.
        settings: those of this run, with the name of the model that ``auto`` means.
    """

    engine: SearchEngine
    searcher: SearchWorker
    settings: Settings


@dataclass
class LibraryBack(Message):
    """The library can be used again; what was asked meanwhile is asked anew."""


@dataclass
class LibraryChanged(Message):
    """An indexing run began, added pictures or ended; or somebody else changed the library."""

    ended: bool = False
