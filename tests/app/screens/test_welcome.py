"""The first start: three sentences, a choice, and never again."""

from __future__ import annotations

from dataclasses import replace

from textual.widgets import OptionList

from tests.app.screens.test_models import OTHER, TwoModels, line
from tests.support.app_harness import Eyes, House
from tui.app.app import PhotoseekApp
from tui.app.model.app_state import AppState, load
from tui.app.screens.models import ModelsScreen
from tui.app.screens.welcome import WelcomeScreen
from tui.core.settings import Settings, is_model_chosen


def welcomed(eyes: Eyes) -> bool:
    return isinstance(eyes.app.screen, WelcomeScreen)


async def test_an_empty_library_begins_with_a_choice(house: House) -> None:
    async with house.app(memory=AppState()).run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: welcomed(eyes))
        await pilot.press(*"rex", "backspace", "d")
        assert eyes.query.value == "red"
        await pilot.press("down", "enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, ModelsScreen))
        await pilot.press("escape")
        await eyes.until(lambda: eyes.app.screen is eyes.main)
        assert eyes.query.has_focus
        eyes.main.leave()
    assert not load(house.settings.data_dir).first_run


async def test_the_usual_model_that_was_resolved_is_no_choice(house: House) -> None:
    def resolved(settings: Settings) -> Settings:
        return replace(settings, model="starter")

    services = replace(house.services(), pin=resolved)
    async with house.app(memory=AppState(), services=services).run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: welcomed(eyes))
        eyes.main.leave()


async def test_a_model_that_was_asked_for_needs_no_welcome(house: House) -> None:
    asked = replace(house.settings, model="clip")
    app = PhotoseekApp(asked, memory=AppState(), services=house.services())
    async with app.run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.pause(0.1)
        assert not welcomed(eyes)
        eyes.main.leave()


async def test_there_is_no_second_time(house: House) -> None:
    async with house.app(memory=AppState()).run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: welcomed(eyes))
        await pilot.press("escape")
        await eyes.until(lambda: not eyes.main.keeper.now.first_run)
        eyes.main.leave()
    again = house.app(memory=load(house.settings.data_dir))
    async with again.run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.pause(0.1)
        assert not welcomed(eyes)


async def test_who_has_pictures_needs_no_welcome(full_house: House) -> None:
    async with full_house.app(memory=AppState()).run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.pause(0.1)
        assert not welcomed(eyes)


def test_a_model_that_was_asked_for_is_a_choice(house: House) -> None:
    usual = Settings(data_dir=house.home)
    assert not is_model_chosen(usual)
    assert is_model_chosen(replace(usual, model="clip"))


async def test_clip_is_downloaded_at_once_and_used_when_it_is_complete(house: House) -> None:
    home = TwoModels(house.home, away={"clip"})
    home.save("red ball.png", "blue ball.png")
    home.fetched = "print(EVENT, flush=True); sys.stdin.read(); sys.exit(0)"
    async with home.app(memory=AppState()).run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: welcomed(eyes))
        await pilot.press("down", "enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, ModelsScreen))
        models = eyes.app.screen.query_one(OptionList)
        await eyes.until(lambda: models.option_count == 3)
        assert models.highlighted == 1
        await eyes.until(lambda: "Downloading clip: 30.0 MB of 90.0 MB" in line(eyes))
        assert "downloading" in str(models.get_option_at_index(1).prompt)
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(eyes.app.screen, ModelsScreen)
        assert models.highlighted == 1
        pull = eyes.main._pull
        assert pull is not None
        home.away.clear()
        pull._child.close()
        await eyes.until(lambda: eyes.text("#status") == "Answers: clip")
        assert eyes.main.search.engine is not None
        assert eyes.main.search.engine.model_id == OTHER.model_id
        eyes.main.leave()
    assert load(home.settings.data_dir).model == "clip"


async def test_a_download_that_was_stopped_changes_nothing(house: House) -> None:
    home = TwoModels(house.home, away={"clip"})
    async with home.app(memory=AppState()).run_test(size=(100, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.until(lambda: welcomed(eyes))
        await pilot.press("down", "enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, ModelsScreen))
        await eyes.until(lambda: "Downloading clip: 30.0 MB" in line(eyes))
        await pilot.press("x")
        await eyes.until(lambda: eyes.main._pull is None)
        await pilot.press("escape")
        await eyes.until(lambda: eyes.app.screen is eyes.main)
        assert eyes.text("#status") == "Answers: auto"
        eyes.main.leave()
    assert load(home.settings.data_dir).model == ""
