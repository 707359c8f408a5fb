"""The main screen: folders, search, pictures and what goes on. It composes and routes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Footer, Input

from tui.app import messages
from tui.app.background import Tasks
from tui.app.keys import bindings
from tui.app.session import SearchSession, placed
from tui.app.widgets.folder_tree import FolderTree
from tui.app.widgets.indexing_line import IndexingLine
from tui.app.widgets.lines import DetailLine, StatusLine
from tui.app.widgets.query_input import QueryInput
from tui.app.widgets.results import Results
from tui.app.wording import Situation, empty_text, order_text, shown_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.message import Message
    from textual.timer import Timer

    from tui.app.searching import Searcher
    from tui.app.services import Services
    from tui.app.thumbnails import Thumbnails
    from tui.config import Settings
    from tui.domain import Hit
    from tui.search.engine import Engine, Ranking

DEBOUNCE = 0.06
"""Seconds of quiet after a key before the engine is asked."""

LOADING = "The model is loading; until then, words are matched with file names"


class MainScreen(Screen[None]):
    """Choose a folder, type, look.

    Args:
        settings: of this run.
        folder: the folder to search, and to index first; None for the whole library.
        services: the rest of the house.
        thumbnails: the app's one maker of thumbnails.
    """

    AUTO_FOCUS = "#query"
    BINDINGS: ClassVar[list[BindingType]] = bindings("panes")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (64, "-medium"), (110, "-wide")]  # noqa: RUF012 - as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (9, "-low"), (16, "-high")]  # noqa: RUF012

    def __init__(
        self, settings: Settings, folder: Path | None, services: Services, thumbnails: Thumbnails
    ) -> None:
        super().__init__()
        self._settings = settings
        self._folder = folder
        self._services = services
        self._thumbnails = thumbnails
        self._work = Tasks(self.post_message)
        self._session = SearchSession(folder)
        self._searcher: Searcher | None = None
        self._engine: Engine | None = None
        self._ranking: Ranking | None = None
        self._in_scope = 0
        self._loading = True
        self._pending: Timer | None = None
        self._said = ""
        self._tree = FolderTree(folder or Path.cwd(), id="folders")
        self._query = QueryInput(placeholder="Describe a picture", id="query")
        self._results = Results(thumbnails, id="results")
        self._detail = DetailLine(id="detail")
        self._indexing = IndexingLine(settings, services, id="indexing")
        self._status = StatusLine(id="status")

    def compose(self) -> ComposeResult:
        """Folders on the left; search, pictures and details on the right; the rest below."""
        with Horizontal(id="body"):
            yield self._tree
            with Vertical(id="main"):
                yield self._query
                yield self._results
                yield self._detail
        yield self._indexing
        yield self._status
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        """Name the panes."""
        self._tree.border_title = "Folders"
        self._results.border_title = "Pictures"
        self._status.show("Opening the library")
        self._show_scope()
        self._show_empty()

    # --- opening ------------------------------------------------------------------------------

    def begin(self, typed: str = "") -> None:
        """Open the library and the model; called once the first frame is on screen.

        Args:
            typed: what was typed before that.
        """
        if typed.isprintable():
            self._query.insert_text_at_cursor(typed)
        self._work.start("library", self._open_library)

    def leave(self) -> None:
        """The app ends."""
        self._indexing.leave()

    def _open_library(self) -> Iterator[Message]:
        from tui.app.searching import Searcher

        engine = self._services.open_engine(self._settings)
        counts = self._services.open_counts(self._settings)
        yield messages.LibraryOpened(engine, Searcher(engine, counts, self._work))

    def _open_model(self, engine: Engine) -> Iterator[Message]:
        engine.attach(self._services.open_text(self._settings))
        yield messages.ModelReady()

    def on_library_opened(self, message: messages.LibraryOpened) -> None:
        """Show what there is, load the model, and index the folder that was asked for."""
        self._engine, self._searcher = message.engine, message.searcher
        self._status.show(LOADING)
        self._work.start("model", partial(self._open_model, message.engine))
        if self._folder is not None:
            self._indexing.begin(self._folder)
        else:
            self._look_again()

    def on_model_ready(self) -> None:
        """From now on by meaning."""
        self._loading = False
        self._status.show(self._services.model_line(self._settings))
        self._ask(again=True)

    def on_worker_failed(self, message: messages.WorkerFailed) -> None:
        """Say it, once as a notice too; go on with what works."""
        self._status.show(message.sentence, problem=True)
        if message.part == "model":
            self._loading = False
            self._ask(again=True)
        if message.sentence != self._said:
            self._said = message.sentence
            self.notify(message.sentence, severity="error", timeout=10, markup=False)

    # --- searching ----------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask after a short quiet."""
        event.stop()
        self._session.text = event.value
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(DEBOUNCE, self._ask)

    def _ask(self, *, again: bool = False, changed: bool = False) -> None:
        if self._searcher is None:
            return
        chosen = self._results.touched or (again and self._results.has_focus)
        current = self._results.current if chosen else None
        keep = None if current is None else current.file.file_id
        request = self._session.ask(self._results.window, keep, again=again)
        self._searcher.ask(request, library_changed=changed)

    def _look_again(self) -> None:
        self._ask(again=True, changed=True)
        if self._searcher is not None:
            self._searcher.count([None, *self._tree.open_folders()])

    def on_search_answered(self, message: messages.SearchAnswered) -> None:
        """Show the answer, unless a newer question has been asked."""
        request, ranking = message.request, message.ranking
        if not self._session.accepts(request.generation):
            return
        self._ranking, self._in_scope = ranking, message.in_scope
        window = placed(request, self._results.window, len(ranking), message.position)
        if window.cursor == 0:
            self._results.touched = False
        best = float(ranking.scores[0]) if ranking.scores is not None and len(ranking) else None
        self._results.show_ranking(window, message.hits, best)
        self._show_empty()
        self._show_order()

    def on_window_moved(self, message: messages.WindowMoved) -> None:
        """Look up the hits that came into view."""
        if self._searcher is not None and self._ranking is not None:
            self._searcher.look_up(self._ranking, message.window.start, message.window.stop)

    def on_hits_found(self, message: messages.HitsFound) -> None:
        """Show them, if they belong to what is shown."""
        if self._ranking is not None and message.generation == self._ranking.generation:
            self._results.add_hits(message.hits)

    def on_picture_highlighted(self, message: messages.PictureHighlighted) -> None:
        """Describe the picture under the cursor."""
        self._detail.show(message.hit)
        self._show_order()

    def on_picture_opened(self) -> None:
        """Show it large."""
        from tui.app.screens.preview import PreviewScreen

        window = self._results.window
        preview = PreviewScreen(self._thumbnails, self._hit_at, window.cursor, window.total)
        self.app.push_screen(preview, self._results.go_to)

    def _hit_at(self, place: int) -> Hit | None:
        hit = self._results.hit_at(place)
        if hit is None and self._engine is not None and self._ranking is not None:
            hit = next(iter(self._engine.hits(self._ranking, place, place + 1)), None)
        return hit

    # --- folders and indexing -----------------------------------------------------------------

    def on_folder_chosen(self, message: messages.FolderChosen) -> None:
        """Search in it from now on."""
        self._session.scope = message.folder
        self.remove_class("-folders")
        self._show_scope()
        self._ask()

    def on_folder_opened(self) -> None:
        """Count what is below its children."""
        if self._searcher is not None:
            self._searcher.count([None, *self._tree.open_folders()])

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

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        """Offer keys only where they do something."""
        if action == "cancel_indexing":
            return self._indexing.folder is not None
        if action == "resume_indexing":
            return self._indexing.can_resume
        return action != "focus_search" or not self._query.has_focus

    def action_focus_search(self) -> None:
        """Type a search."""
        self.remove_class("-folders")
        self._query.focus()

    def action_focus_pictures(self) -> None:
        """Go to the pictures."""
        self.remove_class("-folders")
        self._results.focus()

    def action_focus_folders(self) -> None:
        """Go to the folders, shown if they were hidden."""
        self.add_class("-folders")
        self.remove_class("-no-folders")
        self._tree.focus()

    def action_toggle_folders(self) -> None:
        """Show or hide the folders."""
        if self._tree.region.area and not self.has_class("-no-folders"):
            self.remove_class("-folders")
            self.add_class("-no-folders")
            self._results.focus()
        else:
            self.action_focus_folders()

    def action_index_folder(self) -> None:
        """Index the folder that is searched."""
        folder = self._session.scope
        if self._indexing.folder is not None:
            self.notify("Indexing is already going on; x stops it.", markup=False)
        elif folder is None:
            self.notify("Choose a folder first: f, then Enter.", markup=False)
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
        self.post_message(messages.FolderChosen(None))

    def on_search_left(self) -> None:
        """Up from the first row of pictures."""
        self._query.focus()

    def on_pictures_wanted(self) -> None:
        """Down from the search."""
        self._results.focus()

    # --- what is shown ------------------------------------------------------------------------

    def _show_scope(self) -> None:
        self._query.border_title = f"Search in {shown_folder(self._session.scope)}"

    def _show_order(self) -> None:
        self._results.border_subtitle = order_text(self._ranking, self._results.window)

    def _show_empty(self) -> None:
        situation = Situation(
            text=self._session.text,
            scope=self._session.scope,
            opened=self._engine is not None,
            semantic=self._engine is not None and self._engine.is_semantic,
            loading=self._loading,
            indexing=self._indexing.folder,
            in_scope=self._in_scope,
        )
        self._results.show_empty(empty_text(situation))
