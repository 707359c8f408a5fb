from __future__ import annotations

import importlib
import re
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.terminal_theme import TerminalTheme
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.support.embedders import COLOURS
from tests.support.terminals import sixel_reader as sixels
from tui.app.graphics.kitty import delete_command
from tui.app.graphics.kitty_placements import KittyPlacements
from tui.app.graphics.renderer import ThumbnailRenderer
from tui.app.graphics.requests import Thumbnail, ThumbnailRequest
from tui.app.graphics.sixel import SixelPart
from tui.app.graphics.textual_image_adapter import dithered
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.graphics.zoom import Viewport
from tui.app.terminal.images import (
    PLACEHOLDER,
    TRUECOLOR,
    VT340_CELL,
    CellSize,
    ImageSupport,
    Protocol,
)
from tui.app.widgets.picture import Picture
from tui.app.widgets.thumbnail_slot import BROKEN, WAITING, failure_lines
from tui.core.domain import FileDetails
from tui.core.errors import DecodeError
from tui.images.errors import AccessError

NORMAL = [
    (0, 0, 0), (170, 0, 0), (0, 170, 0), (170, 85, 0),
    (0, 0, 170), (170, 0, 170), (0, 170, 170), (170, 170, 170),
]  # fmt: skip
BRIGHT = [
    (85, 85, 85), (255, 85, 85), (85, 255, 85), (255, 255, 85),
    (85, 85, 255), (255, 85, 255), (85, 255, 255), (255, 255, 255),
]  # fmt: skip
SIXTEEN = TerminalTheme((0, 0, 0), (255, 255, 255), NORMAL, BRIGHT)


class Maker:
    """Makes pictures of the colour in the file name; ``gate`` delays it."""

    def __init__(self) -> None:
        self.rendered: list[str] = []
        self.gate = threading.Event()
        self.gate.set()
        self.sizes: list[tuple[int, int]] = []

    def __call__(self, path: Path, width: int, height: int) -> Image.Image:
        self.rendered.append(path.stem)
        self.sizes.append((width, height))
        self.gate.wait(10)
        if path.stem not in COLOURS:
            raise DecodeError("no such colour")
        return Image.new("RGB", (width, height), COLOURS[path.stem])


def named(path: str, version: int = 0) -> FileDetails:
    return FileDetails(1, Path(path), 9, version, None)


class Pictures(App[None]):
    CSS = "Picture { width: 10; height: 4; }"

    def __init__(self, maker: Maker, protocol: Protocol = "halfcell", *, many: int = 1) -> None:
        super().__init__()
        self.sent: list[str] = []
        self.thumbnails = ThumbnailLoader(ImageSupport(protocol), make=maker, send=self.sent.append)
        self.many = many

    def compose(self) -> ComposeResult:
        for _ in range(self.many):
            yield Picture(self.thumbnails)

    def pictures(self) -> list[Picture]:
        return list(self.query(Picture))


async def until(pilot: Pilot[None], pictures: Iterable[Picture], state: str) -> None:
    expected = list(pictures)
    for _ in range(200):
        await pilot.pause(0.01)
        if all(picture.state == state for picture in expected):
            return
    pytest.fail(f"{[picture.state for picture in expected]}, not all {state}")


def drawn(picture: Picture) -> str:
    return "\n".join(line.text for line in picture.render_lines(picture.size.region))


def colour(picture: Picture) -> tuple[int, ...]:
    segment = next(
        s for s in picture.render_lines(picture.size.region)[1] if s.text.startswith("▀")
    )
    assert segment.style is not None
    assert segment.style.color is not None
    return tuple(segment.style.color.get_truecolor())


async def test_a_placeholder_is_shown_until_the_picture_is_ready() -> None:
    maker = Maker()
    maker.gate.clear()
    async with Pictures(maker).run_test() as pilot:
        [picture] = pilot.app.query(Picture)
        picture.show(named("red.png"))
        await until(pilot, [picture], "waiting")
        assert drawn(picture).split() == [WAITING]
        maker.gate.set()
        await until(pilot, [picture], "shown")
        assert drawn(picture) == "\n".join(["▀" * 10] * 4)
        assert colour(picture) == COLOURS["red"]
        assert maker.sizes == [(10, 8)]


