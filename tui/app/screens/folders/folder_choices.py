"""The list of folders below a typed path."""

from __future__ import annotations

from dataclasses import dataclass
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
"""The number of folders that are visible at once."""

_CHROME = 10
"""The rows of the dialog without the folders."""


class FolderChoices(Guarded, Static):
    """The folders that match; never has the focus.

    Attributes:
        folders: as they would be typed.
        index: the highlighted one; None if none is.
    """

    DEFAULT_CSS = f"""
    FolderChoices {{
        height: auto;
        max-height: {ROWS};
        margin: 1 0 0 1;
        color: $text-muted;
        text-wrap: nowrap;
        text-overflow: ellipsis;
    }}
    """

    @dataclass
    class Clicked(Message):
        """A folder was clicked; ``index`` counts from 0."""

        index: int

    def __init__(self) -> None:
        super().__init__(id="folders-below", markup=False)
        self.folders: Sequence[str] = ()
        self.index: int | None = None
        self._first_row = 0

    def offer(self, folders: Sequence[str], remark: str = "") -> None:
        """List other folders, none of them highlighted; without any, show a remark."""
        self.folders, self.index, self._first_row = folders, None, 0
        self._draw(remark)

    def move(self, by: int) -> str | None:
        """Highlight another folder, and return it; None if there is none."""
        if not self.folders:
            return None
        before = self.index if self.index is not None else min(-by, 0)
        self.index = (before + by) % len(self.folders)
        self._draw()
        return self.folders[self.index]

    def on_click(self, event: events.Click) -> None:
        """Report the row that was clicked."""
        event.stop()
        if self._first_row + event.y < len(self.folders):
            self.post_message(self.Clicked(self._first_row + event.y))

    def _draw(self, remark: str = "") -> None:
        rows = max(1, min(ROWS, self.app.size.height - _CHROME))
        index = self.index or 0
        self._first_row = max(0, min(self._first_row, index), index - rows + 1)
        shown = self.folders[self._first_row : self._first_row + rows]
        names = [folder.rstrip("/").rpartition("/")[2] for folder in shown]
        lines = [
            label.stylize("bold reverse") if self.index == number else label
            for number, label in enumerate(map(_label, names), self._first_row)
        ]
        self.update(Content("\n").join(lines) if lines else Content(remark))


def _label(name: str) -> Content:
    return Content(f"{printable(name)}/")
