"""The threads of the app.

They are daemons, so that a slow model or network drive does not delay the exit. `App.run` would
wait for the threads of Textual's workers.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from textual.message import Message

from tui.app.workers.error_log import reported
from tui.core.errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Post = Callable[[Message], object]

T = TypeVar("T")


FailedPart = Literal[
    "library", "model", "search", "folders", "indexing", "memory", "files", "screen"
]


class LibraryMessage(Message):
    """A message about the library, its models or a failed job, which `LibrarySession` handles."""


@dataclass
class WorkerFailed(LibraryMessage):
    """A job failed.

    Attributes:
        part: of the app.
        sentence: the error, for the user.
        away: the library's server is unavailable; it is retried.
    """

    part: FailedPart
    sentence: str
    away: bool = False


class BackgroundTasks:
    """Runs jobs in threads and posts their messages."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def post(self, message: Message) -> None:
        """Post from any thread; do nothing once the app has closed."""
        with suppress(RuntimeError):
            self._post(message)

    def start(self, part: FailedPart, job: Callable[[], Iterable[Message]]) -> Thread:
        """Run a job in a new thread and post every message that it yields."""
        thread = Thread(target=self.run, args=(part, job), name=f"photoseek-{part}", daemon=True)
        thread.start()
        return thread

    def run(self, part: FailedPart, job: Callable[[], Iterable[Message]]) -> None:
        """Run a job in this thread; an exception becomes `WorkerFailed`."""
        try:
            for message in job():
                self.post(message)
        except Exception as error:  # no exception may end the thread silently
            self.post(WorkerFailed(part, reported(error), away=isinstance(error, ServerError)))

    def report(self, part: FailedPart, error: Exception) -> None:
        """Post an exception as `WorkerFailed`, from a thread, since it is logged to a file."""

        def fail() -> Iterator[Message]:
            yield from ()
            raise error

        self.start(part, fail)


class LatestOnlyWorker(Generic[T]):
    """A thread that handles the newest item and drops older ones that still wait."""

    def __init__(
        self, tasks: BackgroundTasks, part: FailedPart, handle: Callable[[T], Iterable[Message]]
    ) -> None:
        self._tasks = tasks
        self._part = part
        self._handle = handle
        self._waiting: list[T] = []
        self._is_closed = False
        self._changed = Condition()
        Thread(target=self._work, name=f"photoseek-{part}-newest", daemon=True).start()

    def put(self, item: T) -> None:
        """Handle an item next, instead of the waiting one."""
        with self._changed:
            self._waiting[:] = [item]
            self._changed.notify()

    def overtaken(self) -> bool:
        """Return whether a newer item waits, or the worker is closed."""
        return bool(self._waiting) or self._is_closed

    def close(self) -> None:
        """Handle no further item and end the thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def _work(self) -> None:
        while True:
            with self._changed:
                while not (self._waiting or self._is_closed):
                    self._changed.wait()
                if self._is_closed:
                    return
                item = self._waiting.pop()
            self._tasks.run(self._part, partial(self._handle, item))
