"""All keys, from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.app.keys import ACTIONS, TITLES, bindings, shown_keys

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from tui.app.keys import Action


class HelpScreen(ModalScreen[None]):
    """Lists every action with its keys."""

    BINDINGS = bindings("help")

    def compose(self) -> ComposeResult:
        """One block a place."""
        with VerticalScroll(id="help") as scroll:
            scroll.border_title = "Keys"
            scroll.border_subtitle = "Esc to go back"
            for where, title in TITLES.items():
                actions = [action for action in ACTIONS if action.where == where]
                if actions:
                    yield Static(Content(title), classes="place")
                    yield Static(self._lines(actions), classes="keys")

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()

    @staticmethod
    def _lines(actions: list[Action]) -> Content:
        width = max(len(shown_keys(action)) for action in ACTIONS) + 2
        return Content("\n").join(
            Content.assemble((shown_keys(action).ljust(width), "$primary"), action.description)
            for action in actions
        )
