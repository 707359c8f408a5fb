"""The pictures pane: a screenful of cells over any number of hits, on any screen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.events import MouseScrollDown
from textual.scrollbar import ScrollBar, ScrollTo

from tests.support.app_harness import AppHarness, AppView
from tests.support.embedders import save_picture
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.keys.bindings import bindings
from tui.app.model.app_state import AppState
from tui.app.model.result_window import Move, Window
from tui.app.screens.palette import screen_entries
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.terminal.images import ImageSupport, Protocol
from tui.app.widgets.results import Results, WindowMoved
from tui.app.workers.search_worker import HitsLoaded
from tui.core.domain import FileDetails, Hit

MANY = 100_000


def hit(index: int) -> Hit:
    return Hit(index + 1, 0.5, FileDetails(index, Path(f"/pictures/{index}.jpg"), 1, 0, None))


class Many(App[None]):
    """Results over very many hits, whose details are loaded on request."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("pictures")

    def __init__(self) -> None:
        super().__init__()
        self.results = Results(ThumbnailLoader(ImageSupport("off")))
        self.lookups = 0

    def compose(self) -> ComposeResult:
        yield self.results

    def action_move(self, move: Move) -> None:
        assert self.results.move(move)

    def on_window_moved(self, message: WindowMoved) -> None:
        self.lookups += len(message.window.nearby)
        self.post_message(HitsLoaded(0, [hit(index) for index in message.window.nearby]))

    def on_hits_loaded(self, message: HitsLoaded) -> None:
        self.results.add_hits(message.hits)


async def test_a_hundred_thousand_hits_take_one_screen_of_cells() -> None:
    app = Many()
    async with app.run_test(size=(80, 24)) as pilot:
        app.results.show_ranking(Window(total=MANY), [])
        app.results.on_resize()
        app.results.focus()
        await pilot.pause()
        assert len(app.results.cells) == 23
        await pilot.press(*["pagedown"] * 60)
        await pilot.pause()
        assert app.results.window.top == 60 * 23
        await pilot.press("end", "up")
        await pilot.pause()
        assert app.results.window.cursor == MANY - 2
        assert app.results.current == hit(MANY - 2)
        assert len(app.results.cells) == 23
        assert app.lookups <= 3 * 24 * 65
        bar = app.query_one(ScrollBar)
        assert (bar.window_virtual_size, bar.position) == (MANY, MANY - 23)


async def test_dragging_the_scroll_bar_moves_the_window() -> None:
    app = Many()
    async with app.run_test(size=(80, 24)) as pilot:
        app.results.show_ranking(Window(total=MANY), [])
        app.results.on_resize()
        await pilot.pause()
        app.query_one(ScrollBar).post_message(ScrollTo(y=500.0))
        await pilot.pause()
        assert app.results.window.top == 500
        await pilot.mouse_down(ScrollBar, offset=(0, 0))
        await pilot.hover(ScrollBar, offset=(0, 12))
        await pilot.pause()
        assert app.results.window.top > MANY // 4


