"""The cells of a line of the terminal.

A cell is the text that starts in its column and the key of its style (``pen``). A wide character
fills its other columns with cells without text, which refer to it, so that they change with it.
Text whose width terminals disagree about (``clusters``) is written whole or not at all: all of it
counts as one wide character.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len, get_character_cell_size
from rich.segment import Segment
from textual.strip import Strip

from tui.app.terminal.clusters import is_steady
from tui.app.terminal.images import PLACEHOLDER
from tui.app.terminal.painting.pen import linked, written_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.color import ColorSystem
    from rich.style import Style

Cell = tuple[str, Any]
"""Text and the key of its style; or no text, the cell with the text and the distance from it."""

_narrow: set[str] = set()
"""Characters that are known to fill one column; Unicode has a limited number of them."""


class Columns(NamedTuple):
    """A text by columns.

    Attributes:
        marks: characters without width at its start, which belong to the text before.
        texts: the text that starts in each column; empty where a wide character continues.
        is_steady: all terminals agree about its width.
    """

    marks: str
    texts: tuple[str, ...]
    is_steady: bool


class LineCells(NamedTuple):
    """A part of a line.

    Attributes:
        cells: from left to right.
        unsteady: the columns, relative to the first, after which the cursor may be anywhere.
    """

    cells: list[Cell]
    unsteady: list[int]


def cells_of(strip: Strip, colours: ColorSystem) -> LineCells:
    """Return the cells of a strip."""
    cells: list[Cell] = []
    unsteady: list[int] = []
    narrow = _narrow
    for text, style, control in strip:
        if text in narrow and style is not None and style._ansi and not style._link:
            cells.append((text, style._ansi))  # as most cells of pictures
            continue
        if control:
            continue
        key = _key(style, colours)
        if text.startswith(PLACEHOLDER):
            key = written_whole(key, text[1:3])
        if text.isascii() and text.isprintable():
            cells += [(character, key) for character in text]
            continue
        columns = _columns(text)
        if columns.marks:
            _join(cells, columns.marks)
        if "" in columns.texts:
            cells += _wide(columns.texts, key)
        else:
            cells += [(character, key) for character in columns.texts]
            if columns.is_steady and len(text) == len(columns.texts) == 1:
                narrow.add(text)
        if not columns.is_steady:
            unsteady.append(len(cells))
    return LineCells(cells, unsteady)


def cut(row: list[Cell | None], column: int) -> bool:
    """Divide a wide character that continues in a column; return whether there is one."""
    if not 0 < column < len(row) or (cell := row[column]) is None or cell[0]:
        return False
    (text, key), distance = cell[1]
    start = column - distance
    for part in Segment(text).split_cells(distance):
        cells = _wide(_columns(part.text).texts, key)
        row[start : start + len(cells)] = cells
        start += len(cells)
    return True


def _key(style: Style | None, colours: ColorSystem) -> str:
    if style is None:
        return ""
    codes = style._ansi  # Textual also keeps them there
    if codes is None:
        codes = Strip.render_ansi(style, colours)
    if style._link:
        codes = linked(codes, style._link, style._link_id)
    return codes


@lru_cache(4096)
def _columns(text: str) -> Columns:
    if not is_steady(text):
        width = cell_len(text)
        texts = (text, *[""] * (width - 1)) if width else ()
        return Columns("" if width else text, texts, is_steady=not width)
    marks, columns = "", list[str]()
    head = -1
    for character in text:
        if _is_regional(character) and head >= 0 and _is_regional(columns[head]):
            columns[head] += character  # two letters of a country: its flag
            columns.append("")
        elif width := get_character_cell_size(character):
            head = len(columns)
            columns += [character, *[""] * (width - 1)]
        elif head < 0:
            marks += character
        else:
            columns[head] += character
    return Columns(marks, tuple(columns), is_steady=True)


def _is_regional(text: str) -> bool:
    return len(text) == 1 and "\U0001f1e6" <= text <= "\U0001f1ff"


def _wide(texts: Iterable[str], key: str) -> list[Cell]:
    """Return cells in which those without text refer to the one with the text before them."""
    cells: list[Cell] = []
    head: Cell = (" ", key)
    distance = 0
    for text in texts:
        if text:
            head, distance = (text, key), 0
            cells.append(head)
        else:
            distance += 1
            cells.append(("", (head, distance)))
    return cells


def _join(cells: list[Cell], marks: str) -> None:
    """Add characters without width to the last character."""
    if not cells:
        return
    distance = 0 if cells[-1][0] else cells[-1][1][1]
    text, key = cells[-1 - distance]
    cells[len(cells) - 1 - distance :] = _wide((text + marks, *[""] * distance), key)
