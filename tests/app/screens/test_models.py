"""Choosing a model and fetching one: the old one answers until the new one has read all."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, cast

import pytest
from textual.widgets import OptionList

from tests.support.app_harness import PATIENCE, Eyes, Gate, House
from tests.support.embedders import ColourEmbedder
from tui.app.model.app_state import load
from tui.app.screens.models import ModelsScreen
from tui.app.workers.engine_use import SharedEngine
from tui.app.workers.model_loading import ModelCaughtUp
from tui.app.workers.services import ModelRow, Services, default_services
from tui.library.local.catalog.reader import Catalog
from tui.models.registry import MODELS

if TYPE_CHECKING:
    from pathlib import Path

    from tui.core.domain import TextEmbedder
    from tui.core.settings import Settings
    from tui.search.local.engine import Engine
    from tui.search.ranking.interface import SearchEngine

OTHER = ColourEmbedder("colours-2")
FETCHING = {"event": "pull", "phase": "fetching", "done": 30_000_000, "total": 90_000_000}


@dataclass
class TwoModels(House):
    """A house with two models: the usual one, ``auto``, and ``clip``, which is another.

    Attributes:
        fetched: what the child that fetches does.
        away: names of models whose weights are not here.
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
            model_line=lambda settings: f"Answers: {settings.model}",
        )

    def rows(self, settings: Settings) -> list[ModelRow]:
        current = "starter" if settings.model == "auto" else settings.model
        return [
            ModelRow(spec, spec.name not in self.away, spec.name == current, 0)
            for spec in MODELS[:3]
        ]

    def embedded(self, model_id: str) -> int:
        with Catalog.open(self.settings.data_dir, read_only=True) as catalog:
            return catalog.count(None, model_id)

    def _open_engine(self, settings: Settings) -> Engine:
        usual, self.embedder = self.embedder, self._embedder(settings)
        try:
            return super()._open_engine(settings)
        finally:
            self.embedder = usual

    def _open_text(self, settings: Settings) -> TextEmbedder:
        return self._embedder(settings)

    def _index_command(self, settings: Settings, folder: Path) -> list[str]:
        mode = "other" if settings.model == "clip" and self.child == "index" else self.child
        child = [sys.executable, "-m", "tests.support.fake_indexer_child", mode]
        return [*child, str(settings.data_dir), str(folder)]

    def _embedder(self, settings: Settings) -> ColourEmbedder:
        return OTHER if settings.model in ("clip", "openai") else self.embedder


@pytest.fixture
def home(house: House) -> TwoModels:
    """Four pictures that the usual model has read."""
    found = TwoModels(house.home)
    found.save("red ball.png", "green ball.png", "blue ball.png", "yellow ball.png")
    found.index()
    return found


async def at_the_models(eyes: Eyes) -> OptionList:
    await eyes.until(lambda: eyes.text("#status").startswith("Answers: "))
    await eyes.pilot.press("f4")
    await eyes.until(lambda: isinstance(eyes.app.screen, ModelsScreen))
    found = eyes.app.screen.query_one(OptionList)
    await eyes.until(lambda: found.option_count == 3)
    return found


def facts(eyes: Eyes) -> str:
    return str(eyes.app.screen.query_one("#models-facts").render())


def line(eyes: Eyes) -> str:
    return str(eyes.app.screen.query_one("#models-pull").render())


async def test_the_list_says_what_is_known_of_each(home: TwoModels) -> None:
    home.away.add("openai")
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        models = await at_the_models(eyes)
        await eyes.until(lambda: MODELS[0].knows[:20] in facts(eyes))
        assert "measured here" in facts(eyes)
        await pilot.press("down", "down")
        await eyes.until(lambda: "605 MB to fetch" in facts(eyes))
        assert "open_clip's results table" in facts(eyes)
        await pilot.press("enter")
        assert isinstance(eyes.app.screen, ModelsScreen)
        assert models.highlighted == 2
        eyes.main.leave()


async def test_the_new_model_answers_once_it_has_read_all_and_both_are_kept(
    home: TwoModels,
) -> None:
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        await pilot.press("down", "enter")
        await eyes.until(lambda: eyes.text("#status") == "Answers: clip", "the other model")
        assert eyes.main.search.engine is not None
        assert eyes.main.search.engine.model_id == OTHER.model_id
        await eyes.type("blue")
        assert eyes.top == "blue ball.png"
        eyes.main.leave()
    assert home.embedded(home.embedder.model_id) == home.embedded(OTHER.model_id) == 4
    assert load(home.settings.data_dir).model == "clip"