async def test_the_wheel_and_the_bar_move_the_window(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        first = view.top_name
        await view.pilot._post_mouse_events([MouseScrollDown], view.results, button=0)
        await view.until(lambda: view.results.window.top == 1)
        assert view.top_name != first
        bar = view.main.query_one("#results > ScrollBar")
        await view.pilot.click(bar, offset=(0, bar.size.height - 1))
        await view.until(lambda: view.results.window.top > 1)


async def test_simultaneous_turns_of_the_wheel_all_count() -> None:
    app = Many()
    async with app.run_test(size=(80, 24)) as pilot:
        app.results.show_ranking(Window(total=MANY), [])
        app.results.on_resize()
        await pilot.pause()
        for x in (10, 10, 10, 79):  # the scroll bar is in the last column
            turn = MouseScrollDown(None, x, 5, 0, 1, 0, False, False, False, x, 5)
            app.post_message(turn)
        await pilot.pause()
        assert app.results.window.top == 4
        bar = app.query_one(ScrollBar)
        for _ in range(3):
            bar.action_scroll_down()
        await pilot.pause()
        assert app.results.window.top == 4 + 3 * 23


async def test_a_click_highlights_and_a_second_one_opens(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(100, 30)) as view:
        middle = view.results.cells[1].region.center
        offset = (round(middle[0]), round(middle[1]))
        assert await view.pilot.click("#cells", offset=offset)
        await view.until(lambda: view.results.window.cursor == 1)
        assert view.app.focused is view.results
        await view.pilot.click("#cells", offset=offset, times=2)
        await view.until(lambda: isinstance(view.app.screen, PreviewScreen))


async def test_without_pictures_the_hits_are_lines_of_text(indexed_harness: AppHarness) -> None:
    app = indexed_harness.app(images=ImageSupport("off"))
    async with app.run_test(size=(100, 30)) as pilot:
        view = AppView(pilot)
        await view.ready()
        assert len(view.names) > 12
        await view.type("red")
        cell = view.results.cells[0]
        assert cell.region.height == 1
        line = "".join(part.text for part in cell.rows[0])
        assert line.startswith("▸ red")


SIZES = [(20, 5), (1, 1), (40, 12), (160, 50), (3, 40), (90, 4), (64, 9)]


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_app_starts_at_any_screen_size(
    indexed_harness: AppHarness, size: tuple[int, int]
) -> None:
    async with indexed_harness.running(indexed_harness.pictures, size=size) as view:
        await view.type("red")
        await view.pilot.press("down", "pagedown", "end", "f", "t", "t", "question_mark", "escape")
        await view.pilot.press("slash", *["backspace"] * 3)
        await view.type("blue")
        assert view.top_name.startswith("blue")


async def test_the_app_survives_any_resize(indexed_harness: AppHarness) -> None:
    async with indexed_harness.app(indexed_harness.pictures).run_test(size=(100, 30)) as pilot:
        view = AppView(pilot)
        for number, size in enumerate([*SIZES, *SIZES[::-1], (120, 40)]):
            await pilot.resize_terminal(*size)
            await pilot.press("down" if number % 2 else "slash")
        await view.ready()
        name = view.current_name
        await pilot.resize_terminal(50, 20)
        await view.until(lambda: view.results.window.size < 10)
        assert view.current_name == name
        assert name in view.names


async def test_the_folders_are_hidden_on_a_narrow_screen_and_return(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(40, 12)) as view:
        assert not view.tree.region.area
        await view.pilot.press("down", "f")
        await view.until(lambda: view.tree.has_focus and view.tree.region.width > 30)
        assert not view.results.region.area
        await view.pilot.press("home", "enter")
        await view.until(lambda: view.results.region.area)


async def test_the_focused_folders_cover_the_pictures_as_the_screen_becomes_narrow(
    indexed_harness: AppHarness,
) -> None:
    async with indexed_harness.running(size=(120, 30)) as view:
        await view.pilot.press("down", "f")
        await view.until(lambda: view.tree.has_focus)
        await view.pilot.resize_terminal(40, 12)
        await view.until(lambda: view.tree.region.width > 30)
        assert not view.results.region.area
        await view.pilot.press("p")
        await view.until(lambda: view.results.region.area)


async def test_hidden_folders_return_and_the_focus_stays(indexed_harness: AppHarness) -> None:
    async with indexed_harness.running(size=(120, 30)) as view:
        await view.pilot.press("down")
        width = view.results.region.width
        await view.pilot.press("t")
        await view.until(lambda: view.results.region.width > width)
        assert not view.tree.region.area
        await view.pilot.press("t")
        await view.until(lambda: view.tree.region.area and view.results.region.width == width)
        assert view.results.has_focus


ODD = [
    b"red\nline.png", b"red \xff\xfe.png", "red 日本語の写真.png".encode(),
    b"red [bold]x.png", b"red \x1b[31m.png", b"red " + b"n" * 200 + b".png",
    "red e\u0301\u200d\U0001f468.png".encode(), b"red \xe2\x80\xae gpj.png",
]  # fmt: skip


@pytest.mark.parametrize("protocol", ["halfcell", "off"])
async def test_any_name_is_shown_on_one_line(harness: AppHarness, protocol: Protocol) -> None:
    save_picture(harness.pictures / "red.png", "red")
    picture = (harness.pictures / "red.png").read_bytes()
    for number, name in enumerate(ODD):
        path = Path(os.fsdecode(os.fsencode(harness.pictures) + b"/" + name))
        path.write_bytes(picture + bytes([number]))
    harness.index()
    memory = AppState(first_run=False, preview=False)
    images = ImageSupport(protocol)
    async with harness.running(images=images, memory=memory, size=(180, 50)) as view:
        await view.until(lambda: len(view.names) == len(ODD) + 1)
        await view.pilot.press("down", *["right"] * 9)
        await view.pilot.pause()
        strips = view.app.screen._compositor.render_strips()
        shown = "\n".join(strip.text for strip in strips)
        assert {cell_len(strip.text) for strip in strips} == {180}
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        assert not any("\ud800" <= character <= "\udfff" for character in shown)
        for part in (r"red\nline.png", r"red \xff\xfe.png", "red [bold]x.png", "日本語"):
            assert part in shown


async def test_the_palette_offers_the_actions(indexed_harness: AppHarness) -> None:
    app = indexed_harness.app()
    async with app.run_test(size=(100, 30)) as pilot:
        view = AppView(pilot)
        await view.ready()
        titles = [entry.title for entry in screen_entries(app.screen, is_picking=False)]
        assert "Search the whole library" in titles
        assert "Stop indexing or watching" not in titles  # nothing is being indexed
        assert "Move to trash" in titles
        assert len(titles) == len(set(titles))
        await pilot.press("ctrl+p", *"hide the folders", "enter")
        await view.until(lambda: not view.tree.region.area)
