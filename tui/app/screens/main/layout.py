"""Where things are on the main screen, and how one goes from pane to pane.

The first frame shows the panes empty and takes keys. What fills them comes after it (`furnish`),
since every import and every widget would hold that frame up.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui.app.keys.bindings import bindings
from tui.app.screens.styles import HEIGHTS, WIDTHS
from tui.app.widgets.query_input import QueryInput
from tui.app.workers.guard import Guarded
from tui.core.formatting import printable

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget


class PanesScreen(Guarded, Screen[None]):
    """Folders on the left; search, pictures and details on the right; the rest below."""

    AUTO_FOCUS = "#query"
    BINDINGS: ClassVar[list[BindingType]] = bindings("panes")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(self) -> None:
        super().__init__(classes=_breakpoints_here())
        self.query_input = QueryInput(placeholder="Describe a picture", id="query")
        self._tree: Widget | None = None
        self._results: Widget | None = None
        self._main = Vertical(id="main")
        self._folders = Container(id="folders")
        self._pictures = Container(id="pictures")
        self._detail = Static(id="detail", markup=False)
        self._status = Static("Opening the library", id="status", markup=False)
        self._foot = Horizontal(id="foot")

    def compose(self) -> ComposeResult:
        """Name the panes and lay them out."""
        self._folders.border_title = "Folders"
        self.query_input.border_title = "Search"
        self._pictures.border_title = "Pictures"
        with Horizontal(id="body"):
            yield self._folders
            with self._main:
                yield self.query_input
                yield self._pictures
                yield self._detail
        yield self._status
        yield self._foot

    def furnish(self, tree: Widget, results: Widget, indexing: Widget) -> None:
        """Fill the panes."""
        from textual.widgets import Footer

        from tui.app.widgets.completion_list import CompletionList

        self.choices = CompletionList(id="choices")
        self._main.mount(self.choices, after=self.query_input)
        self._tree, self._results = tree, results
        self._folders.mount(tree)
        self._pictures.mount(results)
        self.mount(indexing, before=self._status)
        self._foot.mount(Footer(show_command_palette=False))

    # --- what is said -------------------------------------------------------------------------

    def say(self, text: str, *, problem: bool = False) -> None:
        """Say something in the status line."""
        self._status.set_class(problem, "-problem")
        self._status.update(printable(text), layout=False)

    def say_detail(self, text: str) -> None:
        """Describe the highlighted picture."""
        self._detail.update(printable(text), layout=False)

    def say_hint(self, text: str) -> None:
        """Say what is missing or wrong in the typed text."""
        self.query_input.border_subtitle = Content(printable(text))

    def say_scope(self, name: str) -> None:
        """Say where the search looks."""
        self.query_input.border_title = Content(f"Search in {printable(name)}")

    def say_order(self, text: str) -> None:
        """Say in which order the pictures are."""
        self._pictures.border_subtitle = Content(printable(text))

    # --- from pane to pane --------------------------------------------------------------------

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """In the search input there is no need to go there, and its key is text."""
        # Not ``has_focus``: that changes only when the next keys are on their way already.
        return action != "focus_search" or self.focused is not self.query_input

    def action_focus_search(self) -> None:
        """Type a search; at once, so that keys sent in one go with this one arrive there."""
        self.remove_class("-folders")
        self.set_focus(self.query_input)

    def action_focus_pictures(self) -> None:
        """Go to the pictures."""
        self.remove_class("-folders")
        self.set_focus(self._results)

    def action_focus_folders(self) -> None:
        """Go to the folders, shown if they were hidden."""
        self.add_class("-folders")
        self.remove_class("-no-folders")
        self.set_focus(self._tree)

    def action_toggle_folders(self) -> None:
        """Show or hide the folders."""
        if self._folders.region.area:
            self.add_class("-no-folders")
            self.action_focus_pictures()
        else:
            self.action_focus_folders()

    def on_search_left(self) -> None:
        """Up from the first row of pictures."""
        self.action_focus_search()


def _breakpoints_here() -> str:
    """Name the classes that this terminal's size will give, so that nothing is styled twice."""
    columns, rows = shutil.get_terminal_size()
    width = [name for least, name in WIDTHS if columns >= least][-1]
    height = [name for least, name in HEIGHTS if rows >= least][-1]
    return f"{width} {height}"
