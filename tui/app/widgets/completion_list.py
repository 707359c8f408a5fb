"""The small list of ways to go on, right below the search input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.app.workers.guard import Guarded
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

ROWS = 8
"""How many are seen at once."""

WIDTH = 26
"""Columns that even short ones take."""


class CompletionList(Guarded, Static):
    """Shows labels, one of them chosen, over what lies below; never has the focus."""

    DEFAULT_CSS = """
    CompletionList {
        display: none;
        overlay: screen;
        constrain: inside inside;
        width: auto;
        max-width: 100%;
        height: auto;
        max-height: 8;
        margin: 0 0 0 1;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }
    """

    class Clicked(Message):
        """A label was clicked; ``place`` counts from 0."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(markup=False, id=id)
        self._first = 0

    @property
    def is_open(self) -> bool:
        """Whether the list is on screen."""
        return self.display

    def show(self, labels: Sequence[str], place: int) -> None:
        """Show labels with the one at ``place`` chosen; none at all closes the list."""
        self.display = bool(labels)
        self._first = max(0, min(self._first, place), place - ROWS + 1)
        contents = [Content(printable(label)) for label in labels]
        width = max([WIDTH, *(content.cell_length for content in contents)])
        lines = [
            content.pad_right(width - content.cell_length).stylize(
                "bold reverse" if number == place else ""
            )
            for number, content in enumerate(contents)
        ]
        self.update(Content("\n").join(lines[self._first : self._first + ROWS]))

    def hide(self) -> None:
        """Close the list."""
        self._first = 0
        self.display = False

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked."""
        event.stop()
        self.post_message(self.Clicked(self._first + event.y))
