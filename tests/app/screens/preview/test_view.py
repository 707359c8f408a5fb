"""Zooming, panning and rotating the previewed picture, by keys and mouse."""

from __future__ import annotations

import re
import threading
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from textual import events
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tests.support.pilots import until
from tests.support.terminals import sixel_reader
from tui.app.graphics.renderer import ThumbnailRenderer
from tui.app.graphics.requests import Thumbnail, ThumbnailRequest
from tui.app.graphics.sixel import SixelPart
from tui.app.graphics.thumbnail_loader import ThumbnailLoader
from tui.app.graphics.zoom import Viewport
from tui.app.screens.preview.screen import PreviewScreen
from tui.app.screens.preview.zoomable_picture import ZoomablePicture
from tui.app.terminal.images import CellSize, ImageSupport, Protocol
from tui.core.domain import FileDetails, Hit, PictureInfo
from tui.core.errors import DecodeError

CORNERS = {
    "red": (230, 20, 20), "green": (20, 200, 20), "blue": (20, 20, 230), "white": (240, 240, 240),
}  # fmt: skip
"""The quarters of the picture: upper left, upper right, lower left, lower right."""
SIZE = (400, 300)
INFO = PictureInfo(*SIZE, "JPEG")


def quarters(_path: Path, width: int, height: int) -> Image.Image:
    """A picture of four colours, as large as fits."""
    scale = min(1.0, width / SIZE[0], height / SIZE[1])
    size = (max(1, round(SIZE[0] * scale)), max(1, round(SIZE[1] * scale)))
    image = Image.new("RGB", size)
    for number, colour in enumerate(CORNERS.values()):
        x, y = number % 2 * size[0] // 2, number // 2 * size[1] // 2
        image.paste(colour, (x, y, x + size[0], y + size[1]))
    return image


def hit(index: int, info: PictureInfo | None) -> Hit:
    return Hit(index + 1, 0.3, FileDetails(index, Path(f"/pictures/{index}.jpg"), 9, 0, info))


class Views(App[None]):
    """A preview of pictures of four colours."""

    def __init__(
        self,
        *,
        protocol: Protocol = "halfcell",
        make: Any = quarters,
        info: PictureInfo | None = INFO,
    ) -> None:
        super().__init__()
        hits = [hit(index, info) for index in range(5)]
        loader = ThumbnailLoader(ImageSupport(protocol), make=make)
        self.preview = PreviewScreen(loader, hits.__getitem__, 1, len(hits))

    def on_mount(self) -> None:
        self.push_screen(self.preview)

    @property
    def picture(self) -> ZoomablePicture:
        return self.preview.query_one(ZoomablePicture)

    @property
    def heading(self) -> str:
        return str(self.preview.query_one("#preview-name", Static).content)

    def corners(self) -> str:
        """The colours near the corners of the drawn part, as initials."""
        rows = [
            [segment for segment in line if segment.text.strip()]
            for line in self.picture.render_lines(self.picture.size.region)
        ]
        rows = [row for row in rows if row]
        ends = [rows[0][0], rows[0][-1], rows[-1][0], rows[-1][-1]]
        return "".join(nearest(end.style.color.get_truecolor()) for end in ends)  # type: ignore[union-attr]


def nearest(colour: Any) -> str:
    distances = {
        name[0]: np.abs(np.subtract(tuple(colour)[:3], value)).sum()
        for name, value in CORNERS.items()
    }
    return min(distances, key=distances.__getitem__)


async def shown(pilot: Pilot[None], app: Views) -> None:
    await until(pilot, lambda: app.picture.state == "shown")


