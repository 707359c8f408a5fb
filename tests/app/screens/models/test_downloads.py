"""Downloading a model from a hub on this machine, with the command that the app really runs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import OptionList

from tests.app.screens.models.test_screen import TwoModels, facts, models_screen
from tests.support.servers.fake_hub import FakeHub, running_hub
from tests.unit.models.clip.test_towers import write_model
from tui.app.model.app_state import load
from tui.app.workers.model_download import pull_command
from tui.models.hub.cache import in_hub_cache
from tui.models.runtime.spec import CONFIG_FILE, WEIGHT_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.app_harness import AppHarness, AppView
    from tui.app.workers.services import ModelRow, Services
    from tui.core.settings import Settings

REPOSITORY = "some/small"
WEIGHTS = f"{REPOSITORY}/{WEIGHT_FILES[0]}"


@dataclass
class HubHome(TwoModels):
    """A harness whose ``clip`` is a small model of the hub."""

    away: set[str] = field(default_factory=set)

    def services(self) -> Services:
        def command(settings: Settings, _: str) -> list[str]:
            return [*pull_command(settings, f"hf-hub:{REPOSITORY}")]

        return replace(super().services(), pull_command=command)

    def rows(self, settings: Settings) -> list[ModelRow]:
        self.away = set() if in_hub_cache(REPOSITORY, WEIGHT_FILES[0]) else {"clip"}
        return super().rows(settings)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture
def hub(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHub]:
    for name in ("HF_HUB_OFFLINE", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    files = {
        f"{REPOSITORY}/{name}": (model / name).read_bytes()
        for name in (CONFIG_FILE, WEIGHT_FILES[0])
    }
    with running_hub(files=files) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        yield hub


@pytest.fixture
def home(harness: AppHarness, hub: FakeHub) -> HubHome:
    hub_home = HubHome(harness.home)
    hub_home.save("red ball.png", "blue ball.png")
    hub_home.index()
    return hub_home


def ranges(hub: FakeHub) -> list[str]:
    """The parts of the weights that were requested."""
    return [part for _, path, part in hub.requests if path.startswith(f"/cdn/{WEIGHTS}")]


def state(view: AppView) -> str:
    """What the status row says about the download."""
    download = view.main.status_bar.download
    return "" if download is None else download.text


async def test_a_failed_download_is_explained_and_the_next_attempt_succeeds(
    home: HubHome, hub: FakeHub
) -> None:
    hub.statuses[WEIGHTS] = 503
    async with models_screen(home) as view:
        await view.pilot.press("down", "p")
        await view.until(lambda: "Download failed:" in facts(view))
        assert "Press p to try again." in facts(view)
        assert state(view).startswith("clip: download failed")
        hub.statuses.clear()
        await view.pilot.press("p")
        assert "Download failed" not in facts(view)
        await view.until(lambda: view.library.downloads.offered == "clip")
        assert state(view).startswith("clip is ready")
        models = view.app.screen.query_one(OptionList)
        await view.until(lambda: "downloaded" in str(models.get_option_at_index(1).prompt))
        view.main.leave()


async def test_a_cancelled_download_resumes_where_it_left_off(home: HubHome, hub: FakeHub) -> None:
    hub.byte_delay = 0.5
    async with models_screen(home) as view:
        await view.pilot.press("down", "p")
        await view.until(lambda: "%" in state(view) and " 0%" not in state(view))
        await view.pilot.press("x")
        await view.until(lambda: view.library.downloads.download is None)
        assert state(view) == ""
        hub.byte_delay = 0
        await view.pilot.press("p")
        await view.until(lambda: view.library.downloads.offered == "clip")
        assert [part != "" for part in ranges(hub)] == [False, True]
        view.main.leave()


async def test_the_next_start_resumes_what_quitting_interrupted(
    home: HubHome, hub: FakeHub
) -> None:
    hub.byte_delay = 0.5
    async with models_screen(home) as view:
        await view.pilot.press("down", "p", "enter", "escape")
        await view.until(lambda: "%" in state(view) and " 0%" not in state(view))
        await view.pilot.press("ctrl+q")
    hub.byte_delay = 0
    stored = load(home.settings.data_dir)
    assert stored.download == "clip"
    async with home.running(
        size=(100, 30), model_name="Answers: ", memory=replace(stored, first_run=False)
    ) as view:
        await view.until(lambda: view.model == "Answers: clip")
        assert ranges(hub)[-1] != ""
        view.main.leave()
    assert load(home.settings.data_dir).model == "clip"
