"""The search input."""

from __future__ import annotations

from textual.widgets import Input

from tui.app.keys import bindings
from tui.app.messages import PicturesWanted


class QueryInput(Input):
    """Takes the words; its keys lead on to the pictures."""

    BINDINGS = bindings("search")

    def action_pictures(self) -> None:
        """Go to the pictures."""
        self.post_message(PicturesWanted())

    def action_clear(self) -> None:
        """Search for nothing in particular again."""
        self.clear()
