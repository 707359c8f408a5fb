"""The main screen: what is typed, chosen and pressed goes where it is answered, and back.

It is imported before the first frame, so the parts that it routes between are imported late.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui.app.screens.main.model_downloads import DownloadingScreen
from tui.app.screens.main.results_pane import FilesScreen
from tui.app.screens.main.search_pane import QueryScreen
from tui.app.screens.main.status_bar import FailingScreen

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.timer import Timer
    from textual.widgets import Input

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.app_state import AppState
    from tui.app.screens.main.search_controller import SearchController
    from tui.app.widgets.folder_tree import FolderChosen, FolderTree
    from tui.app.widgets.results import PictureHighlighted, Results, WindowMoved
    from tui.app.workers.index_controller import IndexController
    from tui.app.workers.index_process import IndexReported
    from tui.app.workers.library_monitor import LibraryChanged, LibraryMonitor, LibraryOpened
    from tui.app.workers.search_worker import (
        HitsLoaded,
        PicturesCounted,
        RootsListed,
        SearchAnswered,
    )
    from tui.app.workers.services import Services
    from tui.app.workers.state_writer import StateWriter
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings

DEBOUNCE = 0.06
"""Seconds of quiet after a key before the engine is asked."""

LOADING = "The model is loading; until it is here, words are matched with file names"


class MainScreen(FilesScreen, QueryScreen, DownloadingScreen, FailingScreen):
    """Choose a folder, type, look.

    Args:
        settings: of this run.
        folder: the folder to search, and to index first; None for the whole library.
        services: makes the rest of the house; called after the first frame, as is ``thumbnails``.
        thumbnails: makes the app's one maker of thumbnails.
        memory: what is known from earlier runs.
    """

    search: SearchController
    folder_tree: FolderTree
    results: Results
    indexing: IndexController
    keeper: StateWriter
    follower: LibraryMonitor
    _services: Services
    _thumbnails: ThumbnailLoader
    _work: BackgroundTasks

    def __init__(
        self,
        settings: Settings,
        folder: Path | None,
        services: Callable[[], Services],
        thumbnails: Callable[[], ThumbnailLoader],
        memory: AppState,
    ) -> None:
        super().__init__()
        self._memory = memory
        self._settings = settings
        self._folder = folder
        self._make_services = services
        self._make_thumbnails = thumbnails
        self._begun = False
        self._folder_begun = False
        self._pending: Timer | None = None

    # --- opening ------------------------------------------------------------------------------

    def begin(self, typed: str = "") -> None:
        """Fill the panes, open the library and the model; called after the first frame.

        Args:
            typed: what was typed before that.
        """
        from tui.app.screens.main.search_controller import SearchController
        from tui.app.widgets.folder_tree import FolderTree
        from tui.app.widgets.indexing_bar import IndexingBar
        from tui.app.widgets.results import Results
        from tui.app.workers.index_controller import IndexController
        from tui.app.workers.library_monitor import LibraryMonitor
        from tui.app.workers.state_writer import StateWriter
        from tui.app.workers.tasks import BackgroundTasks

        self._services = self._make_services()
        self._thumbnails = self._make_thumbnails()
        self._work = BackgroundTasks(self.post_message)
        self.keeper = StateWriter(self._settings.data_dir, self._memory, self._work)
        self.folder_tree = FolderTree(self._folder or Path.cwd(), id="tree")
        self.results = Results(self._thumbnails, self.marks, id="results")
        indexing_bar = IndexingBar(id="indexing")
        self.indexing = IndexController(
            self._settings,
            self._services,
            self._work,
            show=indexing_bar.show,
            notify=partial(self.notify, timeout=10, markup=False),
        )
        self.search = SearchController(self._folder, self.results)
        self.equip()
        self.furnish(self.folder_tree, self.results, indexing_bar)
        self.begin_prompt()
        self._begun = True
        self._show_scope()
        self._show_empty()
        self.query_input.insert_text_at_cursor(typed)
        self.follower = LibraryMonitor(self._settings, self._services, self._work)
        self._work.start("library", self.follower.follow)

    def leave(self) -> None:
        """The app ends."""
        if self._begun:
            self.follower.stop()
            self.indexing.leave()
            self.leave_models()
            self.prompt.remember()
            self.keeper.close()

    def on_library_opened(self, message: LibraryOpened) -> None:
        """Show what there is, load the model, and index the folder that was asked for."""
        from tui.app.workers.model_loading import open_model

        self.search.open(message.engine, message.searcher)
        self.welcome()  # asks whether a model was chosen, which the next line hides
        self.opened_with(message.settings)
        self.say(LOADING)
        job = partial(open_model, self._settings, self._services, message.engine)
        self._work.start("model", job)
        if not self._begin_folder():
            self._look_again()

    def _begin_folder(self) -> bool:
        """Index the folder that was asked for, once; tell if that begins now."""
        if self._folder is None or self._folder_begun:
            return False
        self._folder_begun = True
        self.indexing.begin(self._folder)
        return True

    def on_model_ready(self) -> None:
        """From now on by meaning."""
        self.search.loading = False
        self.say_who_answers()
        self.search.ask(again=True)

    def _library_away(self) -> None:
        from tui.library.open import open_library

        if open_library(self._settings).must_exist_to_read:
            self._begin_folder()  # indexing creates the library
        self._show_empty()

    def _library_back(self) -> None:
        self.words_changed()
        self._look_again()

    # --- searching ----------------------------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Ask after a short quiet; at once where the model has met the words."""
        event.stop()
        self.search.session.text = event.value
        self.typed(event.value)
        if self._pending is not None:
            self._pending.stop()
        if self.search.is_quick:
            self.search.ask()
        else:
            self._pending = self.set_timer(DEBOUNCE, self.search.ask)

    def on_search_answered(self, message: SearchAnswered) -> None:
        """Show the answer."""
        self.answered()
        self.search.take(message)
        if self.search.ranking is not None:
            self.show_hint(self.search.ranking.query)
            self.ranking_changed()
        self._show_empty()
        self._show_order()

    def on_window_moved(self, message: WindowMoved) -> None:
        """Look up the hits that came into view."""
        self.search.look_up(message.window)

    def on_hits_loaded(self, message: HitsLoaded) -> None:
        """Show their details."""
        self.search.take_hits(message)

    def on_picture_highlighted(self, message: PictureHighlighted) -> None:
        """Describe the picture under the cursor."""
        from tui.app.model.status_text import detail_line

        self.say_detail("" if message.hit is None else detail_line(message.hit))
        self._show_order()

    # --- folders and indexing -----------------------------------------------------------------

    def on_folder_chosen(self, message: FolderChosen) -> None:
        """Search in it from now on."""
        self._search_in(message.folder)

    def on_folder_opened(self) -> None:
        """Count what is below its children."""
        self.search.count(self.folder_tree.open_folders())

    def on_pictures_counted(self, message: PicturesCounted) -> None:
        """Show the numbers in the tree."""
        self.folder_tree.set_counts(message.parent, message.counts, message.total)

    def on_roots_listed(self, message: RootsListed) -> None:
        """Show the library's folders in the tree."""
        self.folder_tree.set_roots(message.roots)

    def on_index_reported(self, message: IndexReported) -> None:
        """Act on the report of an indexing run."""
        message.stop()
        self.indexing.handle(message)

    def on_library_changed(self, message: LibraryChanged) -> None:
        """Show what an indexing run, or somebody else, has added."""
        self.follower.report_available()
        if message.ended:
            self.words_changed()
            self.look_at_next()
            self._tell_other_screens("library_changed")
            self.folder_tree.refresh_folders()
        self.refresh_bindings()
        self._show_empty()
        self._look_again()

    def _look_again(self) -> None:
        self.search.ask(again=True, library_changed=True)
        self.search.count(self.folder_tree.open_folders())

    def _search_in(self, folder: Path | None) -> None:
        self.search.session.scope = folder
        self.remove_class("-folders")
        self._show_scope()
        self.search.ask()

    # --- keys ---------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer keys only where they do something."""
        if action == "cancel_indexing":
            return self._begun and self.indexing.folder is not None
        if action == "resume_indexing":
            return self._begun and self.indexing.can_resume
        return super().check_action(action, parameters)

    def action_index_folder(self) -> None:
        """Index the folder that is searched."""
        if sentence := self.indexing.index(self.search.session.scope):
            self.notify(sentence, markup=False)

    def action_cancel_indexing(self) -> None:
        """Stop indexing."""
        self.indexing.cancel()

    def action_resume_indexing(self) -> None:
        """Go on with indexing."""
        self.indexing.resume()

    def action_refresh_library(self) -> None:
        """Read the open folders and the library again."""
        self.folder_tree.refresh_folders()
        self.words_changed()
        self._look_again()

    def action_search_everything(self) -> None:
        """Search the whole library."""
        self._search_in(None)

    # --- what is shown ------------------------------------------------------------------------

    def _show_scope(self) -> None:
        from tui.app.model.status_text import shown_folder

        self.say_scope(shown_folder(self.search.session.scope))

    def _show_order(self) -> None:
        self.say_order(self.search.order())

    def _show_empty(self) -> None:
        indexing = self.indexing.folder if self.indexing.is_busy else None
        was_read = self.indexing.has_indexed(self.search.session.scope)
        self.search.show_empty(indexing, away=self._away, was_read=was_read)
