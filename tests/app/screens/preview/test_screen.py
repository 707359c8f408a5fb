from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from textual.app import App
from textual.widgets import Static

from tests.support.pilots import until
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.screens.preview.details import PictureDetails, details
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.terminal.images import ImageSupport, Protocol
from tui.app.widgets.picture import Picture
from tui.core.domain import FileDetails, Hit, PictureInfo
from tui.search.query.parse import parse
from tui.search.ranking.ranking import Ranking

if TYPE_CHECKING:
    pass

INFO = PictureInfo(4000, 3000, "JPEG", 1_600_000_000_000_000_000, "Fuji\x1b[31m X100")


def hit(index: int, name: str, score: float | None = 0.25) -> Hit:
    file = FileDetails(index, Path("/pictures") / name, 9, 0, INFO)
    return Hit(index + 1, score, file, strength=None if score is None else 0.8)


HITS = [hit(0, "fox.jpg"), hit(1, "bad\udcff\n.jpg"), hit(2, "日本.jpg", None)]

STEPS = [("n", "p"), ("l", "h"), ("j", "k"), ("right", "left"), ("down", "up"), ("n", "backspace")]


def make(path: Path, width: int, height: int) -> Image.Image:
    return Image.new("RGB", (width, height // 2), "red")


class Opens(App[None]):
    def __init__(self, index: int, protocol: Protocol = "halfcell") -> None:
        super().__init__()
        self.preview = PreviewScreen(
            ThumbnailLoader(ImageSupport(protocol), make=make), HITS.__getitem__, index, len(HITS)
        )
        self.ended: int | None = None

    def on_mount(self) -> None:
        self.push_screen(self.preview, self.end)

    def end(self, index: int | None) -> None:
        self.ended = index


def text(screen: PreviewScreen, part: str) -> str:
    return str(screen.query_one(f"#preview-{part}", Static).content)


async def test_name_position_and_details_are_shown() -> None:
    app = Opens(0)
    async with app.run_test() as pilot:
        await pilot.pause()
        assert text(app.preview, "name") == "fox.jpg  1/3"
        line = text(app.preview, "details")
        for part in (
            "/pictures/fox.jpg",
            "4000",
            "3000",
            "2020-09-13",
            "JPEG",
            "X100",
            "good match",
        ):
            assert part in line
        assert "\x1b" not in line


async def test_the_picture_fills_the_screen() -> None:
    app = Opens(0)
    async with app.run_test(size=(60, 30)) as pilot:
        await pilot.pause()
        picture = app.preview.query_one(Picture)
        assert picture.size.width == 60
        assert picture.size.height >= 30 - 4


async def test_keys_move_forward_and_back_and_stop_at_the_ends() -> None:
    app = Opens(0)
    async with app.run_test() as pilot:
        for forth, back in STEPS:
            await pilot.press(back)
            assert text(app.preview, "name").endswith("1/3")
            await pilot.press(*[forth] * 5)
            assert text(app.preview, "name") == "日本.jpg  3/3"
            await pilot.press(back)
            assert text(app.preview, "name") == "bad\\xff\\n.jpg  2/3"
            await pilot.press(back)


@pytest.mark.parametrize("key", ["escape", "enter", "q", "z"])
async def test_the_results_show_the_last_previewed_picture(key: str) -> None:
    app = Opens(0)
    async with app.run_test() as pilot:
        await pilot.press("n", key)
        await pilot.pause()
        assert app.ended == 1
        assert not app.preview.is_active


@pytest.mark.parametrize("protocol", ["halfcell", "unicode", "kitty", "sixel", "off"])
async def test_every_protocol_survives_stepping_resizing_and_a_tiny_terminal(
    protocol: Protocol,
) -> None:
    app = Opens(0, protocol)
    async with app.run_test(size=(80, 24)) as pilot:
        for size in ((20, 5), (1, 1), (120, 40)):
            await pilot.press("n", "p")
            await pilot.resize_terminal(*size)
            await pilot.pause(0.05)
        assert text(app.preview, "name") == "fox.jpg  1/3"
        await pilot.press("q")
        await pilot.pause(0.05)
    assert app.ended == 0


def test_details_omit_unknown_facts() -> None:
    unread = Hit(1, None, FileDetails(1, Path("/a/b.jpg"), 9, 0, None))
    assert details(unread).startswith("/a/b.jpg")
    assert "match" not in details(unread)
    assert "None" not in details(unread)


async def test_a_small_picture_is_enlarged_only_to_a_limit() -> None:
    app = Opens(0)
    app.preview = PreviewScreen(
        ThumbnailLoader(ImageSupport("halfcell"), make=lambda *_: Image.new("RGB", (6, 4), "red")),
        HITS.__getitem__, 0, 1,
    )  # fmt: skip
    async with app.run_test(size=(80, 24)) as pilot:
        picture = app.preview.query_one(Picture)
        for _ in range(200):
            await pilot.pause(0.01)
            if picture.state == "shown":
                break
        rows = [line.text.strip() for line in picture.render_lines(picture.size.region)]
        assert [row for row in rows if row] == ["▀" * 24] * 8


# --- jumps --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "key", "position"),
    [
        (20, "g", "1/30"), (20, "home", "1/30"), (3, "G", "30/30"), (3, "end", "30/30"),
        (3, "pagedown", "14/30"), (3, "ctrl+f", "14/30"), (25, "pagedown", "30/30"),
        (20, "pageup", "11/30"), (20, "ctrl+b", "11/30"), (4, "pageup", "1/30"),
    ],
)  # fmt: skip
async def test_keys_jump_within_the_hits(start: int, key: str, position: str) -> None:
    app = Walks(Reader(), start, range(30))
    async with app.run_test() as pilot:
        await pilot.press(key)
        assert text(app.preview, "name").endswith(f"  {position}")
        await until(pilot, lambda: app.picture.state == "shown")


async def test_held_page_keys_make_only_the_last_picture_and_its_neighbours() -> None:
    reader = Reader(closed=True)
    app = Walks(reader, 0, range(300), total=300)
    async with app.run_test() as pilot:
        await until(pilot, lambda: reader.read == ["0"])
        for _ in range(20):
            app.preview.action_page(1)
        assert text(app.preview, "name") == "200.jpg  201/300"
        reader.gate.set()
        await until(pilot, lambda: len(reader.read) == 4)
        assert reader.read == ["0", "200", "201", "199"]


async def test_the_last_picture_is_skipped_if_it_was_trashed() -> None:
    app = Walks(Reader(), 3, range(30))
    async with app.run_test() as pilot:
        await pilot.pause()
        app.preview.drop([29, 0])
        await pilot.press("G")
        assert text(app.preview, "name") == "28.jpg  29/30"
        await pilot.press("g")
        assert text(app.preview, "name") == "1.jpg  2/30"


# --- the next picture ---------------------------------------------------------------------------


class Reader:
    """Makes a picture of any file; a closed gate delays it."""

    def __init__(self, *, closed: bool = False) -> None:
        self.read: list[str] = []
        self.gate = threading.Event()
        if not closed:
            self.gate.set()

    def __call__(self, path: Path, width: int, height: int) -> Image.Image:
        self.read.append(path.stem)
        assert self.gate.wait(10)
        return Image.new("RGB", (width, height), "red")


class Walks(App[None]):
    """A preview of many hits, some of which are loaded."""

    def __init__(self, reader: Reader, index: int, loaded: range, *, total: int = 30) -> None:
        super().__init__()
        self.hits = [hit(number, f"{number}.jpg") for number in range(total)]
        self.looked_up: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.preview = PreviewScreen(
            ThumbnailLoader(ImageSupport("halfcell"), make=reader),
            lambda number: self.hits[number] if number in loaded else None,
            index,
            total,
            look_up=self.look_up,
        )

    def look_up(self, index: int) -> Hit:
        self.looked_up.append(index)
        assert self.gate.wait(10)
        return self.hits[index]

    def on_mount(self) -> None:
        self.push_screen(self.preview)

    @property
    def picture(self) -> Picture:
        return self.preview.query_one(Picture)


async def test_title_position_and_facts_come_before_a_slow_picture() -> None:
    reader = Reader(closed=True)
    app = Walks(reader, 4, range(30))
    async with app.run_test(size=(140, 45)) as pilot:
        await pilot.press("i", "n")
        assert app.picture.state == "waiting"
        assert text(app.preview, "name") == "5.jpg  6/30"
        assert "/pictures/5.jpg" in text(app.preview, "details")
        assert "5.jpg" in app.preview.query_one(PictureDetails).text
        reader.gate.set()


async def test_both_neighbours_are_prefetched_the_one_ahead_first() -> None:
    reader = Reader(closed=True)
    app = Walks(reader, 4, range(30))
    async with app.run_test() as pilot:
        await until(pilot, lambda: reader.read == ["4"])
        await pilot.pause(0.05)
        assert reader.read == ["4"]
        reader.gate.set()
        await until(pilot, lambda: len(reader.read) == 3)
        assert reader.read == ["4", "5", "3"]
        await pilot.press("p")
        await until(pilot, lambda: len(reader.read) == 4)
        assert reader.read[3:] == ["2"]
        await pilot.press("p")
        await until(pilot, lambda: len(reader.read) == 5)
        assert reader.read[4:] == ["1"]


async def test_a_picture_that_was_prefetched_is_drawn_with_its_title() -> None:
    reader = Reader()
    app = Walks(reader, 4, range(30))
    async with app.run_test() as pilot:
        await until(pilot, lambda: len(reader.read) == 3 and app.picture.state == "shown")
        await until(pilot, lambda: app.preview._picture._prefetcher._current is None)
        app.preview.action_step(1)
        # There is no frame and no thread in between.
        assert text(app.preview, "name") == "5.jpg  6/30"
        assert app.picture.state == "shown"


async def test_skipped_pictures_are_not_made() -> None:
    reader = Reader(closed=True)
    app = Walks(reader, 0, range(30))
    async with app.run_test() as pilot:
        await until(pilot, lambda: reader.read == ["0"])
        for _ in range(20):
            app.preview.action_step(1)
        assert text(app.preview, "name") == "20.jpg  21/30"
        reader.gate.set()
        await until(pilot, lambda: app.picture.state == "shown" and len(reader.read) == 4)
        assert reader.read == ["0", "20", "21", "19"]


async def test_hits_beyond_those_loaded_are_looked_up_before_they_are_reached() -> None:
    app = Walks(Reader(), 4, range(5))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.looked_up == [5])
        await until(pilot, lambda: app.preview._hits.get(5) is not None)
        app.preview.action_step(1)
        assert text(app.preview, "name") == "5.jpg  6/30"
        await until(pilot, lambda: app.looked_up == [5, 6])


