"""What the main screen says and does when something goes wrong in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.screens.main.layout import PanesScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.message import Message

    from tui.app.screens.main.search_controller import SearchController
    from tui.app.workers.library_monitor import LibraryMonitor
    from tui.app.workers.tasks import BackgroundTasks, WorkerFailed


_LASTING = frozenset({"library", "model", "search"})
"""Parts whose failure holds until they work again, so it is said in the status line."""


class FailingScreen(PanesScreen):
    """Says a failure once, where it can be seen, and goes on with what works.

    A failure that holds stands in the status line: that of a search until the next answer, that of
    the model for good, an unavailable library until it is back. Any other one is a notice, which
    passes.
    """

    search: SearchController
    follower: LibraryMonitor
    _work: BackgroundTasks

    def __init__(self) -> None:
        super().__init__()
        self._away = False
        self._said = ""
        self._usual = ""
        self._has_problem = False
        self._usual_is_problem = False

    def say(self, text: str, *, problem: bool = False) -> None:
        """Say something in the status line."""
        if not problem:
            self._usual, self._usual_is_problem = text, False
        if problem or not self._away:
            self._has_problem = problem
            super().say(text, problem=problem)

    def on_worker_failed(self, message: WorkerFailed) -> None:
        """Say it, in the status line or as a notice."""
        lasting = message.away or message.part in _LASTING
        if lasting:
            self.say(message.sentence, problem=True)
        if message.away:
            self._away = True
            self.follower.report_unavailable()
            self._library_away()
        elif message.part == "model":
            self._usual, self._usual_is_problem = message.sentence, True
            self.search.loading = False
            self.search.ask(again=True)
        is_seen = lasting and self.app.screen is self and self._has_room_for(message.sentence)
        if not is_seen and (message.sentence != self._said or message.part == "files"):
            self.notify(message.sentence, severity="error", timeout=10, markup=False)
        self._said = message.sentence

    def report(self, error: Exception) -> None:
        """Have an exception that was not foreseen written to the log, and say it; from any thread.

        That is a file to be written, so another thread does it.
        """

        def fail() -> Iterator[Message]:
            yield from ()
            raise error

        self._work.start("screen", fail)

    def answered(self) -> None:
        """A search was answered: its failure is over, and the next one is a new one."""
        self._said = ""
        if self._has_problem and not self._away:
            self._say_usual()
        self.follower.report_available()

    def _has_room_for(self, text: str) -> bool:
        return len(text) <= self._status.content_size.width

    def _say_usual(self) -> None:
        self._has_problem = False
        super().say(self._usual, problem=self._usual_is_problem)

    def on_library_back(self) -> None:
        """Take the message away, and ask what had no answer."""
        self._away = False
        self._say_usual()
        self._library_back()

    def _library_away(self) -> None:
        raise NotImplementedError

    def _library_back(self) -> None:
        raise NotImplementedError
