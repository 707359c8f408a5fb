"""A widget that shows one picture."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from textual.widget import Widget

from tui.app.graphics.line_filters import filtered, true_colours
from tui.app.graphics.prefetcher import Prefetcher
from tui.app.graphics.requests import ThumbnailRequest
from tui.app.widgets.thumbnail_slot import ThumbnailSlot
from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Region
    from textual.strip import Strip

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.graphics.zoom import Viewport
    from tui.app.widgets.thumbnail_slot import ThumbnailReady
    from tui.core.domain import FileDetails


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
        id: str | None = None,  # noqa: A002 - as in every widget
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
        self._thumbnails = thumbnails
        self._prefetcher = Prefetcher(thumbnails)
        self._alone = alone
        self._file: FileDetails | None = None
        self._viewport: Viewport | None = None
        self._next: Sequence[FileDetails] = ()
        self._is_update_due = False
        self.display = thumbnails.images.protocol != "off"

    def show(
        self,
        file: FileDetails | None,
        viewport: Viewport | None = None,
        *,
        following: Sequence[FileDetails] = (),
    ) -> None:
        """Show a picture, or nothing.

        Args:
            file: the file of the picture.
            viewport: the part of it to show; None is the whole.
            following: the pictures that are likely to be shown next, the likeliest first. Their
                thumbnails are made once this picture is drawn.
        """
        former = self._file, self._viewport
        self._file, self._viewport, self._next = file, viewport, following
        if former == (file, viewport):
            self._prefetch()
            return
        if self._thumbnails.images.is_busy and file != former[0]:
            self._slot.clear()
        self._update()

    def _update(self) -> None:
        """Show the picture; on a busy line a little later, so that no key waits for one passed."""
        images = self._thumbnails.images
        if not images.is_busy:
            self._slot.update()
        elif not self._is_update_due:
            self._is_update_due = True
            self.set_timer(images.frame_seconds, self._update_late)
        self._prefetch()

    def _update_late(self) -> None:
        self._is_update_due = False
        self._update()

    def _prefetch(self) -> None:
        """Make the next thumbnails, but none before the one to show, nor for a picture passed."""
        requests: list[ThumbnailRequest] = []
        if self.display and self.size and self.state in ("shown", "broken"):
            requests = [self._request_of(file) for file in self._next]
        self._prefetcher.prefetch(requests)

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
        self._prefetch()

    def on_unmount(self) -> None:
        """Cancel the requests and free the picture that the terminal holds."""
        self._prefetcher.prefetch(())
        self._slot.detach()

    def on_thumbnail_ready(self, message: ThumbnailReady) -> None:
        """Draw the thumbnail, as soon as the line is free."""
        images = self._thumbnails.images
        if images.is_busy:
            self.set_timer(images.frame_seconds, partial(self.on_thumbnail_ready, message))
        else:
            self._slot.receive(message)
            self._prefetch()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the rows as they are drawn; the colours of pictures need no filter."""
        style = true_colours(self, self.rich_style)
        rows = self._slot.rows(*self.size, style)
        lines = filtered(self, [rows[y] for y in crop.line_range])
        if crop.column_span != (0, self.size.width):
            lines = [line.crop(*crop.column_span) for line in lines]
        return lines

    def render_line(self, y: int) -> Strip:
        """Return one row."""
        return self._slot.rows(*self.size, self.rich_style)[y]

    def _request(self) -> ThumbnailRequest | None:
        if self._file is None or not (self.display and self.size):
            return None
        return self._request_of(self._file, self._viewport)

    def _request_of(self, file: FileDetails, viewport: Viewport | None = None) -> ThumbnailRequest:
        return ThumbnailRequest.of(file, *self.size, alone=self._alone, viewport=viewport)
