"""Shortens file names in the middle and paths at the beginning.

The end of a name is more informative: a number, a version, a format.
"""

from __future__ import annotations

from functools import lru_cache

from rich.cells import cell_len, get_character_cell_size

_ELLIPSIS = "…"
_LONGEST_SUFFIX = 6
_MIN_STEM_END = 3
_SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"


@lru_cache(512)
def shorten_name(name: str, room: int) -> str:
    """Return a name in at most ``room`` columns.

    A longer name loses its middle: its beginning, its last characters and its suffix stay, the
    suffix as long as there is room for it.
    """
    if cell_len(name) <= room:
        return name
    if room < 1:
        return ""
    begin, end = _split(name, room - cell_len(_ELLIPSIS))
    return f"{begin}{_ELLIPSIS}{end}"


def shorten_middle(text: str, room: int) -> str:
    """Return a text in at most ``room`` columns; a longer one loses its middle."""
    if cell_len(text) <= room:
        return text
    if room < 1:
        return ""
    room -= cell_len(_ELLIPSIS)
    return f"{_first_columns(text, room - room // 2)}{_ELLIPSIS}{_last_columns(text, room // 2)}"


def shorten_path(path: str, room: int) -> str:
    """Return a path in at most ``room`` columns.

    The beginning of a longer path is removed; whole folders remain, if the last one fits.
    """
    if cell_len(path) <= room:
        return path
    if room < 1:
        return ""
    end = _last_columns(path, room - cell_len(_ELLIPSIS))
    return f"{_ELLIPSIS}{end[max(0, end.find('/')) :]}"


def _split(name: str, room: int) -> tuple[str, str]:
    """Return the beginning and the end of a name that fill ``room`` columns together."""
    stem, dot, suffix = name.rpartition(".")
    suffix_width = cell_len(dot + suffix) if stem and cell_len(suffix) <= _LONGEST_SUFFIX else 0
    end_width = min(max(room // 2, suffix_width + _MIN_STEM_END), room * 2 // 3)
    if end_width < suffix_width <= room - 1:
        end_width = suffix_width
    end = _last_columns(name, end_width)
    return _first_columns(name, room - cell_len(end)), end


def _first_columns(text: str, room: int) -> str:
    count, width = 0, 0
    while count < len(text) and (width := width + _upper_width(text[count])) <= room:
        count += 1
    return text[:count].rstrip("\u200d")


def _last_columns(text: str, room: int) -> str:
    start, width = len(text), 0
    while start and (width := width + _upper_width(text[start - 1])) <= room:
        start -= 1
    while start < len(text) and _extends(text[start]):
        start += 1  # a mark without its letter
    return text[start:]


def _upper_width(character: str) -> int:
    """Return the columns of a single character; in a cluster it may take one more or none."""
    return 2 if character == "\ufe0f" else get_character_cell_size(character)


def _extends(character: str) -> bool:
    """Whether a character belongs to the one before it."""
    return get_character_cell_size(character) == 0 or character in _SKIN_TONES
