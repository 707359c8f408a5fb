"""A widget that shows one picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from textual.geometry import Size
from textual.widget import Widget

from tui.app.graphics.requests import ThumbnailRequest
from tui.app.widgets.thumbnail_slot import ThumbnailSlot
from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from pathlib import Path

    from textual.geometry import Region
    from textual.strip import Strip

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.graphics.zoom import Viewport
    from tui.app.widgets.thumbnail_slot import ThumbnailReady


class Picture(Guarded, Widget):
    """Shows a picture centred in its box; takes no room if images are off.

    Args:
        thumbnails: makes the thumbnails.
        alone: the picture has the screen to itself, so a small one is enlarged.
    """

    DEFAULT_CSS = """
    Picture {
        color: $text-disabled;
        align: center middle;
    }
    """
    can_focus = False

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        *,
        alone: bool = False,
        id: str | None = None,  # noqa: A002 - as every widget has it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._slot = ThumbnailSlot(
            thumbnails,
            self._request,
            post=self.post_message,
            changed=self.refresh,
            request_later=self.call_after_refresh,
        )
        self._alone = alone
        self._file: tuple[Path, int] | None = None
        self._viewport: Viewport | None = None
        self._rendered_size = Size()
        self.display = thumbnails.images.protocol != "off"

    def show(self, path: Path | None, version: int = 0, viewport: Viewport | None = None) -> None:
        """Show the picture in ``path``, or nothing.

        Args:
            path: the file.
            version: changes with the file, for example its time of change.
            viewport: the part of it to show; None is the whole.
        """
        file = None if path is None else (path, version)
        if (file, viewport) != (self._file, self._viewport):
            self._file, self._viewport = file, viewport
            self._slot.update()

    def prepare(self, path: Path, version: int = 0) -> None:
        """Have the thumbnail of another picture made, which is likely to be shown next."""
        if self.display and self.size:
            self._slot.prefetch(ThumbnailRequest(path, version, *self.size, self._alone))

    @property
    def state(self) -> Literal["empty", "waiting", "broken", "shown"]:
        """Whether there is a picture, and whether it is drawn or can't be."""
        return self._slot.state

    def on_mount(self) -> None:
        """Follow changes of the cell size."""
        self._slot.attach()

    def on_resize(self) -> None:
        """Show a thumbnail of the new size."""
        self._slot.update()

    def on_unmount(self) -> None:
        """Cancel the request and free the picture that the terminal holds."""
        self._slot.detach()

    def on_thumbnail_ready(self, message: ThumbnailReady) -> None:
        """Draw the thumbnail."""
        self._slot.receive(message)

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw all rows in the present size."""
        self._rendered_size = self.size  # which costs more than a row
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        return self._slot.rows(*self._rendered_size, self.rich_style)[y]

    def _request(self) -> ThumbnailRequest | None:
        if self._file is None or not (self.display and self.size):
            return None
        return ThumbnailRequest(*self._file, *self.size, self._alone, self._viewport)
