"""Sixel pictures among text.

Text erases the part of a Sixel picture that it covers. Widgets draw placeholders
(``Sixel.strips``), which Textual moves, crops and covers like other text. `SixelScreen` rewrites
the output to the terminal: it replaces new placeholders by blanks and appends the pictures.
"""

from __future__ import annotations

import re
import shutil
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.message import Message

from tui.app.graphics.sixel import MOST_CELLS, SixelPart, value_of
from tui.app.terminal.images import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.driver import Driver

    from tui.app.graphics.sixel import Sixel

_MOVE = re.compile(r"\x1b\[(\d+);(\d+)H")
_STYLE = r"\x1b\[[\d;]*m"
_TOKEN = re.compile(
    rf"(?P<style>(?:{_STYLE})+)|(?P<run>(?:{PLACEHOLDER}.{{4}})+)|(?P<text>[^\x1b{PLACEHOLDER}]+|.)",
    re.DOTALL,
)
_NO_WIDTH = re.compile(rf"{_STYLE}|\n")
_CELL = len(PLACEHOLDER) + 4
_SAVE, _RESTORE = "\x1b7", "\x1b8"
_CLEAR = "\x1b[2J"
_OTHER_SCREEN = "\x1b[?1049"

_Code = tuple[int, int, int, str] | None
"""The content of a cell: a picture's number, row and column, and the style."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Adjacent cells of a picture: their position on screen and in the picture."""

    y: int
    x: int
    row: int
    column: int
    columns: int


@dataclass(slots=True)
class _LatePart:
    """A part of a picture that had to be encoded, with its text as soon as it is available."""

    picture: Sixel
    run: _Run
    part: SixelPart
    text: str | None = None


@dataclass(slots=True)
class _Frame:
    """The output while a text is rewritten."""

    text: list[str] = field(default_factory=list)
    runs: dict[int, list[_Run]] = field(default_factory=dict)


