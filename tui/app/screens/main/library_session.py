"""The library behind the main screen: handles its workers' reports and updates the panes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.app.model.status_row import StateText
from tui.app.screens.folders.commands import FolderCommands
from tui.app.screens.main.subscreens import show_download, show_models, show_welcome, update_screens
from tui.app.screens.models.downloads import ModelDownloads
from tui.app.screens.models.switcher import ModelSwitcher
from tui.app.workers.index_controller import IndexController
from tui.app.workers.library_monitor import LibraryMonitor
from tui.app.workers.model_download import PullAsked
from tui.app.workers.model_loading import look_for_first_run, open_model
from tui.core.settings import is_model_chosen

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.app.screens.main.folder_pane import FolderPane
    from tui.app.screens.main.resources import Resources
    from tui.app.screens.main.results_pane import ResultsPane
    from tui.app.screens.main.search_pane import SearchPane
    from tui.app.screens.main.status_bar import StatusBar
    from tui.app.workers.library_monitor import LibraryChanged, LibraryOpened
    from tui.app.workers.model_loading import FirstRun
    from tui.app.workers.search_worker import (
        HitsLoaded,
        PicturesCounted,
        RootsListed,
        SearchAnswered,
    )
    from tui.app.workers.tasks import LibraryMessage, WorkerFailed
    from tui.core.settings import Settings
    from tui.search.engine import SearchEngine

LOADING = StateText("loading model… (searching file names meanwhile)", "loading model…")


class LibrarySession:
    """Handles the messages of the workers that open, search, monitor and index the library.

    Args:
        resources: settings, services and state for the panes.
        folder: the folder to index first, if any.
        folder_pane: shows the folders of the library.
        search_pane: is notified of new words in the library.
        results_pane: shows the answers of the library.
        status_bar: shows the model in use, or a problem.
        search_in: searches a folder, or the whole library.

    Attributes:
        monitor: opens the library and polls it for changes.
        indexing: starts and stops indexing runs.
        models: changes the model that answers.
        downloads: downloads models.
        folders: adds, updates and removes folders.
    """

    def __init__(
        self,
        resources: Resources,
        folder: Path | None,
        *,
        folder_pane: FolderPane,
        search_pane: SearchPane,
        results_pane: ResultsPane,
        status_bar: StatusBar,
        search_in: Callable[[Path | None], object],
    ) -> None:
        self._resources = resources
        self._folder_to_index = folder
        self._folder_pane = folder_pane
        self._folder_tree = folder_pane.folder_tree
        self._search_pane = search_pane
        self._results_pane = results_pane
        self._status_bar = status_bar
        self._search = results_pane.search
        self._app = results_pane.app
        self._notify = partial(results_pane.notify, markup=False)
        settings, services, tasks = resources.settings, resources.services, resources.tasks
        self.monitor = LibraryMonitor(settings, services, tasks)
        self.indexing = IndexController(
            settings,
            services,
            tasks,
            show=status_bar.show_indexing,
            notify=partial(self._notify, timeout=10),
        )
        self.models = ModelSwitcher(
            settings,
            services,
            tasks,
            indexing=self.indexing,
            show=status_bar.show_model,
            use=self._use_model,
            notify=self._notify,
        )
        self.downloads = ModelDownloads(
            services,
            tasks,
            switcher=self.models,
            notify=self._notify,
            show=status_bar.show_download,
            list_download=partial(show_download, self._app),
            store=lambda name, use: resources.state.keep(download=name, download_use=use),
        )

        self.folders = FolderCommands(
            resources,
            app=self._app,
            folder_tree=self._folder_tree,
            indexing=self.indexing,
            scope=lambda: self._search.session.scope,
            search_in=search_in,
            notify=self._notify,
        )

    def open(self) -> None:
        """Open the library in the background and poll it for changes."""
        self._resources.tasks.start("library", self.monitor.follow)

    def stop(self) -> None:
        """Stop polling, indexing and downloading, as the app ends."""
        self.monitor.stop()
        self.indexing.leave()
        self.downloads.stop()

    def handle(self, message: LibraryMessage) -> None:
        """Call the method with the name of Textual's handler for the message."""
        for part in (self, self.indexing, self.models, self.downloads, self.folders):
            handler = getattr(part, message.handler_name, None)
            if handler is not None:
                handler(message)

    def can_do(self, action: str) -> bool:
        """Return whether an action on a run or a download does something at the moment."""
        if action == "cancel_indexing":
            return self.indexing.folder is not None
        if action == "resume_indexing":
            return self.indexing.can_resume
        return bool(self.downloads.offered)

    # --- searching ----------------------------------------------------------------------------

    def search_again(self) -> None:
        """Repeat the search and the counts, since the library has changed."""
        self._search.ask(again=True, library_changed=True)
        self.count_pictures()

    def count_pictures(self) -> None:
        """Count the pictures below the open folders."""
        self._search.count(self._folder_tree.open_folders())

    def show_empty(self) -> None:
        """Prepare the text that is shown if there are no results."""
        self._search.show_empty(
            self.indexing.folder if self.indexing.is_busy else None,
            available=self._status_bar.library_available,
            was_indexed=self.indexing.has_indexed(self._search.session.scope),
        )

    def on_search_answered(self, message: SearchAnswered) -> None:
        """Show the answer; the library is available."""
        self._status_bar.search_answered()
        self.monitor.report_available()
        self._search.show_answer(message)
        self._results_pane.show_ranking()
        if self._search.ranking is not None:
            self._search_pane.show_hint(self._search.ranking.query)
        self.show_empty()

    def on_hits_loaded(self, message: HitsLoaded) -> None:
        """Show the details of hits, and how many hits there are."""
        if self._search.add_hits(message):
            self._results_pane.show_ranking()

    def on_pictures_counted(self, message: PicturesCounted) -> None:
        """Show the numbers in the tree."""
        self._folder_tree.set_counts(message.parent, message.counts, message.total)
        self._folder_pane.fit()

    def on_roots_listed(self, message: RootsListed) -> None:
        """Show the folders of the library in the tree."""
        self._folder_tree.set_roots(message.roots)
        self._folder_pane.fit()

    def refresh(self) -> None:
        """Read the open folders and the library again."""
        self._folder_tree.refresh_folders()
        self._search_pane.library_changed()
        self.search_again()

    # --- the library --------------------------------------------------------------------------

    def on_library_opened(self, message: LibraryOpened) -> None:
        """Search the library, load the model, and index the first folder."""
        settings, services = self._resources.settings, self._resources.services
        self._search.open(message.engine, message.searcher)
        if self._resources.state.now.first_run and not is_model_chosen(settings):
            job = partial(look_for_first_run, settings, services)
            self._resources.tasks.start("library", job)
        self._resources.settings = message.settings
        self.models.library_opened(message.settings, message.engine)
        self._status_bar.show_model(LOADING)
        load = partial(open_model, message.settings, services, message.engine)
        self._resources.tasks.start("model", load)
        stored = self._resources.state.now
        if stored.download:
            self.downloads.on_pull_asked(PullAsked(stored.download, take=stored.download_use))
        if not self._index_first_folder():
            self.search_again()

    def _index_first_folder(self) -> bool:
        """Index the first folder, once; return whether that starts now."""
        folder, self._folder_to_index = self._folder_to_index, None
        return folder is not None and self.folders.take_in(folder)

    def on_first_run(self, message: FirstRun) -> None:
        """Welcome the user, once."""
        show_welcome(self._search_pane, message, self._begin_with_model)

    async def _begin_with_model(self, name: str) -> None:
        self._resources.state.keep(first_run=False)
        await self._search_pane.run_action("screen.focus_search")
        if name:
            self.downloads.on_pull_asked(PullAsked(name, take=True))
            self._status_bar.say(f"Downloading {name}. You can already search.")

    def on_worker_failed(self, message: WorkerFailed) -> None:
        """Show the failure; without the library or the model, continue as far as possible."""
        self._status_bar.show_failure(message)
        if message.away:
            self.monitor.report_unavailable()
            self._create_library()
            self.show_empty()
        elif message.part == "model":
            self._search.is_model_loading = False
            self._search.ask(again=True)

    def _create_library(self) -> None:
        """Index the first folder, if the library must be created before it can be read."""
        from tui.library.open import open_library

        if open_library(self._resources.settings).must_exist_to_read:
            self._index_first_folder()

    def on_library_back(self, _: LibraryMessage) -> None:
        """Search again: the library is available."""
        self._status_bar.library_available = True
        self._search_pane.library_changed()
        self.search_again()

    def on_library_changed(self, message: LibraryChanged) -> None:
        """Show the changes of an indexing run or of another program."""
        self.monitor.report_available()
        if message.ended:
            self._search_pane.library_changed()
            self.models.library_changed()
            update_screens(self._app, "library_changed")
            self._folder_tree.refresh_folders()
        update_screens(self._app, "pictures_indexed")
        self._search_pane.screen.refresh_bindings()
        self.show_empty()
        self.search_again()

    # --- models -------------------------------------------------------------------------------

    def show_models(self, name: str = "") -> None:
        """List the models, with the cursor on one of them; without a name, on the one in use."""
        self.downloads.withdraw()
        show_models(self._app, self.models, self.downloads, self._resources, name)

    def on_model_ready(self, _: LibraryMessage) -> None:
        """Search by meaning: the model is loaded."""
        self._search.is_model_loading = False
        self.models.show_model()
        self._search.ask(again=True)

    def _use_model(self, settings: Settings, engine: SearchEngine) -> None:
        self._resources.settings = settings
        self._resources.state.keep(model=settings.model)
        self._search.use(engine)
        self._search.is_model_loading = False
        self._search.ask(again=True)