async def test_a_broken_picture_has_an_unobtrusive_mark() -> None:
    async with Pictures(Maker()).run_test() as pilot:
        [picture] = pilot.app.query(Picture)
        picture.show(named("nothing.png"))
        await until(pilot, [picture], "broken")
        assert drawn(picture).split() == [BROKEN]  # ten columns are too few for the reason
        picture.show(None)
        assert (picture.state, drawn(picture).split()) == ("empty", [])


async def test_the_reason_is_shown_instead_of_an_unreadable_picture() -> None:
    async with Pictures(Maker()).run_test() as pilot:
        [picture] = pilot.app.query(Picture)
        picture.styles.width = 20
        picture.show(named("nothing.png"))
        await until(pilot, [picture], "broken")
        rows = [line.text for line in picture.render_lines(picture.size.region)]
        assert [row.strip() for row in rows] == ["", BROKEN, "no such colour", ""]
        assert {len(row) for row in rows} == {20}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DecodeError("The file is cut off."), "The file is cut off."),
        (AccessError("The disk is missing."), "The disk is missing."),
        (ValueError("x"), "Unexpected error (ValueError)."),
    ],
)
def test_every_failure_has_a_reason(error: Exception, reason: str) -> None:
    def make(*_: object) -> Image.Image:
        raise error

    request = ThumbnailRequest(Path("red.png"), 0, 20, 10)
    assert (
        ask_and_wait(ThumbnailLoader(ImageSupport("halfcell"), make=make), request).reason == reason
    )


def test_a_reason_is_shown_whole_or_not_at_all() -> None:
    assert failure_lines("It is cut off.", 20, 2) == (BROKEN, "It is cut off.")
    assert failure_lines("It is cut off.", 20, 1) == (BROKEN,)
    assert failure_lines("It is cut off.", 10, 9) == (BROKEN,)
    assert failure_lines("", 20, 9) == (BROKEN,)


async def test_a_kitty_picture_has_the_background_of_its_widget() -> None:
    app = Pictures(Maker(), "kitty")
    async with app.run_test() as pilot:
        [picture] = app.query(Picture)
        picture.styles.background = "#123456"
        picture.show(named("red.png"))
        await until(pilot, [picture], "shown")
        [segment] = picture.render_lines(picture.size.region)[1]
        assert segment.text.startswith(PLACEHOLDER)
        assert segment.style is not None
        assert segment.style.bgcolor is not None
        assert segment.style.bgcolor.get_truecolor().hex == "#123456"
        assert app.sent[0].startswith(f"\x1b_Gi={number_of(segment)},")


def number_of(segment: Segment) -> int:
    """Return the number of the picture of which a placeholder shows a part."""
    assert segment.style is not None
    assert segment.style.color is not None
    red, green, blue = segment.style.color.get_truecolor()
    tgp = importlib.import_module("textual_image.renderable.tgp")
    highest: int = tgp._NUMBER_TO_DIACRITIC.index(ord(segment.text[3]))
    return highest << 24 | red << 16 | green << 8 | blue


async def test_a_late_thumbnail_is_not_shown() -> None:
    maker = Maker()
    async with Pictures(maker).run_test() as pilot:
        [picture] = pilot.app.query(Picture)
        picture.show(named("red.png"))
        await until(pilot, [picture], "shown")
        maker.gate.clear()
        picture.show(named("green.png"))
        assert picture.state == "waiting"
        await pilot.pause(0.05)
        picture.show(named("blue.png"))
        maker.gate.set()
        await until(pilot, [picture], "shown")
        assert colour(picture) == COLOURS["blue"]


class Line:
    """A connection to the terminal, which is busy or free."""

    def __init__(self) -> None:
        self.room = 1

    def scale(self, _width: int, _height: int) -> float:
        return 1.0

    def frame_seconds(self, shortest: float) -> float:
        return shortest


