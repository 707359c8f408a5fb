"""Converts pixels to half cells: the character ``▀`` with the colours of two pixels.

The threads that make thumbnails call it. It returns the same as ``textual_image``'s renderable in a
Rich console, but holds the interpreter's lock for a fraction of the time. It also renders each
style for the colours of the terminal, which Textual would do on the event loop's thread.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.app.graphics.textual_image_adapter import STANDARD_COLOURS

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    Numbers = NDArray[np.int64]
    """The colour of each pixel: 24 bits of RGB, or its number in a palette."""

HALF = "▀"

_BITS = 24
"""The bits of a number; in a pair, the upper pixel's number has the higher bits."""
_LOWER = (1 << _BITS) - 1
_MOST_SHARED = 1 << 13
"""The most cells of different colours that pictures share before the sharing starts again."""

_STRIP_BYTES = 1100
_ENTRY_BYTES = 10
_RUN_BYTES = 160
_CELL_BYTES = 325
"""The bytes of a strip, of an entry in it, of a segment of several cells, and of a styled cell."""


class CellStyle(Style):
    """The two colours of a half cell, whose Rich objects are created only if something reads them.

    The terminal needs only the code. Creating a `Style` with its two colours takes longer than
    everything else that a cell needs.

    Args:
        cell: the number of the upper colour, and in the lower 24 bits that of the lower one.
        code: the parameters of the control sequence that sets the colours.
        colour: returns the colour with a number.
    """

    __slots__ = ("_cell", "_colour_of")

    # Rich reads these attributes of any style. They shadow its slots, since all half cells share
    # them.
    _set_attributes = 0
    _attributes = 0
    _link = None
    _link_id = ""
    _meta = None
    _null = False

    def __init__(self, cell: int, code: str, colour: Callable[[int], Color]) -> None:
        self._cell = cell
        self._ansi = code
        self._colour_of = colour
        self._hash = None
        self._style_definition = None

    @property
    def _color(self) -> Color:  # type: ignore[override]  # a slot of Rich's
        return self._colour_of(self._cell >> _BITS)

    @property
    def _bgcolor(self) -> Color:  # type: ignore[override]  # a slot of Rich's
        return self._colour_of(self._cell & _LOWER)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CellStyle) and self._colour_of is other._colour_of:
            return self._cell == other._cell
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = Style.__hash__


class HalfCells:
    """Creates strips of half cells; may be used in several threads at once.

    Args:
        colours: how many the terminal shows: 16, 256 or more.
    """

    def __init__(self, colours: int) -> None:
        self._shared: dict[int, Segment] = {}
        self._numbers: Callable[[NDArray[np.uint8]], Numbers]
        if colours <= 16:
            self._numbers, self._make = _standard_numbers, _standard_cell
        elif colours <= 256:
            self._numbers, self._make = _eight_bit_numbers, _eight_bit_cell
        else:
            self._numbers, self._make = _rgb_numbers, _rgb_cell

    def strips(self, image: Image.Image) -> tuple[tuple[Strip, ...], int]:
        """Return a row of cells for every two rows of pixels, and the bytes of all rows.

        Equal cells share one style; adjacent ones are one segment.

        Args:
            image: RGB pixels, of an even height.
        """
        import numpy as np

        if len(self._shared) > _MOST_SHARED:
            self._shared.clear()
        numbers = self._numbers(np.asarray(image))
        cells = (numbers[::2] << _BITS) | numbers[1::2]
        begins = np.ones(cells.shape, dtype=np.bool_)
        np.not_equal(cells[:, 1:], cells[:, :-1], out=begins[:, 1:])
        rows = [self._row(row, starts) for row, starts in zip(cells, begins, strict=True)]
        return tuple(rows), _bytes_of(cells, begins)

    def _row(self, cells: Numbers, begins: NDArray[np.bool_]) -> Strip:
        import numpy as np

        columns = len(cells)
        shared, make = self._shared, self._make
        starts = np.flatnonzero(begins)
        row = []
        for cell in cells[starts].tolist():
            segment = shared.get(cell)
            if segment is None:
                segment = shared[cell] = Segment(HALF, make(cell))
            row.append(segment)
        if len(row) < columns:
            lengths = np.diff(starts, append=columns).tolist()
            row = [
                segment if length == 1 else Segment(HALF * length, segment.style)
                for segment, length in zip(row, lengths, strict=True)
            ]
        return Strip(row, columns)


def _bytes_of(cells: Numbers, begins: NDArray[np.bool_]) -> int:
    """Return the memory that strips take, by estimate; equal cells share their style."""
    import numpy as np

    runs = np.count_nonzero(begins[:, :-1] & ~begins[:, 1:])
    return int(
        len(cells) * _STRIP_BYTES
        + np.count_nonzero(begins) * _ENTRY_BYTES
        + runs * _RUN_BYTES
        + len(np.unique(cells)) * _CELL_BYTES
    )


