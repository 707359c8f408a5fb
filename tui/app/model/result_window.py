"""The layout of the results and the window of hits on screen, as values without widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Move = Literal[
    "up",
    "down",
    "left",
    "right",
    "first",
    "last",
    "page_up",
    "page_down",
    "half_page_up",
    "half_page_down",
]

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
CellLayout = Literal["grid", "list", "line", "columns"]

_LOWEST: dict[CellLayout, int] = {
    "grid": _SMALLEST_HEIGHT,
    "list": LIST_HEIGHT,
    "line": 2,
    "columns": 2,
}
"""The most lines of a window that has no room for the rule."""


@dataclass(frozen=True, slots=True)
class GridShape:
    """The layout of the results.

    Attributes:
        columns: cells side by side.
        rows: cells on top of each other.
        form: of a hit: a picture with its name, details beside a picture, a line with its name, or
            a line in columns.
        has_rule: one line of the screen is free for the rule above the weak matches. It always is,
            so that pictures keep their size whether the rule is on the screen or not.
    """

    columns: int = 1
    rows: int = 1
    form: CellLayout = "grid"
    has_rule: bool = False


def shape_for(
    width: int,
    height: int,
    view: View = "grid",
    *,
    pictures: bool = True,
    beside_preview: bool = False,
) -> GridShape:
    """Choose a layout for ``width`` x ``height`` characters; lines if it is too small.

    A list beside a preview has one line per picture, since the preview shows the highlighted one.
    """
    form = _form_for(width, height, view, pictures=pictures)
    if beside_preview and (view == "list" or not pictures):
        form = "columns"
    has_rule = height > _LOWEST[form]
    height -= has_rule
    if form == "list":
        return GridShape(1, height // LIST_HEIGHT, form, has_rule)
    if form in ("line", "columns"):
        return GridShape(1, max(1, height), form, has_rule)
    rows = max(2 if height >= _TWO_ROWS_FROM else 1, round(height / _IDEAL_HEIGHT))
    cell_height = height // rows
    cell_width = (cell_height - _BORDER) / _ASPECT + _BORDER
    columns = min(round(width / cell_width), width // _SMALLEST_WIDTH)
    return GridShape(max(1, columns), rows, has_rule=has_rule)


def _form_for(width: int, height: int, view: View, *, pictures: bool) -> CellLayout:
    if view == "list" and width >= _LIST_WIDTH and height >= LIST_HEIGHT:
        return "list"
    if not pictures or width < _SMALLEST_WIDTH or height < _SMALLEST_HEIGHT:
        return "line"
    return "grid"


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the hits on screen.

    Always true: the cursor is a hit (0 where there are none) and is on screen; the window does
    not hang over the end where it need not.

    The weak matches begin a row of their own. So a row before them may have free cells, and the
    cells are counted in slots: a hit below the break has a higher slot than index.

    Attributes:
        total: how many hits there are.
        columns: cells side by side.
        rows: rows of cells on screen.
        top: the first row on screen.
        cursor: the highlighted hit, counted from 0.
        break_at: the first hit of the row that begins below the rule; None without a rule.
    """

    total: int = 0
    columns: int = 1
    rows: int = 1
    top: int = 0
    cursor: int = 0
    break_at: int | None = None

    @property
    def size(self) -> int:
        """The number of cells on screen."""
        return self.columns * self.rows

    @property
    def total_rows(self) -> int:
        """The number of rows of all hits."""
        return -(-(self.total + self._gap) // self.columns)

    @property
    def first_slot(self) -> int:
        """The slot of the first cell on screen."""
        return self.top * self.columns

    @property
    def start(self) -> int:
        """The index of the first hit on screen."""
        return self._count_before(self.first_slot)

    @property
    def stop(self) -> int:
        """The index after the last hit on screen."""
        return min(self.total, self._count_before(self.first_slot + self.size))

    @property
    def cells(self) -> list[int | None]:
        """The indices of the hits on screen by cell, None for a free cell before the rule."""
        hits: list[int | None] = [*range(self.start, self.stop)]
        if self._gap and self.break_at is not None and self.start < self.break_at < self.stop:
            position = self.break_at - self.start
            hits[position:position] = [None] * self._gap
        return hits

    @property
    def rule_row(self) -> int | None:
        """The row on screen above which the rule stands; None if it is not on screen."""
        if self.break_at is None or not self.break_at < self.total:
            return None
        row = self._row_of(self.break_at) - self.top
        return row if 0 <= row < self.rows else None

    @property
    def nearby(self) -> range:
        """The hits on screen, and one screen before and after them."""
        return range(max(0, self.start - self.size), min(self.total, self.stop + self.size))

    def moved(self, move: Move, count: int | None = None) -> Window:
        """Move the cursor; scroll as little as possible.

        Args:
            move: the direction.
            count: how many times; for ``first`` and ``last`` the hit, counted from 1.
        """
        times = count or 1
        half = max(1, self.rows // 2)
        pages = {
            "page_up": -self.rows,
            "page_down": self.rows,
            "half_page_up": -half,
            "half_page_down": half,
        }
        if move in pages:
            return self._paged(pages[move] * times)
        if move in ("first", "last"):
            end = 0 if move == "first" else self.total - 1
            return self.at(end if count is None else count - 1)
        if move in ("left", "right"):
            return self.at(self.cursor + (times if move == "right" else -times))
        if move == "up":
            rows = -min(times, self._row)
        else:
            rows = max(0, min(times, self.total_rows - 1 - self._row))
        return self.at(self._hit_at(self._row + rows)) if rows else self

    def at(self, cursor: int) -> Window:
        """Move the cursor to a hit."""
        return replace(self, cursor=cursor)._settled()

    def scrolled_to(self, top: int) -> Window:
        """Scroll to a first row; the cursor stays on screen in its column."""
        top = max(0, min(top, self.total_rows - self.rows))
        row = max(top, min(self._row, top + self.rows - 1))
        return replace(self, top=top, cursor=self._hit_at(row))._settled()

    def reshaped(self, columns: int, rows: int) -> Window:
        """Change the layout; the same hit stays highlighted."""
        reshaped = replace(self, columns=columns, rows=rows)
        return replace(reshaped, top=reshaped._row_of(self.start))._settled()

    def restarted(self, total: int, break_at: int | None = None) -> Window:
        """Show the first of ``total`` new hits."""
        return replace(self, total=total, top=0, cursor=0, break_at=break_at)

    def reordered(self, total: int, position: int | None, break_at: int | None = None) -> Window:
        """Show a new ranking of the same query.

        Args:
            total: the number of hits.
            position: the new index of the highlighted hit, which stays at the same point of the
                screen. None if it is no longer a hit; the cursor then keeps its index.
            break_at: the new index of the first weak match.
        """
        after = replace(self, total=total, break_at=break_at)
        if position is None:
            return after._settled()
        top = after._row_of(position) - (self._row - self.top)
        return replace(after, top=top, cursor=position)._settled()

    @property
    def _row(self) -> int:
        return self._row_of(self.cursor)

    @property
    def _gap(self) -> int:
        """The number of free cells in the row before the rule."""
        if self.break_at is None or not self.break_at < self.total:
            return 0
        return -self.break_at % self.columns

    def _slot_of(self, index: int) -> int:
        is_below = self.break_at is not None and index >= self.break_at
        return index + self._gap if is_below else index

    def _row_of(self, index: int) -> int:
        return self._slot_of(index) // self.columns

    def _count_before(self, slot: int) -> int:
        """Return how many hits have a lower slot."""
        if self.break_at is None or slot <= self.break_at:
            return slot
        return max(self.break_at, slot - self._gap)

    def _hit_at(self, row: int) -> int:
        """Return the hit of a row in the cursor's column, or the last one before that column."""
        slot = row * self.columns + self._slot_of(self.cursor) % self.columns
        return self._count_before(slot + 1) - 1

    def _paged(self, rows: int) -> Window:
        row = max(0, min(self._row + rows, self.total_rows - 1))
        return replace(self, top=self.top + rows, cursor=self._hit_at(row))._settled()

    def _settled(self) -> Window:
        cursor = max(0, min(self.cursor, self.total - 1))
        row = self._row_of(cursor)
        top = max(row - self.rows + 1, min(self.top, row))
        top = max(0, min(top, self.total_rows - self.rows))
        return replace(self, top=top, cursor=cursor)
