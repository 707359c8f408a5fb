"""The whole: themes that last, small terminals, names of any width, no pictures at all."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.support.app_harness import Eyes, House
from tui.app.model.app_state import AppState, load
from tui.app.screens.help import HelpScreen
from tui.app.screens.preview import PreviewScreen
from tui.app.terminal.images import ImageSupport
from tui.app.widgets.completion_list import CompletionList
from tui.app.widgets.result_cell import ResultCell


async def test_a_chosen_theme_lasts(house: House) -> None:
    async with house.app().run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        eyes.app.theme = "nord"
        await pilot.pause()
        eyes.main.leave()
    memory = load(house.settings.data_dir)
    assert memory.theme == "nord"
    async with house.app(memory=memory).run_test(size=(80, 24)) as pilot:
        assert pilot.app.theme == "nord"


async def test_a_theme_that_is_gone_is_the_usual_one(house: House) -> None:
    memory = AppState(first_run=False, theme="no such theme")
    async with house.app(memory=memory).run_test(size=(80, 24)) as pilot:
        assert pilot.app.theme in ("photoseek", "photoseek-light")


@pytest.mark.parametrize("size", [(40, 12), (30, 8)])
async def test_all_works_where_there_is_little_room(
    full_house: House, size: tuple[int, int]
) -> None:
    async with full_house.app().run_test(size=size) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.type("s")
        await pilot.press("tab")
        await pilot.pause()
        choices = eyes.main.query_one(CompletionList)
        assert choices.is_open
        assert eyes.main.region.contains_region(choices.region)
        await pilot.press("escape", "escape")
        await eyes.type("red")
        assert eyes.top.startswith("red")
        await pilot.press("down", "f")
        await eyes.until(lambda: eyes.tree.region.width >= size[0] - 4)
        assert not eyes.results.region.area
        await pilot.press("p", "enter")
        await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
        await pilot.press("escape", "question_mark")
        await eyes.until(lambda: isinstance(eyes.app.screen, HelpScreen))
        page = eyes.app.screen.query_one("#keys")
        assert eyes.main.region.contains_region(page.region)
        await pilot.press("escape")
        await eyes.until(lambda: eyes.app.screen is eyes.main)


async def test_names_of_any_width_keep_the_columns(house: House) -> None:
    names = ["red 日本語の写真.png", "green e\u0301te\u0301.png", "blue.png"]
    house.save(*names)
    house.index()
    async with house.app(images=ImageSupport("off")).run_test(size=(60, 16)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.type("red")
        assert eyes.top == names[0]
        cells = [cell for cell in eyes.main.query(ResultCell) if cell.hit and cell.visible]
        lines = [cell.render_line(0) for cell in cells]
        assert "日本語の写真.png" in lines[0].text
        assert {cell_len(line.text) for line in lines} == {cells[0].size.width}


async def test_without_pictures_each_one_is_a_line(full_house: House) -> None:
    async with full_house.app(images=ImageSupport("off")).run_test(size=(80, 24)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await eyes.type("red")
        cells = [cell for cell in eyes.main.query(ResultCell) if cell.display and cell.visible]
        assert len(cells) >= 10
        assert {cell.region.height for cell in cells} == {1}
        assert [cell.region.y for cell in cells] == sorted(cell.region.y for cell in cells)
        await pilot.press("down", "down")
        assert eyes.results.window.cursor == 1
