"""The search input."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from tui.app.keys.bindings import bindings
from tui.app.widgets.ordered_input import OrderedInput

if TYPE_CHECKING:
    from textual.binding import BindingType

    from tui.app.widgets.prompt import Prompt


class QueryInput(OrderedInput):
    """Takes the words; its keys lead to earlier queries, to ways to go on and to the pictures.

    Attributes:
        prompt: knows these; it comes after the first frame.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("search")
    prompt: Prompt | None = None

    async def action_accept(self) -> None:
        """Take the way to go on that is chosen, else go to the pictures."""
        if self.prompt is None or not self.prompt.take():
            await self.run_action("screen.focus_pictures")

    def action_earlier(self) -> None:
        """Go to the query before."""
        if self.prompt is not None:
            self.prompt.up()

    async def action_later(self) -> None:
        """Go to the query after; past the latest, to the pictures."""
        if self.prompt is None or not self.prompt.down():
            await self.run_action("screen.focus_pictures")

    async def action_complete(self) -> None:
        """Go on with a word that fits; where none does, to the next pane."""
        if self.prompt is None or not self.prompt.complete():
            await self.run_action("app.focus_next")

    async def action_complete_back(self) -> None:
        """Choose the way to go on before; where none is offered, to the previous pane."""
        if self.prompt is None or not self.prompt.complete(-1):
            await self.run_action("app.focus_previous")

    def action_empty(self) -> None:
        """Offer nothing any more; then, search for nothing in particular again."""
        if self.prompt is not None:
            if self.prompt.close():
                return
            self.prompt.remember()
        self.value = ""

    def type_on(self, text: str) -> None:
        """Take what was typed elsewhere; nothing takes the letter before the cursor away."""
        if text:
            self.take(text)
        else:
            self.action_delete_left()

    def on_blur(self) -> None:
        """What was typed has been used."""
        if self.prompt is not None:
            self.prompt.close()
            self.prompt.remember()