async def test_the_old_model_answers_meanwhile(home: TwoModels) -> None:
    home.child = "endless"
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        await pilot.press("down", "enter")
        await eyes.until(
            lambda: eyes.text("#status") == "Answers: auto · reading all pictures for clip"
        )
        await eyes.type("green")
        assert eyes.top == "green ball.png"
        eyes.main.action_cancel_indexing()
        await eyes.until(lambda: not eyes.indexing.is_busy)
        await pilot.pause(0.2)
        assert eyes.main.search.engine is not None
        assert eyes.main.search.engine.model_id == home.embedder.model_id
        eyes.main.leave()
    assert load(home.settings.data_dir).model == ""


async def test_a_model_that_has_read_all_answers_at_once(home: TwoModels) -> None:
    usual, home.embedder = home.embedder, OTHER
    home.index()
    home.embedder = usual
    home.child = "crash"
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        await pilot.press("down", "enter")
        await eyes.until(lambda: eyes.text("#status") == "Answers: clip")
        assert eyes.indexing.folder is None
        eyes.main.leave()


async def test_the_model_in_use_is_not_opened_again(home: TwoModels) -> None:
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        await pilot.press("enter")
        await eyes.until(lambda: eyes.app.screen is eyes.main)
        assert eyes.text("#status") == "Answers: auto"
        eyes.main.leave()


async def test_fetching_is_shown_and_can_be_stopped(home: TwoModels) -> None:
    home.away.add("clip")
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        await pilot.press("down", "p")
        await eyes.until(lambda: "Downloading clip: 30.0 MB of 90.0 MB" in line(eyes))
        await pilot.press("escape", "f4")
        await eyes.until(lambda: isinstance(eyes.app.screen, ModelsScreen))
        await eyes.until(lambda: "Downloading clip" in line(eyes), "the line of what goes on")
        await pilot.press("x")
        await eyes.until(lambda: not line(eyes))
        eyes.main.leave()


async def test_what_was_fetched_can_be_chosen(home: TwoModels) -> None:
    home.away.add("clip")
    home.fetched = "time.sleep(0.1)"
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        home.away.clear()
        await pilot.press("down", "p")
        await eyes.until(lambda: "clip is downloaded" in str([*eyes.app._notifications]))
        clip = eyes.app.screen.query_one(OptionList)
        await eyes.until(lambda: "downloaded" in str(clip.get_option_at_index(1).prompt))
        await pilot.press("enter")
        await eyes.until(lambda: eyes.text("#status") == "Answers: clip")
        eyes.main.leave()


async def test_why_fetching_failed_is_said(home: TwoModels) -> None:
    home.away.add("clip")
    home.fetched = "print('photoseek: The hub is away.', file=sys.stderr); sys.exit(2)"
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        await pilot.press("down", "p")
        await eyes.until(lambda: "Download failed: The hub is away." in facts(eyes))
        assert "Press p to try again." in facts(eyes)
        models = eyes.app.screen.query_one(OptionList)
        assert "failed" in str(models.get_option_at_index(1).prompt)
        assert not eyes.app._notifications
        await pilot.press("up")
        await eyes.until(lambda: "Download failed" not in facts(eyes))
        await pilot.press("escape", "f4")
        await eyes.until(lambda: isinstance(eyes.app.screen, ModelsScreen))
        models = eyes.app.screen.query_one(OptionList)
        await eyes.until(lambda: models.option_count == 3)
        await pilot.press("down")
        await eyes.until(lambda: "Download failed: The hub is away." in facts(eyes))
        home.away.clear()
        home.fetched = "time.sleep(0.1)"
        await pilot.press("p")
        await eyes.until(lambda: "downloaded" in str(models.get_option_at_index(1).prompt))
        assert "Download failed" not in facts(eyes)
        eyes.main.leave()


