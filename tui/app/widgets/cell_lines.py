"""The lines of the cells on screen, drawn once and again only where a cell has changed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Region, Size
from textual.strip import Strip

from tui.app.model.result_window import LIST_HEIGHT, GridShape
from tui.app.widgets.cell_content import CellStyles
from tui.app.widgets.cell_drawing import draw_rule
from tui.app.widgets.result_cell import ResultCell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.widgets.cell_content import CellContent, Rule
    from tui.app.widgets.thumbnail_slot import ThumbnailReady


class CellLines:
    """Arranges cells in rows and columns, and joins their strips to lines; no widget.

    Args:
        thumbnails: makes the thumbnails.
        post: posts `ThumbnailReady`; another thread calls it.
        request_later: called when `request` is to be called after the next frame.
    """

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        *,
        post: Callable[[ThumbnailReady], object],
        request_later: Callable[[], object],
    ) -> None:
        self._thumbnails = thumbnails
        self._post = post
        self._request_later = request_later
        self._size = Size()
        self._shape = GridShape()
        self._styles = CellStyles()
        self._boxes: list[Region] = []
        self._contents: Sequence[CellContent | None] = ()
        self._first_slot = 0
        self._rule: Rule | None = None
        self._moved = Region()
        self._cells: list[ResultCell] = []
        self._lines: list[Strip | None] = []
        self._is_new = True

    @property
    def cells(self) -> list[ResultCell]:
        """The cells that show a hit, or wait for its details."""
        pairs = zip(self._cells, self._contents, strict=False)
        return [cell for cell, content in pairs if content is not None]

    def cell_at(self, x: int, y: int) -> ResultCell | None:
        """Return the cell at a point that shows a hit."""
        return next((cell for cell in self.cells if cell.region.contains(x, y)), None)

    def lay_out(self, shape: GridShape, size: Size) -> None:
        """Arrange the cells in ``size`` characters."""
        if (shape, size) == (self._shape, self._size):
            return
        self._shape, self._size = shape, size
        self._boxes = cell_boxes(shape, size, self._rule_row)
        self._cells += [
            ResultCell(self._thumbnails, post=self._post, request_later=self._note_request)
            for _ in range(len(self._boxes) - len(self._cells))
        ]
        self._is_new = True
        self._show_contents()

    def restyle(self, styles: CellStyles) -> None:
        """Draw in other styles."""
        if styles != self._styles:
            self._styles = styles
            self._is_new = True
            self._show_contents()

    def show(
        self,
        contents: Sequence[CellContent | None],
        first_slot: int = 0,
        rule: Rule | None = None,
    ) -> None:
        """Show hits, one in each cell.

        Args:
            contents: of the cells, None for a free cell.
            first_slot: the slot of the first cell, which shows how far the hits have scrolled.
            rule: the rule above the weak matches, if it is on the screen.
        """
        if self._contents and contents:
            # A hit that scrolls keeps its cell, and so its drawing and the request for its picture.
            self._rotate(first_slot - self._first_slot)
        self._contents, self._first_slot = contents, first_slot
        if rule != self._rule:
            self._move_rule(rule)
        self._show_contents()

    def receive(self, messages: Iterable[ThumbnailReady]) -> None:
        """Show thumbnails that have been made, if they are still needed."""
        for message in messages:
            for cell in self.cells:
                cell.receive(message)

    def request(self) -> None:
        """Request the missing thumbnails."""
        for cell in self.cells:
            cell.request()

    def renew(self) -> None:
        """Request all thumbnails again, since the cell size of the terminal has changed."""
        for cell in self._cells:
            cell.renew()

    def clear(self) -> None:
        """Cancel the requests and free the pictures that the terminal holds."""
        self.show(())

    def redraw(self) -> list[Region]:
        """Draw the cells that have changed; return the regions that look different."""
        moved, self._moved = self._moved, Region()
        regions = [region for cell in self._cells for region in cell.redraw()]
        if moved:
            regions = [moved, *(region for region in regions if not moved.contains_region(region))]
        if self._is_new:
            self._is_new = False
            self._lines = [None] * self._size.height
            return [self._size.region] if self._size else []
        for region in regions:
            self._lines[region.y : region.bottom] = [None] * region.height
        return [region for region in regions if region]

    def line(self, y: int) -> Strip:
        """Return a line, as wide as all cells."""
        line = self._lines[y] if y < len(self._lines) else None
        if line is None:
            line = self._joined(y)
            if y < len(self._lines):
                self._lines[y] = line
        return line

    def _joined(self, y: int) -> Strip:
        if self._rule is not None and y == self._rule_line:
            return draw_rule(self._rule.label, self._size.width, self._styles)
        segments: list[Segment] = []
        width = 0
        for cell in self._cells[: len(self._boxes)]:
            region = cell.region
            if region.y <= y < region.bottom:
                width += region.width
                for part in cell.rows[y - region.y]:
                    segments += part
        if missing := self._size.width - width:
            segments.append(Segment(" " * missing, self._styles.faint))
        return Strip(segments, self._size.width)

    def _show_contents(self) -> None:
        for number, cell in enumerate(self._cells):
            content = self._contents[number] if number < len(self._contents) else None
            box = self._boxes[number] if number < len(self._boxes) else Region()
            cell.show(content, box, self._styles)

    @property
    def _rule_row(self) -> int | None:
        """The row below the rule; None without one, and below the rows after a resize."""
        if self._rule is None or not self._shape.has_rule or self._rule.row >= self._shape.rows:
            return None
        return self._rule.row

    @property
    def _rule_line(self) -> int | None:
        """The line of the rule, between the cells above and below it."""
        row = self._rule_row
        return None if row is None else self._boxes[row * self._shape.columns].y - 1

    def _move_rule(self, rule: Rule | None) -> None:
        """Show another rule: the cells below its former and its new row move by a line."""
        rows = {one.row for one in (self._rule, rule) if one is not None}
        self._rule = rule
        if not self._shape.has_rule or not self._boxes:
            return
        self._boxes = cell_boxes(self._shape, self._size, self._rule_row)
        starts = range(0, len(self._boxes), self._shape.columns)
        tops = [self._boxes[starts[row]].y for row in rows if row < len(starts)]
        top = max(0, min(tops, default=self._size.height) - 1)
        self._moved = Region(0, top, self._size.width, self._size.height - top)

    def _note_request(self, _request: Callable[[], None]) -> None:
        self._request_later()

    def _rotate(self, steps: int) -> None:
        count = len(self._boxes)
        if 0 < abs(steps) < count:
            cells, spare = self._cells[:count], self._cells[count:]
            self._cells = [*cells[steps:], *cells[:steps], *spare]


def cell_boxes(shape: GridShape, size: Size, rule_row: int | None = None) -> list[Region]:
    """Return the boxes of the cells, row by row; there is a line for a rule above ``rule_row``."""
    height = max(0, size.height - shape.has_rule)
    rows = [LIST_HEIGHT * row for row in range(shape.rows + 1)]
    if shape.form != "list":
        rows = _divided(height, shape.rows)
    columns = _divided(size.width, shape.columns)
    return [
        Region(x, y + is_below, right - x, min(bottom, height) - min(y, height))
        for row, (y, bottom) in enumerate(pairwise(rows))
        for is_below in (rule_row is not None and row >= rule_row,)
        for x, right in pairwise(columns)
    ]


def _divided(length: int, count: int) -> list[int]:
    """Return where the ``count`` parts of a length begin, and its end."""
    return [length * part // count for part in range(count + 1)]
