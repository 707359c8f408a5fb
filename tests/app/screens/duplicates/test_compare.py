"""Two copies large, side by side."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tests.support.pilots import until
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.screens.duplicates.compare import CompareScreen
from tui.app.screens.duplicates.screen import DuplicatesScreen
from tui.app.screens.preview.zoomable_picture import ZoomablePicture
from tui.app.terminal.images import ImageSupport
from tui.app.widgets.duplicate_list import DuplicateHeads
from tui.core.domain import FileDetails, PictureInfo
from tui.core.errors import DecodeError
from tui.search.duplicates.groups import DuplicateGroup
from tui.search.duplicates.on_disk import DiskFile


def group(number: int) -> DuplicateGroup:
    """A best file ``a``, a copy ``b`` of the same bytes, and a smaller picture ``c``."""
    files = tuple(
        FileDetails(
            number * 3 + index,
            Path(f"/photos/{letter}{number}.jpg"),
            2_000_000 if letter < "c" else 150_000,
            1_000,
            PictureInfo(*((400, 300) if letter < "c" else (200, 150)), "JPEG"),
            f"{letter}{number}".encode(),
        )
        for index, letter in enumerate("abc")
    )
    disk = tuple(DiskFile(file.file_id, file.file_id) for file in files)
    return DuplicateGroup(files, "near", (1.0, 1.0, 0.97), (True, True, False), disk)


class Actions:
    """Records the actions."""

    def __init__(self) -> None:
        self.done: list[tuple[str, list[int]]] = []

    def run(self, name: str, targets: list[int], **_: Any) -> None:
        self.done.append((name, targets))


class Compares(App[None]):
    def __init__(self, make: Any = None, *, groups: int = 3) -> None:
        super().__init__()
        make = make or (lambda _path, *size: Image.new("RGB", size, "red"))
        self.actions = Actions()
        self.found = [group(number) for number in range(groups)]
        self.listed = DuplicatesScreen(
            ThumbnailLoader(ImageSupport("halfcell"), make=make),
            lambda *_: list(self.found),
            self.actions,  # type: ignore[arg-type]
            None,
        )

    def on_mount(self) -> None:
        self.push_screen(self.listed)

    @property
    def status(self) -> str:
        return str(self.screen.query_one("#compare-status", Static).content)

    def titles(self) -> list[str]:
        """The titles that are visible, from left to right."""
        return [
            str(title.content).strip()
            for title in self.screen.query(".compared--name").results(Static)
            if title.region.area
        ]

    def facts(self) -> list[str]:
        return [
            str(facts.content) for facts in self.screen.query(".compared--facts").results(Static)
        ]


async def opened(pilot: Pilot[None], app: Compares, *keys: str) -> CompareScreen:
    await until(pilot, lambda: bool(app.listed._cursor.groups))
    await pilot.press(*keys, "enter")
    await until(pilot, lambda: isinstance(app.screen, CompareScreen))
    screen = app.screen
    assert isinstance(screen, CompareScreen)
    await pilot.pause()
    return screen


async def test_the_best_copy_is_beside_the_highlighted_one_with_their_differences() -> None:
    app = Compares()
    async with app.run_test(size=(140, 45)) as pilot:
        await opened(pilot, app, "down", "down")
        assert app.titles() == ["Best: a0.jpg", "▸ Copy 3: c0.jpg"]
        assert app.status == "Group 1 of 3  ·  file 3 of 3  ·  97.0 % similar"
        best, copy = app.facts()
        assert "400 × 300  larger" in best  # noqa: RUF001
        assert "(2,000,000 bytes)  larger" in best
        assert "(150,000 bytes)  smaller" in copy


async def test_the_best_copy_itself_is_beside_the_next_one() -> None:
    app = Compares()
    async with app.run_test(size=(140, 45)) as pilot:
        await opened(pilot, app)
        assert app.titles() == ["▸ Best: a0.jpg", "Copy 2: b0.jpg"]
        assert app.status == "Group 1 of 3  ·  file 1 of 3  ·  identical bytes"


@pytest.mark.parametrize("key", ["escape", "enter", "q", "z"])
async def test_the_list_highlights_the_last_compared_copy(key: str) -> None:
    app = Compares()
    async with app.run_test(size=(140, 45)) as pilot:
        await opened(pilot, app)
        await pilot.press("down", "tab", key)
        await until(pilot, lambda: app.screen is app.listed)
        assert app.listed._cursor.current is not None
        assert app.listed._cursor.current[1].path.stem == "c1"
        names = [str(name.content) for name in app.listed._names]
        await until(pilot, lambda: "c1.jpg" in str(app.listed._names[1].content))
        assert names


async def test_actions_and_selection_apply_to_the_current_copy() -> None:
    app = Compares()
    async with app.run_test(size=(140, 45)) as pilot:
        screen = await opened(pilot, app)
        await pilot.press("right", "d")
        assert app.actions.done == [("trash", [1])]
        await pilot.press("space")
        assert list(app.listed.marks) == [1]
        assert app.titles() == ["Best: a0.jpg", "▸ ✓ Copy 2: b0.jpg"]
        await pilot.press("right", "w")
        assert app.actions.done[-1] == ("write_list", [1])  # the selected ones, as everywhere
        assert "1 " in app.status
        assert screen.is_active


async def test_a_trashed_copy_is_replaced_by_the_next_and_undo_restores_it() -> None:
    app = Compares(groups=1)
    async with app.run_test(size=(140, 45)) as pilot:
        await opened(pilot, app, "down")
        app.listed.drop([1])
        assert app.titles() == ["Best: a0.jpg", "▸ Copy 2: c0.jpg"]
        app.listed.drop([2])
        await until(pilot, lambda: app.screen is app.listed)
        assert "no duplicates" in str(app.listed._status.content)
        app.listed.look_again()
        await until(pilot, lambda: len(app.listed._cursor.groups) == 1)
        assert "2 duplicates, " in str(app.listed._status.content)


async def test_undo_in_the_comparison_shows_the_copy_again() -> None:
    app = Compares(groups=2)
    async with app.run_test(size=(140, 45)) as pilot:
        await opened(pilot, app, "down")
        app.listed.drop([1])
        assert "file 2 of 2" in app.status
        app.listed.look_again()
        await until(pilot, lambda: "file 2 of 3" in app.status)


async def test_both_pictures_zoom_together_and_arrows_pan() -> None:
    app = Compares()
    async with app.run_test(size=(140, 45)) as pilot:
        screen = await opened(pilot, app)
        best, copy = screen.query(ZoomablePicture)
        await pilot.press("plus", "plus", "r", "right")
        await until(pilot, lambda: best.viewport == copy.viewport != best.viewport.__class__())
        assert copy.viewport.turns == 1
        assert copy.viewport.y < 0.5  # the right of the screen is the top of the picture
        assert "rotated 90°" in app.status
        zoomed = copy.viewport
        await pilot.press("tab", "tab")
        assert app.titles()[1] == "▸ Copy 3: c0.jpg"
        assert copy.viewport == zoomed  # the same part of the next copy
        await pilot.press("0", "R", "down")
        assert app.titles() == ["Best: a1.jpg", "▸ Copy 2: b1.jpg"]
        assert copy.viewport.zoom == 1


async def test_a_click_makes_a_copy_current() -> None:
    app = Compares()
    async with app.run_test(size=(140, 45)) as pilot:
        screen = await opened(pilot, app)
        await pilot.click("#compare-other")
        assert app.titles()[1].startswith("▸")
        await pilot.click("#compare-best")
        assert app.titles()[0].startswith("▸")
        assert screen.is_active


@pytest.mark.parametrize("size", [(60, 30), (40, 12)])
async def test_a_narrow_window_shows_the_current_copy_alone(size: tuple[int, int]) -> None:
    app = Compares()
    async with app.run_test(size=size) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: app.titles() == ["▸ Best: a0.jpg"])
        await pilot.press("tab", "tab")
        assert app.titles() == ["▸ Copy 3: c0.jpg"]
        assert "smaller" in app.facts()[1]
        await pilot.resize_terminal(140, 45)
        await until(pilot, lambda: app.titles() == ["Best: a0.jpg", "▸ Copy 3: c0.jpg"])


async def test_tiny_windows_and_missing_files_cause_no_error() -> None:
    def missing(*_: Any) -> Image.Image:
        raise DecodeError("The file does not exist.")

    app = Compares(missing)
    async with app.run_test(size=(140, 45)) as pilot:
        screen = await opened(pilot, app)
        await until(
            pilot, lambda: all(one.state == "broken" for one in screen.query(ZoomablePicture))
        )
        for size in ((20, 5), (1, 1), (15, 4), (140, 45)):
            await pilot.resize_terminal(*size)
            await pilot.press("tab", "plus", "r", "down", "0")
            await pilot.pause(0.02)
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.listed)


async def test_a_held_key_loads_only_the_last_copies() -> None:
    gate = threading.Event()
    made: list[str] = []

    def make(path: Path, width: int, height: int) -> Image.Image:
        made.append(path.stem)
        assert gate.wait(10)
        return Image.new("RGB", (width, height), "red")

    gate.set()
    app = Compares(make, groups=30)
    async with app.run_test(size=(140, 45)) as pilot:
        screen = await opened(pilot, app)
        pictures = list(screen.query(ZoomablePicture))
        await until(pilot, lambda: all(one.state == "shown" for one in pictures))
        await pilot.pause(0.2)
        gate.clear()
        made.clear()
        for _ in range(20):
            screen.action_group(1)
        assert app.status.startswith("Group 21 of 30")
        await pilot.pause(0.1)
        gate.set()
        await until(pilot, lambda: {"a20", "b20"} <= set(made))
        await until(pilot, lambda: all(one.state == "shown" for one in pictures))
        passed = {f"{letter}{number}" for letter in "abc" for number in range(5, 20)}
        assert len(passed & set(made)) <= 2


async def test_column_heads_are_aligned_with_their_columns() -> None:
    app = Compares()
    async with app.run_test(size=(140, 45)) as pilot:
        await until(pilot, lambda: bool(app.listed._cursor.groups))
        await pilot.pause()
        heads = str(app.listed.query_one(DuplicateHeads).render())
        rows = app.listed._list
        line = rows.render_line(2).text
        assert heads.split() == ["Match", "File", "Pixels", "Size", "Date"]
        assert line.index("identical") == heads.index("Match")
        assert line.index("/photos") == heads.index("File")
        for head, value in (("Pixels", "400×300"), ("Size", "2.0 MB")):  # noqa: RUF001
            end = line.index(value) + len(value)
            assert heads.index(head) + len(head) == end, head
        assert line.index("1970") == heads.index("Date")