async def test_the_position_moves_at_once_and_skipped_hits_are_not_looked_up() -> None:
    app = Walks(Reader(), 4, range(5))
    app.gate.clear()
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.looked_up == [5])
        for _ in range(8):
            app.preview.action_step(1)
        assert text(app.preview, "name") == "…  13/30"
        app.gate.set()
        await until(pilot, lambda: text(app.preview, "name") == "12.jpg  13/30")
        await until(pilot, lambda: set(app.looked_up) == {5, 12, 13, 11})
        assert app.looked_up[:2] == [5, 12]


async def test_a_slideshow_prefetches_the_first_picture_at_the_end() -> None:
    reader = Reader()
    app = Walks(reader, 29, range(30))
    async with app.run_test() as pilot:
        await until(pilot, lambda: reader.read == ["29", "28"])
        app.preview.action_slides()
        await until(pilot, lambda: reader.read == ["29", "28", "0"])


async def test_the_facts_of_skipped_pictures_are_not_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    gate = threading.Event()

    def read_exposure(path: Path) -> list[tuple[str, str]]:
        read.append(path.stem)
        assert gate.wait(10)
        return [("Exposure", "1/60 s")]

    monkeypatch.setattr("tui.images.metadata.exposure.read_exposure", read_exposure)
    app = Walks(Reader(), 0, range(30))
    async with app.run_test(size=(140, 45)) as pilot:
        await pilot.press("i")
        await until(pilot, lambda: read == ["0"])
        for _ in range(9):
            app.preview.action_step(1)
        assert "9.jpg" in app.preview.query_one(PictureDetails).text
        gate.set()
        await until(pilot, lambda: "1/60" in app.preview.query_one(PictureDetails).text)
        assert read == ["0", "9"]


