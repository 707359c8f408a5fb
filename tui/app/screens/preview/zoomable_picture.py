"""A picture that keys and the mouse zoom, pan and rotate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from tui.app.graphics.zoom import Projection, Viewport
from tui.app.widgets.picture import Picture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.graphics.zoom import Point, Towards
    from tui.core.domain import FileDetails, PictureInfo

_EDGE = 8
"""The share of the width, as a divisor, in which a click turns to another picture."""


class ZoomablePicture(Picture):
    """Shows a picture in the whole box, or a part of it.

    The wheel zooms at the pointer, and a drag pans. The file itself never changes.

    Args:
        thumbnails: makes the thumbnails.

    Attributes:
        viewport: the visible part.
    """

    ALLOW_SELECT = False

    @dataclass
    class ViewChanged(Message):
        """The user has changed the zoom, the visible part or the rotation."""

        viewport: Viewport

    @dataclass
    class EdgeClicked(Message):
        """The user clicked near the right (1) or left (-1) edge."""

        by: int

    def __init__(self, thumbnails: ThumbnailLoader, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(thumbnails, alone=True, id=id)
        self.viewport = Viewport()
        self._grip: tuple[int, int] | None = None
        self._was_dragged = False

    def view(self, file: FileDetails | None, *, following: Sequence[FileDetails] = ()) -> None:
        """Show a picture, another one than before as a whole and upright.

        Args:
            file: the file of the picture.
            following: the pictures that are likely to be shown next; see `Picture.show`.
        """
        if file is None or self._file is None or file.file_id != self._file.file_id:
            self.viewport = Viewport()
        part = None if self.viewport == Viewport() else self.viewport
        self.show(file, part, following=following)

    @property
    def is_whole(self) -> bool:
        """Whether the whole picture is visible, so that there is nothing to pan."""
        return self._projection.is_whole(self.viewport)

    @property
    def view_text(self) -> str:
        """Describe zoom and rotation; empty for a whole upright picture."""
        parts = []
        if self.viewport.zoom != 1:
            parts.append(self._zoom_text())
        if self.viewport.turns:
            parts.append(f"rotated {self.viewport.turns * 90}°")
        return "  ".join(parts)

    def zoom(self, by: int, at: Point = (0.0, 0.0)) -> None:
        """Zoom by a number of levels; 0 shows the whole picture.

        Args:
            by: positive to enlarge.
            at: the point that stays, in screen pixels from the centre.
        """
        if by:
            self._change(self._projection.zoomed(self.viewport, by, at))
        else:
            self._change(Viewport(turns=self.viewport.turns))

    def zoom_to_actual_size(self) -> None:
        """Show one image pixel on each screen pixel; with characters, on each half cell."""
        self._change(self._projection.actual_size(self.viewport))

    def pan(self, towards: Towards) -> None:
        """Show the part beside the visible one."""
        self._change(self._projection.moved(self.viewport, towards))

    def rotate(self, by: int) -> None:
        """Rotate what is shown by clockwise quarter turns."""
        self._change(self._projection.rotated(self.viewport, by))

    def follow(self, viewport: Viewport) -> None:
        """Show another part, as another picture shows it."""
        if self._file is not None:
            self.viewport = viewport
            self.view(self._file, following=self._next)

    @property
    def _projection(self) -> Projection:
        cell = self._thumbnails.images.cell_pixels
        box = (max(1, self.size.width) * cell.width, max(1, self.size.height) * cell.height)
        info = self._info
        # Without the size of the picture, that of the box is an estimate of its shape.
        return Projection((info.width, info.height) if info else box, box)

    @property
    def _info(self) -> PictureInfo | None:
        info = None if self._file is None else self._file.info
        return info if info is not None and info.width > 0 and info.height > 0 else None

    def _zoom_text(self) -> str:
        if self._info is None:
            return f"zoom {self.viewport.zoom:g}x"
        share = self._projection.scale(self.viewport) * 100
        return f"zoom {share:.0f} %" if share >= 10 else f"zoom {share:.2g} %"

    def _change(self, viewport: Viewport) -> None:
        if self._file is None or viewport == self.viewport:
            return
        self.follow(viewport)
        self.post_message(self.ViewChanged(viewport))

    # --- the mouse ----------------------------------------------------------------------------

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in at the pointer."""
        event.stop()
        self.zoom(1, self._from_centre(event))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out at the pointer."""
        event.stop()
        self.zoom(-1, self._from_centre(event))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Start a drag."""
        if event.button == 1:
            self._grip, self._was_dragged = (event.x, event.y), False
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Pan with the pointer."""
        if self._grip is None or self._grip == (event.x, event.y):
            return
        cell = self._thumbnails.images.cell_pixels
        across, down = event.x - self._grip[0], event.y - self._grip[1]
        self._grip, self._was_dragged = (event.x, event.y), True
        drag = (across * cell.width, down * cell.height)
        self._change(self._projection.dragged(self.viewport, drag))

    def on_mouse_up(self) -> None:
        """End a drag."""
        self._grip = None
        self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """Turn to another picture at the left or right edge."""
        edge = max(1, self.size.width // _EDGE)
        if self._was_dragged or event.button != 1:
            return
        if event.x < edge:
            self.post_message(self.EdgeClicked(-1))
        elif event.x >= self.size.width - edge:
            self.post_message(self.EdgeClicked(1))

    def _from_centre(self, event: events.MouseEvent) -> Point:
        """Return the middle of the pointer's cell, in screen pixels from the centre of the box."""
        cell = self._thumbnails.images.cell_pixels
        across = event.x + 0.5 - self.size.width / 2
        down = event.y + 0.5 - self.size.height / 2
        return across * cell.width, down * cell.height
