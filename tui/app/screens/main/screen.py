"""The main screen: composes the panes and routes messages between them.

It is imported before the first frame, so modules that the frame does not need are imported late.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from tui.app.keys.bindings import bindings
from tui.app.screens.main.folder_pane import FolderPane
from tui.app.screens.main.results_pane import ResultsPane
from tui.app.screens.main.search_pane import SearchPane
from tui.app.screens.main.status_bar import StatusBar
from tui.app.screens.main.subscreens import show_duplicates, show_failures
from tui.app.screens.styles import HEIGHTS, WIDTHS, current_breakpoints
from tui.app.workers.guard import Guarded
from tui.app.workers.tasks import LibraryMessage

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.screens.folders.commands import FolderCommand
    from tui.app.screens.main.library_session import LibrarySession
    from tui.app.screens.main.resources import Resources
    from tui.app.screens.main.results_pane import WhyNot
    from tui.app.screens.main.search_controller import SearchController
    from tui.app.widgets.folder_tree import FolderTree
    from tui.app.widgets.results import PictureHighlighted


class MainScreen(Guarded, Screen[None]):
    """Folders at the left; the search, the pictures and their details at the right.

    Args:
        resources: settings, services and state for the panes.
        folder: the folder to search, and to index first; None for the whole library.
        why_not_pick: as in `ResultsPane`.
    """

    AUTO_FOCUS = "#query"
    BINDINGS: ClassVar[list[BindingType]] = bindings("panes")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self, resources: Resources, folder: Path | None, why_not_pick: WhyNot | None = None
    ) -> None:
        hidden = " -no-folders" if resources.stored.folders_hidden else ""
        super().__init__(classes=f"{current_breakpoints()}{hidden}")
        self.resources = resources
        self.folder_pane = FolderPane(folder, resources, id="folders")
        self.search_pane = SearchPane(resources)
        self.results_pane = ResultsPane(
            resources,
            folder,
            why_not_pick,
            search_in=self._search_in,
            set_query=self.search_pane.query_input.set_text,
        )
        self.status_bar = StatusBar(id="status")
        self._folder = folder
        self._has_begun = False

    def compose(self) -> ComposeResult:
        """Lay out the panes, which are empty in the first frame."""
        with Horizontal(id="body"):
            yield self.folder_pane
            with Vertical(id="main"):
                yield self.search_pane
                yield self.results_pane
        yield self.status_bar

    @cached_property
    def library(self) -> LibrarySession:
        """The library, and the workers that monitor, index and change it."""
        from tui.app.screens.main.library_session import LibrarySession

        return LibrarySession(
            self.resources,
            self._folder,
            folder_pane=self.folder_pane,
            search_pane=self.search_pane,
            results_pane=self.results_pane,
            status_bar=self.status_bar,
            search_in=self._search_in,
        )

    @property
    def search(self) -> SearchController:
        """The query and its answer."""
        return self.results_pane.search

    # --- start and end ------------------------------------------------------------------------

    def begin(self, typed: str = "") -> None:
        """Fill the panes and open the library; called after the first frame.

        Args:
            typed: the keys that were typed before.
        """
        for pane in (self.folder_pane, self.search_pane, self.results_pane, self.status_bar):
            pane.fill()
        self.watch(self.search_pane, "query_text", self.search.set_query, init=False)
        self.search_pane.query_input.highlight = self.results_pane.results.move
        self._has_begun = True
        self.search_pane.show_scope(self.search.session.scope)
        self.library.show_empty()
        self.search_pane.query_input.insert_text_at_cursor(typed)
        self.library.open()

    def leave(self) -> None:
        """Stop the background tasks and store the state, as the app ends."""
        if self._has_begun:
            self.library.stop()
            self.search_pane.query_input.remember()
            self.resources.state.close()

    @on(LibraryMessage)
    def _act_on_library(self, message: LibraryMessage) -> None:
        message.stop()
        self.library.handle(message)

    def _search_in(self, folder: Path | None) -> None:
        self.search.session.scope = folder
        self._bring_folders(False)
        self.search_pane.show_scope(folder)
        self.search.ask()

    def _bring_folders(self, to_front: bool) -> None:
        """Show the folders instead of the pictures, or these again, in a narrow terminal.

        Elsewhere no style depends on it, and styling the whole screen would delay the next paint.
        """
        self.set_class(to_front, "-folders", update=self.has_class("-narrow"))

    def on_folder_tree_chosen(self, message: FolderTree.Chosen) -> None:
        """Search in the folder."""
        self._search_in(message.folder)

    def on_folder_tree_opened(self) -> None:
        """Count the pictures below the open folders."""
        self.library.count_pictures()

    def on_picture_highlighted(self, message: PictureHighlighted) -> None:
        """Describe the picture under the cursor."""
        self.status_bar.highlight = message.hit

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Enable keys only where they do something; letters are text in the search box."""
        if action in ("cancel_indexing", "resume_indexing", "use_download"):
            return self._has_begun and self.library.can_do(action)
        # Not ``has_focus``, which changes only after the next keys are dispatched.
        return action != "focus_search" or self.focused is not self.search_pane.query_input

    def action_focus_search(self) -> None:
        """Focus the search input at once, so that the keys sent together with this one reach it."""
        self._bring_folders(False)
        self.set_focus(self.search_pane.query_input)

    def action_focus_pictures(self) -> None:
        """Focus the pictures."""
        self._bring_folders(False)
        self.set_focus(self.results_pane.results)

    def action_focus_folders(self) -> None:
        """Focus the folders, and show them if they are hidden."""
        self._bring_folders(True)
        if not self.has_class("-narrow"):
            self.folder_pane.hide(False)
        self.set_focus(self.folder_pane.folder_tree)

    def action_toggle_folders(self) -> None:
        """Show or hide the folders; the focus moves only if its pane is hidden."""
        is_shown = bool(self.folder_pane.region.area)
        if self.has_class("-narrow"):  # where the folders hide the pictures
            self.action_focus_pictures() if is_shown else self.action_focus_folders()
            return
        if self.focused is self.folder_pane.folder_tree:
            self.action_focus_pictures()
        self.folder_pane.hide(is_shown)

    def action_resize_folders(self, steps: int) -> None:
        """Make the folder pane narrower or wider."""
        self.folder_pane.resize(steps)

    def action_toggle_preview(self) -> None:
        """Show or hide the preview pane."""
        self.results_pane.split.toggle_preview()

    def action_folders(self, command: FolderCommand) -> None:
        """Add a folder to the library, or update the searched ones."""
        self.library.folders.run(command)

    def action_cancel_indexing(self) -> None:
        """Stop indexing."""
        self.library.indexing.cancel()

    def action_resume_indexing(self) -> None:
        """Resume indexing."""
        self.library.indexing.resume()

    def action_search_everything(self) -> None:
        """Search the whole library."""
        self._search_in(None)

    def action_save_query(self) -> None:
        """Save the query under a name."""
        self.search_pane.save_query()

    def action_saved_queries(self) -> None:
        """Choose a saved search."""
        self.search_pane.choose_saved_query()

    def action_models(self, name: str = "") -> None:
        """Choose or download a model; the cursor is on ``name``, or on the one in use."""
        self.library.show_models(name)

    def action_use_download(self) -> None:
        """Switch to the model that was downloaded."""
        self.library.downloads.use_offered()

    def action_duplicates(self) -> None:
        """Find duplicates in the searched folder."""
        show_duplicates(self.app, self.resources, self.search, self.results_pane.actions)

    def action_failures(self) -> None:
        """List the files that could not be indexed."""
        show_failures(self.app, self.resources, self.search, self.results_pane.actions)
