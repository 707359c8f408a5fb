"""The cells of the screen that a change paints: only those that look different."""

from __future__ import annotations

from typing import Any

import pytest
from textual._compositor import ChopsUpdate
from textual.geometry import Region

from tests.support.app_harness import AppHarness, AppView
from tui.app.theme import LIGHT

Points = set[tuple[int, int]]


class Paints:
    """The updates of the screen while it is watched."""

    def __init__(self, view: AppView, monkeypatch: pytest.MonkeyPatch) -> None:
        self.updates: list[Any] = []
        display = view.app._display

        def watch(screen: Any, update: Any) -> None:
            if update is not None:
                self.updates.append(update)
            display(screen, update)

        monkeypatch.setattr(view.app, "_display", watch)

    @property
    def points(self) -> Points:
        """Return the cells of the screen that were painted."""
        assert all(isinstance(update, ChopsUpdate) for update in self.updates), "a whole screen"
        spans = [span for update in self.updates for span in update.spans]
        return {(x, y) for y, left, right in spans for x in range(left, right)}


async def settle(view: AppView, paints: Paints) -> None:
    """Wait until the pictures are drawn and nothing has been painted for a while."""
    view.query.cursor_blink = False
    await view.settled()
    await view.until(lambda: all(cell.state == "shown" for cell in view.results.cells))
    paints.updates.append(None)
    while paints.updates:
        paints.updates.clear()
        await view.pilot.pause(0.3)


async def test_a_letter_that_changes_no_result_paints_only_the_input(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.type("red")
        paints = Paints(view, monkeypatch)
        await settle(view, paints)
        await view.type(" ")
        await view.until(lambda: paints.points)
        assert paints.points <= points(view.query.region)


async def test_a_move_of_the_cursor_paints_two_frames_and_two_lines(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await view.type("red")
        await view.pilot.press("enter")
        await view.until(lambda: view.results.has_focus)
        # The first paint after a layout may cover regions that the layout has already painted.
        await view.pilot.press("right", "left")
        paints = Paints(view, monkeypatch)
        await settle(view, paints)
        await view.pilot.press("right")
        pane, offset = view.main.query_one("#pictures").region, view.results.region.offset
        cells = [cell.region.translate(offset) for cell in view.results.cells[:2]]
        frames = set().union(*(points(cell) - points(cell.shrink((1, 1, 1, 1))) for cell in cells))
        position = points(Region(pane.x, pane.bottom - 1, pane.width, 1))
        detail = points(view.main.status_bar.region)
        await view.until(lambda: paints.points >= frames | position | detail)
        assert paints.points == frames | position | detail


async def test_a_theme_paints_the_cells_in_its_colours(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await settle(view, Paints(view, monkeypatch))
        view.app.theme = LIGHT.name
        await view.until(lambda: backgrounds(view) == {LIGHT.background})


def backgrounds(view: AppView) -> set[str]:
    grid = view.main.query_one("#cells")
    line = grid.render_lines(grid.size.region)[0]
    colours = (segment.style.bgcolor for segment in line if segment.style)
    return {colour.name for colour in colours if colour}


async def test_without_colour_the_cells_have_none(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with indexed_harness.running(size=(100, 30)) as view:
        await settle(view, Paints(view, monkeypatch))
        grid = view.main.query_one("#cells")
        strips = grid.render_lines(grid.size.region)
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        names = {color.name for style in styles for color in (style.color, style.bgcolor) if color}
        assert names == {"default"}


async def test_the_ansi_theme_keeps_the_terminal_s_colours(
    indexed_harness: AppHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        await settle(view, Paints(view, monkeypatch))
        view.app.theme = "ansi-dark"
        await view.until(lambda: "default" in backgrounds(view))


def points(region: Region) -> Points:
    return {(x, y) for x in region.column_range for y in region.line_range}
