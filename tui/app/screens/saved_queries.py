"""Saved searches: naming one, and choosing one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.app.keys.bindings import bindings, key_for
from tui.app.screens.choice_list import ChoiceList
from tui.app.screens.dialog import Dialog
from tui.app.screens.dialogs import ConfirmScreen
from tui.app.screens.styles import BOX, CHOICES
from tui.app.widgets.ordered_input import OrderedInput
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.workers.state_writer import StateWriter

_NAME_LENGTH = 60


class QueryNameScreen(Dialog[str | None]):
    """Asks for the name of a query.

    Args:
        text: the query.
        saved: saved queries by name; replacing one needs a confirmation.
    """

    DEFAULT_CSS = f"QueryNameScreen {{ {BOX} .quiet {{ margin: 1 0 0 1; color: $text-muted; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = bindings("name")

    def __init__(self, text: str, saved: Mapping[str, str]) -> None:
        super().__init__()
        self._text = text
        self._saved = saved
        self._note = Static(markup=False, classes="quiet")

    def compose(self) -> ComposeResult:
        """Yield the name and a note about it."""
        with Vertical(id="box") as box:
            box.border_title = "Save this search as"
            box.border_subtitle = "Enter: save · Esc: cancel"
            yield OrderedInput(placeholder="A name", max_length=_NAME_LENGTH, id="name")
            yield self._note

    def on_mount(self) -> None:
        """Show the query."""
        self._say("")

    def on_input_changed(self, event: OrderedInput.Changed) -> None:
        """Show the query with this name."""
        event.stop()
        self._say(event.value.strip())

    def on_input_submitted(self, event: OrderedInput.Submitted) -> None:
        """End with the name."""
        event.stop()
        name = event.value.strip()
        if self._saved.get(name, self._text) != self._text:
            self._ask(name)
        elif name:
            self.dismiss(name)

    def _ask(self, name: str) -> None:
        """Ask for confirmation before a saved query is replaced."""

        def answered(sure: bool | None) -> None:
            if sure:
                self.dismiss(name)

        question = f"Replace “{printable(name)}”?\n  {printable(self._saved[name])}"
        self.app.push_screen(ConfirmScreen(question, "Replace it"), answered)

    def action_close(self) -> None:
        """Save nothing."""
        self.dismiss(None)

    def _say(self, name: str) -> None:
        replaces = "Replaces the existing search.\n" if name in self._saved else ""
        self._note.update(replaces + printable(self._text))


class SavedQueriesScreen(Dialog[str | None]):
    """Lists the saved searches; returns the chosen one.

    Args:
        state_writer: stores the searches.
    """

    DEFAULT_CSS = f"""
    SavedQueriesScreen {{
        {BOX}
        {CHOICES}
        OptionList {{ max-height: 16; text-wrap: nowrap; text-overflow: ellipsis; }}
        #nothing {{ display: none; color: $text-muted; }}
        &.-empty #nothing {{ display: block; }}
        &.-empty OptionList {{ display: none; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("saved")

    def __init__(self, state_writer: StateWriter) -> None:
        super().__init__()
        self._state_writer = state_writer
        self._list = ChoiceList(markup=False)

    def compose(self) -> ComposeResult:
        """Yield the list, or a hint if it is empty."""
        with Vertical(id="box") as box:
            box.border_title = "Saved searches"
            box.border_subtitle = f"Enter: search · {key_for('saved.delete')}: delete · Esc: back"
            yield self._list
            yield Static(
                f"No saved searches yet. Press {key_for('panes.save')} to save the current one.",
                id="nothing",
                markup=False,
            )

    def on_mount(self) -> None:
        """List the saved searches."""
        self._fill()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the chosen search."""
        event.stop()
        self.dismiss(self._state_writer.now.saved.get(event.option.id or ""))

    def action_choose(self) -> None:
        """Choose what is highlighted."""
        self._list.action_select()

    def action_delete(self) -> None:
        """Delete the highlighted search, after a confirmation."""
        index = self._list.highlighted
        if index is None:
            return
        name = self._list.get_option_at_index(index).id or ""
        text = self._state_writer.now.saved.get(name, "")

        def answered(sure: bool | None) -> None:
            if sure:
                self._state_writer.change(lambda memory: memory.without_saved(name, text))
                self._fill()
                if self._list.option_count:
                    self._list.highlighted = min(index, self._list.option_count - 1)

        question = f"Delete “{printable(name)}”?\n  {printable(text)}"
        self.app.push_screen(ConfirmScreen(question, "Delete it"), answered)

    def action_close(self) -> None:
        """Choose no search."""
        self.dismiss(None)

    def _fill(self) -> None:
        saved = sorted(self._state_writer.now.saved.items(), key=lambda item: item[0].casefold())
        width = max((len(printable(name)) for name, _ in saved), default=0) + 2
        self._list.clear_options()
        self._list.add_options(
            Option(
                Content.assemble((printable(name).ljust(width), "bold"), (printable(text), "dim")),
                id=name,
            )
            for name, text in saved
        )
        self.set_class(not saved, "-empty")
        if saved:
            self._list.focus()
            self._list.highlighted = 0
