"""The layout of the results and the window of hits on screen, as values without widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Move = Literal["up", "down", "left", "right", "first", "last", "page_up", "page_down"]

_BORDER = 2
_ASPECT = 3 / 8
"""Rows for each column of a 4:3 picture; a character is about twice as high as wide."""

_IDEAL_HEIGHT = 12
_TWO_ROWS_FROM = 12
_SMALLEST_WIDTH = 16
_SMALLEST_HEIGHT = 5
LIST_HEIGHT = 5
_LIST_WIDTH = 30

View = Literal["grid", "list"]
CellLayout = Literal["grid", "list", "line"]


@dataclass(frozen=True, slots=True)
class GridShape:
    """The layout of the results.

    Attributes:
        columns: cells side by side.
        rows: cells on top of each other.
        form: of a hit: a picture with its name, details beside a picture, or one line of text.
    """

    columns: int = 1
    rows: int = 1
    form: CellLayout = "grid"


def shape_for(width: int, height: int, view: View = "grid", *, pictures: bool = True) -> GridShape:
    """Choose a layout for ``width`` x ``height`` characters; lines if it is too small."""
    if view == "list" and width >= _LIST_WIDTH and height >= LIST_HEIGHT:
        return GridShape(1, height // LIST_HEIGHT, "list")
    if not pictures or width < _SMALLEST_WIDTH or height < _SMALLEST_HEIGHT:
        return GridShape(1, max(1, height), "line")
    rows = max(2 if height >= _TWO_ROWS_FROM else 1, round(height / _IDEAL_HEIGHT))
    cell_height = height // rows
    cell_width = (cell_height - _BORDER) / _ASPECT + _BORDER
    columns = min(round(width / cell_width), width // _SMALLEST_WIDTH)
    return GridShape(max(1, columns), rows)


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the hits on screen.

    Always true: the cursor is a hit (0 where there are none) and is on screen; the window does
    not hang over the end where it need not.

    Attributes:
        total: how many hits there are.
        columns: cells side by side.
        rows: rows of cells on screen.
        top: the first row on screen.
        cursor: the highlighted hit, counted from 0.
    """

    total: int = 0
    columns: int = 1
    rows: int = 1
    top: int = 0
    cursor: int = 0

    @property
    def size(self) -> int:
        """The number of cells on screen."""
        return self.columns * self.rows

    @property
    def total_rows(self) -> int:
        """The number of rows of all hits."""
        return -(-self.total // self.columns)

    @property
    def start(self) -> int:
        """The index of the first hit on screen."""
        return self.top * self.columns

    @property
    def stop(self) -> int:
        """The index after the last hit on screen."""
        return min(self.total, self.start + self.size)

    @property
    def nearby(self) -> range:
        """The hits on screen, and one screen before and after them."""
        return range(max(0, self.start - self.size), min(self.total, self.start + 2 * self.size))

    def moved(self, move: Move) -> Window:
        """Move the cursor; scroll as little as possible."""
        if move == "page_up":
            return self._paged(-self.rows)
        if move == "page_down":
            return self._paged(self.rows)
        steps = {"left": -1, "right": 1, "up": -self.columns, "down": self.columns}
        if move in steps:
            cursor = self.cursor + steps[move]
        else:
            cursor = 0 if move == "first" else self.total - 1
        if move == "up" and cursor < 0:
            return self
        if move == "down" and cursor >= self.total and self._row == self.total_rows - 1:
            return self
        return replace(self, cursor=cursor)._settled()

    def at(self, cursor: int) -> Window:
        """Move the cursor to a hit."""
        return replace(self, cursor=cursor)._settled()

    def scrolled_to(self, top: int) -> Window:
        """Scroll to a first row; the cursor stays on screen in its column."""
        top = max(0, min(top, self.total_rows - self.rows))
        row = max(top, min(self._row, top + self.rows - 1))
        cursor = row * self.columns + self.cursor % self.columns
        return replace(self, top=top, cursor=cursor)._settled()

    def reshaped(self, columns: int, rows: int) -> Window:
        """Change the layout; the same hit stays highlighted."""
        return replace(self, columns=columns, rows=rows, top=self.start // columns)._settled()

    def restarted(self, total: int) -> Window:
        """Show the first of ``total`` new hits."""
        return replace(self, total=total, top=0, cursor=0)

    def reordered(self, total: int, position: int | None) -> Window:
        """Show a new ranking of the same query.

        Args:
            total: the number of hits.
            position: the new index of the highlighted hit, which stays at the same point of the
                screen. None if it is no hit any more: then the cursor keeps its index.
        """
        if position is None:
            return replace(self, total=total)._settled()
        top = position // self.columns - (self._row - self.top)
        return replace(self, total=total, top=top, cursor=position)._settled()

    @property
    def _row(self) -> int:
        return self.cursor // self.columns

    def _paged(self, rows: int) -> Window:
        cursor = self.cursor + rows * self.columns
        if cursor < 0:
            cursor = self.cursor % self.columns
        return replace(self, top=self.top + rows, cursor=cursor)._settled()

    def _settled(self) -> Window:
        cursor = max(0, min(self.cursor, self.total - 1))
        row = cursor // self.columns
        top = max(row - self.rows + 1, min(self.top, row))
        top = max(0, min(top, self.total_rows - self.rows))
        return replace(self, top=top, cursor=cursor)
