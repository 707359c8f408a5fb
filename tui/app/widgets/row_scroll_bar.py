"""The scroll bar beside the results, which counts rows of cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.scrollbar import ScrollBar

if TYPE_CHECKING:
    from tui.app.model.result_window import Window


class RowScrollBar(ScrollBar):
    """Shows which rows of a window are on screen."""

    def __init__(self) -> None:
        super().__init__(vertical=True)

    def show(self, window: Window) -> None:
        """Show the position of a window; hide the bar if all rows fit."""
        self.window_virtual_size = window.total_rows
        self.window_size = window.rows
        self.position = window.top
        self.display = window.total_rows > window.rows