# --- another ranking ----------------------------------------------------------------------------


def ranking_of(hits: list[Hit], *, unranked: int = 0) -> Ranking:
    ids = np.array([hit.file.file_id for hit in hits])
    return Ranking(
        1, parse(""), ids, None, semantic=False, total=len(ids) + unranked, unranked_count=unranked
    )


@pytest.mark.parametrize("loaded", [range(30), range(0)])
async def test_the_match_follows_the_ranking(loaded: range) -> None:
    app = Walks(Reader(), 4, loaded)
    app.hits = [replace(hit, score=None, strength=None) for hit in app.hits]
    async with app.run_test(size=(140, 45)) as pilot:
        await until(pilot, lambda: text(app.preview, "name") == "4.jpg  5/30")
        assert "good match" not in text(app.preview, "details")
        # The query has been answered by file names; its text has been embedded since.
        app.hits = [hit(number, f"{number}.jpg", 0.25) for number in reversed(range(30))]
        app.preview.follow(ranking_of(app.hits))
        await until(pilot, lambda: "good match" in text(app.preview, "details"))
        assert text(app.preview, "name") == "4.jpg  26/30"


async def test_a_picture_below_the_listed_hits_stays() -> None:
    app = Walks(Reader(), 20, range(30))
    async with app.run_test() as pilot:
        await pilot.pause()
        app.preview.follow(ranking_of(app.hits[:8], unranked=4))
        assert text(app.preview, "name") == "20.jpg  21/21"
        app.preview.follow(ranking_of(app.hits))
        assert text(app.preview, "name") == "20.jpg  21/30"