@pytest.mark.parametrize("protocol", ["halfcell", "kitty"])
async def test_a_busy_line_only_gets_the_last_of_skipped_pictures(
    protocol: Protocol,
) -> None:
    line: Any = Line()
    app = Pictures(Maker(), protocol)
    app.thumbnails.images = replace(app.thumbnails.images, meter=line)
    async with app.run_test() as pilot:
        [picture] = app.query(Picture)
        for name in ("red", "green", "blue"):  # which are then cached
            picture.show(named(f"{name}.png"))
            await until(pilot, [picture], "shown")
        app.thumbnails.placements.clear_hidden()
        app.sent.clear()
        line.room = 0
        for name in ("red", "green", "white", "red"):
            picture.show(named(f"{name}.png"))
            await pilot.pause(0.05)
            assert picture.state == "waiting"
            assert drawn(picture).split() in ([], [WAITING])
        line.room = 1
        await until(pilot, [picture], "shown")
        if protocol == "halfcell":
            assert colour(picture) == COLOURS["red"]
        else:
            assert sum("f=100" in text for text in app.sent) == 1


async def test_a_picture_that_is_ready_waits_for_a_busy_line() -> None:
    line: Any = Line()
    maker = Maker()
    app = Pictures(maker)
    app.thumbnails.images = replace(app.thumbnails.images, meter=line)
    async with app.run_test() as pilot:
        [picture] = app.query(Picture)
        maker.gate.clear()
        picture.show(named("red.png"))
        await pilot.pause(0.05)
        line.room = 0
        maker.gate.set()
        await pilot.pause(0.15)
        assert app.thumbnails.find(ThumbnailRequest(Path("red.png"), 0, 10, 4)) is not None
        assert picture.state == "waiting"
        line.room = 1
        await until(pilot, [picture], "shown")


async def test_only_visible_pictures_are_rendered() -> None:
    maker = Maker()
    maker.gate.clear()
    async with Pictures(maker, many=4).run_test() as pilot:
        pictures = list(pilot.app.query(Picture))
        for page in range(50):
            for index, picture in enumerate(pictures):
                picture.show(named(f"/{page}/{index}/green.png"))
            await pilot.pause(0.002)
        maker.gate.set()
        await until(pilot, pictures, "shown")
        assert len(maker.rendered) <= 2 + 4  # the two that were started, and the last page


async def test_a_picture_shown_again_is_not_rendered_again() -> None:
    maker = Maker()
    async with Pictures(maker, many=2).run_test() as pilot:
        first, second = pilot.app.query(Picture)
        first.show(named("red.png"))
        await until(pilot, [first], "shown")
        second.show(named("red.png"))
        assert second.state == "shown"  # at once: no placeholder between
        first.show(named("red.png", 1))  # the file has changed
        await until(pilot, [first], "shown")
        assert maker.rendered == ["red", "red"]


async def test_a_new_size_gets_a_new_thumbnail() -> None:
    maker = Maker()
    async with Pictures(maker).run_test() as pilot:
        [picture] = pilot.app.query(Picture)
        picture.show(named("red.png"))
        await until(pilot, [picture], "shown")
        picture.styles.width = 6
        await pilot.pause(0.1)
        await until(pilot, [picture], "shown")
        assert drawn(picture) == "\n".join(["▀" * 6] * 4)
        assert maker.sizes == [(10, 8), (6, 8)]


async def test_pictures_are_shown_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with Pictures(Maker(), "unicode").run_test() as pilot:
        [picture] = pilot.app.query(Picture)
        picture.show(named("white.png"))
        await until(pilot, [picture], "shown")
        assert set(drawn(picture)) == {"█", "\n"}


async def test_images_off_takes_no_room_and_reads_no_file() -> None:
    maker = Maker()
    async with Pictures(maker, "off").run_test() as pilot:
        [picture] = pilot.app.query(Picture)
        picture.show(named("red.png"))
        await pilot.pause(0.1)
        assert not picture.display
        assert maker.rendered == []


