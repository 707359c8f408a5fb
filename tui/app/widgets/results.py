"""The results: a screenful of cells over any number of hits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container
from textual.message import Message
from textual.scrollbar import ScrollBar
from textual.widget import Widget
from textual.widgets import Static

from tui.app.keys.bindings import bindings
from tui.app.model.result_window import LIST_HEIGHT, GridShape, Window, shape_for
from tui.app.widgets.result_cell import CellAppearance, ResultCell
from tui.app.workers.guard import Guarded
from tui.core.formatting import printable_lines

if TYPE_CHECKING:
    from collections.abc import Container as Holder
    from collections.abc import Iterable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.result_window import Move, View
    from tui.core.domain import FileDetails, Hit


_KEPT = 2_000
"""How many hits' details are remembered around the window."""


class Results(Guarded, Widget, can_focus=True):
    """Shows hits, moves a cursor over them and asks for the details it lacks.

    Attributes:
        window: what of the ranking is on screen.
        touched: the user has moved the cursor.
        picking: Enter and a double click choose pictures instead of opening one.
    """

    DEFAULT_CSS = """
    Results {
        width: 1fr;
        height: 1fr;
        layout: horizontal;
        overflow: hidden hidden;
        background: $background;
        #cells { layout: grid; width: 1fr; height: 1fr; overflow: hidden hidden; }
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
        &:focus ResultCell.-here {
            border: heavy $border;
            border-title-color: $border;
            border-title-style: bold reverse;
            border-subtitle-color: $border;
        }
        &:focus ResultCell.-here.-plain { border: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("picking", "pictures")

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        marks: Holder[int] = (),
        *,
        id: str | None = None,  # noqa: A002 - as every widget has it
    ) -> None:
        super().__init__(id=id)
        self.window = Window()
        self.touched = False
        self.picking = False
        self._thumbnails = thumbnails
        self._shape = GridShape()
        self._hits: dict[int, Hit] = {}
        self._best: float | None = None
        self._noise_from: int | None = None
        self._marks = marks
        self._view: View = "grid"
        self._gone: set[int] = set()
        self._highlighted: int | None = None
        self._empty = Static(markup=False, id="empty")
        self._grid = Container(id="cells")
        self._bar = ScrollBar(vertical=True)
        self._cells: list[ResultCell] = []

    def compose(self) -> ComposeResult:
        """The empty state, the cells and the scroll bar; the cells come when they are needed."""
        yield self._empty
        yield self._grid
        yield self._bar

    # --- what the screen says -----------------------------------------------------------------

    @property
    def current(self) -> Hit | None:
        """The highlighted hit, None where there is none or its details are on their way."""
        return self._hits.get(self.window.cursor) if self.window.total else None

    def show_ranking(
        self,
        window: Window,
        hits: Iterable[Hit],
        best: float | None,
        noise_from: int | None = None,
    ) -> None:
        """Show another order.

        Args:
            window: what of it.
            hits: those at hand; ``WindowMoved`` asks for others.
            best: the highest score, None where there are none.
            noise_from: the place from which hits are no better than chance.
        """
        self._hits = {hit.rank - 1: hit for hit in hits}
        self._best, self._noise_from = best, noise_from
        self._go(window)

    def add_hits(self, hits: Iterable[Hit]) -> None:
        """Take up details that were asked for."""
        self._hits.update((hit.rank - 1, hit) for hit in hits)
        if len(self._hits) > _KEPT:
            near = range(self.window.start - _KEPT // 4, self.window.stop + _KEPT // 4)
            self._hits = {place: hit for place, hit in self._hits.items() if place in near}
        self._draw()

    def show_empty(self, text: str) -> None:
        """Say why there is nothing."""
        self._empty.update(printable_lines(text))

    def step(self) -> None:
        """Go on to the next hit, if there is one."""
        self.go_to(min(self.window.cursor + 1, self.window.total - 1))

    def hit_at(self, place: int) -> Hit | None:
        """Return the hit at a place, if its details are at hand."""
        return self._hits.get(place)

    def files_at_hand(self) -> list[FileDetails]:
        """Return what is known of the files on the screen and around it."""
        return [hit.file for hit in self._hits.values()]

    def go_to(self, place: int | None) -> None:
        """Put the cursor on a hit."""
        if place is not None:
            self.touched = True
            self._go(self.window.at(place))

    @property
    def view(self) -> View:
        """Whether hits are shown in a grid or in a list with their details."""
        return self._view

    @view.setter
    def view(self, view: View) -> None:
        self._view = view
        if self.is_attached:
            self.on_resize()

    def drop(self, file_ids: Iterable[int]) -> None:
        """Show files as gone, until a ranking comes without them."""
        self._gone |= set(file_ids)
        self.redraw()

    def restore(self, file_ids: Iterable[int]) -> None:
        """Show files again that were gone."""
        self._gone -= set(file_ids)
        self.redraw()

    def redraw(self) -> None:
        """Show what has been marked."""
        self._draw()

    # --- keys and mouse -----------------------------------------------------------------------

    def action_move(self, move: Move) -> None:
        """Move the cursor; up from the first row leaves to the search."""
        before = self.window.cursor
        window = self.window.moved(move)
        if move == "up" and window.cursor == before:
            self.post_message(SearchLeft())
            return
        self.touched = True
        self._go(window)

    def action_open(self) -> None:
        """Ask for the large preview."""
        if self.window.total:
            self.post_message(PictureOpened())

    def action_choose(self) -> None:
        """End with the marked pictures, or this one."""
        if self.window.total:
            self.post_message(PicturesChosen())

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Only a picker offers to choose."""
        return self.picking or action != "choose"

    def on_click(self, event: events.Click) -> None:
        """Highlight the cell; a second click opens it."""
        nodes = event.widget.ancestors_with_self if event.widget else []
        cell = next((node for node in nodes if isinstance(node, ResultCell)), None)
        if cell is None or cell.hit is None:
            return
        self.touched = True
        self._go(self.window.at(cell.place))
        if event.chain == 2 and self.picking:
            self.action_choose()
        elif event.chain == 2:
            self.action_open()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """A row down."""
        event.stop()
        self._show_from(self.window.top + 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """A row up."""
        event.stop()
        self._show_from(self.window.top - 1)

    def on_show_from(self, message: ScrollTo) -> None:
        """The bar was dragged."""
        message.stop()
        if message.y is not None:
            self._show_from(round(message.y))

    def on_scroll_up(self, message: ScrollUp) -> None:
        """The bar was clicked above its handle."""
        message.stop()
        self._show_from(self.window.top - self.window.rows)

    def on_scroll_down(self, message: ScrollDown) -> None:
        """The bar was clicked below its handle."""
        message.stop()
        self._show_from(self.window.top + self.window.rows)

    def on_resize(self) -> None:
        """Lay out anew."""
        width, height = self.content_size
        pictures = self._thumbnails.images.protocol != "off"
        self._shape = shape_for(max(0, width - 1), height, self._view, pictures=pictures)
        self._grid.styles.grid_size_columns = self._shape.columns
        self._grid.styles.grid_size_rows = self._shape.rows
        self._grid.styles.grid_rows = f"{LIST_HEIGHT}" if self._shape.form == "list" else "1fr"
        self._go(self.window.reshaped(self._shape.columns, self._shape.rows))

    # --- drawing ------------------------------------------------------------------------------

    def _show_from(self, top: int) -> None:
        self.touched = True
        self._go(self.window.scrolled_to(top))

    def _go(self, window: Window) -> None:
        self.window = window
        self.set_class(not window.total, "-empty")
        self._fill_pool()
        self._draw()
        if any(place not in self._hits for place in window.nearby):
            self.post_message(WindowMoved(window))

    def _fill_pool(self) -> None:
        wanted = self.window.size if self.window.total else 0
        new = [ResultCell(self._thumbnails) for _ in range(wanted - len(self._cells))]
        if new and self._grid.is_attached:
            self._cells += new
            self._grid.mount(*new)

    def _draw(self) -> None:
        window = self.window
        for number, cell in enumerate(self._cells):
            place = window.start + number
            cell.display = number < window.size
            cell.visible = place < window.stop
            hit = self._hits.get(place) if cell.display and cell.visible else None
            cell.show_hit(place, hit, self._best, self._look(place, hit))
        self._bar.window_virtual_size = window.total_rows
        self._bar.window_size = window.rows
        self._bar.position = window.top
        self._bar.display = window.total_rows > window.rows
        self._say_highlighted()

    def _look(self, place: int, hit: Hit | None) -> CellAppearance:
        noise = self._noise_from
        return CellAppearance(
            self._shape.form,
            here=place == self.window.cursor,
            marked=hit is not None and hit.file.file_id in self._marks,
            weak=noise is not None and place >= noise,
            edge=place == noise,
            last=noise is not None and place == noise - 1,
            gone=hit is not None and hit.file.file_id in self._gone,
        )

    def _say_highlighted(self) -> None:
        hit = self.current
        number = hit.file.file_id if hit else None
        if number != self._highlighted:
            self._highlighted = number
            self.post_message(PictureHighlighted(hit))


@dataclass
class WindowMoved(Message):
    """Other hits are on screen, some of them without details yet."""

    window: Window


@dataclass
class PictureHighlighted(Message):
    """Another picture, or none, is under the cursor."""

    hit: Hit | None


@dataclass
class PictureOpened(Message):
    """The highlighted picture shall be shown large."""


@dataclass
class PicturesChosen(Message):
    """The marked pictures, or the highlighted one, shall be printed."""


@dataclass
class SearchLeft(Message):
    """The cursor left the pictures upwards, to the search input."""