async def wheel(pilot: Pilot[None], app: Views, x: int, y: int, *, up: bool) -> None:
    kind = events.MouseScrollUp if up else events.MouseScrollDown
    region = app.picture.region
    event = kind(app.picture, x, y, 0, 0, 0, False, False, False, region.x + x, region.y + y)
    app.picture.post_message(event)
    await pilot.pause()


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keys", "title", "corners"),
    [
        ([], "", "rgbw"),
        (["r"], "rotated 90°", "brwg"),
        (["r", "r"], "rotated 180°", "wbgr"),
        (["R"], "rotated 270°", "gwrb"),
        (["r", "R"], "", "rgbw"),
        (["r", "r", "r", "r"], "", "rgbw"),
    ],
)
async def test_the_view_rotates(keys: list[str], title: str, corners: str) -> None:
    app = Views()
    async with app.run_test(size=(60, 40)) as pilot:
        await shown(pilot, app)
        await pilot.press(*keys)
        assert app.heading == f"1.jpg  2/5  {title}".strip()
        await until(pilot, lambda: app.picture.state == "shown" and app.corners() == corners)


async def test_the_next_picture_is_upright_and_whole() -> None:
    app = Views()
    async with app.run_test(size=(60, 40)) as pilot:
        await pilot.press("r", "plus")
        assert "zoom" in app.heading
        assert "rotated 90°" in app.heading
        await pilot.press("n")
        assert app.heading == "2.jpg  3/5"
        await shown(pilot, app)
        assert app.corners() == "rgbw"
        await pilot.press("p")
        assert app.heading == "1.jpg  2/5"


async def test_a_part_rotates_and_pans_in_the_directions_of_the_screen() -> None:
    app = Views()
    async with app.run_test(size=(60, 40)) as pilot:
        await shown(pilot, app)
        await pilot.press("r", "plus", "plus", "plus", *["right"] * 9, *["up"] * 9)
        # The upper left corner of the picture is the upper right one on the screen.
        await until(pilot, lambda: app.picture.state == "shown" and app.corners() == "rrrr")
        assert app.heading.startswith("1.jpg  2/5  zoom ")
        await pilot.press("0")
        assert app.heading == "1.jpg  2/5  rotated 90°"
        await pilot.press("right")
        assert app.heading == "2.jpg  3/5"


async def test_100_per_cent_is_a_pixel_per_half_cell() -> None:
    app = Views()
    async with app.run_test(size=(60, 40)) as pilot:
        await shown(pilot, app)
        await pilot.press("1")
        assert app.heading == "1.jpg  2/5  zoom 100 %"
        await until(pilot, lambda: app.picture.state == "shown" and app.corners() == "rgbw")
        width, height = app.picture.size
        view = app.picture.viewport
        assert app.picture._projection.visible(view) == pytest.approx((width, height * 2))
        await pilot.press("1", "r")
        assert app.heading == "1.jpg  2/5  zoom 100 %  rotated 90°"


async def test_without_the_size_in_pixels_the_title_shows_the_factor() -> None:
    app = Views(info=None)
    async with app.run_test(size=(60, 40)) as pilot:
        await pilot.press("plus", "plus")
        assert app.heading == "1.jpg  2/5  zoom 2x"


async def test_held_keys_only_make_the_last_part() -> None:
    requested: list[str] = []
    gate = threading.Event()

    def make(path: Path, width: int, height: int) -> Image.Image:
        requested.append(path.stem)
        assert gate.wait(10)
        return quarters(path, width, height)

    app = Views(make=make)
    async with app.run_test(size=(60, 40)) as pilot:
        await until(pilot, lambda: requested == ["1"])
        for _ in range(9):
            app.preview.action_rotate(1)
            app.preview.action_zoom(1)
        await pilot.pause(0.1)
        assert len(requested) <= 2
        gate.set()
        await shown(pilot, app)
        await until(pilot, lambda: len(requested) == 4)  # this part, and both neighbours
        assert app.heading.endswith("rotated 90°")


async def test_a_slideshow_shows_its_interval_and_brackets_change_it() -> None:
    app = Views()
    async with app.run_test(size=(60, 40)) as pilot:
        await pilot.press("s")
        assert app.heading == "1.jpg  2/5  ▶ 4 s"
        await pilot.press("left_square_bracket")
        assert app.heading == "1.jpg  2/5  ▶ 6 s"
        await pilot.press("right_square_bracket", "right_square_bracket")
        assert app.heading == "1.jpg  2/5  ▶ 3 s"


