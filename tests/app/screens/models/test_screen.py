"""Choosing and downloading models: the old one answers until the new one is ready."""

from __future__ import annotations

import json
import sys
import time
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, cast

import pytest
from textual.widgets import OptionList

from tests.support.app_harness import PATIENCE, AppHarness, AppView, Blocker
from tests.support.embedders import ColourEmbedder
from tui.app.model.app_state import load
from tui.app.screens.help import HelpScreen
from tui.app.screens.models.screen import ModelsScreen
from tui.app.workers.engine_use import SharedEngine
from tui.app.workers.model_loading import ModelCaughtUp
from tui.app.workers.services import ModelRow, Services, default_services
from tui.library.local.catalog.reader import Catalog
from tui.models.presets import MODELS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tui.core.domain import TextEmbedder
    from tui.core.settings import Settings
    from tui.search.engine import SearchEngine

OTHER = ColourEmbedder("colours-2")
FETCHING = {"event": "pull", "phase": "fetching", "done": 30_000_000, "total": 90_000_000}


@dataclass
class TwoModels(AppHarness):
    """A harness with two models: the default one, ``auto``, and ``clip``.

    Attributes:
        fetched: the behaviour of the child that downloads.
        away: names of models whose weights are not downloaded.
    """

    fetched: str = "print(EVENT, flush=True); sys.stdin.read(); sys.exit(130)"
    away: set[str] = field(default_factory=set)

    def services(self) -> Services:
        return replace(
            super().services(),
            list_models=self.rows,
            pull_command=lambda *_: [
                sys.executable,
                "-c",
                f"import sys, time; EVENT = {json.dumps(FETCHING)!r}; {self.fetched}",
            ],
            model_name=lambda settings: f"Answers: {settings.model}",
        )

    def rows(self, settings: Settings) -> list[ModelRow]:
        current = "starter" if settings.model == "auto" else settings.model
        return [
            ModelRow(
                spec,
                spec.name not in self.away,
                spec.name == current,
                self.embedded(OTHER.model_id) if spec.name == "clip" else 0,
                self.embedded(self.embedder.model_id),
                "about 9 s",
            )
            for spec in MODELS[:3]
        ]

    def embedded(self, model_id: str) -> int:
        if not self.settings.data_dir.exists():
            return 0
        with Catalog.open(self.settings.data_dir, read_only=True) as catalog:
            return catalog.count(None, model_id)

    def _open_engine(self, settings: Settings) -> SearchEngine:
        usual, self.embedder = self.embedder, self._embedder(settings)
        try:
            return super()._open_engine(settings)
        finally:
            self.embedder = usual

    def _open_text(self, settings: Settings) -> TextEmbedder:
        return self._embedder(settings)

    def _index_command(self, settings: Settings, folder: Path) -> list[str]:
        mode = (
            "other"
            if settings.model == "clip" and self.indexer_mode == "index"
            else self.indexer_mode
        )
        child = [sys.executable, "-m", "tests.support.fake_indexer_child", mode]
        return [*child, str(settings.data_dir), str(folder)]

    def _embedder(self, settings: Settings) -> ColourEmbedder:
        return OTHER if settings.model in ("clip", "openai") else self.embedder


@pytest.fixture
def home(harness: AppHarness) -> TwoModels:
    """Return four pictures that are indexed with the default model."""
    two_models = TwoModels(harness.home)
    two_models.save("red ball.png", "green ball.png", "blue ball.png", "yellow ball.png")
    two_models.index()
    return two_models


@asynccontextmanager
async def models_screen(home: TwoModels, *, notifications: bool = False) -> AsyncIterator[AppView]:
    """Run the app, and open the list of models."""
    async with running(home, notifications=notifications) as view:
        await view.pilot.press("f4")
        await view.until(lambda: isinstance(view.app.screen, ModelsScreen))
        options = view.app.screen.query_one(OptionList)
        await view.until(lambda: options.option_count == 3)
        yield view


def running(
    home: TwoModels, *, notifications: bool = False
) -> AbstractAsyncContextManager[AppView]:
    return home.running(size=(100, 30), notifications=notifications, model_name="Answers: ")


def facts(view: AppView) -> str:
    return str(view.app.screen.query_one("#models-facts").render())


def line(view: AppView) -> str:
    return str(view.app.screen.query_one("#models-pull").render())


