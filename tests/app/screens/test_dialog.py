"""The screen behind a dialog: text is dimmed, pictures in Kitty's protocol are unchanged."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.color import Color

from tests.support.app_harness import AppHarness, AppView
from tui.app.screens.dialog import Dialog
from tui.app.screens.dialogs import ConfirmScreen
from tui.app.screens.help import HelpScreen
from tui.app.screens.models.screen import ModelsScreen
from tui.app.screens.palette import PaletteScreen
from tui.app.terminal.images import PLACEHOLDER, ImageSupport

if TYPE_CHECKING:
    from textual.app import App

SCREENS = Path(__file__).parents[3] / "tui" / "app" / "screens"


def placeholders(app: App[None]) -> set[tuple[Color | None, Color | None]]:
    """Return the colours of all cells on the screen that show a part of a picture."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    segments = [segment for line in update.strips for strip in line for segment in strip]  # type: ignore[union-attr]
    return {
        (segment.style.color, segment.style.bgcolor)
        for segment in segments
        if segment.style and segment.text.startswith(PLACEHOLDER)
    }


@pytest.mark.parametrize("dialogs", [1, 2])
async def test_pictures_keep_their_numbers_behind_dialogs(
    harness: AppHarness, dialogs: int
) -> None:
    harness.save("red.png", "green.png")
    harness.index()
    app = harness.app(images=ImageSupport("kitty"))
    async with app.run_test(size=(120, 40)) as pilot:
        view = AppView(pilot)
        await view.ready()
        await view.until(lambda: len(placeholders(app)) == 2)
        before = placeholders(app)
        for _ in range(dialogs):
            app.push_screen(ConfirmScreen("Sure?", "Do it"))
            await pilot.pause()
        behind = placeholders(app)
        assert {number for number, _ in behind} == {number for number, _ in before}
        assert None not in {ground for _, ground in behind}


async def test_the_command_palette_does_not_disturb_pictures(harness: AppHarness) -> None:
    harness.save(*(f"red {number}.png" for number in range(60)))
    harness.index()
    app = harness.app(images=ImageSupport("kitty"))
    async with app.run_test(size=(160, 70)) as pilot:
        view = AppView(pilot)
        await view.ready()
        await view.until(lambda: placeholders(app))
        before = {number for number, _ in placeholders(app)}
        for show in (app.action_command_palette, app.search_themes):
            show()
            await view.until(lambda: isinstance(app.screen, PaletteScreen))
            await pilot.pause()
            behind = {number for number, _ in placeholders(app)}
            assert behind  # the palette covers the others
            assert behind <= before
            app.pop_screen()
            await pilot.pause()


def test_every_small_screen_is_a_dialog() -> None:
    assert all(
        issubclass(screen, Dialog)
        for screen in (ConfirmScreen, HelpScreen, ModelsScreen, PaletteScreen)
    )
    for path in SCREENS.glob("*.py"):
        if path.name != "dialog.py":
            assert not re.search(r"\bModalScreen\b|\bCommandPalette\b", path.read_text()), path


async def test_a_covered_or_dismissed_dialog_ignores_further_dismissals(
    harness: AppHarness,
) -> None:
    async with harness.running() as view:
        app, answers = view.app, list[bool | None]()
        lower, upper = ConfirmScreen("Sure?", "Yes"), ConfirmScreen("Really?", "Yes")
        await app.push_screen(lower, answers.append)
        await app.push_screen(upper)
        lower.dismiss(True)
        await view.pilot.pause()
        assert app.screen is upper
        assert answers == []
        upper.dismiss(True)
        lower.dismiss(True)
        lower.dismiss(True)
        await view.until(lambda: answers == [True])
        assert app.screen_stack[-1:] == [view.main]
