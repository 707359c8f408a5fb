"""The line of the indexing run, which also runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui.app.keys.bindings import key_for
from tui.app.model.status_text import shown_folder, summary
from tui.app.workers.guard import Guarded
from tui.app.workers.index_controller import IndexController
from tui.app.workers.library_monitor import LibraryChanged
from tui.app.workers.tasks import BackgroundTasks
from tui.core.formatting import printable, progress_text

if TYPE_CHECKING:
    from pathlib import Path

    from textual.timer import Timer

    from tui.app.workers.index_process import (
        IndexEnded,
        IndexFailure,
        IndexNoticed,
        IndexProgressed,
        IndexWatching,
    )
    from tui.app.workers.services import Services
    from tui.core.domain import Progress
    from tui.core.settings import Settings

_BAR = 24
_BAR_FROM = 80
_NO_BAR = Content("")
_WATCHING_FROM = 16
"""Rows of a terminal in which one is spent on saying that changes are followed."""

DONE_SHOWN = 12.0
"""Seconds that a finished run is shown."""


class IndexingBar(Guarded, Static):
    """Starts and stops indexing and says how far it is; takes no room while there is none."""

    DEFAULT_CSS = """
    IndexingBar {
        height: 1;
        padding: 0 2;
        background: $panel;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    def __init__(self, settings: Settings, services: Services, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._control = IndexController(settings, services, BackgroundTasks(self.post_message))
        self._clock: Timer | None = None
        self._notice = ""
        self._title, self._bar, self._text, self._key = _NO_BAR, _NO_BAR, "", ""
        self.display = False

    @property
    def folder(self) -> Path | None:
        """What is being indexed or followed, None where nothing is."""
        return self._control.folder

    @property
    def is_busy(self) -> bool:
        """Something is being indexed; following changes alone is no work."""
        return self._control.is_busy

    @property
    def can_resume(self) -> bool:
        """The last run did not come to its end."""
        return self._control.can_resume

    @property
    def was_refused(self) -> bool:
        """This user can't index into the library."""
        return self._control.was_refused

    def has_read(self, folder: Path | None) -> bool:
        """Whether a run has read the whole of a folder."""
        return folder is not None and self._control.has_read(folder)

    def use(self, settings: Settings) -> None:
        """Index with these settings from the next run on."""
        self._control.use(settings)

    def switch(self, settings: Settings) -> None:
        """Index with these settings, also what is being indexed or followed now."""
        self._control.use(settings)
        run = self._control.run
        if run is not None and self._control.has_other_model and not run.stopping:
            self.begin(*run.folders)

    def begin(self, folder: Path, *more: Path) -> None:
        """Index a folder, and more of them."""
        self._stop_clock()
        self._notice = ""
        run = self._control.start(folder, *more)
        self._show_running(folder, run.progress)
        self.post_message(LibraryChanged())

    def cancel(self) -> None:
        """Stop after the batch; a second time, at once."""
        self._control.cancel()
        run = self._control.run
        if run is not None:
            self._show_running(run.folder, run.progress)

    def resume(self) -> None:
        """Go on with the run that was stopped."""
        if self._control.can_resume and self._control.last is not None:
            self.begin(self._control.last.folder)

    def leave(self) -> None:
        """The app ends."""
        self._control.leave()

    def on_index_progressed(self, message: IndexProgressed) -> None:
        """Show it, and have the pictures looked at that were added."""
        message.stop()
        if not self._control.is_of_run(message.run):
            return
        progress = message.progress
        if self._control.is_busy or (progress.total and progress.phase == "embedding"):
            self._show_running(message.folder, progress)
        if self._control.has_news(message):
            self.post_message(LibraryChanged())

    def on_index_watching(self, message: IndexWatching) -> None:
        """Show what the run, or the change, came to, and for the rest of the time that we watch."""
        message.stop()
        if not self._control.is_of_run(message.run):
            return
        self._control.round_ended()
        self._stop_clock()
        why = f" ({key_for('panes.failures')}: why)" if message.progress.failed else ""
        self._show_watching(message.folder, f"{summary(message.progress)}{why} · watching")
        self._clock = self.set_timer(DONE_SHOWN, lambda: self._show_watching(message.folder))
        self.post_message(LibraryChanged(ended=True))

    def on_index_noticed(self, message: IndexNoticed) -> None:
        """Say it once in full."""
        from tui.storage.objects.path import is_address

        message.stop()
        if not self._control.is_of_run(message.run):
            return
        if not is_address(message.sentence):  # what begins so is about a bucket
            self._notice = message.sentence
        self.app.notify(message.sentence, timeout=10, markup=False)

    def on_index_failure(self, message: IndexFailure) -> None:
        """The count is in the progress; ``photoseek status`` lists them."""
        message.stop()

    def on_index_ended(self, message: IndexEnded) -> None:
        """Show the outcome."""
        message.stop()
        if not self._control.is_of_run(message.run):
            return
        self._control.ended(message)
        self._stop_clock()
        self._show_ended(message)
        if message.outcome == "refused":
            self.app.notify(message.sentence, timeout=10, markup=False)
        if message.outcome == "refused" or (
            message.outcome == "done" and not message.progress.failed
        ):
            self._clock = self.set_timer(DONE_SHOWN, self._hide)
        self.post_message(LibraryChanged(ended=True))

    def _hide(self) -> None:
        self.display = False

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.stop()
            self._clock = None

    def _show_watching(self, folder: Path, text: str = "") -> None:
        if not text and self.app.size.height < _WATCHING_FROM:
            self._hide()
            return
        word = "Indexed" if text else "Watching"
        text = text or ("looking for changes every second" if self._notice else "for changes")
        self._say(word, folder, text, f"{key_for('panes.cancel')} stop")

    def _show_running(self, folder: Path, progress: Progress) -> None:
        stopping = self._control.run is not None and self._control.run.stopping
        text = "finishing the last pictures" if stopping else progress_text(progress)
        if progress.phase == "embedding" and not progress.done:
            text += " · the model is starting"
        key = f"{key_for('panes.cancel')} {'stop now' if stopping else 'stop'}"
        self._say("Indexing", folder, text, key, _bar(progress))

    def _show_ended(self, ended: IndexEnded) -> None:
        if ended.outcome == "done":
            key = f"{key_for('panes.failures')} why" if ended.progress.failed else ""
            text = summary(ended.progress)
        elif ended.outcome == "refused":
            text, key = ended.sentence, ""
        elif ended.watching:
            text = ended.sentence or "changes are not followed any more"
            key = f"{key_for('panes.resume')} resume"
        else:
            text, key = (
                ended.sentence or f"at {progress_text(ended.progress)}",
                f"{key_for('panes.resume')} resume",
            )
        word = "Stopped watching" if ended.watching else "Stopped indexing"
        word = {"done": "Indexed", "refused": "Not indexed:"}.get(ended.outcome, word)
        self._say(word, ended.folder, text, key)

    def _say(self, word: str, folder: Path, text: str, key: str, bar: Content = _NO_BAR) -> None:
        self.display = True
        self._title = Content.assemble((word, "bold"), f" {shown_folder(folder)}  ")
        self._bar, self._text, self._key = bar, printable(text), key
        self._fit()

    def on_resize(self) -> None:
        """Fit the line into the new width."""
        self._fit()

    def _fit(self) -> None:
        columns = self.app.size.width
        bar = self._bar if columns >= _BAR_FROM else _NO_BAR
        width = max(0, columns - 4 - len(self._key) - 1)
        left = Content.assemble(self._title, bar, self._text).truncate(
            width, ellipsis=True, pad=True
        )
        self.update(Content.assemble(left, " ", (self._key, "$primary")), layout=False)


def _bar(progress: Progress) -> Content:
    filled = round(_BAR * progress.done / progress.total) if progress.total else 0
    filled = min(filled, _BAR)
    return Content.assemble(("━" * filled, "$primary"), ("╌" * (_BAR - filled), "dim"), " ")
