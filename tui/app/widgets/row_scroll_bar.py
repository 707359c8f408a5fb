"""The scroll bar beside the results, which counts rows of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.scrollbar import ScrollBar

from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp

    from tui.app.model.result_window import Window


class RowScrollBar(Guarded, ScrollBar):
    """Shows which rows of a window are on screen; blank if all of them are.

    It always has its column, so that the cells keep their size whatever the number of hits.

    Args:
        scroll_to: scrolls until a row is the first on screen.
    """

    def __init__(self, scroll_to: Callable[[int], object]) -> None:
        super().__init__(vertical=True)
        self._scroll_to_row = scroll_to

    def show(self, window: Window) -> None:
        """Show the position of a window."""
        self.window_virtual_size = max(window.total_rows, window.rows)
        self.window_size = window.rows
        self.position = window.top

    def on_scroll_to(self, message: ScrollTo) -> None:
        """Follow the handle."""
        message.stop()
        if message.y is not None:
            self._scroll_to_row(round(message.y))

    def on_scroll_up(self, message: ScrollUp) -> None:
        """Scroll a page up on a click above the handle."""
        message.stop()
        self._scroll_to_row(round(self.position - self.window_size))

    def on_scroll_down(self, message: ScrollDown) -> None:
        """Scroll a page down on a click below the handle."""
        message.stop()
        self._scroll_to_row(round(self.position + self.window_size))

    def validate_mouse_over(self, mouse_over: bool) -> bool:
        """Do not highlight a blank bar."""
        return mouse_over and self.window_size < self.window_virtual_size
