"""Picking pictures for another program: the action of Enter, and the footer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.app_harness import AppHarness, AppView
from tui.app.keys.footer import KeyFooter
from tui.app.screens.help import HelpScreen
from tui.app.screens.palette import screen_entries
from tui.app.screens.preview.screen import PreviewScreen

if TYPE_CHECKING:
    from tui.app.app import PhotoseekApp


def picker(harness: AppHarness) -> PhotoseekApp:
    return harness.app(why_not_pick=lambda _: "")


def footer(view: AppView) -> dict[str, str]:
    keys = view.app.screen.query_one(KeyFooter).keys
    return {key.shown: key.description for key in keys}


async def test_enter_picks_and_the_footer_shows_it(indexed_harness: AppHarness) -> None:
    app = picker(indexed_harness)
    async with app.run_test(size=(120, 30)) as pilot:
        view = AppView(pilot)
        await view.ready()
        await pilot.press("down")
        await view.until(lambda: footer(view).get("Enter") == "Choose")
        assert footer(view)["z"] == "Preview"
        assert "Enter chooses" in str(view.main.results_pane._frame.border_title)
        name = view.current_name
        await pilot.press("enter")
        await view.until(lambda: view.main.results_pane.picked)
    assert [path.name for path in app.main.results_pane.picked] == [name]


@pytest.mark.parametrize("size", [(120, 30), (60, 14)])
async def test_a_picture_can_be_previewed_before_it_is_picked(
    indexed_harness: AppHarness, size: tuple[int, int]
) -> None:
    app = picker(indexed_harness)
    async with app.run_test(size=size) as pilot:
        view = AppView(pilot)
        await view.ready()
        await pilot.press("down", "z")
        await view.until(lambda: isinstance(view.app.screen, PreviewScreen))
        await pilot.press("escape")
        await view.until(lambda: view.app.screen is view.main)
        assert not view.main.results_pane.picked
        view.main.leave()


async def test_without_pick_enter_and_z_both_preview(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(120, 30)) as view:
        await view.pilot.press("down")
        await view.until(lambda: footer(view).get("Enter") == "Preview")
        offered = {entry.title for entry in screen_entries(view.app.screen, is_picking=False)}
        assert "Print the paths and quit" not in offered
        for key in ("enter", "z"):
            await view.pilot.press(key)
            await view.until(lambda: isinstance(view.app.screen, PreviewScreen))
            await view.pilot.press("escape")
            await view.until(lambda: view.app.screen is view.main)
        view.main.leave()


async def test_the_help_lists_both_ways_to_pick(indexed_harness: AppHarness) -> None:
    async with picker(indexed_harness).run_test(size=(120, 60)) as pilot:
        view = AppView(pilot)
        await view.ready()
        await pilot.press("down", "question_mark")
        await view.until(lambda: isinstance(view.app.screen, HelpScreen))
        text = "\n".join(str(part.render()) for part in view.app.screen.query("_Sections"))
        assert "Print the paths and quit" in text
        view.main.leave()
