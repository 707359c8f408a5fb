"""The results: the hits of a ranking, with a cursor, in a grid of cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui.app.model.loaded_hits import LoadedHits
from tui.app.model.result_window import GridShape, Window, shape_for
from tui.app.widgets.cell_content import CellAppearance, CellContent
from tui.app.widgets.cell_grid import CellGrid
from tui.app.widgets.row_scroll_bar import RowScrollBar
from tui.app.workers.guard import Guarded
from tui.core.formatting import printable_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from textual import events
    from textual.app import ComposeResult

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.result_window import Move, View
    from tui.app.widgets.result_cell import ResultCell
    from tui.core.domain import FileDetails, Hit


@dataclass
class WindowMoved(Message):
    """Other hits are on screen; the details of some of them are not loaded."""

    window: Window


@dataclass
class PictureHighlighted(Message):
    """The cursor is on another picture, or on none."""

    hit: Hit | None


class PictureActivated(Message):
    """The highlighted picture was clicked twice."""


class Results(Guarded, Widget, can_focus=True):
    """Shows hits, moves a cursor over them and requests the details that are not loaded.

    Args:
        thumbnails: makes the thumbnails of the cells.
        marks: the numbers of marked files.
        follow: called when the highlighted picture may look different, before the next paint.

    Attributes:
        window: the part of the ranking on screen.
        touched: the user has moved the cursor.
        view: whether the hits are in a grid or in a list.
    """

    DEFAULT_CSS = """
    Results {
        width: 1fr;
        height: 1fr;
        layout: horizontal;
        overflow: hidden hidden;
        background: $background;
        #empty {
            display: none;
            width: 1fr;
            height: 1fr;
            content-align: center middle;
            text-align: center;
            color: $text-muted;
        }
        ScrollBar { width: 1; height: 1fr; }
        &.-empty #empty { display: block; }
        &.-empty #cells, &.-empty ScrollBar { display: none; }
    }
    """

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        marks: Container[int] = (),
        *,
        follow: Callable[[], object] = lambda: None,
        id: str | None = None,  # noqa: A002 - as in every widget
    ) -> None:
        super().__init__(id=id)
        self.window = Window()
        self.touched = False
        self._thumbnails = thumbnails
        self._shape = GridShape()
        self._hits = LoadedHits()
        self._rule = ""
        self._marks = marks
        self._follow = follow
        self.view: View = "grid"
        self._is_beside_preview = False
        self._removed: set[int] = set()
        self._highlighted: int | None = None
        self._empty = Static(markup=False, id="empty")
        self._empty_text = ""
        self._grid = CellGrid(thumbnails)
        self._bar = RowScrollBar(self._scroll_to_row)

    def compose(self) -> ComposeResult:
        """Yield the empty state, the cells and the scroll bar."""
        yield from (self._empty, self._grid, self._bar)

    # --- the ranking --------------------------------------------------------------------------

    @property
    def current(self) -> Hit | None:
        """The highlighted hit; None if there is none or its details are not loaded."""
        return self._hits.get(self.window.cursor) if self.window.total else None

    @property
    def current_content(self) -> CellContent:
        """The content of the highlighted hit's cell."""
        cursor, hit = self.window.cursor, self.current
        return CellContent(cursor, hit, self._appearance(cursor, hit))

    def show_ranking(
        self,
        window: Window,
        hits: Iterable[Hit],
        rule: str = "",
    ) -> None:
        """Show another ranking.

        Args:
            window: the part of it to show.
            hits: the loaded details; ``WindowMoved`` requests others.
            rule: the label of the rule above the weak matches.
        """
        self._hits.replace(hits)
        self._rule = rule
        self._go(window)

    def show_total(self, total: int) -> None:
        """Show that the same ranking has another number of hits."""
        self._go(self.window.reordered(total, None))

    def add_hits(self, hits: Iterable[Hit]) -> None:
        """Add details that have been loaded."""
        self._hits.add(hits, self.window)
        self.redraw()

    def show_empty(self, text: str) -> None:
        """Set the text that is shown without results."""
        if text != self._empty_text:
            self._empty_text = text
            self._empty.update(printable_lines(text), layout=False)

    def step(self) -> None:
        """Move the cursor to the next hit, if there is one."""
        self.go_to(min(self.window.cursor + 1, self.window.total - 1))

    def hit_at(self, index: int) -> Hit | None:
        """Return the hit at an index if its details are loaded."""
        return self._hits.get(index)

    def loaded_files(self) -> list[FileDetails]:
        """Return the loaded details of the files on the screen and around it."""
        return self._hits.files()

    def go_to(self, index: int | None) -> None:
        """Move the cursor to a hit."""
        if index is not None:
            self.touched = True
            self._go(self.window.at(index))

    def lay_out(self, view: View, *, beside_preview: bool = False) -> None:
        """Arrange the hits for a view; a list beside a preview has one line per picture."""
        self.view, self._is_beside_preview = view, beside_preview
        if self.is_attached:
            self.on_resize()

    def drop(self, file_ids: Iterable[int]) -> None:
        """Show files as removed until a ranking lacks them."""
        self._removed |= set(file_ids)
        self.redraw()

    def restore(self, file_ids: Iterable[int]) -> None:
        """Show restored files as usual."""
        self._removed -= set(file_ids)
        self.redraw()

    @property
    def cells(self) -> list[ResultCell]:
        """The cells on screen that show a hit, or wait for its details."""
        return self._grid.cells

    def redraw(self) -> None:
        """Draw what has changed in the window, such as marks."""
        self._draw_cells()
        self._bar.show(self.window)
        self._follow()
        self._post_highlighted()

    # --- keys and mouse -----------------------------------------------------------------------

    def move(self, move: Move, count: int | None = None) -> bool:
        """Move the cursor, ``count`` times; return False if that goes up from the first row."""
        window = self.window.moved(move, count)
        if move == "up" and window.cursor == self.window.cursor:
            return False
        self.touched = True
        self._go(window)
        return True

    def on_click(self, event: events.Click) -> None:
        """Highlight the cell; a double click activates it."""
        offset = event.screen_offset - self._grid.region.offset
        cell = self._grid.cell_at(*offset) if event.widget is self._grid else None
        if cell is None or cell.hit is None:
            return
        self.go_to(cell.index)
        if event.chain == 2:
            self.post_message(PictureActivated())

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll a row down."""
        event.stop()
        self._scroll_to_row(self.window.top + 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll a row up."""
        event.stop()
        self._scroll_to_row(self.window.top - 1)

    def on_resize(self) -> None:
        """Lay out the cells for the new size."""
        width, height = self.content_size
        pictures = self._thumbnails.images.protocol != "off"
        self._shape = shape_for(
            max(0, width - 1),
            height,
            self.view,
            pictures=pictures,
            beside_preview=self._is_beside_preview,
        )
        self._grid.lay_out(self._shape)
        self._go(self.window.reshaped(self._shape.columns, self._shape.rows))

    # --- drawing ------------------------------------------------------------------------------

    def _scroll_to_row(self, top: int) -> None:
        self.touched = True
        self._go(self.window.scrolled_to(top))

    def _go(self, window: Window) -> None:
        self.window = window
        if self.has_class("-empty") != (not window.total):
            self.toggle_class("-empty")
        self.redraw()
        if self._hits.lacks_any(window):
            self.post_message(WindowMoved(window))

    def watch_has_focus(self, has_focus: bool) -> None:
        """Draw the cursor with or without the focus."""
        super().watch_has_focus(has_focus)
        self._draw_cells()

    def _draw_cells(self) -> None:
        self._grid.show(self.window, self._hits, self._appearance, self._rule)

    def _appearance(self, index: int, hit: Hit | None) -> CellAppearance:
        return CellAppearance(
            self._shape.form,
            is_current=index == self.window.cursor,
            has_focus=index == self.window.cursor and self.has_focus,
            marked=hit is not None and hit.file.file_id in self._marks,
            removed=hit is not None and hit.file.file_id in self._removed,
        )

    def _post_highlighted(self) -> None:
        hit = self.current
        file_id = hit.file.file_id if hit else None
        if file_id != self._highlighted:
            self._highlighted = file_id
            self.post_message(PictureHighlighted(hit))
