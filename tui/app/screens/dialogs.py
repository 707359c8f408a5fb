"""The dialog that asks for confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from tui.app.keys.bindings import bindings
from tui.app.screens.dialog import Dialog
from tui.app.screens.styles import BOX
from tui.core.formatting import printable_lines

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType


class ConfirmScreen(Dialog[bool]):
    """Asks for confirmation; anything but yes is no.

    Args:
        question: the question.
        action: a label for yes.
    """

    DEFAULT_CSS = f"ConfirmScreen {{ {BOX} #answers {{ margin: 1 0 0 0; color: $text-muted; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = bindings("question")

    def __init__(self, question: str, action: str) -> None:
        super().__init__()
        self._question = question
        self._action = action

    def compose(self) -> ComposeResult:
        """Yield the question and the two answers."""
        with Vertical(id="box"):
            yield Static(printable_lines(self._question), id="question", markup=False)
            answers = Content.assemble(
                ("y", "bold $primary"),
                f"  {self._action}      ",
                ("Esc", "bold $primary"),
                "  Cancel",
            )
            yield Static(answers, id="answers")

    def action_answer(self, sure: bool) -> None:
        """Return the answer."""
        self.dismiss(sure)
