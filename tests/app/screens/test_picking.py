"""Choosing pictures for another program: what Enter does, and what the footer says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets._footer import FooterKey

from tests.support.app_harness import Eyes, House
from tui.app.screens.help import HelpScreen
from tui.app.screens.preview import PreviewScreen

if TYPE_CHECKING:
    from tui.app.app import PhotoseekApp


def picker(house: House) -> PhotoseekApp:
    app = house.app()
    app.main.picking = True
    return app


def footer(eyes: Eyes) -> dict[str, str]:
    return {key.key_display: key.description for key in eyes.app.screen.query(FooterKey)}


async def test_enter_chooses_and_the_footer_says_so(full_house: House) -> None:
    app = picker(full_house)
    async with app.run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down")
        await eyes.until(lambda: footer(eyes).get("Enter") == "Choose")
        assert footer(eyes)["z"] == "Preview"
        assert "Enter chooses" in str(eyes.main._pictures.border_title)
        name = eyes.here
        await pilot.press("enter")
        await eyes.until(lambda: eyes.main.picked)
    assert [path.name for path in app.main.picked] == [name]


@pytest.mark.parametrize("size", [(120, 30), (60, 14)])
async def test_a_picture_can_be_looked_at_before_it_is_chosen(
    full_house: House, size: tuple[int, int]
) -> None:
    app = picker(full_house)
    async with app.run_test(size=size) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "z")
        await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
        await pilot.press("escape")
        await eyes.until(lambda: eyes.app.screen is eyes.main)
        assert not eyes.main.picked
        eyes.main.leave()


async def test_without_pick_enter_and_z_both_preview(full_house: House) -> None:
    async with full_house.app().run_test(size=(120, 30)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down")
        await eyes.until(lambda: footer(eyes).get("Enter") == "Preview")
        offered = {command.title for command in eyes.app.get_system_commands(eyes.app.screen)}
        assert "Print the paths and end" not in offered
        for key in ("enter", "z"):
            await pilot.press(key)
            await eyes.until(lambda: isinstance(eyes.app.screen, PreviewScreen))
            await pilot.press("escape")
            await eyes.until(lambda: eyes.app.screen is eyes.main)
        eyes.main.leave()


async def test_the_help_lists_both(full_house: House) -> None:
    async with picker(full_house).run_test(size=(120, 60)) as pilot:
        eyes = Eyes(pilot)
        await eyes.ready()
        await pilot.press("down", "question_mark")
        await eyes.until(lambda: isinstance(eyes.app.screen, HelpScreen))
        text = "\n".join(str(part.render()) for part in eyes.app.screen.query("_Columns"))
        assert "Print the paths and end" in text
        eyes.main.leave()
