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

    DEFAULT_CSS = """
    HelpScreen {
        align: center middle;
        background: $background 60%;
        #help {
            width: 76;
            max-width: 100%;
            height: auto;
            max-height: 100%;
            padding: 0 2;
            background: $surface;
            border: round $border;
            border-title-color: $border;
            border-subtitle-color: $text-muted;
            scrollbar-size-vertical: 1;
        }
        .place { margin: 1 0 0 0; text-style: bold; }
        .keys { color: $text-muted; }
    }
    """

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
