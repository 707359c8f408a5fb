"""The scroll bar beside the results, which counts rows of cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.scrollbar import ScrollBar

if TYPE_CHECKING:
    from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp

    from tui.app.model.result_window import Window


@dataclass
class RowRequested(Message):
    """The user scrolls to another first row, which may be out of range."""

    top: int


class RowScrollBar(ScrollBar):
    """Shows which rows of a window are on screen; posts `RowRequested`."""

    def __init__(self) -> None:
        super().__init__(vertical=True)
        self._page = 0

    def show(self, window: Window) -> None:
        """Show the position of a window; hide the bar if all rows fit."""
        self._page = window.rows
        self.window_virtual_size = window.total_rows
        self.window_size = window.rows
        self.position = window.top
        self.display = window.total_rows > window.rows

    def on_scroll_to(self, message: ScrollTo) -> None:
        """Follow the handle."""
        message.stop()
        if message.y is not None:
            self.post_message(RowRequested(round(message.y)))

    def on_scroll_up(self, message: ScrollUp) -> None:
        """Scroll a page up on a click above the handle."""
        message.stop()
        self.post_message(RowRequested(round(self.position) - self._page))

    def on_scroll_down(self, message: ScrollDown) -> None:
        """Scroll a page down on a click below the handle."""
        message.stop()
        self.post_message(RowRequested(round(self.position) + self._page))
