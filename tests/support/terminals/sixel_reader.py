"""A reader of Sixel and a terminal that shows it, written from DEC's manual for the tests only.

VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

Pixels = NDArray[np.int16]
"""Rows, columns, and red, green and blue; -1 is not drawn."""

_STRING = re.compile(r"\x1bP(\d*);(\d*);(\d*)q(.*?)\x1b\\", re.DOTALL)
_TOKEN = re.compile(r'"([\d;]+)|#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)([?-~])|([?-~])|(\$)|(-)')


def decode_sixel(text: str) -> Pixels:
    """Return the pixels that a control string draws; its size must be the one that it states."""
    match = _STRING.fullmatch(text)
    assert match, "no Sixel control string"
    assert match[2] == "1", "pixels that are not drawn must stay"
    return _body(match[4])


def _body(body: str) -> Pixels:
    position = x = y = 0
    colour = -1
    palette: dict[int, tuple[int, int, int]] = {}
    drawn = False
    pixels: Pixels = np.full((0, 0, 3), -1, np.int16)
    for token in _TOKEN.finditer(body):
        assert token.start() == position, f"not Sixel: {body[position : position + 20]!r}"
        position = token.end()
        if token[1]:
            *_, width, height = map(int, token[1].split(";"))
            pixels = np.full((height, width, 3), -1, np.int16)
        elif token[3]:
            assert not drawn, "a colour is defined after the first pixel"
            red, green, blue = (round(int(token[n]) * 255 / 100) for n in (3, 4, 5))
            palette[int(token[2])] = (red, green, blue)
        elif token[2]:
            colour = int(token[2])
        elif token[9]:
            x = 0
        elif token[10]:
            x, y = 0, y + 6
        else:
            drawn = True
            bits, times = ord(token[7] or token[8]) - 63, int(token[6] or 1)
            for bit in range(6):
                if bits >> bit & 1:
                    assert y + bit < pixels.shape[0], "drawn below the picture"
                    assert x + times <= pixels.shape[1], "drawn beside the picture"
                    pixels[y + bit, x : x + times] = palette[colour]
            x += times
    assert position == len(body), f"not Sixel: {body[position : position + 20]!r}"
    return pixels


class EmulatedScreen:
    """A terminal of cells that shows text and Sixel pictures; text erases the picture under it.

    Attributes:
        pixels: of the pictures; -1 if there is none.
        text: a list of characters for each row.
        drawn: how many pictures were drawn.
    """

    def __init__(self, columns: int, rows: int, cell: tuple[int, int]) -> None:
        self.cell = cell
        self.pixels: Pixels = np.full((rows * cell[1], columns * cell[0], 3), -1, np.int16)
        self.text = [[" "] * columns for _ in range(rows)]
        self.drawn = 0
        self._at = self._saved = (0, 0)

    def write(self, data: str) -> None:
        """Process a program's output."""
        token = re.compile(
            r"(?P<move>\x1b\[(\d+);(\d+)H)|\x1b\[(?P<right>\d+)C|\x1b\[[\d;]*m|(?P<save>\x1b7)"
            r"|(?P<restore>\x1b8)|(?P<sixel>\x1bP.*?\x1b\\)|(?P<line>\n)|(?P<text>[^\x1b])",
            re.DOTALL,
        )
        position = 0
        while position < len(data):
            match = token.match(data, position)
            assert match, f"not understood: {data[position : position + 20]!r}"
            position = match.end()
            y, x = self._at
            if match["move"]:
                self._at = (int(match[2]) - 1, int(match[3]) - 1)
            elif match["right"]:
                self._at = (y, x + int(match["right"]))
            elif match["save"]:
                self._saved = self._at
            elif match["restore"]:
                self._at = self._saved
            elif match["sixel"]:
                self._draw(decode_sixel(match["sixel"]))
            elif match["text"]:
                self.text[y][x] = match["text"]
                width, height = self.cell
                self.pixels[y * height : (y + 1) * height, x * width : (x + 1) * width] = -1
                self._at = (y, x + cell_len(match["text"]))

    def _draw(self, picture: Pixels) -> None:
        self.drawn += 1
        y, x = self._at[0] * self.cell[1], self._at[1] * self.cell[0]
        height, width, _ = picture.shape
        assert y + height < self.pixels.shape[0], "the terminal would scroll"
        under = self.pixels[y : y + height, x : x + width]
        under[picture >= 0] = picture[picture >= 0]
