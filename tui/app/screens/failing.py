"""What the main screen says and does when something goes wrong in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.screens.panes import PanesScreen

if TYPE_CHECKING:
    from tui.app import messages
    from tui.app.following import Follower
    from tui.app.search_control import SearchControl


class FailingScreen(PanesScreen):
    """Says failures, and goes on with what works.

    While the library is away, that stands in the status line, whatever else is to be said there.
    """

    search: SearchControl
    follower: Follower

    def __init__(self) -> None:
        super().__init__()
        self._away = False
        self._said = ""
        self._usual = ""

    def say(self, text: str, *, problem: bool = False) -> None:
        """Say something in the status line."""
        if not problem:
            self._usual = text
        if problem or not self._away:
            super().say(text, problem=problem)

    def on_worker_failed(self, message: messages.WorkerFailed) -> None:
        """Say it, once as a notice too."""
        self.say(message.sentence, problem=True)
        if message.away:
            self._away = True
            self.follower.missed()
            self._library_away()
        elif message.part == "model":
            self.search.loading = False
            self.search.ask(again=True)
        if message.sentence != self._said or message.part == "files":
            self._said = message.sentence
            self.notify(message.sentence, severity="error", timeout=10, markup=False)

    def answered(self) -> None:
        """A search was answered: a failure from now on is a new one."""
        self._said = ""
        self.follower.found()

    def on_library_back(self) -> None:
        """Take the message away, and ask what had no answer."""
        self._away = False
        self.say(self._usual)
        self._library_back()

    def _library_away(self) -> None:
        raise NotImplementedError

    def _library_back(self) -> None:
        raise NotImplementedError
