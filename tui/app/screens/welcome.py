"""The welcome screen of the first run: an introduction and the choice of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from textual.containers import Vertical
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.app.keys.bindings import bindings, key_for
from tui.app.screens.dialog import Dialog
from tui.app.screens.styles import BOX, CHOICES

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

WelcomeChoice = Literal["built-in", "clip"]


class WelcomeScreen(Dialog[WelcomeChoice]):
    """Introduces the models and asks for a choice; text typed meanwhile goes to the search input.

    Args:
        size: the download size of CLIP, for example ``605 MB``.
        type_on: receives typed or pasted text; an empty text deletes a letter.
    """

    DEFAULT_CSS = f"""
    WelcomeScreen {{
        {BOX}
        background: $background 40%;
        #box {{ width: 68; }}
        {CHOICES}
        OptionList {{ margin: 1 0 0 0; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("welcome")

    def __init__(self, size: str, type_on: Callable[[str], None]) -> None:
        super().__init__()
        self._clip_size = size
        self._type_on = type_on

    def compose(self) -> ComposeResult:
        """Yield three sentences and two choices."""
        with Vertical(id="box") as box:
            box.border_title = "Welcome to photoseek"
            box.border_subtitle = f"Enter: choose · {key_for('welcome.begin')}: built-in model"
            yield Static(
                "Describe a picture to find it. Nothing leaves this computer.\n"
                "The built-in model works right away. It knows common objects, animals and scenes "
                "(English only).\n"
                f"CLIP understands almost any description. One download, {self._clip_size}.",
                markup=False,
            )
            yield OptionList(
                Option("Start now with the built-in model", id="built-in"),
                Option(f"Download CLIP ({self._clip_size}) and search meanwhile", id="clip"),
                markup=False,
            )

    def on_key(self, event: events.Key) -> None:
        """Forward typed text."""
        if event.is_printable and event.character:
            self._type_on(event.character)
        elif event.key == "backspace":
            self._type_on("")
        else:
            return
        event.stop()

    def on_paste(self, event: events.Paste) -> None:
        """Forward pasted text."""
        event.stop()
        if event.text:
            self._type_on(event.text)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the choice."""
        event.stop()
        self.dismiss("clip" if event.option.id == "clip" else "built-in")

    def action_begin(self) -> None:
        """Return the built-in model."""
        self.dismiss("built-in")
