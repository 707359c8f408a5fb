"""The scroll bar beside the results, which counts rows of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.scrollbar import ScrollBar

if TYPE_CHECKING:
    from tui.app.model.result_window import Window


class RowScrollBar(ScrollBar):
    """Shows which rows of a window are on screen; blank if all of them are.

    It always has its column, so that the cells keep their size whatever the number of hits.
    """

    def __init__(self) -> None:
        super().__init__(vertical=True)

    def show(self, window: Window) -> None:
        """Show the position of a window."""
        self.window_virtual_size = max(window.total_rows, window.rows)
        self.window_size = window.rows
        self.position = window.top

    def validate_mouse_over(self, mouse_over: bool) -> bool:
        """Do not highlight a blank bar."""
        return mouse_over and self.window_size < self.window_virtual_size