async def test_a_missing_file_does_not_break_zoom_and_rotation() -> None:
    def missing(*_: Any) -> Image.Image:
        raise DecodeError("The file does not exist.")

    app = Views(make=missing)
    async with app.run_test(size=(60, 40)) as pilot:
        for key in ("plus", "r", "1", "0", "R"):
            await pilot.press(key)
            await until(pilot, lambda: app.picture.state == "broken")
            lines = app.picture.render_lines(app.picture.size.region)
            assert any("does not exist" in line.text for line in lines)
        await pilot.press("G")
        assert app.heading == "4.jpg  5/5"


# --- the mouse ------------------------------------------------------------------------------------


async def test_the_wheel_zooms_at_the_pointer() -> None:
    app = Views()
    async with app.run_test(size=(60, 40)) as pilot:
        await shown(pilot, app)
        width, height = app.picture.size
        for _ in range(4):
            await wheel(pilot, app, width - 2, height // 2 - 5, up=True)
        await until(pilot, lambda: app.picture.state == "shown" and app.corners() == "ggww")
        assert "zoom" in app.heading
        for _ in range(6):
            await wheel(pilot, app, 2, 2, up=False)
        assert app.heading == "1.jpg  2/5"


async def test_a_drag_pans() -> None:
    app = Views()
    async with app.run_test(size=(60, 40)) as pilot:
        await shown(pilot, app)
        await pilot.press("plus", "plus", "plus")
        before = app.picture.viewport
        await pilot.mouse_down(app.picture, offset=(30, 15))
        await pilot.hover(app.picture, offset=(20, 10))
        dragged = app.picture.viewport
        scale = app.picture._projection.scale(before)
        assert (dragged.x - before.x) * SIZE[0] == pytest.approx(10 / scale)
        assert (dragged.y - before.y) * SIZE[1] == pytest.approx(10 / scale)
        await pilot.mouse_up(app.picture, offset=(0, 10))
        assert app.heading.startswith("1.jpg  2/5  zoom")  # no click at the edge
        released = app.picture.viewport
        await pilot.hover(app.picture, offset=(30, 10))
        assert app.picture.viewport == released
        assert app.mouse_captured is None


async def test_a_click_at_an_edge_shows_the_next_picture() -> None:
    app = Views()
    async with app.run_test(size=(60, 40)) as pilot:
        await shown(pilot, app)
        await pilot.click(app.picture, offset=(58, 10))
        assert app.heading == "2.jpg  3/5"
        await pilot.click(app.picture, offset=(1, 10))
        await pilot.click(app.picture, offset=(1, 10))
        assert app.heading == "0.jpg  1/5"
        await pilot.click(app.picture, offset=(30, 10))
        assert app.heading == "0.jpg  1/5"


# --- all protocols --------------------------------------------------------------------------------


def pixels_of(thumbnail: Thumbnail) -> NDArray[np.uint8]:
    """What the terminal draws, as RGB pixels."""
    if thumbnail.sixel is not None:
        part = SixelPart(0, 0, thumbnail.rows, thumbnail.columns)
        return sixel_reader.decode_sixel(thumbnail.sixel.text(part))[:, :, :3].astype(np.uint8)
    if thumbnail.sent is not None:
        pieces = re.findall(r";([A-Za-z0-9+/=]+)\x1b", thumbnail.sent.text)
        return np.asarray(Image.open(BytesIO(b64decode("".join(pieces)))).convert("RGB"))
    rows = []
    for strip in thumbnail.strips:
        cells = [
            (segment.style.color.get_truecolor(), segment.style.bgcolor.get_truecolor())
            for segment in strip
            for _ in segment.text
            if segment.style and segment.style.color and segment.style.bgcolor
        ]
        rows += [[upper for upper, _ in cells], [lower for _, lower in cells]]
    return np.array(rows, dtype=np.uint8)


@pytest.mark.parametrize("protocol", ["halfcell", "kitty", "sixel"])
@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("zoom", [1.0, 1.2])
def test_every_protocol_rotates_a_whole_picture_and_a_part(
    protocol: Protocol, turns: int, zoom: float
) -> None:
    renderer = ThumbnailRenderer(ImageSupport(protocol), make=quarters)
    viewport = Viewport(zoom, turns=turns)
    request = ThumbnailRequest(Path("a"), 0, 40, 30, alone=True, viewport=viewport)
    pixels = pixels_of(renderer.paint(request))
    height, width = pixels.shape[:2]
    corners = "".join(
        nearest(pixels[round(height * y), round(width * x)]) for y in (0.2, 0.8) for x in (0.2, 0.8)
    )
    assert corners == {0: "rgbw", 1: "brwg", 2: "wbgr", 3: "gwrb"}[turns]
    if zoom == 1:
        shape = SIZE if turns % 2 == 0 else SIZE[::-1]
        cell = ImageSupport(protocol).cell_pixels
        assert abs(width / height - shape[0] / shape[1]) < 2 / min(width, height) * cell.height


def test_shades_rotate_too() -> None:
    renderer = ThumbnailRenderer(ImageSupport("unicode"), make=quarters)
    texts = set()
    for turns in range(4):
        request = ThumbnailRequest(Path("a"), 0, 40, 30, alone=True, viewport=Viewport(turns=turns))
        thumbnail = renderer.paint(request)
        assert thumbnail.rows
        texts.add("\n".join(strip.text for strip in thumbnail.strips))
    assert len(texts) == 4


@pytest.mark.parametrize("protocol", ["kitty", "sixel"])
@pytest.mark.parametrize("centre", [0.5, 0.503, 0.37])
def test_100_per_cent_shows_the_exact_pixels(protocol: Protocol, centre: float) -> None:
    random = np.random.default_rng(0)
    grey = random.integers(0, 2, (300, 400, 1), dtype=np.uint8) * 255
    image = Image.fromarray(np.repeat(grey, 3, axis=2))

    def make(_path: Path, width: int, height: int) -> Image.Image:
        scale = min(1.0, width / 400, height / 300)
        return image if scale == 1 else image.resize((round(400 * scale), round(300 * scale)))

    images = ImageSupport(protocol, cell=CellSize(10, 20))
    renderer = ThumbnailRenderer(images, make=make)
    # The box has 200 x 100 pixels, in which the whole picture takes 133 x 100.
    viewport = Viewport(3.0, centre, centre)
    request = ThumbnailRequest(Path("a"), 0, 20, 5, alone=True, viewport=viewport)
    pixels = pixels_of(renderer.paint(request))
    assert pixels.shape == (100, 200, 3)
    whole = np.asarray(image)
    left, top = round(400 * centre - 100), round(300 * centre - 50)
    assert np.abs(pixels.astype(int) - whole[top : top + 100, left : left + 200]).max() <= 3


def test_kitty_does_not_scale_a_picture_smaller_than_its_cells() -> None:
    image = Image.new("RGB", (95, 75), "red")
    renderer = ThumbnailRenderer(
        ImageSupport("kitty", cell=CellSize(10, 20)), make=lambda *_: image
    )
    viewport = Viewport(0.25)  # a small picture is enlarged four times to fit
    request = ThumbnailRequest(Path("a"), 0, 60, 30, alone=True, viewport=viewport)
    thumbnail = renderer.paint(request)
    pixels = pixels_of(thumbnail)
    assert (thumbnail.columns, thumbnail.rows) == (10, 4)
    assert pixels.shape == (80, 100, 3)
    assert (pixels == (255, 0, 0)).all(axis=2).sum() == 95 * 75
