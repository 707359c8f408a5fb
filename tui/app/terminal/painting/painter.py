"""Reduces the app's updates of the screen to the cells that change.

``App._display``, the compositor's updates and the attributes used here are Textual's own and may
change; ``tests/e2e/terminals/test_bytes.py`` detects it. An update of another kind is sent as
Textual renders it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from textual._compositor import LayoutUpdate
from textual.geometry import NULL_REGION

from tui.app.terminal.images import FRAME_SECONDS
from tui.app.terminal.painting.frame import Frame

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.app import App
    from textual.geometry import Size

    from tui.app.terminal.images import ImageSupport

_SHORT = 1500
"""Characters of a change that does not wait: a key's echo, a cursor."""
_SPARE = 16_000
"""By how much short changes may exceed the room on the line."""
_FLUSH_SECONDS = 1.0
_FEW_WRITES = 4
"""More than one update's writes: the terminal takes them slowly, or not at all."""
_MOST_WRITES = 15
"""Half of what Textual queues before it blocks the event loop."""


class Painter:
    """Reduces updates. The terminal shows one screen, whichever of the app's is on top.

    While the terminal is busy with earlier output, which the answers of a remote terminal or the
    queue of writes show, lines with pictures wait, so that a key's echo never waits for a screen of
    pictures.

    Args:
        app: the app that is painted.
        images: how the terminal draws pictures.
    """

    def __init__(self, app: App[Any], images: ImageSupport) -> None:
        self._app = app
        self._images = images
        self._frame = Frame()
        self._is_flush_due = False
        self._has_painted = False

    @property
    def size(self) -> Size:
        """The size of the last whole screen, in cells."""
        return self._frame.size

    def forget(self) -> None:
        """Discard the shown contents, so that the next paint is sent whole."""
        self._frame.forget()

    def changes(self, update: RenderableType | None) -> RenderableType | None:
        """Return the update to send; None if nothing changes."""
        app = self._app
        if update is None or isinstance(update, _Rendered) or not self._is_sent():
            return update
        if not self._frame.take(update, app.console._color_system or ColorSystem.TRUECOLOR):
            self.forget()
            return update
        # The first frame does not wait for the commands that set up the terminal.
        text = self._frame.changes(self._limit() if self._has_painted else None)
        self._has_painted = True
        self._flush_later()
        cursor = app.screen.outer_size.clamp_offset(app.cursor_position)
        return _Rendered(text) if text or cursor != app._previous_cursor_position else None

    def flush(self) -> None:
        """Send the output that waited for room on the line."""
        if not self._frame.is_behind or not self._app._running:
            return
        if self._is_sent() and (text := self._frame.changes(self._limit())):
            self._app._display(self._app.screen, _Rendered(text))
        self._flush_later()

    def _is_sent(self) -> bool:
        """Return whether Textual sends an update now, and does not drop it."""
        app = self._app
        return app._running and not (app._closed or app._batch_count or app.is_headless)

    def _limit(self) -> int | None:
        """Return how many characters to send; None for all."""
        if self._images.protocol == "sixel":
            return None  # it draws pictures over lines, each part of a picture at a cost
        if self._images.meter is not None:
            room = self._images.meter.room
            return room if room is None else max(room, min(_SHORT, room + _SPARE))
        writer = getattr(self._app._driver, "_writer_thread", None)
        waiting = 0 if writer is None else writer._queue.qsize()
        if waiting < _FEW_WRITES:
            return None
        return _SHORT if waiting < _MOST_WRITES else 0

    def _flush_later(self) -> None:
        """Flush after a while even if the terminal does not answer."""
        if self._frame.is_behind and not self._is_flush_due:
            self._is_flush_due = True
            is_local = self._images.meter is None
            self._app.set_timer(FRAME_SECONDS if is_local else _FLUSH_SECONDS, self._flush_due)

    def _flush_due(self) -> None:
        self._is_flush_due = False
        self.flush()


class _Rendered(LayoutUpdate):
    """An update whose text is ready."""

    def __init__(self, text: str) -> None:
        super().__init__([], NULL_REGION)
        self._text = text

    def render_segments(self, _: object) -> str:
        """Return the text."""
        return self._text
