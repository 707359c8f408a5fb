"""A frame around widgets that repaints only one row when its title changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from textual.containers import Container
from textual.geometry import Region

if TYPE_CHECKING:
    from textual.content import Content


class TitledFrame(Container):
    """Frames widgets. Textual would repaint all of them for a new title."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as in every widget
        super().__init__(id=id)
        self._texts: dict[str, Content] = {}
        self._row: Region | None = None

    def show_title(self, text: Content) -> None:
        """Show a title in the upper edge."""
        self._show("border_title", text, 0)

    def show_subtitle(self, text: Content) -> None:
        """Show a title in the lower edge."""
        self._show("border_subtitle", text, self.outer_size.height - 1)

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Repaint these regions; by default everything, or the row of a title that is being set."""
        rows = regions if self._row is None else (self._row,)
        return super().refresh(*rows, repaint=repaint, layout=layout, recompose=recompose)

    def _show(self, name: str, text: Content, y: int) -> None:
        if self._texts.get(name) == text:
            return
        self._texts[name] = text
        self._row = Region(0, y, self.outer_size.width, 1).translate(-self.content_offset)
        try:
            setattr(self, name, text)
        finally:
            self._row = None
