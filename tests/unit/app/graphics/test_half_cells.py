"""Half cells, compared with those that textual_image draws in a Rich console."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from rich.color import Color, ColorSystem
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME
from textual.color import Color as TextualColor
from textual.filter import ANSIToTruecolor
from textual.strip import Strip

from tui.app.graphics.half_cells import HALF, CellStyle, HalfCells
from tui.app.graphics.textual_image_adapter import dithered, drawing, scaled_pixels, strips
from tui.app.terminal.images import TRUECOLOR, ImageSupport

DEPTHS = {16: ColorSystem.STANDARD, 256: ColorSystem.EIGHT_BIT, TRUECOLOR: ColorSystem.TRUECOLOR}
COLOURS = st.sampled_from((16, 256, TRUECOLOR))

LEVELS = st.integers(0, 255) | st.sampled_from((0, 47, 48, 94, 95, 96, 127, 128, 254, 255))


@st.composite
def pictures(draw: st.DrawFn) -> Image.Image:
    """Return small pictures, some with few colours, so that cells repeat."""
    columns, rows = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    palette = draw(arrays(np.uint8, (draw(st.integers(1, 12)), 3), elements=LEVELS))
    index = draw(arrays(np.int64, (rows * 2, columns), elements=st.integers(0, len(palette) - 1)))
    return Image.fromarray(palette[index])


def by_textual_image(image: Image.Image) -> tuple[Strip, ...]:
    renderable = drawing(ImageSupport("halfcell"))
    assert renderable is not None
    return strips(renderable(image, image.width, image.height // 2), image.width)


def cells(strip: Strip, system: ColorSystem) -> list[tuple[str, str]]:
    """Return the character of each cell with the code of its colours, as Textual renders it."""
    rendered = []
    for text, style, _ in strip:
        assert style is not None
        code = Strip.render_style(style, "", system)
        rendered += [(character, code) for character in text]
    return rendered


@given(image=pictures(), colours=COLOURS)
def test_cells_equal_those_of_textual_image_at_every_depth(
    image: Image.Image, colours: int
) -> None:
    image = dithered(image, colours)
    rows, _ = HalfCells(colours).strips(image)
    expected = by_textual_image(image)
    assert [strip.cell_length for strip in rows] == [image.width] * len(expected)
    for strip, other in zip(rows, expected, strict=True):
        assert cells(strip, DEPTHS[colours]) == cells(other, DEPTHS[colours])


@given(image=pictures(), colours=COLOURS)
def test_the_code_of_a_cell_is_that_of_its_style(image: Image.Image, colours: int) -> None:
    rows, _ = HalfCells(colours).strips(dithered(image, colours))
    for strip in rows:
        for _, style, _ in strip:
            assert isinstance(style, CellStyle)
            plain = Style(color=style.color, bgcolor=style.bgcolor)
            assert style == plain
            assert (style != plain, style != Style(bold=True)) == (False, True)
            assert style + Style(bold=True) == plain + Style(bold=True)
            assert style.copy().bgcolor == style.bgcolor
            assert Strip.render_style(style, HALF, DEPTHS[colours]) == Strip.render_style(
                plain, HALF, DEPTHS[colours]
            )


@given(image=pictures())
def test_truecolor_styles_equal_those_of_textual_image(image: Image.Image) -> None:
    rows, _ = HalfCells(TRUECOLOR).strips(image)
    for strip, other in zip(rows, by_textual_image(image), strict=True):
        expanded = [Segment(HALF, style) for text, style, _ in strip for _ in text]
        assert expanded == list(other)


@given(image=pictures(), colours=COLOURS)
def test_adjacent_equal_cells_are_one_segment_and_equal_cells_share_a_style(
    image: Image.Image, colours: int
) -> None:
    rows, _ = HalfCells(colours).strips(dithered(image, colours))
    styles = [style for strip in rows for _, style, _ in strip]
    assert len({id(style) for style in styles}) == len(set(styles))
    for strip in rows:
        segments = list(strip)
        for left, right in pairwise(segments):
            assert left.style != right.style


def test_pixels_are_those_that_textual_image_scales_wherever_it_stores_them() -> None:
    image = Image.effect_noise((40, 30), 90).convert("RGB")
    renderable = drawing(ImageSupport("halfcell"))
    assert renderable is not None
    drawn = renderable(image, 8, 3)
    rows, _ = HalfCells(TRUECOLOR).strips(scaled_pixels(drawn, image, 8, 3))
    for strip, other in zip(rows, strips(drawn, 8), strict=True):
        assert cells(strip, ColorSystem.TRUECOLOR) == cells(other, ColorSystem.TRUECOLOR)
    elsewhere = scaled_pixels(object(), image, 8, 3)
    assert elsewhere.tobytes() == scaled_pixels(drawn, image, 8, 3).tobytes()


@pytest.mark.parametrize("colours", [16, 256, TRUECOLOR])
def test_the_filter_of_textual_has_nothing_to_change(colours: int) -> None:
    image = Image.linear_gradient("L").resize((20, 10)).convert("RGB")
    rows, _ = HalfCells(colours).strips(dithered(image, colours))
    to_truecolor = ANSIToTruecolor(DEFAULT_TERMINAL_THEME)
    for strip in rows:
        assert strip.apply_filter(to_truecolor, TextualColor(0, 0, 0)) == strip


def test_greys_and_colours_become_the_same_256_as_in_rich() -> None:
    greys = [(level, level, level) for level in range(256)]
    near = [(level, min(255, level + 1), level) for level in range(256)]
    steps = (*range(0, 256, 17), 47, 48, 94, 115, 135, 155)
    grid = [(red, green, blue) for red in steps for green in steps for blue in steps]
    colours = greys + near + grid
    image = Image.new("RGB", (len(colours), 2))
    image.putdata(colours * 2)
    [row], _ = HalfCells(256).strips(image)
    numbers = [style.color.number for text, style, _ in row for _ in text if style and style.color]
    assert numbers == [
        Color.from_rgb(*colour).downgrade(ColorSystem.EIGHT_BIT).number for colour in colours
    ]


@pytest.mark.parametrize("colours", [16, 256, TRUECOLOR])
@pytest.mark.parametrize("noise", [0, 4, 255])
def test_the_estimated_bytes_are_near_the_memory_of_the_strips(colours: int, noise: int) -> None:
    random = np.random.default_rng(7)
    across = np.linspace(0, 255 - noise, 60)[None, :, None] * np.ones((60, 1, 3))
    pixels = (across + random.integers(0, noise + 1, across.shape)).astype(np.uint8)
    image = dithered(Image.fromarray(pixels), colours)
    HalfCells(colours).strips(image)  # by now, the caches of Rich and NumPy are full
    half_cells = HalfCells(colours)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    rows, cost = half_cells.strips(image)
    del half_cells
    memory = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert len(rows) == 30
    assert 0.9 * memory <= cost <= 1.2 * memory
