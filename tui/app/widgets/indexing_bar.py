"""The line about the indexing run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from tui.app.model.status_text import shown_folder
from tui.app.workers.guard import Guarded
from tui.core.formatting import printable

if TYPE_CHECKING:
    from textual.timer import Timer

    from tui.app.model.indexing_status import IndexingStatus
    from tui.core.domain import Progress

_BAR = 24
"""Columns of the progress bar."""
_BAR_FROM = 80
"""Columns of a terminal that has room for the bar."""
_MINOR_FROM = 16
"""Rows of a terminal that has room for a minor status."""

SUCCESSOR_AFTER = 12.0
"""Seconds until the successor of a status takes over."""


class IndexingBar(Guarded, Static):
    """Shows the state of the indexing run; takes no room while there is none.

    Attributes:
        status: what is shown; None hides the line.
    """

    DEFAULT_CSS = """
    IndexingBar {
        height: 1;
        padding: 0 2;
        background: $panel;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    status: reactive[IndexingStatus | None] = reactive(None, layout=False, always_update=True)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget has it
        super().__init__(id=id)
        self._timer: Timer | None = None
        self.display = False

    def show(self, status: IndexingStatus | None) -> None:
        """Show another status."""
        self.status = status

    def watch_status(self, status: IndexingStatus | None) -> None:
        """Show the status, and its successor after a while."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if status is not None and status.successor is not None:
            self._timer = self.set_timer(SUCCESSOR_AFTER, self._show_successor)
        is_low = self.app.size.height < _MINOR_FROM
        self.display = status is not None and not (status.is_minor and is_low)
        self._draw()

    def on_resize(self) -> None:
        """Fit the line into the new width."""
        self._draw()

    def _show_successor(self) -> None:
        if self.status is not None and self.status.successor is not None:
            self.status = self.status.successor()

    def _draw(self) -> None:
        status = self.status
        if status is None:
            return
        columns = self.app.size.width
        width = max(0, columns - 4 - len(status.key) - 1)
        line = Content.assemble(
            (status.heading, "bold"),
            f" {shown_folder(status.folder)}  ",
            _bar(status.progress) if status.progress and columns >= _BAR_FROM else "",
            printable(status.text),
        )
        line = line.truncate(width, ellipsis=True, pad=True)
        self.update(Content.assemble(line, " ", (status.key, "$primary")), layout=False)


def _bar(progress: Progress) -> Content:
    filled = round(_BAR * progress.done / progress.total) if progress.total else 0
    filled = min(filled, _BAR)
    return Content.assemble(("━" * filled, "$primary"), ("╌" * (_BAR - filled), "dim"), " ")
