"""One line about a picture, in columns whose widths depend only on the width of the list."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import set_cell_size

from tui.app.model.ellipsis import shorten_path
from tui.app.model.picture_text import copies_text, folder_text, match_text
from tui.app.model.status_text import date_text
from tui.core.formatting import size_text

if TYPE_CHECKING:
    from tui.core.domain import Hit

_GAP = 2
_DATE = len("2023-05-27")
_SIZE = len("999.9 MB")
_MATCH = len("▮▮▮▯▯")
_MATCH_IN_WORDS = len("weak match")
_MATCH_WITH_REASON = 20
_WORDS_FROM, _REASON_FROM = 70, 100
"""The least widths of a list for more detail in its last column."""
_LEAST_NAME = 16
_LEAST_WITH_FOLDER = 28
"""The columns that name and folder need together."""
_NAME_SHARE = 0.62
"""The share of the name in the columns of name and folder."""


class ColumnWidths(NamedTuple):
    """The widths of the columns of a list; 0 for one that is omitted.

    All but the name include the gap before them.
    """

    name: int
    folder: int = 0
    date: int = 0
    size: int = 0
    match: int = 0


@lru_cache(16)
def column_widths(width: int) -> ColumnWidths:
    """Divide ``width`` columns; a narrow list omits folder, size, date and match, in turn."""
    match = _MATCH_WITH_REASON if width >= _REASON_FROM else _MATCH_IN_WORDS
    if width < _WORDS_FROM:
        match = _MATCH
    date, size, match = (_GAP + column for column in (_DATE, _SIZE, match))
    room = width - date - size - match
    if room >= _LEAST_WITH_FOLDER:
        name = round(room * _NAME_SHARE)
        return ColumnWidths(name, room - name, date, size, match)
    if room >= _LEAST_NAME:
        return ColumnWidths(room, 0, date, size, match)
    if room + size >= _LEAST_NAME:
        return ColumnWidths(room + size, 0, date, 0, match)
    if room + size + date >= _LEAST_NAME // 2:
        return ColumnWidths(room + size + date, match=match)
    return ColumnWidths(max(0, width))


def name_room(hit: Hit | None, width: int) -> int:
    """Return the columns for the name and mark of a picture in a line of ``width`` columns."""
    return max(0, column_widths(width).name - len(_copies(hit)))


def list_line(hit: Hit | None, label: str, width: int) -> tuple[str, str]:
    """Return the column of the name and the columns after it, ``width`` columns together.

    Args:
        hit: the picture; None while its details are loading.
        label: its mark and name, in at most `name_room` columns.
        width: of the line.
    """
    widths = column_widths(width)
    if hit is None:
        return " " * widths.name, " " * (width - widths.name)
    columns = (
        _after_gap(shorten_path(folder_text(hit.file), widths.folder - _GAP), widths.folder),
        _after_gap(date_text(hit.file)[:_DATE], widths.date),
        size_text(hit.file.size)[: max(0, widths.size - 1)].rjust(widths.size),
        _after_gap(match_text(hit, widths.match - _GAP), widths.match),
    )
    return set_cell_size(f"{label}{_copies(hit)}", widths.name), "".join(columns)


def _copies(hit: Hit | None) -> str:
    text = "" if hit is None else copies_text(hit)
    return f" {text}" if text else ""


def _after_gap(text: str, width: int) -> str:
    return set_cell_size(f"{' ' * _GAP}{text}", width) if width else ""
