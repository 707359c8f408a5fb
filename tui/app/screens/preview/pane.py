"""The highlighted picture beside the results, with its attributes below."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content

from tui.app.screens.preview.details import PictureDetails
from tui.app.widgets.cell_grid import keys_wait
from tui.app.widgets.picture import Picture
from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.screens.main.titled_frame import TitledFrame
    from tui.app.screens.preview.details import Explain
    from tui.app.widgets.results import Results
    from tui.core.domain import FileDetails

_ASPECT = 3 / 8
"""Rows for each column of a 4:3 picture; a character is about twice as high as wide."""
_DETAIL_ROWS = 12
"""The rows of the attributes, unless the pane is low."""
_MOST_NEIGHBOURS = 4
_MOST_FRAMES_LATE = 6
"""The most frames by which waiting keys may delay the picture."""
_TITLE_MARGIN = 6


class PreviewPane(Guarded, Vertical):
    """Follows the cursor of the results: shows title and attributes at once, then the picture.

    Args:
        thumbnails: makes the thumbnails.
        results: provide the highlighted picture and its neighbours.
        frame: around the pane; its title is the name of the picture.
        explain: explains the score of a hit; called in a thread.
        open_large: shows an enlarged view of the highlighted picture.
    """

    DEFAULT_CSS = """
    PreviewPane {
        width: 1fr;
        height: 1fr;
        background: $background;
        Picture { width: 1fr; height: 1fr; }
    }
    """

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        results: Results,
        frame: TitledFrame,
        explain: Explain,
        *,
        open_large: Callable[[], object],
    ) -> None:
        super().__init__()
        self._images = thumbnails.images
        self._results = results
        self._frame = frame
        self._open_large = open_large
        self.details = PictureDetails(explain)
        self._is_shown = False
        self._cursor = 0
        self._direction = 1
        self._is_picture_due = False
        self._frames_late = 0
        self.picture = Picture(thumbnails, alone=True)

    def compose(self) -> ComposeResult:
        """Yield the picture and its attributes."""
        yield from (self.picture, self.details)

    def follow(self) -> None:
        """Show the highlighted picture, if it is another one or looks different."""
        if not self._is_shown:
            return
        content, cursor = self._results.current_content, self._results.window.cursor
        if cursor != self._cursor:
            self._direction, self._cursor = cursor - self._cursor, cursor
        mark = content.mark
        name = content.label(self._frame.size.width - _TITLE_MARGIN - len(mark))
        self._frame.show_title(Content(f"{mark}{name}" or "Preview"))
        self.details.show(content.hit)
        if self._images.is_busy:  # the picture that the cursor left is removed from this paint
            self._show_picture()
        elif not self._is_picture_due:
            self._is_picture_due = True
            self.call_after_refresh(self._show_picture_late)

    def on_show(self) -> None:
        """Follow the cursor while there is room for the pane."""
        self._is_shown = True
        self.follow()

    def on_hide(self) -> None:
        """Make no more pictures, and free the one that the terminal holds."""
        self._is_shown = False
        self.details.show(None)
        self.picture.show(None)

    def on_resize(self) -> None:
        """Divide the height between the picture and its attributes."""
        width, height = self.size
        rows = min(round(width * _ASPECT), max(height // 2, height - _DETAIL_ROWS))
        self.picture.styles.height = max(1, rows)

    def on_click(self, event: events.Click) -> None:
        """Open the large preview at a click on the picture."""
        event.stop()
        if event.widget is self.picture:
            self._open_large()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Highlight the next picture."""
        event.stop()
        self._results.step()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Highlight the previous picture."""
        event.stop()
        self._results.go_to(max(0, self._results.window.cursor - 1))

    def _show_picture_late(self) -> None:
        """Show the picture after the frame with its attributes, and after waiting keys."""
        if keys_wait(self) and self._frames_late < _MOST_FRAMES_LATE:
            self._frames_late += 1
            self.set_timer(self._images.frame_seconds, self._show_picture_late)
            return
        self._is_picture_due, self._frames_late = False, 0
        if self._is_shown:
            self._show_picture()

    def _show_picture(self) -> None:
        content = self._results.current_content
        is_there = content.hit is not None and not content.appearance.removed
        file = content.hit.file if content.hit is not None and is_there else None
        self.picture.show(file, following=self._neighbours())

    def _neighbours(self) -> list[FileDetails]:
        """Return the files that the next key is likely to highlight, the likeliest first."""
        window = self._results.window
        steps = dict.fromkeys((self._direction, window.columns, 1, -window.columns, -1))
        indexes = [window.cursor + step for step in steps]
        hits = [self._results.hit_at(index) for index in indexes if 0 <= index < window.total]
        return [hit.file for hit in hits if hit is not None][:_MOST_NEIGHBOURS]
