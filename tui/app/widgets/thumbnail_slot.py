"""The thumbnail of one box on screen: requested, received, drawn row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from textwrap import wrap
from typing import TYPE_CHECKING, Literal

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.message import Message
from textual.strip import Strip

from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.style import Style

    from tui.app.graphics.requests import Thumbnail, ThumbnailRequest
    from tui.app.graphics.thumbnail_loader import ThumbnailLoader

WAITING = "·"
BROKEN = "!"
_MIN_REASON_WIDTH = 16
"""Columns below which the words of a reason would be broken."""


@dataclass
class ThumbnailReady(Message, bubble=False):
    """A requested thumbnail has been made, for the widget that draws the slot."""

    request: ThumbnailRequest
    thumbnail: Thumbnail


class ThumbnailSlot:
    """Holds at most one thumbnail, which `update` replaces.

    Reusing a slot costs little: it cancels its request for a thumbnail that it no longer shows.

    Args:
        loader: makes the thumbnails.
        next_request: returns the request for the thumbnail to show, None for nothing.
        post: posts `ThumbnailReady` to the widget that draws the slot; another thread calls it.
        changed: called when other rows are to be drawn.
        request_later: calls a function after the next frame, so that a picture that scrolls past
            is not requested.
        on_top: a picture that is lower than its box is at its top, not in the middle.
    """

    def __init__(
        self,
        loader: ThumbnailLoader,
        next_request: Callable[[], ThumbnailRequest | None],
        *,
        post: Callable[[ThumbnailReady], object],
        changed: Callable[[], object],
        request_later: Callable[[Callable[[], None]], object],
        on_top: bool = False,
    ) -> None:
        self._loader = loader
        self._next_request = next_request
        self._post = post
        self._changed = changed
        self._request_later = request_later
        self._on_top = on_top
        # Placeholders have no background, and the picture need not fill the cells that it covers.
        self._needs_background = loader.images.protocol in ("kitty", "sixel")
        self._current: ThumbnailRequest | None = None
        self._drawn: ThumbnailRequest | None = None
        self._is_requested = False
        self._thumbnail: Thumbnail | None = None
        self._strips: tuple[Strip, ...] = ()
        self._box: tuple[int, int, Style] | None = None
        self._rows: tuple[Strip, ...] = ()

    @property
    def state(self) -> Literal["empty", "waiting", "broken", "shown"]:
        """Whether there is a picture to show, and whether it is drawn or can't be."""
        if self._next_request() is None:
            return "empty"
        if self._is_waiting() or self._thumbnail is None:
            return "waiting"
        return "shown" if self._thumbnail.rows else "broken"

    def attach(self) -> None:
        """Follow changes of the cell size; called when the widget is mounted."""
        self._loader.register(self.renew)

    def detach(self) -> None:
        """Cancel the request and free the picture that the terminal holds."""
        self.clear()
        self._loader.unregister(self.renew)

    def clear(self) -> None:
        """Show nothing: cancel the request and free the picture that the terminal holds."""
        self._show(None)

    def renew(self) -> None:
        """Show a new thumbnail of the same picture; the cell size has changed."""
        self._cancel()
        self._release()
        self._current = None
        self._note_change()
        self.update()

    def update(self) -> None:
        """Show the thumbnail of the next request, as soon as it is made."""
        self._show(self._next_request())

    def _show(self, request: ThumbnailRequest | None) -> None:
        if request == self._current:
            return
        self._cancel()
        self._current = request
        if not _is_same_picture(request, self._drawn):
            self._release()  # otherwise a part of the same picture stays until the new part is made
        if request is not None:
            if (thumbnail := self._loader.find(request)) is not None:
                self._draw(request, thumbnail)
            else:
                self._request_later(self.request)
        self._note_change()

    def request(self) -> None:
        """Request the thumbnail that is not drawn yet, once."""
        if self._current is not None and self._is_waiting() and not self._is_requested:
            self._is_requested = True
            self._loader.ask(self._current, self._deliver)

    def receive(self, message: ThumbnailReady) -> None:
        """Draw a thumbnail, unless the slot shows another one by now."""
        if message.request == self._current:
            self._is_requested = False
            self._draw(message.request, message.thumbnail)
            self._note_change()

    def rows(self, width: int, height: int, style: Style) -> tuple[Strip, ...]:
        """Return the rows of ``width`` x ``height`` cells around the thumbnail."""
        box = (width, height, style)
        if self._box != box:
            self._box = box
            self._rows = tuple(self._row(y, width, height, style) for y in range(height))
        return self._rows

    def _row(self, y: int, width: int, height: int, style: Style) -> Strip:
        if not self._strips:
            return self._text_row(y, width, height, style)
        row = y if self._on_top else y - (height - len(self._strips)) // 2
        if not 0 <= row < len(self._strips):
            return Strip.blank(width, style)
        strip = self._strips[row]
        if self._needs_background:
            strip = strip.apply_style(style)
        columns = min(width, strip.cell_length)
        left = (width - columns) // 2
        return strip.crop_pad(columns, left, width - columns - left, style)

    def _text_row(self, y: int, width: int, height: int, style: Style) -> Strip:
        """Return a row of the text that replaces a missing thumbnail."""
        lines: tuple[str, ...] = ()
        if self._current is not None and self._is_waiting():
            lines = (WAITING,)
        elif self._thumbnail is not None:
            lines = failure_lines(self._thumbnail.reason, width, height)
        row = y - (height - len(lines)) // 2
        if not 0 <= row < len(lines):
            return Strip.blank(width, style)
        left = (width - cell_len(lines[row])) // 2
        return Strip([Segment(set_cell_size(" " * left + lines[row], width), style)], width)

    def _deliver(self, request: ThumbnailRequest, thumbnail: Thumbnail) -> None:
        self._post(ThumbnailReady(request, thumbnail))

    def _note_change(self) -> None:
        self._box = None
        self._changed()

    def _is_waiting(self) -> bool:
        return self._drawn is None or self._drawn != self._current

    def _cancel(self) -> None:
        if self._is_requested and self._current is not None:
            self._loader.withdraw(self._current, self._deliver)
        self._is_requested = False

    def _draw(self, request: ThumbnailRequest, thumbnail: Thumbnail) -> None:
        self._release()
        self._drawn, self._thumbnail = request, thumbnail
        self._strips = self._loader.placements.place(request, thumbnail)

    def _release(self) -> None:
        if self._drawn is not None:
            self._loader.placements.release(self._drawn)
        self._drawn = self._thumbnail = None
        self._strips = ()


@lru_cache(64)
def failure_lines(reason: str, width: int, height: int) -> tuple[str, ...]:
    """Return ``!``, and below it the reason if the whole sentence fits."""
    lines = wrap(printable(reason), width - 2) if width >= _MIN_REASON_WIDTH else []
    return (BROKEN, *lines) if len(lines) < height else (BROKEN,)


def _is_same_picture(one: ThumbnailRequest | None, other: ThumbnailRequest | None) -> bool:
    if one is None or other is None:
        return False
    return replace(one, viewport=None) == replace(other, viewport=None)
