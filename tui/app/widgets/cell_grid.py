"""The cells on screen, which show one window of the hits after another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container

from tui.app.model.result_window import LIST_HEIGHT
from tui.app.widgets.result_cell import ResultCell

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.loaded_hits import LoadedHits
    from tui.app.model.result_window import GridShape, Window
    from tui.app.widgets.result_cell import CellAppearance
    from tui.core.domain import Hit


class CellGrid(Container):
    """Mounts cells as a larger window needs them, and reuses them.

    Args:
        thumbnails: makes the thumbnails of the cells.
    """

    DEFAULT_CSS = """
    CellGrid { layout: grid; width: 1fr; height: 1fr; overflow: hidden hidden; }
    """

    def __init__(self, thumbnails: ThumbnailLoader) -> None:
        super().__init__(id="cells")
        self._thumbnails = thumbnails
        self._cells: list[ResultCell] = []

    def lay_out(self, shape: GridShape) -> None:
        """Arrange the cells in rows and columns."""
        self.styles.grid_size_columns = shape.columns
        self.styles.grid_size_rows = shape.rows
        self.styles.grid_rows = f"{LIST_HEIGHT}" if shape.form == "list" else "1fr"

    def show(
        self,
        window: Window,
        hits: LoadedHits,
        best: float | None,
        appearance: Callable[[int, Hit | None], CellAppearance],
    ) -> None:
        """Show a window of the hits.

        Args:
            window: the hits to show.
            hits: their details, as far as they are loaded.
            best: the highest score of the ranking.
            appearance: returns the appearance of the cell of a hit, given the hit's index.
        """
        self._mount_cells(window.size if window.total else 0)
        for index, cell in enumerate(self._cells, window.start):
            cell.display = index < window.start + window.size
            cell.visible = index < window.stop
            hit = hits.get(index) if cell.display and cell.visible else None
            cell.show_hit(index, hit, best, appearance(index, hit))

    def _mount_cells(self, count: int) -> None:
        cells = [ResultCell(self._thumbnails) for _ in range(count - len(self._cells))]
        if cells and self.is_attached:
            self._cells += cells
            self.mount(*cells)
