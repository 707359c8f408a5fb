"""The app as a whole: persistent themes, small terminals, names of any width, no pictures."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from tests.support.app_harness import AppHarness, AppView
from tui.app.model.app_state import AppState, load
from tui.app.screens.help import HelpScreen
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.terminal.images import ImageSupport
from tui.app.widgets.completion_list import CompletionList


async def test_a_selected_theme_survives_a_restart(harness: AppHarness) -> None:
    async with harness.app().run_test(size=(80, 24)) as pilot:
        view = AppView(pilot)
        await view.ready()
        view.app.theme = "nord"
        await pilot.pause()
        view.main.leave()
    memory = load(harness.settings.data_dir)
    assert memory.theme == "nord"
    async with harness.app(memory=memory).run_test(size=(80, 24)) as pilot:
        assert pilot.app.theme == "nord"


async def test_a_missing_theme_falls_back_to_the_default(harness: AppHarness) -> None:
    memory = AppState(first_run=False, theme="no such theme")
    async with harness.app(memory=memory).run_test(size=(80, 24)) as pilot:
        assert pilot.app.theme in ("photoseek", "photoseek-light")


@pytest.mark.parametrize("size", [(40, 12), (30, 8)])
async def test_the_app_works_in_a_small_terminal(
    indexed_harness: AppHarness, size: tuple[int, int]
) -> None:
    async with indexed_harness.running(size=size) as view:
        await view.type("s")
        await view.pilot.press("tab")
        await view.pilot.pause()
        choices = view.main.query_one(CompletionList)
        assert choices.is_open
        assert view.main.region.contains_region(choices.region)
        await view.pilot.press("escape", "escape")
        await view.type("red")
        assert view.top_name.startswith("red")
        await view.pilot.press("down", "f")
        await view.until(lambda: view.tree.region.width >= size[0] - 4)
        assert not view.results.region.area
        await view.pilot.press("p", "enter")
        await view.until(lambda: isinstance(view.app.screen, PreviewScreen))
        await view.pilot.press("escape", "question_mark")
        await view.until(lambda: isinstance(view.app.screen, HelpScreen))
        page = view.app.screen.query_one("#keys")
        assert view.main.region.contains_region(page.region)
        await view.pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main)


async def test_names_of_any_width_keep_the_columns(harness: AppHarness) -> None:
    names = ["red 日本語の写真.png", "green e\u0301te\u0301.png", "blue.png"]
    harness.save(*names)
    harness.index()
    async with harness.running(images=ImageSupport("off"), size=(60, 16)) as view:
        await view.type("red")
        assert view.top_name == names[0]
        cells = view.results.cells
        lines = ["".join(part.text for part in cell.rows[0]) for cell in cells]
        assert "日本語の写真.png" in lines[0]
        assert {cell_len(line) for line in lines} == {cells[0].region.width}


async def test_with_images_off_each_picture_is_a_line(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(images=ImageSupport("off"), size=(80, 24)) as view:
        await view.type("red")
        cells = view.results.cells
        assert len(cells) >= 10
        assert {cell.region.height for cell in cells} == {1}
        assert [cell.region.y for cell in cells] == sorted(cell.region.y for cell in cells)
        await view.pilot.press("down", "down")
        assert view.results.window.cursor == 1
