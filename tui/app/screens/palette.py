"""The command palette: the actions of the screen below, found by words and run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.app.keys.action import TITLES
from tui.app.keys.actions import ACTIONS
from tui.app.keys.bindings import bindings, keys_of, shown_keys
from tui.app.keys.palette import PaletteEntry, matching_entries
from tui.app.screens.dialog import Dialog
from tui.app.screens.styles import CHOICES, DIMMED, FRAME
from tui.app.widgets.ordered_input import OrderedInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual import events
    from textual.app import App, ComposeResult
    from textual.binding import BindingType
    from textual.screen import Screen

    from tui.app.keys.action import Action

_MOST_ROWS = 20
_SCOPES_LAST = {"panes": 1, "search": 1, "folders": 2, "anywhere": 3}
_NO_MATCH = "No command matches."


class PaletteScreen(Dialog[PaletteEntry | None]):
    """Lists the commands that match the typed text; ends with the selected one.

    Args:
        entries: the commands, the common ones first.
        title: the title of the box.
        placeholder: the text of the empty input.
    """

    DEFAULT_CSS = f"""
    PaletteScreen {{
        {DIMMED}
        align: center top;
        #box {{ {FRAME} width: 72; padding: 0 1; overflow: hidden hidden; }}
        {CHOICES}
        OptionList, OptionList:focus {{
            height: auto;
            text-wrap: nowrap;
            text-overflow: ellipsis;
            scrollbar-size-vertical: 1;
        }}
        OrderedInput, OrderedInput:focus {{
            height: 1;
            margin: 0 0 1 0;
            padding: 0;
            border: none;
            background: $surface;
            background-tint: $background 0%;
        }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("palette")

    def __init__(
        self,
        entries: Sequence[PaletteEntry],
        *,
        title: str = "Commands",
        placeholder: str = "Type a command",
    ) -> None:
        super().__init__()
        self._entries = entries
        self._title = title
        self._input = OrderedInput(placeholder=placeholder, id="command")
        self._input.cursor_blink = False
        self._list = OptionList(markup=False)
        self._list.can_focus = False
        self._matching: list[PaletteEntry] = []

    def compose(self) -> ComposeResult:
        """Yield the input and the commands."""
        with Vertical(id="box") as box:
            box.border_title = self._title
            box.border_subtitle = "Enter: run · ↑↓: choose · Esc: back"
            yield self._input
            yield self._list

    def on_mount(self) -> None:
        """List all commands."""
        self._list.styles.max_height = self._room(self.app.size.height)
        self._match("")

    def on_resize(self, event: events.Resize) -> None:
        """Fit the list into the new size."""
        self._list.styles.max_height = self._room(event.size.height)
        self._match(self._input.value)

    def on_input_changed(self, event: OrderedInput.Changed) -> None:
        """List the commands that match."""
        event.stop()
        self._match(event.value)

    def on_input_submitted(self, event: OrderedInput.Submitted) -> None:
        """Run the highlighted command."""
        event.stop()
        self.action_run()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Run the command that was clicked."""
        event.stop()
        self.dismiss(self._matching[event.option_index])

    def action_run(self) -> None:
        """Run the highlighted command."""
        index = self._list.highlighted
        if index is not None and self._matching:
            self.dismiss(self._matching[index])

    def action_move(self, by: int) -> None:
        """Move the highlight by a command."""
        if by > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()

    def action_page(self, by: int) -> None:
        """Move the highlight by a page."""
        highlighted = (self._list.highlighted or 0) + by * self._list.content_size.height
        self._list.highlighted = max(0, min(highlighted, len(self._matching) - 1))

    def action_close(self) -> None:
        """Run nothing."""
        self.dismiss(None)

    @staticmethod
    def _room(rows: int) -> int:
        """Return the number of rows for the list, beside the frame and the input."""
        return max(1, min(_MOST_ROWS, rows - 4))

    def _match(self, text: str) -> None:
        self._matching = matching_entries(self._entries, text)
        width = min(72, self.app.size.width) - 5  # the frame, its padding and the scroll bar
        options = [Option(_line(entry, width)) for entry in self._matching]
        self._list.set_options(options or [Option(_NO_MATCH, disabled=True)])
        self._list.highlighted = 0 if self._matching else None


def _line(entry: PaletteEntry, width: int) -> Content:
    """Return a line with the title at the left and the keys at the right."""
    room = max(0, width - cell_len(entry.keys) - 2)
    title = Content(entry.title).truncate(room, ellipsis=True, pad=True)
    return Content.assemble(title, "  ", (entry.keys, "dim"))


def open_palette(app: App[Any], *, is_picking: bool) -> None:
    """Offer the actions of the screen, unless the palette is open already.

    Args:
        app: the app.
        is_picking: Enter picks pictures.
    """
    if not isinstance(app.screen, PaletteScreen):
        entries = list(screen_entries(app.screen, is_picking=is_picking))
        _open(app, PaletteScreen(entries))


def open_themes(app: App[Any]) -> None:
    """Offer the themes."""
    entries = [
        PaletteEntry(name, partial(setattr, app, "theme", name))
        for name in sorted(app.available_themes)
    ]
    _open(app, PaletteScreen(entries, title="Themes", placeholder="Type the name of a theme"))


def _open(app: App[Any], palette: PaletteScreen) -> None:
    def run(entry: PaletteEntry | None) -> None:
        if entry is not None:
            app.call_later(entry.run)

    app.push_screen(palette, run)


def _rank(action: Action) -> tuple[bool, int]:
    """Order common actions before others, and those of the screen before those of the whole app."""
    return action.palette != "common", _SCOPES_LAST.get(action.where, 0)


def screen_entries(screen: Screen[Any], *, is_picking: bool) -> Iterator[PaletteEntry]:
    """Yield a command for each action of a screen, the common ones first.

    An action that is not available at the moment is skipped.
    """
    app = screen.app
    nodes = {
        action_id.partition(".")[0]: node
        for node in (app, screen, *screen.walk_children())
        for action_id in (getattr(binding, "id", None) for binding in type(node).BINDINGS)
        if action_id
    }
    for action in sorted(ACTIONS, key=_rank):
        node = nodes.get(action.where)
        is_needless = action.where == "picking" and not is_picking
        if node is None or is_needless or action.palette == "hidden":
            continue
        if app._check_action_state(action.action, node) is not False:
            yield PaletteEntry(
                action.description,
                partial(app.run_action, action.action, node),
                shown_keys(action) if keys_of(action) else "",
                action.synonyms,
                TITLES[action.where],
                action.palette == "common",
            )
