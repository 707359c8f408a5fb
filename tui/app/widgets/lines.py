"""The lines below the pictures: the highlighted picture, the model in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from tui.app.wording import detail_line

if TYPE_CHECKING:
    from tui.domain import Hit


class DetailLine(Static):
    """Says what the highlighted picture is."""

    def show(self, hit: Hit | None) -> None:
        """Describe a hit, or nothing."""
        self.update(Content("" if hit is None else detail_line(hit)), layout=False)


class StatusLine(Static):
    """One quiet line: the model in use, or what is wrong."""

    def show(self, text: str, *, problem: bool = False) -> None:
        """Say something."""
        self.set_class(problem, "-problem")
        self.update(Content(text), layout=False)
