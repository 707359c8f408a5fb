"""The app over a real library of coloured pictures, with fakes only at its boundaries."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.embedders import ColourEmbedder, save_picture
from tests.support.libraries.indexed_library import IndexedLibrary
from tui.app.app import PhotoseekApp
from tui.app.model.app_state import AppState
from tui.app.screens.main.library_session import LibrarySession
from tui.app.screens.main.screen import MainScreen
from tui.app.terminal.images import ImageSupport
from tui.app.widgets.folder_tree import FolderTree
from tui.app.widgets.query_input import QueryInput
from tui.app.widgets.results import Results
from tui.app.workers.index_controller import IndexController
from tui.app.workers.services import Services, read_words
from tui.core.errors import ServerError
from tui.core.settings import Settings
from tui.library.local.catalog.reader import Catalog
from tui.library.local.vectors.searching import LIMITS, IndexLimits
from tui.library.local.vectors.vector_index import VectorIndex
from tui.search.engine import SearchEngine
from tui.search.local.backend import LocalBackend
from tui.search.query.parse import parse

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from textual.pilot import Pilot

    from tui.core.domain import TextEmbedder, Vectors
    from tui.search.query.terms import Query
    from tui.search.ranking.ranking import Ranking

PATIENCE = 15.0
MODEL_NAME = "starter"


class Blocker:
    """Blocks a text tower until it is opened, like one that is loading or slow."""

    def __init__(self, *, open: bool = True) -> None:  # noqa: A002
        self._open = threading.Event()
        if open:
            self.open()

    def open(self) -> None:
        self._open.set()

    def wait(self) -> None:
        self._open.wait(PATIENCE)


class BrokenEmbedder(ColourEmbedder):
    """Fails for every text."""

    def embed_text(self, texts: Sequence[str]) -> Vectors:
        raise RuntimeError("the tower has fallen\nsecond line")


class FlakyServer:
    """A server that can become unavailable or reject searches."""

    def __init__(self) -> None:
        self.away = False
        self.refuses = False
        self.refused = 0

    def ask(self) -> None:
        """Fail while the server is unavailable."""
        if self.away:
            raise ServerError("The server is unavailable; start it.")

    def search(self) -> None:
        """Fail while the server is unavailable or rejects searches."""
        self.ask()
        if self.refuses:
            self.refused += 1
            raise ServerError("The server can't do that.")


class SlowEngine(SearchEngine):
    """An engine that is slow for some queries, so that later ones overtake them."""

    slow: dict[str, Blocker]
    folds: bool
    server: FlakyServer

    def refresh(self) -> bool:
        self.server.ask()
        return super().refresh()

    def search(
        self, query: Query, generation: int = 0, *_: Any, needed: int | None = None, **__: Any
    ) -> Ranking:
        self.server.search()
        if query.text in self.slow:
            self.slow[query.text].wait()
        return super().search(query, generation, fold=self.folds, needed=needed)


@dataclass
class AppHarness:
    """A home folder with pictures, a library of them and the resources of the app.

    Attributes:
        home: the folder of pictures, library and state.
        embedder: the text tower of the app.
        model: blocks the loading of the model.
        slow: queries for which the engine is slow.
        child: how the indexing child behaves (`tests.support.fake_indexer_child`).
        server: the server of the library.
        failing: the errors to raise: ``library`` or ``model``.
        opener: the command that opens pictures.
        folds: near-duplicates are one hit.
        limits: how many contents a search ranks at first.
    """

    home: Path
    embedder: ColourEmbedder = field(default_factory=ColourEmbedder)
    model: Blocker = field(default_factory=Blocker)
    slow: dict[str, Blocker] = field(default_factory=dict)
    indexer_mode: str = "index"
    server: FlakyServer = field(default_factory=FlakyServer)
    failing: dict[str, Exception] = field(default_factory=dict)
    opener: str = "true"
    folds: bool = False
    limits: IndexLimits = LIMITS
    _catalogs: list[Catalog] = field(default_factory=list)
    _apps: list[PhotoseekApp] = field(default_factory=list)

    def close(self) -> None:
        """Close the resources that the apps opened, as the end of a process would."""
        for app in self._apps:
            if app.main._has_begun:
                app.main.library.stop()
        for catalog in self._catalogs:
            catalog.close()

    @property
    def errors(self) -> list[Exception]:
        """Unexpected errors of the apps; a test that expects them calls `expect_errors`."""
        return [error for app in self._apps for error in app.errors]

    def expect_errors(self) -> list[Exception]:
        """Return the unexpected errors of the apps, and clear them."""
        errors = self.errors
        for app in self._apps:
            app.errors.clear()
        return errors

    @property
    def pictures(self) -> Path:
        return self.home / "Pictures"

    @property
    def indexer_outcome(self) -> str:
        """How the indexing child ended; empty while it runs."""
        note = self.home / "ended"
        return note.read_text() if note.exists() else ""

    @property
    def settings(self) -> Settings:
        # No thumbnails on disk: those are compressed, so a second run would look different.
        return Settings(data_dir=self.home / "data", opener=self.opener, thumbnail_cache=0)

    def save(self, *names: str) -> None:
        """Write pictures below `pictures`, each in the first colour of its name."""
        for number, name in enumerate(names):
            words = Path(name).stem.split()
            save_picture(self.pictures / name, words[0], note=number)

    def index(self) -> None:
        """Update the library from `pictures`."""
        library = IndexedLibrary(self.settings.data_dir, self.embedder)
        library.index(self.pictures)
        library.catalog.close()

    def add_pictures(self, *names: str) -> None:
        """Write pictures, as `save` does, and index them."""
        self.save(*names)
        self.index()

    def app(self, folder: Path | None = None, **options: Any) -> PhotoseekApp:
        """Return an app over this library."""
        usual = {
            "images": ImageSupport("halfcell"),
            "memory": AppState(first_run=False),
            "services": self.services(),
        }
        app = PhotoseekApp(self.settings, folder, **{**usual, **options})
        self._apps.append(app)
        return app

    @asynccontextmanager
    async def running(
        self,
        folder: Path | None = None,
        *,
        size: tuple[int, int] = (120, 40),
        notifications: bool = False,
        model_name: str = MODEL_NAME,
        **options: Any,
    ) -> AsyncIterator[AppView]:
        """Run an app over this library, and wait until it has answered the empty query."""
        app = self.app(folder, **options)
        async with app.run_test(size=size, notifications=notifications) as pilot:
            view = AppView(pilot)
            await view.ready(model_name)
            yield view

    def services(self) -> Services:
        return Services(
            open_engine=self._open_engine,
            open_reader=self._open_reader,
            open_text=self._open_text,
            model_name=lambda _: MODEL_NAME,
            index_command=self._index_command,
            read_words=read_words,
        )

    def _open_engine(self, settings: Settings) -> SearchEngine:
        self._fail("library")
        catalog = self._open_reader(settings)
        engine = SlowEngine(
            LocalBackend(catalog, VectorIndex(catalog, self.embedder.model_id), limits=self.limits)
        )
        engine.slow, engine.folds, engine.server = self.slow, self.folds, self.server
        return engine

    def _open_reader(self, settings: Settings) -> Catalog:
        self.server.ask()
        catalog = Catalog.open(settings.data_dir, read_only=True)
        self._catalogs.append(catalog)
        return catalog

    def _open_text(self, _: Settings) -> TextEmbedder:
        self.model.wait()
        self._fail("model")
        return self.embedder

    def _index_command(self, settings: Settings, folder: Path) -> list[str]:
        child = [sys.executable, "-m", "tests.support.fake_indexer_child", self.indexer_mode]
        return [*child, str(settings.data_dir), str(folder)]

    def _fail(self, part: str) -> None:
        if part in self.failing:
            raise self.failing[part]


class AppView:
    """What a user sees of a running app, with methods that wait for it."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot
        app = pilot.app
        assert isinstance(app, PhotoseekApp)
        self.app = app

    @property
    def main(self) -> MainScreen:
        return self.app.main

    @property
    def results(self) -> Results:
        return self.main.results_pane.results

    @property
    def tree(self) -> FolderTree:
        return self.main.folder_pane.folder_tree

    @property
    def query(self) -> QueryInput:
        return self.main.search_pane.query_input

    @property
    def library(self) -> LibrarySession:
        return self.main.library

    @property
    def indexing(self) -> IndexController:
        return self.library.indexing

    @property
    def names(self) -> list[str]:
        """The names in the cells on screen."""
        return [cell.hit.file.path.name for cell in self.results.cells if cell.hit]

    @property
    def top_name(self) -> str:
        return (self.names or [""])[0]

    @property
    def current_name(self) -> str:
        """The name under the cursor."""
        current = self.results.current
        return current.file.path.name if current else ""

    @property
    def model(self) -> str:
        """What the status row says about the model, or why none answers."""
        model = self.main.status_bar.model
        return self.failure or ("" if model is None else model.text)

    @property
    def failure(self) -> str:
        """The problem that the status row shows."""
        return self.main.status_bar.failure

    @property
    def indexing_text(self) -> str:
        """What the status row says about the indexing run, where it has room for all of it."""
        status = self.main.status_bar.indexing
        return "" if status is None else status.text

    @property
    def row(self) -> str:
        """The status row."""
        return str(self.main.status_bar.render())

    def text(self, selector: str) -> str:
        """Return the text of a line."""
        return str(self.main.query_one(selector).render())

    async def until(self, holds: Callable[[], object], what: str = "") -> None:
        """Let the app work until a condition holds."""
        deadline = time.monotonic() + PATIENCE
        while True:
            await self.pilot.pause()
            if holds():
                return
            assert time.monotonic() < deadline, f"it never came to {what or 'that'}: {self.names}"
            await self.pilot.pause(0.01)

    async def ready(self, model_name: str = MODEL_NAME) -> None:
        """Wait until library and model are loaded and the first answer is on screen."""
        await self.until(lambda: self.model.startswith(model_name), "a loaded model")
        await self.settled()

    async def settled(self) -> None:
        """Wait until the newest query is answered."""
        search = self.main.search

        def answered() -> bool:
            ranking, session = search.ranking, search.session
            if ranking is None or not session.accepts(ranking.generation):
                return False
            return ranking.query == parse(session.text, session.scope)

        await self.until(answered, "an answer")

    async def type(self, text: str) -> None:
        """Type letter by letter and wait for the answer."""
        await self.pilot.press(*["space" if letter == " " else letter for letter in text])
        await self.settled()
