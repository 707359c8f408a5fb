"""The look of a hit: in the grid, in the list, as a line; selected, below the rule, removed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from pathlib import Path

from PIL import Image
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.model.marks import Marks
from tui.app.model.result_window import View
from tui.app.terminal.images import ImageSupport, Protocol
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

    def __init__(
        self, protocol: Protocol, view: View, pixels: Callable[[], tuple[int, int]] | None = None
    ) -> None:
        super().__init__()
        self.marks = Marks()

        def make(_path: Path, width: int, height: int) -> Image.Image:
            image = Image.new("RGB", pixels() if pixels else (width, height), "red")
            image.thumbnail((width, height))
            return image

        self.results = Results(ThumbnailLoader(ImageSupport(protocol), make=make), self.marks)
        self.results.lay_out(view)

    def compose(self) -> ComposeResult:
        yield self.results

    async def show(
        self, pilot: Pilot[None], break_at: int | None = None, rule: str = "weaker matches"
    ) -> None:
        window = self.results.window.restarted(len(HITS), break_at)
        self.results.show_ranking(window, HITS, rule)
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
    def rows(self) -> list[str]:
        return [strip.text.rstrip() for strip in self.screen._compositor.render_strips()]


async def test_the_list_shows_details_beside_a_small_picture() -> None:
    app = Shown("halfcell", "list")
    async with app.run_test(size=(100, 25)) as pilot:
        await app.show(pilot, break_at=2)
        fox, hare, owl = app.rows[:5], app.rows[5:10], app.rows[11:16]
        assert fox[0].startswith("▌ ▀▀")
        assert fox[0].rstrip("▁▂▃▄▅▆▇█ ").endswith("fox.jpg")
        assert "/pictures/year" in fox[1]
        assert "4000 × 3000  ·  5.0 MB  ·  JPEG  ·  Fujifilm" in fox[2]  # noqa: RUF001 - a size
        assert "▮▮▮▮▮ good match" in fox[3]
        assert "▮▮▮▯▯ good match  3x" in hare[3]
        assert app.rows[10].startswith("── weaker matches ──")
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
            app.results.lay_out(view)
            await pilot.pause()
            assert app.results.current == HITS[3]
            assert any(cell.hit == HITS[3] for cell in app.cells)


async def test_a_rule_stands_above_the_weak_results_in_every_layout() -> None:
    for protocol, view, size in (
        ("halfcell", "grid", (120, 30)),
        ("kitty", "grid", (120, 30)),
        ("halfcell", "list", (120, 30)),
        ("off", "grid", (40, 12)),
        ("halfcell", "grid", (40, 4)),
    ):
        app = Shown(protocol, view)  # type: ignore[arg-type]
        async with app.run_test(size=size) as pilot:
            await app.show(pilot, break_at=2)
            rules = [y for y, row in enumerate(app.rows) if "── weaker matches ──" in row]
            assert len(rules) == 1
            first_weak = next(y for y, row in enumerate(app.rows) if "owl.jpg" in row)
            assert first_weak == rules[0] + 1
            assert all("owl" not in row and "newt" not in row for row in app.rows[: rules[0]])
            before = app.rows
            app.results.go_to(3)
            await pilot.pause()
            app.results.go_to(0)
            await app.wait_for_pictures(pilot)
            assert app.rows == before


async def test_a_rule_above_all_results_says_that_none_matches() -> None:
    app = Shown("halfcell", "grid")
    async with app.run_test(size=(120, 30)) as pilot:
        await app.show(pilot, break_at=0, rule="No good match for “zebra”.")
        assert app.rows[0].startswith("── No good match for “zebra”. ──")
        await app.show(pilot)
        assert "──" not in "\n".join(row for row in app.rows if "No good" in row)
        assert "No good match" not in "\n".join(app.rows)


async def test_keys_and_clicks_skip_the_rule() -> None:
    app = Shown("halfcell", "grid")
    async with app.run_test(size=(120, 30)) as pilot:
        await app.show(pilot, break_at=2)
        results = app.results
        columns = results.window.columns
        assert columns >= 3
        visited = []
        for move in ("right", "right", "left", "down", "down", "right", "up", "up"):
            results.move(move)
            visited.append(results.window.cursor)
        assert visited == [1, 2, 1, 3, 3, 4, 1, 1]
        y = next(y for y, row in enumerate(app.rows) if "weaker matches" in row)
        await pilot.click("#cells", offset=(20, y))
        await pilot.pause()
        assert results.window.cursor == 1
        await pilot.click("#cells", offset=(5, y + 3))
        await pilot.pause()
        assert results.window.cursor == 2
        await pilot.click("#cells", offset=(100, y - 3))
        await pilot.pause()
        assert results.window.cursor == 2, "a free cell"


async def test_pictures_of_a_row_are_aligned_below_their_names() -> None:
    sizes = cycle([(400, 300), (400, 100), (100, 400), (300, 300), (800, 100)])
    app = Shown("halfcell", "grid", lambda: next(sizes))
    async with app.run_test(size=(120, 30)) as pilot:
        await app.show(pilot)
        first_rows = set()
        for cell in app.cells:
            texts = ["".join(part.text for part in row) for row in cell.rows]
            first_rows.add(next(y for y, text in enumerate(texts) if "▀" in text))
        assert first_rows == {1}


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