# --- 24-bit colours -------------------------------------------------------------------------------


def _rgb_numbers(pixels: NDArray[np.uint8]) -> Numbers:
    import numpy as np

    red, green, blue = np.moveaxis(pixels.astype(np.int64), -1, 0)
    numbers: Numbers = (red << 16) | (green << 8) | blue
    return numbers


_LEVEL = [str(level) for level in range(256)]
"""A look-up costs less than formatting the number, six times a cell."""


def _rgb_cell(cell: int) -> CellStyle:
    text = _LEVEL
    red, green, blue, lower_red, lower_green, lower_blue = cell.to_bytes(6, "big")
    code = (
        f"38;2;{text[red]};{text[green]};{text[blue]}"
        f";48;2;{text[lower_red]};{text[lower_green]};{text[lower_blue]}"
    )
    return CellStyle(cell, code, _rgb_colour)


def _rgb_colour(number: int) -> Color:
    return Color.from_rgb(number >> 16, number >> 8 & 255, number & 255)


class RgbBlend:
    """Blends half cells of 24-bit colours with another colour, as Textual blends colours.

    Args:
        colour: red, green and blue of the other colour.
        share: its share of the result, from 0 to 1.
    """

    def __init__(self, colour: tuple[int, int, int], share: float) -> None:
        self._channels = [
            [int(level + (over - level) * share) for level in range(256)] for over in colour
        ]
        self._cells: dict[int, Segment] = {}

    def dimmed(self, segment: Segment) -> Segment | None:
        """Return the blended segment; None if it is not of such half cells."""
        style = segment.style
        if not isinstance(style, CellStyle) or style._colour_of is not _rgb_colour:
            return None
        blended = self._cells.get(style._cell)
        if blended is None:
            blended = self._cells[style._cell] = Segment(HALF, self._style(style._cell))
        text = segment.text
        return blended if text == HALF else Segment(text, blended.style)

    def _style(self, cell: int) -> CellStyle:
        reds, greens, blues = self._channels
        red, green, blue, lower_red, lower_green, lower_blue = cell.to_bytes(6, "big")
        upper = reds[red] << 16 | greens[green] << 8 | blues[blue]
        lower = reds[lower_red] << 16 | greens[lower_green] << 8 | blues[lower_blue]
        return _rgb_cell(upper << _BITS | lower)


# --- the 256 colours of xterm ---------------------------------------------------------------------


def _eight_bit_numbers(pixels: NDArray[np.uint8]) -> Numbers:
    """Return the same numbers as Rich's ``Color.downgrade``."""
    import numpy as np

    rgb = pixels.astype(np.float64)
    # Rich's steps of the colour cube; ``rint`` rounds halves to even numbers, as ``round`` does.
    steps = np.where(rgb < 95, rgb / 95, 1 + (rgb - 95) / 40)
    cube = (np.rint(steps) @ np.array([36, 6, 1])).astype(np.int64) + 16
    # Saturation and lightness, as ``colorsys.rgb_to_hls`` computes them.
    share = rgb / 255
    highest, lowest = share.max(axis=-1), share.min(axis=-1)
    total, spread = highest + lowest, highest - lowest
    lightness = total / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        saturation = spread / np.where(lightness <= 0.5, total, 2 - total)
    grey = np.rint(lightness * 25).astype(np.int64)
    greys = np.where(grey == 0, 16, np.where(grey == 25, 231, 231 + grey))
    return np.where((spread == 0) | (saturation < 0.15), greys, cube)


def _eight_bit_cell(cell: int) -> CellStyle:
    code = f"38;5;{cell >> _BITS};48;5;{cell & _LOWER}"
    return CellStyle(cell, code, _eight_bit_colour)


@lru_cache(256)
def _eight_bit_colour(number: int) -> Color:
    colour = Color.from_ansi(number)
    # If it has a triplet, Textual's filters leave a colour unchanged.
    return colour._replace(triplet=colour.get_truecolor())


# --- the 16 colours of every terminal -------------------------------------------------------------


def _standard_numbers(pixels: NDArray[np.uint8]) -> Numbers:
    """Return the same numbers as Rich; dithered pixels have few different colours."""
    import numpy as np

    levels, which = np.unique(_rgb_numbers(pixels), return_inverse=True)
    standard = [_rgb_colour(level).downgrade(ColorSystem.STANDARD).number for level in levels]
    return np.array(standard, dtype=np.int64)[which].reshape(pixels.shape[:2])


def _standard_cell(cell: int) -> CellStyle:
    upper, lower = _standard_colour(cell >> _BITS), _standard_colour(cell & _LOWER)
    code = ";".join((*upper.get_ansi_codes(), *lower.get_ansi_codes(foreground=False)))
    return CellStyle(cell, code, _standard_colour)


@lru_cache(16)
def _standard_colour(number: int) -> Color:
    return Color.from_ansi(number)._replace(triplet=ColorTriplet(*STANDARD_COLOURS[number]))
