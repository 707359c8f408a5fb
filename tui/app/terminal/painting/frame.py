"""The contents of the terminal, so that only the changes are sent.

Textual paints whole widgets again, and sends each part of a line from its left edge.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import NULL_SIZE

from tui.app.terminal.painting.cells import cells_of, cut
from tui.app.terminal.painting.pen import Pen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.color import ColorSystem
    from textual.strip import Strip

    from tui.app.terminal.painting.cells import Cell

_SHORT_GAP = 7
"""Cells between two changed ones that cost less than moving the cursor."""


@dataclass(slots=True)
class _Row:
    """A line.

    Attributes:
        intended: the cells that the terminal should show; None if nothing was painted.
        shown: the cells that it shows; None if that is unknown.
        strips: the strips from which the intended cells were made, by column.
        unsteady: columns before which the cursor may be anywhere, so that it must be moved.
    """

    intended: list[Cell | None] = field(default_factory=list)
    shown: list[Cell | None] = field(default_factory=list)
    strips: dict[int, Strip] = field(default_factory=dict)
    unsteady: set[int] = field(default_factory=set)


class Frame:
    """The lines of the terminal. Only the event loop, which writes to it, uses them.

    Attributes:
        size: of the last whole screen, in cells.
    """

    def __init__(self) -> None:
        self._rows: dict[int, _Row] = {}
        self._changed: set[int] = set()
        self.size = NULL_SIZE

    def forget(self) -> None:
        """Discard the shown contents: the next paint is sent whole."""
        self._rows.clear()
        self._changed.clear()

    def take(self, update: object, colours: ColorSystem) -> bool:
        """Accept an update of Textual's compositor; return whether its kind is known."""
        if type(update) is LayoutUpdate:
            if update.region.size != self.size:
                # A terminal that is already resized moves cells of the earlier layout.
                self.size = update.region.size
                self.forget()
            for y, strips in enumerate(update.strips, update.region.y):
                self._take_line(y, _placed(update.region.x, strips), colours)
        elif type(update) is ChopsUpdate:
            for y, left, right in update.spans:
                ends = zip(update.chops[y].items(), update.chop_ends[y], strict=False)
                touched = [chop for chop, end in ends if chop[0] < right and end > left]
                # A chop beyond the span may lack a widget that covers it.
                self._take_line(y, [(x, strip) for x, strip in touched if strip], colours)
        else:
            return False
        return True

    @property
    def is_behind(self) -> bool:
        """Whether lines were omitted from the last changes."""
        return bool(self._changed)

    def changes(self, limit: int | None = None) -> str:
        """Return the text to send so that the terminal shows what the updates painted.

        Args:
            limit: the most characters to return. Lines that exceed it are left for the next
                call: those with the most changed cells, which contain pictures. None returns
                all.
        """
        if limit is not None:
            return self._smallest_changes(limit)
        pen = Pen()
        text: list[str] = []
        for y in sorted(self._changed):
            row = self._rows[y]
            if row.intended != row.shown:
                _write(text, y, row, pen)
                row.shown = row.intended.copy()
        self._changed.clear()
        if pen.key:
            text.append(pen.switch(""))
        return "".join(text)

    def _smallest_changes(self, limit: int) -> str:
        lines = []
        for y in self._changed:
            pen, parts = Pen(), list[str]()
            _write(parts, y, self._rows[y], pen)
            if pen.key:
                parts.append(pen.switch(""))
            lines.append((sum(map(len, parts)), y, parts))
        text: list[str] = []
        for size, y, parts in sorted(lines):
            if size > limit:
                break
            limit -= size
            text += parts
            self._rows[y].shown = self._rows[y].intended.copy()
            self._changed.discard(y)
        return "".join(text)

    def _take_line(self, y: int, placed: Iterable[tuple[int, Strip]], colours: ColorSystem) -> None:
        row = self._rows.get(y)
        if row is None:
            row = self._rows[y] = _Row()
        for x, strip in placed:
            if row.strips.get(x) is not strip:
                _take_strip(row, x, strip, colours)
                self._changed.add(y)


def _placed(x: int, strips: Iterable[Strip]) -> Iterable[tuple[int, Strip]]:
    for strip in strips:
        yield x, strip
        x += strip.cell_length


def _take_strip(row: _Row, x: int, strip: Strip, colours: ColorSystem) -> None:
    cells, unsteady = cells_of(strip, colours)
    end = x + len(cells)
    missing = [None] * (end - len(row.intended))
    row.intended += missing
    row.shown += missing
    cuts = {column for column in (x, end) if cut(row.intended, column)}
    row.intended[x:end] = cells
    row.strips = {
        start: other
        for start, other in row.strips.items()
        if start + other.cell_length <= x or start >= end
    }
    row.strips[x] = strip
    if row.unsteady or unsteady or cuts:
        row.unsteady = {column for column in row.unsteady if not x < column <= end} | cuts
        row.unsteady.update(x + column for column in unsteady)
        for column in row.unsteady:
            if row.intended[column - 1] != row.shown[column - 1]:
                row.shown[column : column + 1] = [None] * len(row.shown[column : column + 1])


def _write(text: list[str], y: int, row: _Row, pen: Pen) -> None:
    """Append the changes of a line."""
    intended, unsteady = row.intended, row.unsteady
    current: str | None = pen.key
    after = -1
    for x, (cell, shown) in enumerate(zip(intended, row.shown, strict=True)):
        if cell == shown or cell is None:
            continue
        if x != after or x in unsteady:
            gap = "" if after < 0 or unsteady else _gap(intended[after:x], current)
            text.append(gap or f"\x1b[{y + 1};{x + 1}H")
            if pen.is_written_whole:
                current = None
        after = x + 1
        characters, key = cell
        if characters:
            if key != current:
                text.append(pen.switch(key))
                current = key
            text.append(characters)


def _gap(cells: list[Cell | None], key: str | None) -> str:
    """Return the text of unchanged cells if it costs less than moving the cursor past them."""
    if len(cells) > _SHORT_GAP or any(cell is None or cell[1] != key for cell in cells):
        return ""
    text = "".join(cell[0] for cell in cells if cell is not None)
    return text if text.isascii() else ""
