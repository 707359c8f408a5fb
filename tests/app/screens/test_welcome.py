"""The first start: three sentences, a choice, and never again."""

from __future__ import annotations

from dataclasses import replace

from textual.widgets import OptionList

from tests.app.screens.models.test_screen import OTHER, TwoModels, line
from tests.support.app_harness import AppHarness, AppView
from tui.app.app import PhotoseekApp
from tui.app.model.app_state import AppState, load
from tui.app.screens.models.screen import ModelsScreen
from tui.app.screens.welcome import WelcomeScreen
from tui.core.settings import Settings, is_model_chosen


def welcomed(view: AppView) -> bool:
    return isinstance(view.app.screen, WelcomeScreen)


async def test_an_empty_library_begins_with_a_choice(harness: AppHarness) -> None:
    home = TwoModels(harness.home, away={"clip"})
    async with home.app(memory=AppState()).run_test(size=(80, 24)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: welcomed(view))
        await pilot.press(*"rex", "backspace", "d")
        assert view.query.value == "red"
        await pilot.press("down", "enter")
        await view.until(lambda: view.app.screen is view.main)
        assert view.library.downloads.download is not None
        assert view.query.has_focus
        view.main.leave()
    assert not load(harness.settings.data_dir).first_run


async def test_the_default_model_does_not_count_as_a_choice(harness: AppHarness) -> None:
    def resolved(settings: Settings) -> Settings:
        return replace(settings, model="starter")

    services = replace(harness.services(), pin=resolved)
    async with harness.app(memory=AppState(), services=services).run_test(size=(80, 24)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: welcomed(view))
        view.main.leave()


async def test_a_model_option_skips_the_welcome_screen(harness: AppHarness) -> None:
    settings = replace(harness.settings, model="clip")
    app = PhotoseekApp(settings, memory=AppState(), services=harness.services())
    async with app.run_test(size=(80, 24)) as pilot:
        view = AppView(pilot)
        await view.ready()
        await pilot.pause(0.1)
        assert not welcomed(view)
        view.main.leave()


async def test_the_welcome_screen_appears_only_once(harness: AppHarness) -> None:
    async with harness.app(memory=AppState()).run_test(size=(80, 24)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: welcomed(view))
        await pilot.press("escape")
        await view.until(lambda: not view.app.resources.state.now.first_run)
        view.main.leave()
    again = harness.app(memory=load(harness.settings.data_dir))
    async with again.run_test(size=(80, 24)) as pilot:
        view = AppView(pilot)
        await view.ready()
        await pilot.pause(0.1)
        assert not welcomed(view)


async def test_a_filled_library_shows_no_welcome_screen(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(memory=AppState(), size=(80, 24)) as view:
        await view.pilot.pause(0.1)
        assert not welcomed(view)


def test_a_requested_model_counts_as_a_choice(harness: AppHarness) -> None:
    usual = Settings(data_dir=harness.home)
    assert not is_model_chosen(usual)
    assert is_model_chosen(replace(usual, model="clip"))


async def test_clip_is_downloaded_at_once_and_used_when_it_is_complete(harness: AppHarness) -> None:
    home = TwoModels(harness.home, away={"clip"})
    home.save("red ball.png", "blue ball.png")
    home.fetched = "print(EVENT, flush=True); sys.stdin.read(); sys.exit(0)"
    async with home.app(memory=AppState()).run_test(size=(100, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: welcomed(view))
        await pilot.press("down", "enter")
        await view.until(lambda: "Downloading clip. You can already search." in view.row)
        await view.until(lambda: "clip 33%" in view.row)
        assert view.main.status_bar.message
        assert view.query.has_focus
        await pilot.press("f4")
        await view.until(lambda: isinstance(view.app.screen, ModelsScreen))
        models = view.app.screen.query_one(OptionList)
        await view.until(lambda: models.option_count == 3)
        await pilot.press("down")
        await view.until(lambda: "Downloading clip: 30.0 MB of 90.0 MB" in line(view))
        assert "downloading" in str(models.get_option_at_index(1).prompt)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(view.app.screen, ModelsScreen)
        assert models.highlighted == 1
        pull = view.library.downloads.download
        assert pull is not None
        home.away.clear()
        pull._process.close()
        await view.until(lambda: view.model == "Answers: clip")
        assert view.main.search.engine is not None
        assert view.main.search.engine.model_id == OTHER.model_id
        view.main.leave()
    assert load(home.settings.data_dir).model == "clip"


async def test_a_download_that_was_stopped_changes_nothing(harness: AppHarness) -> None:
    home = TwoModels(harness.home, away={"clip"})
    async with home.app(memory=AppState()).run_test(size=(100, 30)) as pilot:
        view = AppView(pilot)
        await view.until(lambda: welcomed(view))
        await pilot.press("down", "enter")
        await view.until(lambda: view.app.screen is view.main)
        await pilot.press("f4")
        await view.until(lambda: isinstance(view.app.screen, ModelsScreen))
        await view.until(lambda: "Downloading clip: 30.0 MB" in line(view))
        await pilot.press("x")
        await view.until(lambda: view.library.downloads.download is None)
        await pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main)
        assert view.model == "Answers: auto"
        view.main.leave()
    assert load(home.settings.data_dir).model == ""
