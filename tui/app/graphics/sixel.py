"""Pictures as Sixel: dithered to a palette that precedes the pixels.

The format is DEC's (VT330/VT340 Programmer Reference Manual, volume 2, chapter 14): in each band of
six rows, one colour after another draws its pixels as characters of six bits. xterm applies colour
definitions between pixels to the pixels before them, so all definitions go first.

Encoding takes time and needs no terminal, so the threads that make thumbnails do it.
"""

from __future__ import annotations

import itertools
import threading
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from tui.app.terminal.images import PLACEHOLDER
from tui.core.lru_cache import LruCache

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image
    from textual.strip import Strip

    from tui.app.terminal.images import CellSize

COLOURS = 256
"""The palette size of every terminal with Sixel except DEC's own."""

MOST_CELLS = 240
"""The largest number of columns and of rows, which ``digit`` can encode."""

_BAND = 6
_ROWS_AT_ONCE = 8 * _BAND
_FIRST = 63
"""The character without pixels, ``?``; the six bits are added to it."""
_REPEATED = 3
"""The longest run that a count would not shorten."""
_LARGEST_SIDE = 1000
"""The largest width and height that xterm draws of one picture (``maxGraphicSize``)."""
_DIGITS = 0xE0100
"""The first of 240 variation selectors (Unicode's supplement), which have no width."""
_NUMBERS = MOST_CELLS * MOST_CELLS

_ENDS = [0, 0, 0, 255, 255, 255]
"""Black and white, which quantization never yields."""

_BYTES = 8000
"""The bytes of a picture without its pixels and the texts that draw it."""

_numbers = itertools.count()


class SixelPart(NamedTuple):
    """A rectangle of cells in a picture."""

    row: int
    column: int
    rows: int
    columns: int