async def test_the_list_shows_the_facts_of_each_model(home: TwoModels) -> None:
    home.away.add("openai")
    async with models_screen(home) as view:
        models = view.app.screen.query_one(OptionList)
        await view.until(lambda: MODELS[0].knows[:20] in facts(view))
        assert "0 of 4 pictures indexed with this model." in facts(view)
        await view.pilot.press("down", "down")
        await view.until(lambda: "605 MB to download" in facts(view))
        assert "Memory: 351.4 MB while indexing, 253.7 MB to search" in facts(view)
        assert "Indexing the remaining 4 takes about 9 s." in facts(view)
        await view.pilot.press("enter")
        assert isinstance(view.app.screen, ModelsScreen)
        assert models.highlighted == 2
        view.main.leave()


async def test_the_new_model_answers_once_all_pictures_are_embedded(
    home: TwoModels,
) -> None:
    async with models_screen(home) as view:
        await view.pilot.press("down", "enter")
        await view.until(lambda: view.model == "Answers: clip", "the other model")
        assert view.main.search.engine is not None
        assert view.main.search.engine.model_id == OTHER.model_id
        await view.type("blue")
        assert view.top_name == "blue ball.png"
        view.main.leave()
    assert home.embedded(home.embedder.model_id) == home.embedded(OTHER.model_id) == 4
    assert load(home.settings.data_dir).model == "clip"


async def test_the_old_model_answers_meanwhile(home: TwoModels) -> None:
    home.indexer_mode = "endless"
    async with models_screen(home) as view:
        await view.pilot.press("down", "enter")
        await view.until(lambda: view.model == "Answers: auto · indexing with clip")
        await view.type("green")
        assert view.top_name == "green ball.png"
        view.main.action_cancel_indexing()
        await view.until(lambda: not view.indexing.is_busy)
        await view.pilot.pause(0.2)
        assert view.main.search.engine is not None
        assert view.main.search.engine.model_id == home.embedder.model_id
        view.main.leave()
    assert load(home.settings.data_dir).model == ""


async def test_a_model_that_has_embedded_all_pictures_answers_at_once(home: TwoModels) -> None:
    usual, home.embedder = home.embedder, OTHER
    home.index()
    home.embedder = usual
    home.indexer_mode = "crash"
    async with models_screen(home) as view:
        await view.pilot.press("down", "enter")
        await view.until(lambda: view.model == "Answers: clip")
        assert view.indexing.folder is None
        view.main.leave()


async def test_the_model_in_use_is_not_opened_again(home: TwoModels) -> None:
    async with models_screen(home) as view:
        await view.pilot.press("enter")
        await view.until(lambda: view.app.screen is view.main)
        assert view.model == "Answers: auto"
        view.main.leave()


async def test_a_download_is_shown_and_can_be_cancelled(home: TwoModels) -> None:
    home.away.add("clip")
    async with models_screen(home) as view:
        await view.pilot.press("down", "p")
        await view.until(lambda: "Downloading clip: 30.0 MB of 90.0 MB" in line(view))
        await view.pilot.press("escape", "f4")
        await view.until(lambda: isinstance(view.app.screen, ModelsScreen))
        await view.until(lambda: "Downloading clip" in line(view), "the progress line")
        await view.pilot.press("x")
        await view.until(lambda: not line(view))
        view.main.leave()


async def test_a_downloaded_model_can_be_selected(home: TwoModels) -> None:
    home.away.add("clip")
    home.fetched = "time.sleep(0.1)"
    async with models_screen(home) as view:
        home.away.clear()
        await view.pilot.press("down", "p")
        clip = view.app.screen.query_one(OptionList)
        await view.until(lambda: "downloaded" in str(clip.get_option_at_index(1).prompt))
        await view.pilot.press("enter")
        await view.until(lambda: view.model == "Answers: clip")
        view.main.leave()


async def test_the_reason_of_a_failed_download_is_shown(home: TwoModels) -> None:
    home.away.add("clip")
    home.fetched = "print('photoseek: The hub is down.', file=sys.stderr); sys.exit(2)"
    async with models_screen(home) as view:
        await view.pilot.press("down", "p")
        await view.until(lambda: "Download failed: The hub is down." in facts(view))
        assert "Press p to try again." in facts(view)
        models = view.app.screen.query_one(OptionList)
        assert "failed" in str(models.get_option_at_index(1).prompt)
        assert not view.app._notifications
        await view.pilot.press("up")
        await view.until(lambda: "Download failed" not in facts(view))
        await view.pilot.press("escape", "f4")
        await view.until(lambda: isinstance(view.app.screen, ModelsScreen))
        models = view.app.screen.query_one(OptionList)
        await view.until(lambda: models.option_count == 3)
        await view.pilot.press("down")
        await view.until(lambda: "Download failed: The hub is down." in facts(view))
        home.away.clear()
        home.fetched = "time.sleep(0.1)"
        await view.pilot.press("p")
        await view.until(lambda: "downloaded" in str(models.get_option_at_index(1).prompt))
        assert "Download failed" not in facts(view)
        view.main.leave()


