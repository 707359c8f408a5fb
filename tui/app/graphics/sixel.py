"""Pictures as Sixel: few colours, all of them defined before the first pixel, dithered.

The format is DEC's (VT330/VT340 Programmer Reference Manual, volume 2, chapter 14): bands of six
rows, in each of which a colour after another draws its pixels as characters of six bits. xterm
assigns colours that are defined among pixel data to pixels of the first band that were drawn
before, so that the definitions go first.

Encoding takes a while and needs no terminal, so it is done where the thumbnails are made.
"""

from __future__ import annotations

import itertools
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from tui.app.graphics.kitty import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image
    from textual.strip import Strip

    from tui.app.terminal.images import CellSize

COLOURS = 256
"""What every terminal with Sixel but DEC's own can tell apart."""

MOST_CELLS = 240
"""Columns and rows of a picture, at most: what ``digit`` tells apart."""

_BAND = 6
_FIRST = 63
"""The character of no pixel, ``?``; the six bits are added to it."""
_REPEATED = 3
"""Shorter runs are no shorter as a count and a character."""
_LARGEST_SIDE = 1000
"""Pixels that xterm draws of one Sixel picture across and down (``maxGraphicSize``)."""
_DIGITS = 0xE0100
"""The first of 240 variation selectors (Unicode's supplement), which take no room."""
_NUMBERS = MOST_CELLS * MOST_CELLS

_ENDS = [0, 0, 0, 255, 255, 255]
"""Black and white, which a mean of colours never is."""

_numbers = itertools.count()


class SixelPart(NamedTuple):
    """Cells of a picture: a rectangle in it."""

    row: int
    column: int
    rows: int
    columns: int


