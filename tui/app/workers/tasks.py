"""Threads of the app.

They are daemons, unlike those of Textual's thread workers, which `App.run` waits for on leaving:
a model that is loading or a network drive that does not answer must not hold up the exit.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Condition, Thread
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from textual.message import Message

from tui.app.workers.error_log import reported
from tui.core.domain import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Post = Callable[[Message], object]

T = TypeVar("T")


class BackgroundTasks:
    """Runs jobs in the background and posts what they say to one message pump."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def post(self, message: Message) -> None:
        """Post from any thread; once the app has closed, nobody listens."""
        with suppress(RuntimeError):
            self._post(message)

    def start(self, part: FailedPart, job: Callable[[], Iterable[Message]]) -> Thread:
        """Run ``job`` in a thread of its own and post every message that it yields."""
        thread = Thread(target=self.run, args=(part, job), name=f"photoseek-{part}", daemon=True)
        thread.start()
        return thread

    def run(self, part: FailedPart, job: Callable[[], Iterable[Message]]) -> None:
        """Run ``job`` here; a failure becomes a message as well."""
        try:
            for message in job():
                self.post(message)
        except Exception as error:  # the one place where a thread's failures end
            self.post(WorkerFailed(part, reported(error), away=isinstance(error, ServerError)))

    def report(self, part: FailedPart, error: Exception) -> None:
        """Post an exception as `WorkerFailed`, from a thread, since it is logged to a file."""

        def fail() -> Iterator[Message]:
            yield from ()
            raise error

        self.start(part, fail)


class LatestOnlyWorker(Generic[T]):
    """One thread that handles what was put in last; what still waited before that is dropped."""

    def __init__(
        self, tasks: BackgroundTasks, part: FailedPart, handle: Callable[[T], Iterable[Message]]
    ) -> None:
        self._tasks = tasks
        self._part = part
        self._handle = handle
        self._waiting: list[T] = []
        self._changed = Condition()
        Thread(target=self._work, name=f"photoseek-{part}-newest", daemon=True).start()

    def put(self, item: T) -> None:
        """Handle ``item`` next, instead of what waits."""
        with self._changed:
            self._waiting[:] = [item]
            self._changed.notify()

    def overtaken(self) -> bool:
        """Whether something newer waits."""
        return bool(self._waiting)

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                item = self._waiting.pop()
            self._tasks.run(self._part, partial(self._handle, item))


FailedPart = Literal[
    "library", "model", "search", "folders", "indexing", "memory", "files", "screen"
]


class LibraryMessage(Message):
    """A message about the library, its models or a failed job, which `LibrarySession` handles."""


@dataclass
class WorkerFailed(LibraryMessage):
    """Something went wrong in the background.

    Attributes:
        part: where.
        sentence: what, for the user.
        away: the library's server can't be used now, and it is tried again.
    """

    part: FailedPart
    sentence: str
    away: bool = False