async def test_a_failure_is_a_notice_where_the_list_is_closed(home: TwoModels) -> None:
    home.away.add("clip")
    home.fetched = (
        "sys.stdin.read(); print('photoseek: The hub is away.', file=sys.stderr); sys.exit(2)"
    )
    async with home.app().run_test(size=(100, 30), notifications=True) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        await pilot.press("down", "p", "escape")
        await eyes.until(lambda: eyes.app.screen is eyes.main and eyes.main._pull is not None)
        pull = eyes.main._pull
        assert pull is not None
        pull._child.close()
        await eyes.until(
            lambda: "The hub is away." in [note.message for note in eyes.app._notifications]
        )
        eyes.main.leave()


class Closing:
    """Counts the engines that are open, in a house whose engines it wraps."""

    def __init__(self, home: TwoModels, monkeypatch: pytest.MonkeyPatch) -> None:
        self.open: list[str] = []
        usual, opening = home._open_engine, Lock()

        def open_engine(settings: Settings) -> Engine:
            with opening:  # the house changes its embedder meanwhile
                engine = usual(settings)
            close, model_id = engine.close, engine.model_id
            self.open.append(model_id)

            def closing() -> None:
                self.open.remove(model_id)
                close()

            monkeypatch.setattr(engine, "close", closing)
            return engine

        monkeypatch.setattr(home, "_open_engine", open_engine)


async def test_the_model_chosen_last_wins_and_the_others_are_closed(
    home: TwoModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, home.embedder = home.embedder, OTHER
    home.index()
    home.embedder = usual
    engines = Closing(home, monkeypatch)
    slow = Gate(open=False)
    opened = home._open_text

    def open_text(settings: Settings) -> TextEmbedder:
        if settings.model == "openai":
            slow.wait()
        return opened(settings)

    monkeypatch.setattr(home, "_open_text", open_text)
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.text("#status").startswith("Answers: "))
        eyes.main.choose("openai")
        eyes.main.choose("clip")
        await eyes.until(lambda: eyes.text("#status") == "Answers: clip")
        slow.open()
        await eyes.until(lambda: engines.open == [OTHER.model_id], "one engine that is open")
        assert eyes.text("#status") == "Answers: clip"
        assert eyes.main.search.engine is not None
        assert eyes.main.search.engine.model_id == OTHER.model_id
        await eyes.type("blue")
        assert eyes.top == "blue ball.png"
        eyes.main.leave()
    assert load(home.settings.data_dir).model == "clip"


async def test_a_model_that_waits_does_not_take_the_turn_of_the_next(home: TwoModels) -> None:
    home.child = "endless"
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: eyes.text("#status").startswith("Answers: "))
        eyes.main.choose("clip")
        await eyes.until(lambda: eyes.main._next is not None)
        waited = eyes.main._choice
        home.failing["library"] = RuntimeError("no second model")
        eyes.main.choose("openai")
        eyes.main.post_message(ModelCaughtUp(waited))
        await eyes.until(lambda: "no second model" in str([*eyes.app._notifications]))
        assert eyes.text("#status") == "Answers: auto"
        assert eyes.main._next is None
        assert eyes.main._present == home.embedder.model_id
        run = eyes.indexing._control.run
        assert run is not None
        assert not eyes.indexing._control.has_other_model
        eyes.main.leave()
    assert load(home.settings.data_dir).model == ""


async def test_going_back_to_the_model_in_use_ends_the_change(home: TwoModels) -> None:
    home.child = "endless"
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        await pilot.press("down", "enter")
        await eyes.until(lambda: "reading all pictures for clip" in eyes.text("#status"))
        await pilot.press("f4")
        await eyes.until(lambda: isinstance(eyes.app.screen, ModelsScreen))
        await eyes.until(lambda: eyes.app.screen.query_one(OptionList).option_count == 3)
        await pilot.press("enter")
        await eyes.until(lambda: eyes.text("#status") == "Answers: auto")
        assert eyes.main._next is None
        assert eyes.indexing._control._model == "auto"
        eyes.main.leave()


async def test_an_engine_in_the_middle_of_a_search_is_closed_after_it(home: TwoModels) -> None:
    class Quiet:
        """An engine that says when it is closed."""

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
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.models.registry.is_here", lambda spec: spec.source is None)
    pinned = default_services().pin(house.settings)
    assert house.settings.model == "auto"
    assert pinned.model == "starter"
