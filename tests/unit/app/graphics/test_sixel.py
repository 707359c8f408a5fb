"""Sixel pictures, read back by a reader of our own."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from PIL import Image

from tests.support.terminals.sixel_reader import Pixels, decode_sixel
from tui.app.graphics.sixel import MOST_CELLS, Sixel, SixelPart, digit, value_of
from tui.app.terminal.images import CellSize

CELL = CellSize(9, 17)


def gradient(width: int, height: int) -> Image.Image:
    """Return a picture of many more colours than Sixel has."""
    across, down = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    pixels = np.stack([across, down, 255 - across], axis=2)
    return Image.fromarray(pixels.astype(np.uint8))


def whole(image: Image.Image, columns: int, rows: int) -> Pixels:
    return decode_sixel(Sixel(image, CELL, columns, rows).text(SixelPart(0, 0, rows, columns)))


def blurred(pixels: Pixels, side: int = 17) -> Pixels:
    height, width = (length // side * side for length in pixels.shape[:2])
    parts = pixels[:height, :width].reshape(height // side, side, width // side, side, 3)
    mean: Pixels = parts.mean(axis=(1, 3))
    return mean


@pytest.mark.parametrize("size", [(180, 170), (179, 165), (90, 170), (5, 3), (1, 1)])
def test_a_picture_is_drawn_in_the_middle_of_its_cells(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, (255, 0, 51))
    pixels = whole(image, 20, 10)
    assert pixels.shape == (170, 180, 3)
    drawn = pixels[:, :, 0] >= 0
    left, top = (180 - size[0]) // 2, (170 - size[1]) // 2
    assert drawn.sum() == size[0] * size[1]
    assert drawn[top : top + size[1], left : left + size[0]].all()
    assert (pixels[drawn] == (255, 0, 51)).all()


def test_pixels_of_many_colours_are_drawn_approximately() -> None:
    image = gradient(180, 170)
    pixels = whole(image, 20, 10)
    assert (pixels >= 0).all()
    exact = np.asarray(image).astype(np.int16)
    assert np.abs(pixels - exact).mean() < 12
    # dithered: from a distance there are no bands
    assert np.abs(blurred(pixels) - blurred(exact)).mean() < 2
    # The first band of six rows, too.
    assert np.abs(pixels[:6] - exact[:6]).mean() < 12


def test_greys_range_from_black_to_white() -> None:
    greys = np.linspace(0, 255, 180).round().astype(np.uint8)
    exact = np.repeat(np.repeat(greys[None, :, None], 170, axis=0), 3, axis=2)
    pixels = whole(Image.fromarray(exact), 20, 10)
    assert np.abs(blurred(pixels) - blurred(exact.astype(np.int16))).max() < 3


def test_few_colours_are_drawn_exactly() -> None:
    rng = np.random.default_rng(0)
    colours = np.array([(0, 0, 0), (255, 255, 255), (255, 0, 0), (51, 102, 204)], np.uint8)
    exact = colours[rng.integers(0, 4, (170, 180))]
    assert (whole(Image.fromarray(exact), 20, 10) == exact).all()


@pytest.mark.parametrize(
    "part",
    [
        SixelPart(0, 0, 3, 20),
        SixelPart(2, 5, 4, 7),
        SixelPart(9, 0, 1, 20),
        SixelPart(0, 19, 10, 1),
    ],
)
def test_a_part_has_the_pixels_of_the_whole(part: SixelPart) -> None:
    picture = Sixel(gradient(171, 160), CELL, 20, 10)
    pixels = decode_sixel(picture.text(SixelPart(0, 0, 10, 20)))
    top, left = part.row * CELL.height, part.column * CELL.width
    cut = pixels[top : top + part.rows * CELL.height, left : left + part.columns * CELL.width]
    assert (decode_sixel(picture.text(part)) == cut).all()


def test_a_part_without_pixels_draws_nothing() -> None:
    picture = Sixel(Image.new("RGB", (9, 17)), CELL, 21, 11)
    assert (decode_sixel(picture.text(SixelPart(0, 0, 2, 21))) == -1).all()


def test_no_picture_exceeds_the_size_that_terminals_draw_at_once() -> None:
    picture = Sixel(Image.new("RGB", (1800, 1360), "red"), CELL, 200, 80)
    parts = list(picture.parts(SixelPart(0, 0, 80, 200)))
    assert sum(part.rows * part.columns for part in parts) == 80 * 200
    for part in parts:
        assert picture.encoded_text(part) is not None
        height, width, _ = decode_sixel(picture.text(part)).shape
        assert max(width, height) <= 1000


def test_each_placeholder_takes_one_cell() -> None:
    picture = Sixel(Image.new("RGB", (180, 170)), CELL, 20, 10)
    strips = picture.strips()
    assert [strip.cell_length for strip in strips] == [20] * 10
    assert strips[3].crop(4, 9).cell_length == 5
    assert strips[3].crop(4, 9).text == strips[3].text[4 * 5 : 9 * 5]


@pytest.mark.parametrize("value", [0, 1, MOST_CELLS - 1])
def test_digits_encode_rows_and_columns(value: int) -> None:
    assert value_of(digit(value)) == value


def test_parts_that_are_encoded_later_do_not_exceed_the_estimated_memory() -> None:
    picture = Sixel(gradient(180, 170), CELL, 20, 10)
    parts = [
        SixelPart(row, column, rows, columns)
        for row in range(6)
        for column in range(12)
        for rows, columns in ((1, 8), (4, 3))
    ]
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    texts = [picture.text(part) for part in parts]
    assert sum(map(len, texts)) > picture.cost
    del texts
    memory = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    whole = len(picture.text(SixelPart(0, 0, 10, 20)))
    assert whole + memory < picture.cost
