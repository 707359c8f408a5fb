"""Choosing a model and fetching one: the old one answers until the new one has read all."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import OptionList

from tests.app.house import Eyes, House
from tests.fakes import ColourEmbedder
from tui.app.memory import load
from tui.app.screens.models import ModelsScreen
from tui.app.services import ModelRow, Services
from tui.library.catalog import Catalog
from tui.models.registry import MODELS

if TYPE_CHECKING:
    from pathlib import Path

    from tui.config import Settings
    from tui.domain import TextEmbedder
    from tui.search.engine import Engine

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
        child = [sys.executable, "-m", "tests.app.child", mode]
        return [*child, str(settings.data_dir), str(folder)]

    def _embedder(self, settings: Settings) -> ColourEmbedder:
        return OTHER if settings.model == "clip" else self.embedder


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
        await eyes.until(lambda: "Fetching clip: 30.0 MB of 90.0 MB" in line(eyes))
        await pilot.press("escape", "f4")
        await eyes.until(lambda: isinstance(eyes.app.screen, ModelsScreen))
        await eyes.until(lambda: "Fetching clip" in line(eyes), "the line of what goes on")
        await pilot.press("x")
        await eyes.until(lambda: not line(eyes))
        eyes.main.leave()


async def test_what_was_fetched_can_be_chosen(home: TwoModels) -> None:
    home.away.add("clip")
    home.fetched = "time.sleep(0.1)"
    async with home.app().run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await at_the_models(eyes)
        await pilot.press("down", "p")
        home.away.clear()
        await eyes.until(lambda: "clip is here" in str([*eyes.app._notifications]))
        clip = eyes.app.screen.query_one(OptionList)
        await eyes.until(lambda: "here" in str(clip.get_option_at_index(1).prompt))
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
        await eyes.until(
            lambda: "The hub is away." in [note.message for note in eyes.app._notifications]
        )
        eyes.main.leave()
