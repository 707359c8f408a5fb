"""The list of completions, right below the search input."""

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

    from tui.search.query.completion import Completion

ROWS = 8
"""The number of completions that are visible at once."""

WIDTH = 26
"""The least width, in columns."""


class CompletionList(Guarded, Static):
    """Offers completions, one of them selected, over the pane below; never has the focus."""

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
        """A completion was clicked; ``index`` counts from 0."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(markup=False, id=id)
        self._completions: Sequence[Completion] = ()
        self._index = 0
        self._first_row = 0

    @property
    def is_open(self) -> bool:
        """Whether completions are offered."""
        return bool(self._completions)

    def offer(self, completions: Sequence[Completion]) -> None:
        """Offer other completions, the first one selected; none at all closes the list."""
        self._completions, self._index = completions, 0
        self.display = self.is_open
        self._draw()

    def move(self, by: int) -> bool:
        """Select another completion; return False if none is offered."""
        if self.is_open:
            self._index = (self._index + by) % len(self._completions)
            self._draw()
        return self.is_open

    def pick(self, index: int | None = None) -> Completion | None:
        """Close the list and return a completion, the selected one by default; None if closed."""
        if not self.is_open:
            return None
        completion = self._completions[self._index if index is None else index]
        self.close()
        return completion

    def close(self) -> bool:
        """Close the list; return False if it was closed."""
        was_open = self.is_open
        self._completions, self._first_row = (), 0
        if was_open:
            self.display = False
        return was_open

    def on_click(self, event: events.Click) -> None:
        """Report the row that was clicked."""
        event.stop()
        self.post_message(self.Clicked(self._first_row + event.y))

    def _draw(self) -> None:
        index = self._index
        self._first_row = max(0, min(self._first_row, index), index - ROWS + 1)
        labels = [Content(printable(completion.label)) for completion in self._completions]
        width = max([WIDTH, *(label.cell_length for label in labels)])
        rows = [
            label.pad_right(width - label.cell_length).stylize(
                "bold reverse" if number == index else ""
            )
            for number, label in enumerate(labels)
        ]
        self.update(Content("\n").join(rows[self._first_row : self._first_row + ROWS]))
