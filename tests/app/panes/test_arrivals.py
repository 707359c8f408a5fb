"""Thumbnails that arrive: gathered into frames, and never before a key."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.events import Key
from textual.pilot import Pilot

from tests.support.pictures.manual_loader import ManualLoader
from tui.app.keys.bindings import bindings
from tui.app.model.result_window import Move, Window
from tui.app.terminal.bandwidth import BandwidthMeter
from tui.app.terminal.images import FRAME_SECONDS, ImageSupport
from tui.app.widgets.cell_grid import CellGrid
from tui.app.widgets.results import Results
from tui.app.widgets.thumbnail_slot import ThumbnailReady
from tui.core.domain import FileDetails, Hit

HITS = [
    Hit(index + 1, 0.5, FileDetails(index, Path(f"/pictures/{index}.jpg"), 1, 0, None))
    for index in range(6)
]


class Arrivals(App[None]):
    """Results whose thumbnails are made only when the test tells them to."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("pictures")

    def __init__(self) -> None:
        super().__init__()
        self.loader = ManualLoader("halfcell")
        self.results = Results(self.loader)
        self.order: list[str] = []

    def compose(self) -> ComposeResult:
        yield self.results

    def action_move(self, move: Move) -> None:
        self.order.append(f"{move}, {self.states.count('shown')} shown")
        self.results.move(move)

    @property
    def states(self) -> list[str]:
        return [cell.state for cell in self.results.cells]

    async def begin(self, pilot: Pilot[None]) -> CellGrid:
        self.results.show_ranking(Window(total=len(HITS)), HITS)
        self.results.on_resize()
        self.results.focus()
        await pilot.pause()
        await pilot.pause(0.1)
        assert len(self.loader.requests) == len(HITS)
        assert set(self.states) == {"waiting"}
        return self.query_one(CellGrid)

    def make_all(self) -> None:
        while self.loader.requests:
            self.loader.make_first()


async def until_shown(app: Arrivals, pilot: Pilot[None]) -> None:
    for _ in range(200):
        if set(app.states) == {"shown"}:
            return
        await pilot.pause(0.01)
    raise AssertionError(app.states)


async def test_thumbnails_that_arrive_together_are_painted_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Arrivals()
    async with app.run_test(size=(120, 30)) as pilot:
        grid = await app.begin(pilot)
        refreshes: list[Any] = []
        refresh = grid.refresh
        monkeypatch.setattr(grid, "refresh", lambda *regions: refreshes.append(regions))
        app.make_all()
        await until_shown(app, pilot)
        monkeypatch.setattr(grid, "refresh", refresh)
        assert [len(regions) for regions in refreshes] == [len(HITS)]


async def test_a_key_comes_before_the_pictures_that_have_arrived() -> None:
    app = Arrivals()
    async with app.run_test(size=(120, 30)) as pilot:
        grid = await app.begin(pilot)
        app.make_all()
        while not grid._arrived:
            await pilot.pause(0)
        app.post_message(Key("right", None))
        grid._show_arrived()  # as its timer does; the key is not handled yet
        assert set(app.states) == {"waiting"}
        await until_shown(app, pilot)
        assert app.order == ["right, 0 shown"]
        assert app.results.window.cursor == 1


async def test_endless_keys_do_not_delay_the_pictures_forever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Arrivals()
    async with app.run_test(size=(120, 30)) as pilot:
        await app.begin(pilot)
        monkeypatch.setattr("tui.app.widgets.cell_grid.keys_wait", lambda _: True)
        app.make_all()
        await until_shown(app, pilot)


async def test_a_removed_widget_ignores_arriving_thumbnails() -> None:
    app = Arrivals()
    async with app.run_test(size=(120, 30)) as pilot:
        grid = await app.begin(pilot)
        request, _ = app.loader.requests[0]
        grid.post_message(ThumbnailReady(request, app.loader._make_thumbnail(request)))
        await app.results.remove()
        await pilot.pause(0.1)
        assert app.loader.requests == []


def test_a_slow_line_gets_fewer_frames_of_pictures() -> None:
    meter = BandwidthMeter()
    images = ImageSupport("kitty", meter=meter)
    assert ImageSupport("halfcell").frame_seconds == FRAME_SECONDS
    meter.rate = 10_000_000
    assert images.frame_seconds == FRAME_SECONDS
    meter.rate = 125_000
    assert FRAME_SECONDS < images.frame_seconds < 0.2
    meter.rate = 1000
    assert images.frame_seconds == 0.5