class Sixel:
    """A picture that can be drawn whole or in part. ``text`` may be called in any thread.

    Args:
        image: RGB pixels, at most as large as the cells.
        cell: the size of a cell, in pixels.
        columns: of the cells in whose middle it is shown.
        rows: of these cells.
    """

    def __init__(self, image: Image.Image, cell: CellSize, columns: int, rows: int) -> None:
        self.number = next(_numbers) % _NUMBERS
        self.columns, self.rows = columns, rows
        self._cell = cell
        self._indexed, self._levels = _dithered(image)
        self._left = (columns * cell.width - image.width) // 2
        self._top = (rows * cell.height - image.height) // 2
        self._texts: dict[SixelPart, str] = {}
        for part in self.parts(SixelPart(0, 0, rows, columns)):
            self._texts[part] = self.text(part)

    @property
    def cost(self) -> int:
        """Bytes, by estimate."""
        pixels = self._indexed.width * self._indexed.height
        return pixels + sum(map(len, self._texts.values()))

    def parts(self, part: SixelPart) -> Iterator[SixelPart]:
        """Divide a part into what a terminal draws at once."""
        width = max(1, _LARGEST_SIDE // self._cell.width)
        height = max(1, _LARGEST_SIDE // self._cell.height)
        for row in range(part.row, part.row + part.rows, height):
            for column in range(part.column, part.column + part.columns, width):
                rows = min(height, part.row + part.rows - row)
                columns = min(width, part.column + part.columns - column)
                yield SixelPart(row, column, rows, columns)

    def is_encoded(self, part: SixelPart) -> bool:
        """Whether ``text`` returns at once."""
        return part in self._texts

    def text(self, part: SixelPart) -> str:
        """Return the control string that draws a part with its top left corner at the cursor."""
        if part not in self._texts:
            self._texts[part] = self._encoded(part)
        return self._texts[part]

    def _encoded(self, part: SixelPart) -> str:
        # Where the part begins in the picture; less than 0 is beside it.
        left = part.column * self._cell.width - self._left
        top = part.row * self._cell.height - self._top
        width, height = part.columns * self._cell.width, part.rows * self._cell.height
        box = (max(0, left), max(0, top), left + width, top + height)
        corner = (min(box[2], self._indexed.width), min(box[3], self._indexed.height))
        if corner[0] <= box[0] or corner[1] <= box[1]:
            bands = ""
        else:
            image = self._indexed.crop((*box[:2], *corner))
            bands = _bands(image, (box[0] - left, box[1] - top), width)
        colours = "".join(f"#{n};2;{r};{g};{b}" for n, (r, g, b) in enumerate(self._levels))
        # P2 = 1: what is not drawn stays as it is.
        return f'\x1bP0;1;0q"1;1;{width};{height}{colours}{bands}\x1b\\'

    def strips(self) -> tuple[Strip, ...]:
        """Return a row of placeholders for each row; ``SixelScreen`` puts the picture there."""
        from rich.segment import Segment
        from textual.strip import Strip

        name = digit(self.number // MOST_CELLS) + digit(self.number % MOST_CELLS)
        return tuple(
            Strip(
                [
                    Segment(
                        "".join(
                            f"{PLACEHOLDER}{name}{digit(row)}{digit(column)}"
                            for column in range(self.columns)
                        )
                    )
                ],
                self.columns,
            )
            for row in range(self.rows)
        )


def digit(value: int) -> str:
    """Return a character that takes no room and stands for a number below ``MOST_CELLS``."""
    return chr(_DIGITS + value)


def value_of(character: str) -> int:
    """Return the number that ``digit`` made a character of."""
    return ord(character) - _DIGITS


def _dithered(image: Image.Image) -> tuple[Image.Image, list[tuple[int, int, int]]]:
    """Return the picture in a palette of its own, and that palette in per cent (Floyd, Steinberg).

    The palette is rounded to per cent before pixels are assigned, so that dithering evens it out.
    """
    from PIL import Image

    most = COLOURS - len(_ENDS) // 3
    chosen = image.quantize(most, method=Image.Quantize.FASTOCTREE).getpalette() or []
    per_cent = [round(level * 100 / 255) for level in chosen[: most * 3] + _ENDS]
    levels = sorted(set(zip(*[iter(per_cent)] * 3, strict=True)))
    palette = Image.new("P", (1, 1))
    palette.putpalette([round(level * 255 / 100) for triple in levels for level in triple])
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG), levels


def _bands(indexed: Image.Image, offset: tuple[int, int], width: int) -> str:
    """Write the bands: runs of equal characters, colour by colour."""
    import numpy as np

    pixels = np.asarray(indexed).astype(np.int64)
    row, across = np.indices(pixels.shape) + np.array(offset[::-1])[:, None, None]
    # Sorted by band, colour and column; what shares all three becomes one character.
    packed = np.sort(
        (((row // _BAND * COLOURS + pixels) * width + across) * 8 + row % _BAND).ravel()
    )
    key, bits = packed >> 3, np.left_shift(1, packed & 7)
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    key, bits = key[starts], np.bitwise_or.reduceat(bits, starts)
    line, column = np.divmod(key, width)
    begins = np.diff(line, prepend=-1) != 0
    changes = (np.diff(key, prepend=-2) != 1) | (np.diff(bits, prepend=-1) != 0) | begins
    runs = np.flatnonzero(changes)
    length = np.diff(runs, append=len(key))
    line, column, bits, begins = line[runs], column[runs], bits[runs], begins[runs]
    ended = np.concatenate([[0], (column + length)[:-1]])
    gap = np.where(begins, column, column - ended)
    kinds, kind = np.unique(length * 64 + bits, return_inverse=True)
    blanks = [_repeated("?", times) for times in range(width)]
    drawn = [_repeated(chr(_FIRST + value % 64), value // 64) for value in kinds.tolist()]
    text = list(
        map(add, map(blanks.__getitem__, gap.tolist()), map(drawn.__getitem__, kind.tolist()))
    )
    band = 0
    for place in np.flatnonzero(begins).tolist():
        its_band, colour = divmod(int(line[place]), COLOURS)
        text[place] = f"{'-' * (its_band - band) or '$'}#{colour}{text[place]}"
        band = its_band
    return "".join(text).removeprefix("$")


def _repeated(character: str, times: int) -> str:
    return character * times if times <= _REPEATED else f"!{times}{character}"