async def test_a_failure_is_a_notice_if_the_list_is_closed(home: TwoModels) -> None:
    home.away.add("clip")
    home.fetched = (
        "sys.stdin.read(); print('photoseek: The hub is down.', file=sys.stderr); sys.exit(2)"
    )
    async with models_screen(home, notifications=True) as view:
        await view.pilot.press("down", "p", "escape")
        await view.until(
            lambda: view.app.screen is view.main and view.library.downloads.download is not None
        )
        pull = view.library.downloads.download
        assert pull is not None
        pull._process.close()
        await view.until(
            lambda: "The hub is down." in [note.message for note in view.app._notifications]
        )
        view.main.leave()


class Closing:
    """Counts the engines that are open, in a harness whose engines it wraps."""

    def __init__(self, home: TwoModels, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open: list[str] = []
        usual, opening = home._open_engine, Lock()

        def open_engine(settings: Settings) -> SearchEngine:
            with opening:  # the harness changes its embedder meanwhile
                engine = usual(settings)
            close, model_id = engine.close, engine.model_id
            self.open.append(model_id)

            def closing() -> None:
                self.open.remove(model_id)
                close()

            monkeypatch.setattr(engine, "close", closing)
            return engine

        monkeypatch.setattr(home, "_open_engine", open_engine)


async def test_the_last_choice_wins_and_the_other_engines_are_closed(
    home: TwoModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, home.embedder = home.embedder, OTHER
    home.index()
    home.embedder = usual
    engines = Closing(home, monkeypatch)
    slow = Blocker(open=False)
    opened = home._open_text

    def open_text(settings: Settings) -> TextEmbedder:
        if settings.model == "openai":
            slow.wait()
        return opened(settings)

    monkeypatch.setattr(home, "_open_text", open_text)
    async with running(home) as view:
        await view.until(lambda: view.model.startswith("Answers: "))
        view.library.models.choose("openai")
        view.library.models.choose("clip")
        await view.until(lambda: view.model == "Answers: clip")
        slow.open()
        await view.until(lambda: engines.open == [OTHER.model_id], "one engine that is open")
        assert view.model == "Answers: clip"
        assert view.main.search.engine is not None
        assert view.main.search.engine.model_id == OTHER.model_id
        await view.type("blue")
        assert view.top_name == "blue ball.png"
        view.main.leave()
    assert load(home.settings.data_dir).model == "clip"


async def test_a_superseded_choice_does_not_replace_the_newest(home: TwoModels) -> None:
    home.indexer_mode = "endless"
    async with running(home) as view:
        await view.until(lambda: view.model.startswith("Answers: "))
        view.library.models.choose("clip")
        await view.until(lambda: view.library.models.next_model is not None)
        waited = view.library.models.choice
        home.failing["library"] = RuntimeError("no second model")
        view.library.models.choose("openai")
        view.main.post_message(ModelCaughtUp(waited))
        await view.until(lambda: "no second model" in str([*view.app._notifications]))
        assert view.model == "Answers: auto"
        assert view.library.models.next_model is None
        assert view.main.search.model_id == home.embedder.model_id
        run = view.indexing.run
        assert run is not None
        assert not view.indexing.has_other_model
        view.main.leave()
    assert load(home.settings.data_dir).model == ""


async def test_choosing_the_model_in_use_cancels_the_change(home: TwoModels) -> None:
    home.indexer_mode = "endless"
    async with models_screen(home) as view:
        await view.pilot.press("down", "enter")
        await view.until(lambda: "indexing with clip" in view.model)
        await view.pilot.press("f4")
        await view.until(lambda: isinstance(view.app.screen, ModelsScreen))
        await view.until(lambda: view.app.screen.query_one(OptionList).option_count == 3)
        await view.pilot.press("enter")
        await view.until(lambda: view.model == "Answers: auto")
        assert view.library.models.next_model is None
        assert view.indexing._run_model == "auto"
        view.main.leave()


async def test_an_engine_in_the_middle_of_a_search_is_closed_after_it(home: TwoModels) -> None:
    class Quiet:
        """An engine that records that it was closed."""

        closed = False

        def close(self) -> None:
            self.closed = True

    first, second = Quiet(), Quiet()
    engines = SharedEngine(cast("SearchEngine", first))
    with engines.lent() as one:
        engines.replace(cast("SearchEngine", second))
        with engines.lent() as other:
            assert one is cast("object", first)
            assert other is cast("object", second)
        assert not first.closed
    assert first.closed
    assert not second.closed
    engines.replace(cast("SearchEngine", first))
    deadline = time.monotonic() + PATIENCE
    while not second.closed and time.monotonic() < deadline:
        time.sleep(0.01)
    assert second.closed


async def test_auto_means_the_same_model_after_a_download(
    harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.models.registry.is_installed", lambda spec: spec.source is None)
    pinned = default_services().pin(harness.settings)
    assert harness.settings.model == "auto"
    assert pinned.model == "starter"


async def test_the_counts_are_live(home: TwoModels) -> None:
    async with models_screen(home) as view:
        await view.pilot.press("down")
        await view.until(lambda: "0 of 4 pictures indexed with this model." in facts(view))
        view.library.models.choose("clip")
        await view.until(lambda: "4 of 4 pictures indexed with this model." in facts(view))
        assert "remaining" not in facts(view)
        assert view.app.screen.query_one(OptionList).highlighted == 1
        view.main.leave()


async def test_a_key_switches_to_a_model_that_was_downloaded(home: TwoModels) -> None:
    home.away.add("clip")
    home.fetched = "print(EVENT, flush=True); sys.stdin.read(); sys.exit(0)"
    async with models_screen(home) as view:
        await view.pilot.press("down", "p", "escape")
        await view.until(lambda: "clip 33%" in view.row)
        await view.pilot.press("f1")  # it ends while a dialog is open
        await view.until(lambda: isinstance(view.app.screen, HelpScreen))
        download = view.library.downloads.download
        assert download is not None
        home.away.clear()
        download._process.close()
        await view.until(lambda: "clip is ready" in view.row)
        sentence = "clip is ready. Press F9 to switch (4 pictures, about 9 s)."
        await view.until(lambda: sentence in [note.message for note in view.app._notifications])
        assert view.model == "Answers: auto"
        await view.pilot.press("escape")
        await view.until(lambda: "F9 Switch" in view.row)
        await view.pilot.press("f9")
        await view.until(lambda: view.model == "Answers: clip")
        assert "is ready" not in view.row
        assert "Switch" not in view.row
        view.main.leave()


async def test_a_failure_stays_in_the_row_until_the_list_is_opened(home: TwoModels) -> None:
    home.away.add("clip")
    home.fetched = (
        "sys.stdin.read(); print('photoseek: The hub is down.', file=sys.stderr); sys.exit(2)"
    )
    async with models_screen(home) as view:
        await view.pilot.press("down", "p", "escape")
        await view.until(lambda: view.app.screen is view.main)
        download = view.library.downloads.download
        assert download is not None
        view.main.status_bar.say("Downloading clip.")
        download._process.close()
        await view.until(lambda: "clip failed" in view.row or "download failed" in view.row)
        assert not view.main.status_bar.message
        await view.pilot.press("f4")
        await view.until(lambda: isinstance(view.app.screen, ModelsScreen))
        await view.until(lambda: view.app.screen.query_one(OptionList).option_count == 3)
        assert "failed" not in view.row
        await view.pilot.press("down")
        await view.until(lambda: "Download failed: The hub is down." in facts(view))
        view.main.leave()


async def test_the_next_start_resumes_an_interrupted_download(home: TwoModels) -> None:
    home.away.add("clip")
    async with models_screen(home) as view:
        await view.pilot.press("down", "p", "enter", "escape")
        await view.until(lambda: "clip 33%" in view.row)
        await view.pilot.press("ctrl+q")
    stored = load(home.settings.data_dir)
    assert (stored.download, stored.download_use) == ("clip", True)
    home.fetched = "time.sleep(0.1)"
    home.away.clear()
    async with home.running(
        size=(100, 30), model_name="Answers: ", memory=replace(stored, first_run=False)
    ) as view:
        await view.until(lambda: view.model == "Answers: clip")
        view.main.leave()
    assert load(home.settings.data_dir).download == ""
