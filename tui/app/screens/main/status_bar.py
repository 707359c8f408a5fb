"""The status row: the highlighted picture, the state of library and model, and the keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive

from tui.app.keys.footer import KeyFooter
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.timer import Timer

    from tui.app.keys.footer import FooterKey
    from tui.app.model.indexing_status import IndexingStatus
    from tui.app.model.status_row import StateText
    from tui.app.workers.tasks import WorkerFailed
    from tui.core.domain import Hit

_OPENING = "Opening the library…"
_LASTING = frozenset({"library", "model", "search"})
"""Parts whose failure lasts until they work again, so the status row shows it."""

_URGENT = ("cancel_indexing", "resume_indexing", "use_download")
"""Actions whose keys come first, since a narrow window has room for few."""

SUCCESSOR_AFTER = 12.0
"""Seconds until the successor of an indexing state takes over."""

MESSAGE_SECONDS = 8.0
"""Seconds for which a passing message takes the place of the highlighted picture."""


class StatusBar(KeyFooter):
    """Shows the highlighted picture at the left, then the state, then the keys that fit.

    A problem takes the place of the highlighted picture while it lasts: that of a search until the
    next answer, that of the model until another model answers, and an unavailable library until it
    is back. Every other problem is a notification.

    Attributes:
        highlight: the highlighted picture.
        model: which model answers, or what it is waiting for.
        model_failed: why the model does not answer; empty if it does.
        problem: why the library or a search does not answer; empty if it does.
        library_available: the library answers; while it doesn't, its problem stays.
        indexing: the state of the indexing run.
        download: the state of the download of a model.
        message: a sentence that expires.
    """

    DEFAULT_CSS = "StatusBar { color: $text-muted; }"

    highlight: reactive[Hit | None] = reactive(None)
    model: reactive[StateText | None] = reactive(None)
    model_failed = reactive("")
    problem = reactive("")
    library_available = reactive(True)
    indexing: reactive[IndexingStatus | None] = reactive(None)
    download: reactive[StateText | None] = reactive(None)
    message = reactive("")

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in every widget
        super().__init__(id=id)
        self._last_failure = ""
        self._is_filled = False
        self._successor_timer: Timer | None = None
        self._message_timer: Timer | None = None

    def on_mount(self) -> None:
        """Wait for `fill`: the first frame has no keys."""

    def fill(self) -> None:
        """Show the keys of the screen."""
        self._is_filled = True
        self.follow_bindings()

    # --- state --------------------------------------------------------------------------

    def show_model(self, model: StateText) -> None:
        """Show which model answers, once the library is available."""
        self.model_failed = ""
        self.model = model
        self.clear_problem()

    def show_indexing(self, status: IndexingStatus | None) -> None:
        """Show the state of the indexing run, and its successor after a while."""
        if self._successor_timer is not None:
            self._successor_timer.stop()
            self._successor_timer = None
        if status is not None and status.successor is not None:
            successor = status.successor
            self._successor_timer = self.set_timer(
                SUCCESSOR_AFTER, lambda: self.show_indexing(successor())
            )
        self.indexing = status

    def show_download(self, download: StateText | None) -> None:
        """Show the state of a download, and the key that uses its model."""
        if download is None or download.style:  # it has ended or failed
            self.message = ""
        self.download = download
        self.screen.refresh_bindings()

    def say(self, sentence: str, seconds: float = MESSAGE_SECONDS) -> None:
        """Show a sentence for a few seconds."""
        if self._message_timer is not None:
            self._message_timer.stop()
        self.message = sentence
        self._message_timer = self.set_timer(seconds, self._end_message)

    def _end_message(self) -> None:
        self.message = ""

    def clear_problem(self) -> None:
        """Clear the problem, unless the library is still unavailable."""
        if self.library_available:
            self.problem = ""

    def search_answered(self) -> None:
        """Clear the failure of the last search, so that the next failure is reported again."""
        self._last_failure = ""
        self.clear_problem()

    def show_failure(self, failure: WorkerFailed) -> None:
        """Show a failure here if it lasts and the row has room, else as a notification."""
        sentence = failure.sentence
        lasts = failure.away or failure.part in _LASTING
        if failure.away:
            self.library_available = False
        elif failure.part == "model":
            self.model_failed = sentence
        if lasts:
            self.problem = sentence
        fits = cell_len(printable(sentence)) < self.size.width
        is_visible = lasts and fits and self.app.screen is self.screen
        if not is_visible and (sentence != self._last_failure or failure.part == "files"):
            self.notify(sentence, severity="error", timeout=10, markup=False)
        self._last_failure = sentence

    def watch_library_available(self) -> None:
        """Clear the problem of an unavailable library."""
        self.clear_problem()

    # --- drawing --------------------------------------------------------------------------------

    @property
    def failure(self) -> str:
        """The problem to show; empty if there is none."""
        return printable(self.problem or self.model_failed)

    @property
    def states(self) -> Sequence[StateText]:
        """The parts of the state, from left to right."""
        indexing = None if self.indexing is None else self.indexing.state
        states = (self.download, indexing, None if self.failure else self.model)
        return [state for state in states if state is not None]

    @property
    def _short_states(self) -> Sequence[tuple[str, str]]:
        """The state for a narrow row: the activity replaces the name of the model."""
        shown = [state for state in self.states if state.short]
        if len(shown) > 1 and shown[-1] is self.model:
            shown.pop()
        return [(state.short, state.style) for state in shown]

    def render(self) -> Content:
        """Draw the row in the present width."""
        opening = "" if self.model or self.failure else _OPENING
        if not self._is_filled:
            return Content(f" {opening}")
        from tui.app.model.status_row import divide_row, highlight_text

        width = max(0, self.size.width - 1)
        whole = _joined([(state.text, state.style) for state in self.states])
        short = _joined(self._short_states)
        sentence = self.failure or opening or printable(self.message)
        keys = self.keys[self._first :]
        layout = divide_row(
            width,
            (whole.cell_length, short.cell_length),
            [key.width for key in keys],
            last=_most_important(keys),
            spare=cell_len(sentence) + 1 if sentence else 0,
        )
        room = max(0, layout.highlight - 1)
        if not sentence and self.highlight is not None:
            sentence = highlight_text(self.highlight, room)
        left = Content.styled(sentence, "$text-error" if self.failure else "")
        state = short if layout.is_short else whole
        drawn = self._draw_keys(
            [keys[index] for index in layout.keys], 1 + layout.highlight + layout.state
        )
        row = Content.assemble(
            " ",
            left.truncate(room, ellipsis=True, pad=True),
            " " if layout.highlight else "",
            state.truncate(layout.state, ellipsis=True, pad=True),
            drawn,
        )
        return self._with_hint(row)

    def _active_keys(self) -> Iterator[FooterKey]:
        """Put the keys about a run first; watching for changes needs no key here."""
        is_running = self.indexing is not None and self.indexing.heading == "Indexing"
        keys = [key for key in super()._active_keys() if is_running or key.action != _URGENT[0]]
        yield from sorted(keys, key=lambda key: key.action not in _URGENT)


def _most_important(keys: Sequence[FooterKey]) -> int | None:
    """Return the index of the key to drop last: that of a run, else help, which lists all keys."""
    if keys and keys[0].action in _URGENT:
        return 0
    return next((index for index, key in enumerate(keys) if key.action == "app.help"), None)


def _joined(parts: Sequence[tuple[str, str]]) -> Content:
    """Return the parts that have a text, with a blank before and behind them."""
    shown = [Content.styled(text, style) for text, style in parts if text]
    return Content.assemble(Content(" · ").join(shown), "  ") if shown else Content("")
