"""The main screen: folders, search, pictures and what goes on. It composes and routes.

The first frame shows the empty panes and takes keys. What fills them is imported and mounted
after it (`MainScreen.begin`), since every import and widget would hold that frame up.
"""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from tui.app.keys import bindings
from tui.app.widgets.query_input import QueryInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.message import Message
    from textual.timer import Timer

    from tui.app import messages
    from tui.app.background import Tasks
    from tui.app.search_control import SearchControl
    from tui.app.services import Services
    from tui.app.thumbnails import Thumbnails
    from tui.app.widgets.folder_tree import FolderTree
    from tui.app.widgets.indexing_line import IndexingLine
    from tui.app.widgets.results import Results
    from tui.config import Settings
    from tui.search.engine import Engine

DEBOUNCE = 0.06
"""Seconds of quiet after a key before the engine is asked."""

LOADING = "The model is loading; until it is here, words are matched with file names"

WIDTHS = [(0, "-narrow"), (64, "-medium"), (110, "-wide")]
HEIGHTS = [(0, "-flat"), (9, "-low"), (16, "-high")]


class MainScreen(Screen[None]):
    """Choose a folder, type, look.

    Args:
        settings: of this run.
        folder: the folder to search, and to index first; None for the whole library.
        services: makes the rest of the house; called after the first frame, as is ``thumbnails``.
        thumbnails: makes the app's one maker of thumbnails.
    """

    AUTO_FOCUS = "#query"
    BINDINGS: ClassVar[list[BindingType]] = bindings("panes")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    _services: Services
    _thumbnails: Thumbnails
    _tree: FolderTree
    _results: Results
    _indexing: IndexingLine
    search: SearchControl
    _work: Tasks

    def __init__(
        self,
        settings: Settings,
        folder: Path | None,
        services: Callable[[], Services],
        thumbnails: Callable[[], Thumbnails],
    ) -> None:
        super().__init__(classes=_breakpoints_here())
        self._settings = settings
        self._folder = folder
        self._make_services = services
        self._make_thumbnails = thumbnails
        self._begun = False
        self._pending: Timer | None = None
        self._said = ""
        self._folders = Container(id="folders")
        self._query = QueryInput(placeholder="Describe a picture", id="query")
        self._pictures = Container(id="pictures")
        self._detail = Static(id="detail", markup=False)
        self._status = Static("Opening the library", id="status", markup=False)
        self._foot = Horizontal(id="foot")

    def compose(self) -> ComposeResult:
        """Folders on the left; search, pictures and details on the right; the rest below."""
        self._folders.border_title = "Folders"
        self._query.border_title = "Search"
        self._pictures.border_title = "Pictures"
        with Horizontal(id="body"):
            yield self._folders
            with Vertical(id="main"):
                yield self._query
                yield self._pictures
                yield self._detail
        yield self._status
        yield self._foot

    # --- opening ------------------------------------------------------------------------------

    def begin(self, typed: str = "") -> None:
        """Fill the panes, open the library and the model; called after the first frame.

        Args:
            typed: what was typed before that.
        """
        from textual.widgets import Footer

        from tui.app.background import Tasks
        from tui.app.search_control import SearchControl
        from tui.app.widgets.folder_tree import FolderTree
        from tui.app.widgets.indexing_line import IndexingLine
        from tui.app.widgets.results import Results

        self._services = self._make_services()
        self._thumbnails = self._make_thumbnails()
        self._work = Tasks(self.post_message)
        self._tree = FolderTree(self._folder or Path.cwd(), id="tree")
        self._results = Results(self._thumbnails, id="results")
        self._indexing = IndexingLine(self._settings, self._services, id="indexing")
        self.search = SearchControl(self._folder, self._results)
        self._folders.mount(self._tree)
        self._pictures.mount(self._results)
        self.mount(self._indexing, before=self._status)
        self._foot.mount(Footer(show_command_palette=False))
        self._begun = True
        self._show_scope()
        self._show_empty()
        self._query.insert_text_at_cursor(typed)
        self._work.start("library", self._open_library)

    def leave(self) -> None:
        """The app ends."""
        if self._begun:
            self._indexing.leave()

    def _open_library(self) -> Iterator[Message]:
        from tui.app.messages import LibraryOpened
        from tui.app.searching import Searcher

        engine = self._services.open_engine(self._settings)
        counts = self._services.open_counts(self._settings)
        yield LibraryOpened(engine, Searcher(engine, counts, self._work))

    def _open_model(self, engine: Engine) -> Iterator[Message]:
        from tui.app.messages import ModelReady

        engine.attach(self._services.open_text(self._settings))
        yield ModelReady()

    def on_library_opened(self, message: messages.LibraryOpened) -> None:
        """Show what there is, load the model, and index the folder that was asked for."""
        self.search.open(message.engine, message.searcher)
        self._say(LOADING)
        self._work.start("model", partial(self._open_model, message.engine))
        if self._folder is not None:
            self._indexing.begin(self._folder)
        else:
            self._look_again()

    def on_model_ready(self) -> None:
        """From now on by meaning."""
        self.search.loading = False
        self._say(self._services.model_line(self._settings))
        self.search.ask(again=True)

    def on_worker_failed(self, message: messages.WorkerFailed) -> None:
        """Say it, once as a notice too; go on with what works."""
        self._say(message.sentence, problem=True)
        if message.part == "model":
            self.search.loading = False
            self.search.ask(again=True)
        if message.sentence != self._said:
            self._said = message.sentence
            self.notify(message.sentence, severity="error", timeout=10, markup=False)

    # --- searching ----------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask after a short quiet; at once where the model has met the words."""
        event.stop()
        self.search.session.text = event.value
        if self._pending is not None:
            self._pending.stop()
        if self.search.is_quick:
            self.search.ask()
        else:
            self._pending = self.set_timer(DEBOUNCE, self.search.ask)

    def on_search_answered(self, message: messages.SearchAnswered) -> None:
        """Show the answer."""
        self.search.take(message)
        self._show_empty()
        self._show_order()

    def on_window_moved(self, message: messages.WindowMoved) -> None:
        """Look up the hits that came into view."""
        self.search.look_up(message.window)

    def on_hits_found(self, message: messages.HitsFound) -> None:
        """Show their details."""
        self.search.take_hits(message)

    def on_picture_highlighted(self, message: messages.PictureHighlighted) -> None:
        """Describe the picture under the cursor."""
        from tui.app.wording import detail_line

        self._detail.update("" if message.hit is None else detail_line(message.hit), layout=False)
        self._show_order()

    def on_picture_opened(self) -> None:
        """Show it large."""
        from tui.app.screens.preview import PreviewScreen

        window = self._results.window
        preview = PreviewScreen(self._thumbnails, self.search.hit_at, window.cursor, window.total)
        self.app.push_screen(preview, self._results.go_to)

    # --- folders and indexing -----------------------------------------------------------------

    def on_folder_chosen(self, message: messages.FolderChosen) -> None:
        """Search in it from now on."""
        self._search_in(message.folder)

    def on_folder_opened(self) -> None:
        """Count what is below its children."""
        self.search.count(self._tree.open_folders())

    def on_pictures_counted(self, message: messages.PicturesCounted) -> None:
        """Show the numbers in the tree."""
        self._tree.set_counts(message.parent, message.counts, message.total)

    def on_roots_listed(self, message: messages.RootsListed) -> None:
        """Show the library's folders in the tree."""
        self._tree.set_roots(message.roots)

    def on_library_changed(self) -> None:
        """Show what an indexing run has added."""
        self.refresh_bindings()
        self._show_empty()
        self._look_again()

    def _look_again(self) -> None:
        self.search.ask(again=True, library_changed=True)
        self.search.count(self._tree.open_folders())

    def _search_in(self, folder: Path | None) -> None:
        self.search.session.scope = folder
        self.remove_class("-folders")
        self._show_scope()
        self.search.ask()

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Offer keys only where they do something."""
        if action == "cancel_indexing":
            return self._begun and self._indexing.folder is not None
        if action == "resume_indexing":
            return self._begun and self._indexing.can_resume
        # Not ``has_focus``: that changes only when the next keys are on their way already.
        return action != "focus_search" or self.focused is not self._query

    def action_focus_search(self) -> None:
        """Type a search; at once, so that keys sent in one go with this one arrive there."""
        self.remove_class("-folders")
        self.set_focus(self._query)

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
            self.remove_class("-folders")
            self.add_class("-no-folders")
            self._results.focus()
        else:
            self.action_focus_folders()

    def action_index_folder(self) -> None:
        """Index the folder that is searched."""
        folder = self.search.session.scope
        if self._indexing.folder is not None:
            self.notify("Indexing is already going on; x stops it.", markup=False)
        elif folder is None:
            self.notify("Choose a folder first: f for the folders, then Enter.", markup=False)
        else:
            self._indexing.begin(folder)

    def action_cancel_indexing(self) -> None:
        """Stop indexing."""
        self._indexing.cancel()

    def action_resume_indexing(self) -> None:
        """Go on with indexing."""
        self._indexing.resume()

    def action_search_everything(self) -> None:
        """Search the whole library."""
        self._search_in(None)

    def action_search_beside(self) -> None:
        """Search in the folder of the highlighted picture."""
        if self._results.current is not None:
            self._search_in(self._results.current.file.path.parent)

    def on_search_left(self) -> None:
        """Up from the first row of pictures."""
        self.action_focus_search()

    # --- what is shown ------------------------------------------------------------------------

    def _say(self, text: str, *, problem: bool = False) -> None:
        self._status.set_class(problem, "-problem")
        self._status.update(text, layout=False)

    def _show_scope(self) -> None:
        from tui.app.wording import shown_folder

        title = f"Search in {shown_folder(self.search.session.scope)}"
        self._query.border_title = Content(title)

    def _show_order(self) -> None:
        self._pictures.border_subtitle = self.search.order()

    def _show_empty(self) -> None:
        self.search.show_empty(self._indexing.folder)


def _breakpoints_here() -> str:
    """Name the classes that this terminal's size will give, so that nothing is styled twice."""
    columns, rows = shutil.get_terminal_size()
    width = [name for least, name in WIDTHS if columns >= least][-1]
    height = [name for least, name in HEIGHTS if rows >= least][-1]
    return f"{width} {height}"