class SixelScreen:
    """Tracks which cells show pictures. Only the event loop, which writes to the terminal, uses it.

    Args:
        wake: called in another thread when ``late`` has output.
        size: returns the columns and rows of the terminal.
    """

    def __init__(
        self,
        wake: Callable[[], object],
        size: Callable[[], tuple[int, int]] = shutil.get_terminal_size,
    ) -> None:
        self._wake = wake
        self._size = size
        self._pictures: dict[int, Sixel] = {}
        self._screen: list[list[_Code]] = []
        self._late: list[_LatePart] = []

    def add(self, picture: Sixel) -> None:
        """Add a picture, before its placeholders are drawn."""
        self._pictures[picture.number] = picture

    def remove(self, number: int) -> None:
        """Remove a picture that no widget shows."""
        self._pictures.pop(number, None)

    def cleared(self) -> str:
        """Return the command that clears the screen, for cells of another size."""
        self._screen, self._late = [], []
        return _CLEAR

    def rewritten(self, data: str) -> str:
        """Return the output to the terminal for ``data``."""
        if _OTHER_SCREEN in data:
            self._screen = []
        if data.startswith(_SAVE) or (not self._screen and PLACEHOLDER not in data):
            return data  # from ``late``, or no picture has been added yet
        columns, rows = self._size()
        if len(self._screen) != rows or len(self._screen[0]) != columns:
            self._screen = [[None] * columns for _ in range(rows)]
        head, *moves = _MOVE.split(data)
        frame = _Frame([head])
        for y, x, text in zip(moves[::3], moves[1::3], moves[2::3], strict=True):
            frame.text.append(f"\x1b[{y};{x}H")
            self._follow(frame, int(y) - 1, int(x) - 1, text)
        for number, runs in frame.runs.items():
            self._draw(frame, number, runs)
        return "".join(frame.text)

    def late(self) -> str:
        """Return the parts that have been encoded since, if they are still on screen."""
        frame = _Frame()
        remaining = []
        for late in self._late:
            if late.text is None:
                remaining.append(late)
            elif self._shows(late.picture, late.run, late.part):
                _put(frame, late.run, late.text)
        self._late = remaining
        return "".join(frame.text)

    def _follow(self, frame: _Frame, y: int, x: int, text: str) -> None:
        """Rewrite a text, and record which cells it overwrites."""
        row = self._screen[y] if y < len(self._screen) else []
        if PLACEHOLDER not in text:
            width = cell_len(_NO_WIDTH.sub("", text))
            row[x : x + width] = [None] * len(row[x : x + width])
            frame.text.append(text)
            return
        style = ""
        for token in _TOKEN.finditer(text):
            if token["run"]:
                x = self._follow_run(frame, y, x, token["run"], style)
                continue
            if token["style"]:
                style = token["style"].rpartition("\x1b")[2]
            elif token["text"] != "\n":
                width = cell_len(token["text"])
                row[x : x + width] = [None] * len(row[x : x + width])
                x += width
            frame.text.append(token[0])

    def _follow_run(self, frame: _Frame, y: int, x: int, text: str, style: str) -> int:
        high, low, line, column = map(value_of, text[1:_CELL])
        number, columns = high * MOST_CELLS + low, len(text) // _CELL
        codes = [(number, line, column + offset, style) for offset in range(columns)]
        row = self._screen[y] if y < len(self._screen) else []
        if row[x : x + columns] == codes:
            frame.text.append(f"\x1b[{columns}C")
        else:
            row[x : x + columns] = codes[: len(row) - x]
            frame.text.append(" " * columns)
            frame.runs.setdefault(number, []).append(_Run(y, x, line, column, columns))
        return x + columns

    def _draw(self, frame: _Frame, number: int, runs: list[_Run]) -> None:
        picture = self._pictures.get(number)
        if picture is None:
            return
        waiting: list[_LatePart] = []
        for run, rows in _blocks(runs):
            # Below a picture in the last row, the terminal would scroll.
            most = max(0, min(rows, len(self._screen) - 1 - run.y))
            for part in picture.parts(SixelPart(run.row, run.column, most, run.columns)):
                y, x = run.y + part.row - run.row, run.x + part.column - run.column
                at = _Run(y, x, part.row, part.column, part.columns)
                if (text := picture.encoded_text(part)) is not None:
                    _put(frame, at, text)
                else:
                    waiting.append(_LatePart(picture, at, part))
        if waiting:
            self._late += waiting
            threading.Thread(target=self._encode, args=(waiting,), daemon=True).start()

    def _encode(self, parts: list[_LatePart]) -> None:
        for late in parts:
            late.text = late.picture.text(late.part)
        self._wake()

    def _shows(self, picture: Sixel, run: _Run, part: SixelPart) -> bool:
        """Return whether the screen still shows the cells of a part."""
        for line in range(part.rows):
            codes = self._screen[run.y + line][run.x : run.x + part.columns]
            expected = [
                (picture.number, part.row + line, part.column + offset)
                for offset in range(part.columns)
            ]
            if [code and code[:3] for code in codes] != expected:
                return False
        return True


def _put(frame: _Frame, run: _Run, text: str) -> None:
    frame.text.append(f"{_SAVE}\x1b[{run.y + 1};{run.x + 1}H{text}{_RESTORE}")


def _blocks(runs: list[_Run]) -> list[tuple[_Run, int]]:
    """Merge runs below each other; return the first of each block and the number of rows."""
    blocks: list[tuple[_Run, int]] = []
    for run in sorted(runs, key=lambda run: (run.x, run.column, run.columns, run.y)):
        if blocks:
            first, rows = blocks[-1]
            below = _Run(first.y + rows, first.x, first.row + rows, first.column, first.columns)
            if run == below:
                blocks[-1] = (first, rows + 1)
                continue
        blocks.append((run, 1))
    return blocks


def drawing_sixels(driver: type[Driver], screen: SixelScreen) -> type[Driver]:
    """Return a driver whose output ``screen`` rewrites."""

    class DrawingSixels(driver):  # type: ignore[misc, valid-type]
        def write(self, data: str) -> Any:
            return super().write(screen.rewritten(data))

    return DrawingSixels


@dataclass
class SixelsReady(Message):
    """Parts of Sixel pictures on screen have been encoded."""
