"""The widget that draws the cells of the current window of hits."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from tui.app.graphics.line_filters import filtered, true_colours
from tui.app.model.result_window import GridShape
from tui.app.widgets.cell_content import CellContent, CellStyles, Rule
from tui.app.widgets.cell_lines import CellLines
from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style
    from textual.geometry import Region
    from textual.strip import Strip

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.loaded_hits import LoadedHits
    from tui.app.model.result_window import Window
    from tui.app.widgets.cell_content import CellAppearance
    from tui.app.widgets.result_cell import ResultCell
    from tui.app.widgets.thumbnail_slot import ThumbnailReady
    from tui.core.domain import Hit

_MOST_FRAMES_LATE = 6
"""The most frames by which waiting keys may delay the pictures that have arrived."""


class CellGrid(Guarded, Widget):
    """Draws the cells of all hits on screen as one widget, since each widget slows down typing.

    It refreshes only the regions that look different, and draws its lines past Textual's styles
    cache and line filters, which would visit every character of every picture.

    Args:
        thumbnails: makes the thumbnails of the cells.
    """

    DEFAULT_CSS = """
    CellGrid {
        width: 1fr;
        height: 1fr;
        .cell--faint { color: $text-disabled; }
        .cell--text { color: $text-muted; }
        .cell--name { color: $foreground; }
        .cell--mark { color: $primary; text-style: bold; }
        .cell--frame { color: $foreground 50%; }
        .cell--focus { color: $border; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "cell--faint",
        "cell--text",
        "cell--name",
        "cell--mark",
        "cell--frame",
        "cell--focus",
    }

    can_focus = False

    def __init__(self, thumbnails: ThumbnailLoader) -> None:
        super().__init__(id="cells")
        self._thumbnails = thumbnails
        self._shape = GridShape()
        self._lines = CellLines(
            thumbnails, post=self.post_message, request_later=self._request_later
        )
        self._are_styles_old = True
        self._is_request_due = False
        self._arrived: list[ThumbnailReady] = []
        self._frames_late = 0

    @property
    def cells(self) -> list[ResultCell]:
        """The cells that show a hit, or wait for its details."""
        return self._lines.cells

    def cell_at(self, x: int, y: int) -> ResultCell | None:
        """Return the cell at a point of the widget that shows a hit."""
        return self._lines.cell_at(x, y)

    def lay_out(self, shape: GridShape) -> None:
        """Arrange the cells in rows and columns."""
        self._shape = shape
        self._update()

    def show(
        self,
        window: Window,
        hits: LoadedHits,
        appearance: Callable[[int, Hit | None], CellAppearance],
        rule: str = "",
    ) -> None:
        """Show a window of the hits.

        Args:
            window: the hits to show.
            hits: their details, as far as they are loaded.
            appearance: returns the appearance of the cell of a hit, given the hit's index.
            rule: the label of the rule above the weak matches.
        """
        contents = [
            None if index is None else CellContent(index, hit, appearance(index, hit))
            for index in window.cells
            for hit in (None if index is None else hits.get(index),)
        ]
        row = window.rule_row
        self._lines.show(contents, window.first_slot, None if row is None else Rule(row, rule))
        self._update()

    # --- drawing ------------------------------------------------------------------------------

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines as they are drawn, or draw them."""
        if self._are_styles_old:
            self._restyle()
            if self._lines.redraw():
                self.refresh()
        lines = filtered(self, [self._lines.line(y) for y in crop.line_range])
        if crop.column_span != (0, self.size.width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        return self._lines.line(y)

    def notify_style_update(self) -> None:
        """Resolve the styles again before the next frame."""
        super().notify_style_update()
        self._are_styles_old = True

    def on_resize(self) -> None:
        """Arrange the cells in the new size."""
        self._update()

    def _update(self) -> None:
        if not self.is_attached:
            return
        if self._are_styles_old:
            self._restyle()
        self._lines.lay_out(self._shape, self.size)
        if regions := self._lines.redraw():
            self.refresh(*regions)

    def _restyle(self) -> None:
        self._are_styles_old = False
        names = ("faint", "text", "name", "mark", "frame", "focus")
        faint, text, name, mark, frame, focus = map(self._true_colours, names)
        self._lines.restyle(CellStyles(faint, text, name, mark, frame, focus))

    def _true_colours(self, name: str) -> Style:
        return true_colours(self, self.get_component_rich_style(f"cell--{name}"))

    # --- thumbnails ---------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Follow changes of the cell size."""
        self._thumbnails.register(self._renew)

    def on_unmount(self) -> None:
        """Cancel the requests and free the pictures that the terminal holds."""
        self._lines.clear()
        self._thumbnails.unregister(self._renew)

    def on_thumbnail_ready(self, message: ThumbnailReady) -> None:
        """Collect the thumbnails that arrive until the next frame."""
        if not self._arrived:
            self.set_timer(self._thumbnails.images.frame_seconds, self._show_arrived)
        self._arrived.append(message)

    def _show_arrived(self) -> None:
        images = self._thumbnails.images
        is_late = keys_wait(self) and self._frames_late < _MOST_FRAMES_LATE
        if is_late or images.is_busy:
            self._frames_late += 1
            self.set_timer(images.frame_seconds, self._show_arrived)
            return
        count = images.pictures_a_frame or len(self._arrived)
        messages, self._arrived = self._arrived[:count], self._arrived[count:]
        self._frames_late = 0
        self._lines.receive(messages)
        self._update()
        if self._arrived:
            self.set_timer(images.frame_seconds, self._show_arrived)

    def _request_later(self) -> None:
        if not self._is_request_due:
            self._is_request_due = True
            # After the next frame, so that a picture that scrolls past is not requested.
            self.call_after_refresh(self._request)

    def _request(self) -> None:
        self._is_request_due = False
        self._lines.request()

    def _renew(self) -> None:
        self._lines.renew()
        self._update()


def keys_wait(widget: Widget) -> bool:
    """Return whether a key may wait in the app, or bubbles up from the focused widget."""
    focused = widget.app.focused or widget.screen
    return any(node.message_queue_size for node in focused.ancestors_with_self)
