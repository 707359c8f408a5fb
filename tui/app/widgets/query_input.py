"""The search input."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.widgets import Input

from tui.app.keys import bindings

if TYPE_CHECKING:
    from textual.binding import BindingType


class QueryInput(Input):
    """Takes the words; its keys lead on to the pictures."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("search")

    def action_empty(self) -> None:
        """Search for nothing in particular again."""
        self.value = ""
