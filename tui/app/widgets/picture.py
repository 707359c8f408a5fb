"""One picture: a quiet placeholder at once, the thumbnail when it is there."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from tui.app.graphics.requests import Thumbnail, ThumbnailRequest
from tui.app.workers.guard import Guarded
from tui.core.formatting import printable

if TYPE_CHECKING:
    from pathlib import Path

    from textual.geometry import Region

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.graphics.zoom import Viewport

WAITING = "·"
BROKEN = "!"
_LEAST_REASON = 16
"""Columns below which a reason would be torn to pieces."""


class Picture(Guarded, Widget):
    """Shows a picture centred in its box.

    Made to be used again and again: ``show`` costs next to nothing, and what it no longer shows
    is neither waited for nor drawn. With images off it takes no room.

    Args:
        thumbnails: the app's one maker of thumbnails.
        alone: the picture has the screen for itself, so that a small one is enlarged.
    """

    DEFAULT_CSS = """
    Picture {
        color: $text-disabled;
        align: center middle;
    }
    """
    can_focus = False

    class Ready(Message, bubble=False):
        """A thumbnail was made."""

        handler_name: ClassVar[str] = "on_picture_ready"

        def __init__(self, request: ThumbnailRequest, thumbnail: Thumbnail) -> None:
            super().__init__()
            self.request = request
            self.thumbnail = thumbnail

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        *,
        alone: bool = False,
        id: str | None = None,  # noqa: A002 - as every widget has it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._thumbnails = thumbnails
        self._alone = alone
        self._source: tuple[Path, int] | None = None
        self._viewport: Viewport | None = None
        self._fade: tuple[int, int, int] | None = None
        self._request: ThumbnailRequest | None = None  # what is wanted
        self._shown: ThumbnailRequest | None = None  # what is drawn
        self._ahead: ThumbnailRequest | None = None  # what may be wanted next
        self._asked = False
        self._thumbnail: Thumbnail | None = None
        self._style = Style.null()
        # Placeholders carry no background, and the picture need not fill the cells that it covers.
        self._bare = thumbnails.images.protocol in ("kitty", "sixel")
        self._room = Size()
        self._strips: tuple[Strip, ...] = ()
        self.draws = thumbnails.images.protocol != "off"
        self.display = self.draws

    def show(self, path: Path | None, version: int = 0, viewport: Viewport | None = None) -> None:
        """Show the picture in ``path``, or nothing.

        Args:
            path: the file.
            version: changes with the file, for example its time of change.
            viewport: which part of it; None is the whole.
        """
        source = None if path is None else (path, version)
        if (source, viewport) != (self._source, self._viewport):
            self._source, self._viewport = source, viewport
            self._update()

    def prepare(self, path: Path, version: int = 0) -> None:
        """Have another picture made for this box, since it is likely to be shown next."""
        if self._ahead is not None:
            self._thumbnails.withdraw(self._ahead, _not_yet)
            self._ahead = None
        columns, rows = self.box().size
        request = ThumbnailRequest(path, version, columns, rows, self._alone)
        if columns and rows and self.draws and self._thumbnails.find(request) is None:
            self._ahead = request
            self._thumbnails.ask(request, _not_yet)

    def renew(self) -> None:
        """Have the same picture made again, for cells of another size."""
        self._withdraw()
        self._clear()
        self._request = None
        self._update()

    def box(self) -> Region:
        """Where in the widget the picture is; all of it unless a subclass has more to show."""
        return self.size.region

    @property
    def state(self) -> str:
        """One of ``empty``, ``waiting``, ``broken`` and ``shown``."""
        if self._source is None:
            return "empty"
        if self._thumbnail is None or self._shown != self._request:
            return "waiting"
        return "shown" if self._thumbnail.rows else "broken"

    def on_mount(self) -> None:
        """Say that there is someone who shows pictures."""
        self._thumbnails.placed.register()

    def on_resize(self) -> None:
        """Ask for a thumbnail of the new size."""
        self._update()

    def on_unmount(self) -> None:
        """Take back what was asked and free what lies in the terminal."""
        self._source = None
        self._update()
        self._thumbnails.placed.unregister()

    def on_picture_ready(self, message: Ready) -> None:
        """Draw the thumbnail, unless something else is shown by now."""
        if message.request == self._request:
            self._asked = False
            self._take(message.request, message.thumbnail)
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw all rows; what they have in common is looked up once, since that takes long."""
        self._style, self._room = self.rich_style, self.size
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Draw one row."""
        return self.picture_line(y, *self._room)

    def picture_line(self, y: int, width: int, height: int) -> Strip:
        """Draw a row of the picture, centred in ``width`` x ``height`` cells."""
        style = self._style
        if not self._strips:
            return Strip([Segment(self._text_row(y, width, height), style)], width)
        row = y - (height - len(self._strips)) // 2
        if not 0 <= row < len(self._strips):
            return Strip.blank(width, style)
        strip = self._strips[row].apply_style(style) if self._bare else self._strips[row]
        shown = min(width, strip.cell_length)
        left = (width - shown) // 2
        return strip.crop_pad(shown, left, width - shown - left, style)

    def _text_row(self, y: int, width: int, height: int) -> str:
        """Return a row of what stands for a picture that is not shown, ``width`` cells wide."""
        state = self.state
        lines: tuple[str, ...] = (WAITING,) if state == "waiting" else ()
        if state == "broken" and self._thumbnail is not None:
            lines = failure_lines(self._thumbnail.reason, width, height)
        row = y - (height - len(lines)) // 2
        line = lines[row] if 0 <= row < len(lines) else ""
        left = (width - cell_len(line)) // 2
        return set_cell_size(" " * left + line, width)

    def _update(self) -> None:
        """Show what is wanted in the size that there is; ask for it where it is not there."""
        request = self._wanted()
        if request == self._request and request is not None:
            return
        self._withdraw()
        self._request = request
        if not _same_picture(request, self._shown):
            self._clear()  # of the same one, another part may stay until the new one comes
        if request is not None:
            if (kept := self._thumbnails.find(request)) is not None:
                self._take(request, kept)
            else:
                # After the next frame: a cell that is passed over in scrolling asks for nothing.
                self.call_after_refresh(self._ask, request)
        self.refresh()

    def _wanted(self) -> ThumbnailRequest | None:
        columns, rows = self.box().size
        if self._source is None or not (columns and rows and self.draws and self.display):
            return None
        return ThumbnailRequest(
            *self._source, columns, rows, self._alone, self._viewport, self._fade
        )

    def _ask(self, request: ThumbnailRequest) -> None:
        if request == self._request and request != self._shown and not self._asked:
            self._asked = True
            self._thumbnails.ask(request, self._deliver)

    def _deliver(self, request: ThumbnailRequest, thumbnail: Thumbnail) -> None:
        self.post_message(self.Ready(request, thumbnail))

    def _withdraw(self) -> None:
        if self._asked and self._request is not None:
            self._thumbnails.withdraw(self._request, self._deliver)
        self._asked = False

    def _take(self, request: ThumbnailRequest, thumbnail: Thumbnail) -> None:
        self._clear()
        self._shown, self._thumbnail = request, thumbnail
        self._strips = self._thumbnails.placed.place(request, thumbnail)

    def _clear(self) -> None:
        """Forget the thumbnail that is drawn."""
        if self._shown is not None:
            self._thumbnails.placed.release(self._shown)
        self._shown = self._thumbnail = None
        self._strips = ()


@lru_cache(64)
def failure_lines(reason: str, width: int, height: int) -> tuple[str, ...]:
    """Return ``!`` and below it why a picture can't be shown, where the whole sentence fits."""
    lines = wrap(printable(reason), width - 2) if width >= _LEAST_REASON else []
    return (BROKEN, *lines) if len(lines) < height else (BROKEN,)


def _same_picture(one: ThumbnailRequest | None, other: ThumbnailRequest | None) -> bool:
    if one is None or other is None:
        return False
    return replace(one, viewport=None, fade=None) == replace(other, viewport=None, fade=None)


def _not_yet(_request: ThumbnailRequest, _thumbnail: Thumbnail) -> None:
    """It is kept; nobody shows it yet."""