class Sixel:
    """A picture that is drawn in whole or in part. ``text`` may be called in any thread.

    Args:
        image: RGB pixels, no larger than the cells; centred in them.
        cell: the size of a cell, in pixels.
        columns: of cells.
        rows: of cells.

    Attributes:
        number: identifies the picture in the placeholders.
        cost: the bytes that the picture takes at most, by estimate.
    """

    def __init__(self, image: Image.Image, cell: CellSize, columns: int, rows: int) -> None:
        self.number = next(_numbers) % _NUMBERS
        self.columns, self.rows = columns, rows
        self._cell = cell
        self._indexed, levels = _dithered(image)
        self._colours = "".join(f"#{n};2;{r};{g};{b}" for n, (r, g, b) in enumerate(levels))
        self._margin_left = (columns * cell.width - image.width) // 2
        self._margin_top = (rows * cell.height - image.height) // 2
        whole = self.parts(SixelPart(0, 0, rows, columns))
        self._whole = {part: self._encoded(part) for part in whole}
        length = sum(map(len, self._whole.values()))
        # Of the parts that are encoded later, as many as the whole picture takes.
        self._lock = threading.Lock()
        self._partial: LruCache[SixelPart, str] = LruCache(length, cost=len)
        self.cost = _BYTES + image.width * image.height + 2 * length

    def parts(self, part: SixelPart) -> Iterator[SixelPart]:
        """Divide a part into rectangles that a terminal draws as one picture."""
        width = max(1, _LARGEST_SIDE // self._cell.width)
        height = max(1, _LARGEST_SIDE // self._cell.height)
        for row in range(part.row, part.row + part.rows, height):
            for column in range(part.column, part.column + part.columns, width):
                rows = min(height, part.row + part.rows - row)
                columns = min(width, part.column + part.columns - column)
                yield SixelPart(row, column, rows, columns)

    def encoded_text(self, part: SixelPart) -> str | None:
        """Return what ``text`` returns; None if that had to be encoded first."""
        if (whole := self._whole.get(part)) is not None:
            return whole
        with self._lock:
            return self._partial.find(part)

    def text(self, part: SixelPart) -> str:
        """Return the control string that draws a part with its top left corner at the cursor."""
        if (text := self.encoded_text(part)) is None:
            text = self._encoded(part)
            with self._lock:
                self._partial.put(part, text)
        return text

    def _encoded(self, part: SixelPart) -> str:
        # The corner of the part in the image; negative in the margin.
        x = part.column * self._cell.width - self._margin_left
        y = part.row * self._cell.height - self._margin_top
        width, height = part.columns * self._cell.width, part.rows * self._cell.height
        box = (max(0, x), max(0, y), x + width, y + height)
        corner = (min(box[2], self._indexed.width), min(box[3], self._indexed.height))
        if corner[0] <= box[0] or corner[1] <= box[1]:
            bands = ""
        else:
            image = self._indexed.crop((*box[:2], *corner))
            bands = _bands(image, (box[0] - x, box[1] - y), width)
        # P2 = 1: pixels that are not drawn keep their colour.
        return f'\x1bP0;1;0q"1;1;{width};{height}{self._colours}{bands}\x1b\\'

    def strips(self) -> tuple[Strip, ...]:
        """Return placeholders for each row, which ``SixelScreen`` replaces by the picture."""
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
    """Encode a number below ``MOST_CELLS`` as a character without width."""
    return chr(_DIGITS + value)


def value_of(character: str) -> int:
    """Return the number that ``digit`` encoded."""
    return ord(character) - _DIGITS


def _dithered(image: Image.Image) -> tuple[Image.Image, list[tuple[int, int, int]]]:
    """Dither the picture to its own palette (Floyd, Steinberg); return it and the palette.

    The palette is in per cent, and rounded before the dithering, which evens out the error.
    """
    from PIL import Image

    size = COLOURS - len(_ENDS) // 3
    colours = image.quantize(size, method=Image.Quantize.FASTOCTREE).getpalette() or []
    per_cent = [round(level * 100 / 255) for level in colours[: size * 3] + _ENDS]
    levels = sorted(set(zip(*[iter(per_cent)] * 3, strict=True)))
    palette = Image.new("P", (1, 1))
    palette.putpalette([round(level * 255 / 100) for triple in levels for level in triple])
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG), levels


def _bands(indexed: Image.Image, offset: tuple[int, int], width: int) -> str:
    """Encode the bands, a few at a time, since NumPy holds the interpreter's lock meanwhile."""
    import numpy as np

    x, y = offset
    texts, band = [], 0
    pixels = np.asarray(indexed)
    for top in range(y - y % _ROWS_AT_ONCE, y + len(pixels), _ROWS_AT_ONCE):
        begin = max(0, top - y)
        part = pixels[begin : top - y + _ROWS_AT_ONCE].astype(np.int64)
        text, band = _some_bands(part, (x, y + begin), width, band)
        texts.append(text)
    return "".join(texts).removeprefix("$")


def _some_bands(
    pixels: NDArray[np.int64], offset: tuple[int, int], width: int, band: int
) -> tuple[str, int]:
    """Encode bands: runs of equal characters, colour by colour; return also the last band.

    Args:
        pixels: their colours.
        offset: column and row of the first pixel.
        width: of the whole picture.
        band: the band in which the earlier text ends.
    """
    import numpy as np

    row, across = np.indices(pixels.shape) + np.array(offset[::-1])[:, None, None]
    # Sorted by band, colour and column; entries that share all three become one character.
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
    run_texts = [_repeated(chr(_FIRST + value % 64), value // 64) for value in kinds.tolist()]
    text = list(
        map(add, map(blanks.__getitem__, gap.tolist()), map(run_texts.__getitem__, kind.tolist()))
    )
    for index in np.flatnonzero(begins).tolist():
        its_band, colour = divmod(int(line[index]), COLOURS)
        text[index] = f"{'-' * (its_band - band) or '$'}#{colour}{text[index]}"
        band = its_band
    return "".join(text), band


def _repeated(character: str, times: int) -> str:
    return character * times if times <= _REPEATED else f"!{times}{character}"