async def test_a_kitty_picture_is_sent_once_and_freed_at_the_end() -> None:
    maker = Maker()
    app = Pictures(maker, "kitty")
    async with app.run_test() as pilot:
        [picture] = app.query(Picture)
        picture.show(named("red.png"))
        await until(pilot, [picture], "shown")
        shown = drawn(picture)
        picture.refresh()
        picture.show(None)
        await pilot.pause(0.05)
        assert drawn(picture).split() == []
        picture.show(named("red.png"))
        await until(pilot, [picture], "shown")
        assert drawn(picture) == shown
        assert maker.sizes == [(10 * VT340_CELL.width, 4 * VT340_CELL.height)]
        assert "".join(app.sent).count("f=100") == 1
        assert "a=d" not in "".join(app.sent)
    assert "".join(app.sent).count("a=d") == 1


def test_hidden_pictures_are_evicted_from_the_terminal() -> None:
    sent: list[str] = []
    placed = KittyPlacements(sent.append, limit=1)
    shown, *passed = (ThumbnailRequest(Path("red.png"), version, 4, 2) for version in range(5))
    image = Image.new("RGB", (40, 40))
    thumbnail = ThumbnailRenderer(ImageSupport("kitty"), make=lambda *_: image).paint(shown)
    assert len(placed.place(shown, thumbnail)) == 2
    for request in passed:
        placed.place(request, thumbnail)
        placed.release(request)
    assert "".join(sent).count("a=d") == len(passed) - 1
    placed.release(shown)
    placed.clear_hidden()
    assert "".join(sent).count("a=d") == len(passed) + 1


def ask_and_wait(thumbnails: ThumbnailLoader, request: ThumbnailRequest) -> Thumbnail:
    came = threading.Event()
    answer: list[Thumbnail] = []

    def deliver(_: ThumbnailRequest, thumbnail: Thumbnail) -> None:
        answer.append(thumbnail)
        came.set()

    thumbnails.ask(request, deliver)
    assert came.wait(10)
    return answer[0]


async def test_another_font_makes_pictures_of_another_size() -> None:
    maker = Maker()
    app = Pictures(maker, "sixel")
    async with app.run_test() as pilot:
        [picture] = app.query(Picture)
        picture.show(named("red.png"))
        await until(pilot, [picture], "shown")
        assert not app.thumbnails.fit(VT340_CELL)
        assert app.thumbnails.fit(CellSize(5, 11))
        await until(pilot, [picture], "shown")
    assert maker.sizes == [(10 * VT340_CELL.width, 4 * VT340_CELL.height), (50, 44)]


async def test_another_font_frees_the_pictures_of_the_former_size() -> None:
    app = Pictures(Maker(), "kitty")
    async with app.run_test() as pilot:
        [picture] = app.query(Picture)
        picture.show(named("red.png"))
        await until(pilot, [picture], "shown")
        [segment] = picture.render_lines(picture.size.region)[1]
        assert app.thumbnails.fit(CellSize(5, 11))
        assert app.sent[1:] == [delete_command(number_of(segment))]
        await until(pilot, [picture], "shown")
        assert len(app.sent) == 3


def test_the_oldest_thumbnails_are_evicted() -> None:
    maker = Maker()
    one = ThumbnailRequest(Path("red.png"), 0, 20, 10)
    cost = ask_and_wait(ThumbnailLoader(ImageSupport("halfcell"), make=maker), one).cost
    thumbnails = ThumbnailLoader(ImageSupport("halfcell"), make=maker, budget=3 * cost)
    requests = [ThumbnailRequest(Path("red.png"), version, 20, 10) for version in range(5)]
    for request in requests:
        ask_and_wait(thumbnails, request)
    assert [thumbnails.find(request) is not None for request in requests] == [False] * 2 + [
        True
    ] * 3


def test_a_thumbnail_larger_than_the_budget_is_kept_until_the_next() -> None:
    thumbnails = ThumbnailLoader(ImageSupport("kitty"), make=Maker(), budget=1)
    first, second = (ThumbnailRequest(Path("red.png"), version, 20, 10) for version in range(2))
    ask_and_wait(thumbnails, first)
    assert thumbnails.find(first) is not None
    ask_and_wait(thumbnails, second)
    assert thumbnails.find(first) is None


