"""Screens behind dialogs are dimmed as Textual dims them, each line once."""

from __future__ import annotations

import pytest
from PIL import Image
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen
from textual.strip import Strip

from tui.app.graphics.dimming import Dimmer
from tui.app.graphics.half_cells import HalfCells
from tui.app.terminal.images import PLACEHOLDER

OVER = Color(22, 22, 22, 0.6)
BASE = Style.parse("#dcdad6 on #161616")


def colourful(columns: int, rows: int) -> Image.Image:
    image = Image.new("RGB", (columns, rows * 2))
    image.putdata(
        [(7 * number % 256, 31 * number % 256, number) for number in range(columns * rows * 2)]
    )
    return image


def as_textual_dims(strip: Strip) -> list[tuple[str, RichColor | None, RichColor | None]]:
    segments = BackgroundScreen.process_segments(strip, OVER)
    styles = [(segment.text, BASE + segment.style) for segment in segments]
    return [(text, style.color, style.bgcolor) for text, style in styles]


def looks(strip: Strip) -> list[tuple[str, RichColor | None, RichColor | None]]:
    styles = [(segment.text, segment.style or Style()) for segment in strip]
    return [(text, style.color, style.bgcolor) for text, style in styles]


@pytest.mark.parametrize("colours", [16, 256, 1 << 24])
def test_half_cells_are_dimmed_as_textual_dims_them(colours: int) -> None:
    strips, _ = HalfCells(colours).strips(colourful(12, 4))
    dimmed = Dimmer(OVER, BASE).lines(list(strips))
    assert [looks(strip) for strip in dimmed] == [as_textual_dims(strip) for strip in strips]
    assert [strip.cell_length for strip in dimmed] == [12] * 4


def test_adjacent_cells_of_one_colour_keep_their_number() -> None:
    strips, _ = HalfCells(1 << 24).strips(Image.new("RGB", (9, 2), (250, 100, 50)))
    assert Dimmer(OVER, BASE).lines(list(strips))[0].text == strips[0].text


def test_text_is_dimmed_as_textual_dims_it() -> None:
    strip = Strip(
        [
            Segment("plain "),
            Segment("bold ", Style.parse("bold #e0a458 on #1d1d1d")),
            Segment("terminal's colour", Style.parse("red")),
        ]
    )
    (dimmed,) = Dimmer(OVER, BASE).lines([strip])
    assert looks(dimmed) == as_textual_dims(strip)
    assert list(dimmed)[1].style.bold  # type: ignore[union-attr]


def test_the_number_of_a_kitty_picture_is_not_dimmed() -> None:
    style = Style.parse("#000102 on #ffffff")
    strip = Strip([Segment(PLACEHOLDER, style), Segment("text", style)])
    picture, text = next(iter(Dimmer(OVER, BASE).lines([strip])))
    assert picture.style is not None
    assert picture.style.color == style.color
    assert picture.style.bgcolor != style.bgcolor
    assert text.style is not None
    assert text.style.color != style.color


def test_a_line_that_has_not_changed_is_not_dimmed_again() -> None:
    strips, _ = HalfCells(1 << 24).strips(colourful(12, 3))
    dimmer = Dimmer(OVER, BASE)
    first = dimmer.lines(list(strips))
    changed = Strip([Segment("another line")])
    second = dimmer.lines([strips[0], changed, strips[2]])
    assert second[0] is first[0]
    assert second[2] is first[2]
    assert looks(second[1]) == as_textual_dims(changed)


def test_a_screen_may_lose_and_gain_lines() -> None:
    strips = [Strip([Segment(text)]) for text in ("one", "two", "three")]
    dimmer = Dimmer(OVER, BASE)
    dimmer.lines(strips)
    assert [strip.text for strip in dimmer.lines(strips[:1])] == ["one"]
    assert [strip.text for strip in dimmer.lines(strips)] == ["one", "two", "three"]
