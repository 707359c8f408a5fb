"""Dialogs over other screens, which do not disturb the pictures behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.command import CommandPalette
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, ScreenResultType

from tui.app.terminal.images import PLACEHOLDER
from tui.app.workers.guard import Guarded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import RenderableType
    from textual.color import Color


class Dialog(Guarded, ModalScreen[ScreenResultType]):
    """Dims the text behind it, but not pictures in Kitty's protocol."""

    def render(self) -> RenderableType:
        """Draw the screens behind it."""
        return _backdrop(super().render())


class Palette(CommandPalette):
    """The command palette; it dims as ``Dialog`` does."""

    def render(self) -> RenderableType:
        """Draw the screens behind it."""
        return _backdrop(super().render())


class Backdrop(BackgroundScreen):
    """A dimmed screen in which placeholders of pictures keep their colours.

    The foreground colour of a placeholder is the number of its picture: changed, it names a
    picture that does not exist (Kitty's graphics protocol, "Unicode placeholders").
    """

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
        """Dim all but the foreground colours of placeholders."""
        before = list(segments)
        for old, new in zip(before, super().process_segments(before, color), strict=True):
            if old.text.startswith(PLACEHOLDER) and old.style is not None:
                style = (new.style or Style.null()) + Style(color=old.style.color)
                yield Segment(new.text, style)
            else:
                yield new


def _backdrop(content: RenderableType) -> RenderableType:
    if isinstance(content, BackgroundScreen):
        return Backdrop(content.screen, content.color)
    return content