def test_the_widget_loads_no_picture_library() -> None:
    code = (
        "import sys, tui.app.widgets.picture, tui.app.screens.preview.screen\n"
        "import tui.app.terminal.capabilities\n"
        "print([m for m in ('PIL', 'numpy', 'textual_image') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_sixteen_colours_are_dithered_to_the_colours_of_rich() -> None:
    image = dithered(Image.new("RGB", (40, 40), (120, 130, 140)), 16)
    mean = np.asarray(image).mean(axis=(0, 1))
    assert np.abs(mean - (120, 130, 140)).max() < 12
    for _, colour in image.getcolors() or []:
        assert isinstance(colour, tuple)
        sent = Color.from_rgb(*colour).downgrade(ColorSystem.STANDARD)
        assert sent.get_truecolor(SIXTEEN) == colour


@pytest.mark.parametrize("colours", [256, TRUECOLOR])
def test_pictures_of_more_colours_are_not_dithered(colours: int) -> None:
    image = Image.new("RGB", (4, 4), (1, 2, 3))
    assert dithered(image, colours) is image


def halves(path: Path, width: int, height: int) -> Image.Image:
    """A picture of 400 x 300, red on the left, blue on the right, as large as fits."""
    scale = min(1.0, width / 400, height / 300)
    size = (round(400 * scale), round(300 * scale))
    image = Image.new("RGB", size, COLOURS["red"])
    image.paste(COLOURS["blue"], (size[0] // 2, 0, *size))
    return image


@pytest.mark.parametrize("protocol", ["kitty", "sixel", "halfcell"])
def test_a_part_of_a_picture_fills_the_box(protocol: Protocol) -> None:
    painter = ThumbnailRenderer(ImageSupport(protocol), make=halves)
    whole = painter.paint(ThumbnailRequest(Path("a"), 0, 40, 15, alone=True))
    for viewport, colours in (
        (Viewport(3.0, 0.25), {"red"}),
        (Viewport(3.0, 0.75), {"blue"}),
        (Viewport(4.0, 0.5, 0.8), {"red", "blue"}),
    ):
        part = painter.paint(ThumbnailRequest(Path("a"), 0, 40, 15, alone=True, viewport=viewport))
        assert abs(part.columns - whole.columns) <= 1 or part.columns == 40
        assert part.rows >= whole.rows - 1
        assert colours_of(part) == {COLOURS[name] for name in colours}


def colours_of(thumbnail: Thumbnail) -> set[tuple[int, ...]]:
    """The colours that fill more than a twelfth of what is shown."""
    if thumbnail.sixel is not None:
        part = SixelPart(0, 0, thumbnail.rows, thumbnail.columns)
        pixels = sixels.decode_sixel(thumbnail.sixel.text(part))
        near = (np.abs(pixels[:, :, None] - list(COLOURS.values())).max(axis=3) < 8).mean(
            axis=(0, 1)
        )
        return {
            colour for share, colour in zip(near, COLOURS.values(), strict=True) if share > 1 / 12
        }
    if thumbnail.sent is None:
        segments = [segment for strip in thumbnail.strips for segment in strip]
        shown = [
            tuple(s.style.color.get_truecolor()) for s in segments if s.style and s.style.color
        ]
        return {colour for colour in shown if shown.count(colour) * 12 > len(shown)}
    pieces = re.findall(r";([A-Za-z0-9+/=]+)\x1b", thumbnail.sent.text)
    image = Image.open(BytesIO(b64decode("".join(pieces))))
    counts = image.getcolors(1 << 20) or []
    total = image.width * image.height
    return {colour for n, colour in counts if isinstance(colour, tuple) and n * 12 > total}


def test_zooming_reads_the_file_once_for_each_level() -> None:
    read: list[tuple[int, int]] = []

    def make(path: Path, width: int, height: int) -> Image.Image:
        read.append((width, height))
        return halves(path, width, height)

    painter = ThumbnailRenderer(ImageSupport("kitty"), make=make)
    for x in (0.3, 0.4, 0.5, 0.6):
        painter.paint(ThumbnailRequest(Path("a"), 0, 40, 15, alone=True, viewport=Viewport(3.0, x)))
    assert len(read) == 1
