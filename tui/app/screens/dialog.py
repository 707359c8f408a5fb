"""Dialogs over other screens, which do not disturb the pictures behind them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen, Screen, ScreenResultType

from tui.app.graphics.dimming import Backdrop
from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual.visual import Visual


class Closable(Guarded, Screen[ScreenResultType]):
    """A screen that is dismissed once, and only while it is on top.

    Keys that arrive together may dismiss it again, or after they have opened another screen.
    Textual would then remove the screen on top instead, and this one could never be dismissed.
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """End with a result; do nothing while another screen is on top."""
        return super().dismiss(result) if self.app.screen is self else AwaitComplete()


class Dialog(Closable[ScreenResultType], ModalScreen[ScreenResultType]):
    """Dims the text behind it, but not pictures in Kitty's protocol."""

    @cached_property
    def _backdrop(self) -> Backdrop:
        return Backdrop()

    def render(self) -> RenderableType | Visual:  # type: ignore[override]
        """Draw the screens behind it."""
        return self._backdrop.instead_of(super().render())
