"""The status line: which model answers, or what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import reactive
from textual.widgets import Static

from tui.app.workers.guard import Guarded
from tui.core.formatting import printable

if TYPE_CHECKING:
    from tui.app.workers.tasks import WorkerFailed

_OPENING = "Opening the library"
_LASTING = frozenset({"library", "model", "search"})
"""Parts whose failure lasts until they work again, so the status line shows it."""


class StatusBar(Guarded, Static):
    """Shows the usual text, or a problem while there is one.

    The problem of a search lasts until the next answer, that of the model until another model
    answers, and an unavailable library until it is back. Every other problem is a notification.

    Attributes:
        usual: the text while there is no problem.
        model_failed: the usual text says that the model failed.
        problem: the sentence in place of the usual text; empty if there is none.
        library_available: the library answers; while it doesn't, its problem stays.
    """

    usual = reactive(_OPENING, layout=False)
    model_failed = reactive(False, layout=False)
    problem = reactive("", layout=False)
    library_available = reactive(True, layout=False)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget has it
        super().__init__(_OPENING, id=id, markup=False)
        self._last_failure = ""

    def show(self, text: str) -> None:
        """Show the usual text, once the library is available."""
        self.model_failed = False
        self.usual = text
        self.clear_problem()

    def clear_problem(self) -> None:
        """Forget the problem, unless the library is still unavailable."""
        if self.library_available:
            self.problem = ""

    def search_answered(self) -> None:
        """Forget the failure of the last search; the next failure is reported again."""
        self._last_failure = ""
        self.clear_problem()

    def show_failure(self, failure: WorkerFailed) -> None:
        """Show a failure here if it lasts and the line has room, else as a notification."""
        sentence = failure.sentence
        lasts = failure.away or failure.part in _LASTING
        if lasts:
            self.problem = sentence
        if failure.away:
            self.library_available = False
        elif failure.part == "model":
            self.model_failed = True
            self.usual = sentence
        fits = len(sentence) <= self.content_size.width
        is_visible = lasts and fits and self.app.screen is self.screen
        if not is_visible and (sentence != self._last_failure or failure.part == "files"):
            self.notify(sentence, severity="error", timeout=10, markup=False)
        self._last_failure = sentence

    def watch_library_available(self) -> None:
        """Forget that the library was unavailable."""
        self.clear_problem()

    def watch_usual(self) -> None:
        """Show the text."""
        self._draw()

    def watch_problem(self) -> None:
        """Show the problem, or the usual text again."""
        self._draw()

    def _draw(self) -> None:
        self.set_class(bool(self.problem) or self.model_failed, "-problem")
        self.update(printable(self.problem or self.usual), layout=False)
