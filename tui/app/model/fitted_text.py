"""Texts cut and wrapped to a number of columns, in which wide characters take two."""

from __future__ import annotations

from rich.cells import cell_len, chop_cells, split_graphemes

_ELLIPSIS = "…"
_MOST_OF_END = 12
"""The longest end of a name that a cut in its middle retains: a number and the extension."""


def shortened(text: str, width: int) -> str:
    """Return a name of at most ``width`` columns; the middle of a longer one becomes ``…``.

    The end of a file name often tells it from its neighbours.
    """
    if cell_len(text) <= width:
        return text
    if width < 2:
        return _ELLIPSIS[:width]
    room = width - 1
    end = last_columns(text, min(_MOST_OF_END, room // 2))
    begin = first_columns(text, room - cell_len(end))
    return f"{begin}{_ELLIPSIS}{end}"


def shortened_path(text: str, width: int) -> str:
    """Return a path of at most ``width`` columns; the beginning of a longer one becomes ``…``."""
    if cell_len(text) <= width:
        return text
    return f"{_ELLIPSIS[:width]}{last_columns(text, max(0, width - 1))}"


def first_columns(text: str, width: int) -> str:
    """Return as much of the beginning as fits."""
    spans, _ = split_graphemes(text)
    end = 0
    for _, stop, columns in spans:
        width -= columns
        if width < 0:
            break
        end = stop
    return text[:end]


def last_columns(text: str, width: int) -> str:
    """Return as much of the end as fits."""
    spans, _ = split_graphemes(text)
    begin = len(text)
    for start, _, columns in reversed(spans):
        width -= columns
        if width < 0:
            break
        begin = start
    return text[begin:]


def wrapped(text: str, width: int) -> list[str]:
    """Return lines of at most ``width`` columns, broken at blanks; a longer word is split."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cell_len(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines += chop_cells(word, width) or [word]
    return lines
