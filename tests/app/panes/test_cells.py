"""How one hit looks: in the grid, in the list, as a line; marked, weak, gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tui.app.graphics.textual_image_adapter import faded
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.model.marks import Marks
from tui.app.model.result_window import View, Window
from tui.app.terminal.images import PLACEHOLDER, ImageSupport, Protocol
from tui.app.widgets.result_cell import ResultCell
from tui.app.widgets.results import Results
from tui.core.domain import FileDetails, Hit, PictureInfo

INFO = PictureInfo(4000, 3000, "JPEG", 1_600_000_000_000_000_000, "Fujifilm X-T5")
HITS = [
    Hit(
        index + 1,
        0.5 - index / 10,
        FileDetails(index, Path(f"/pictures/year/{name}.jpg"), 5_000_000, 0, INFO),
        1 - index / 4,
        copies=3 if index == 1 else 1,
    )
    for index, name in enumerate(("fox", "hare", "owl", "newt", "a" * 300))
]


class Shown(App[None]):
    """Results over `HITS`."""

    def __init__(self, protocol: Protocol, view: View) -> None:
        super().__init__()
        self.marks = Marks()
        make = lambda path, width, height: Image.new("RGB", (width, height), "red")  # noqa: E731
        self.results = Results(ThumbnailLoader(ImageSupport(protocol), make=make), self.marks)
        self.results.view = view

    def compose(self) -> ComposeResult:
        yield self.results

    async def show(self, pilot: Pilot[None], noise_from: int | None = None) -> None:
        self.results.show_ranking(Window(total=len(HITS)), HITS, noise_from)
        self.results.on_resize()
        await pilot.pause()
        await self.wait_for_pictures(pilot)

    async def wait_for_pictures(self, pilot: Pilot[None]) -> None:
        for _ in range(200):
            await pilot.pause(0.01)
            if all(cell.state in ("shown", "empty") for cell in self.cells):
                break

    @property
    def cells(self) -> list[ResultCell]:
        return self.results.cells

    @property
    def faint(self) -> list[bool]:
        return [cell.appearance is not None and cell.appearance.is_faint for cell in self.cells]

    @property
    def rows(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]


async def test_the_list_tells_more_beside_a_small_picture() -> None:
    app = Shown("halfcell", "list")
    async with app.run_test(size=(100, 25)) as pilot:
        await app.show(pilot, noise_from=2)
        fox, hare, owl = app.rows[:5], app.rows[5:10], app.rows[10:15]
        assert fox[0].startswith("▌ ▀▀")
        assert fox[0].rstrip("▁▂▃▄▅▆▇█ ").endswith("fox.jpg")
        assert "/pictures/year" in fox[1]
        assert "4000 × 3000  ·  5.0 MB  ·  JPEG  ·  Fujifilm" in fox[2]  # noqa: RUF001 - a size
        assert "▮▮▮▮▮ good match" in fox[3]
        assert "▮▮▮▯▯ good match  3x" in hare[3]
        assert "no better than chance" in hare[4]
        assert owl[0].startswith("  ▀▀")
        assert len({row.index("/pictures") for row in app.rows if "/pictures" in row}) == 1


async def test_the_list_needs_no_pictures() -> None:
    app = Shown("off", "list")
    async with app.run_test(size=(60, 25)) as pilot:
        await app.show(pilot)
        assert app.rows[0].startswith("▌ fox.jpg")
        assert app.rows[1].startswith("▌ /pictures/year")
        assert all(cell.state != "shown" for cell in app.cells)


async def test_the_view_changes_and_the_highlighted_picture_stays() -> None:
    app = Shown("halfcell", "grid")
    async with app.run_test(size=(80, 24)) as pilot:
        await app.show(pilot)
        app.results.go_to(3)
        for view in ("list", "grid", "list"):
            app.results.view = view
            await pilot.pause()
            assert app.results.current == HITS[3]
            assert any(cell.hit == HITS[3] for cell in app.cells)


async def test_weak_results_are_dimmed_except_the_caption_under_the_cursor() -> None:
    app = Shown("halfcell", "grid")
    async with app.run_test(size=(120, 30)) as pilot:
        await app.show(pilot, noise_from=2)
        assert app.faint == [False, False, True, True, True]
        assert [cell.title[0] for cell in app.cells] == ["f", "h", "┆", "n", "a"]
        pictures = [[row[1] for row in cell.rows[1:-1]] for cell in app.cells]
        app.results.go_to(3)
        await app.wait_for_pictures(pilot)
        assert app.faint == [False, False, True, False, True]
        after = [[row[1] for row in cell.rows[1:-1]] for cell in app.cells]
        assert after == pictures, "a move of the cursor sends no picture"


def test_a_faded_picture_is_nearer_to_the_background() -> None:
    white = Image.new("RGB", (2, 2), (255, 255, 255))
    for behind, red in (((0, 0, 0), 140), ((255, 255, 255), 255), ((100, 0, 0), 185)):
        assert faded(white, behind).getpixel((1, 1))[0] == pytest.approx(red, abs=1)  # type: ignore[index]


async def test_kitty_s_colours_are_numbers_and_not_touched() -> None:
    app = Shown("kitty", "grid")
    async with app.run_test(size=(120, 30)) as pilot:
        await app.show(pilot, noise_from=0)
        assert app.faint == [False, True, True, True, True]
        placeholders = [
            segment
            for cell in app.cells[1:]
            for row in cell.rows
            for part in row
            for segment in part
            if PLACEHOLDER in segment.text
        ]
        numbers = {segment.style.color.triplet for segment in placeholders}  # type: ignore[union-attr]
        assert len(numbers) == len(app.cells) - 1


async def test_marks_and_missing_pictures_are_visible_in_every_layout() -> None:
    for view, size in (("grid", (120, 30)), ("list", (120, 30)), ("grid", (40, 4))):
        app = Shown("halfcell", view)  # type: ignore[arg-type]
        async with app.run_test(size=size) as pilot:
            app.marks.add([1])
            app.results.drop([0])
            await app.show(pilot)
            shown = "\n".join(app.rows)
            assert "✓ hare.jpg" in shown
            assert "✓ fox" not in shown
            assert "fox.jpg (in the trash)" in shown
            app.results.restore([0])
            app.marks.drop([1])
            app.results.redraw()
            await pilot.pause()
            assert "✓" not in "\n".join(app.rows)
            assert "trash" not in "\n".join(app.rows)
