"""The app's updates of the screen, reduced to what changes.

``App._display``, the compositor's updates and the attributes used here are Textual's own and may
change; ``tests/e2e/terminals/test_bytes.py`` notices it. An update of another kind is sent as
Textual renders it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from textual._compositor import LayoutUpdate
from textual.geometry import NULL_REGION

from tui.app.terminal.painting.frame import Frame

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.app import App


class Painter:
    """Reduces updates. The terminal shows one screen, whichever of the app's is on top.

    Args:
        app: what is painted.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._frame = Frame()

    def forget(self) -> None:
        """Forget what the terminal shows, so that the next paint is sent whole."""
        self._frame.forget()

    def changes(self, update: RenderableType | None) -> RenderableType | None:
        """Return the update to send; None if nothing changes."""
        app = self._app
        is_sent = app._running and not app._closed and not app._batch_count
        if update is None or not is_sent or app.is_headless:
            return update
        if not self._frame.take(update, app.console._color_system or ColorSystem.TRUECOLOR):
            self.forget()
            return update
        text = self._frame.changes()
        cursor = app.screen.outer_size.clamp_offset(app.cursor_position)
        return _Rendered(text) if text or cursor != app._previous_cursor_position else None


class _Rendered(LayoutUpdate):
    """An update whose text is ready."""

    def __init__(self, text: str) -> None:
        super().__init__([], NULL_REGION)
        self._text = text

    def render_segments(self, _: object) -> str:
        """Return the text."""
        return self._text
