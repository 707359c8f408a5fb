"""Characters that terminals join into one, drawn so that the columns hold in every terminal.

Rich gives a cluster with U+FE0F (emoji presentation), U+200D (joiner) or a skin tone the width that
newer terminals give it; others draw each of its characters, and all that stands to the right is
off. So a cluster is drawn as its first character, with blanks up to the width that Rich counts. A
joiner between letters is left out, and the letters stay: there it only chooses a ligature.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, get_character_cell_size

if TYPE_CHECKING:
    from textual.driver import Driver

_JOINER = "\u200d"
_PRESENTATION = "\ufe0f"
_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
_SIGNS = f"{_JOINER}{_PRESENTATION}{_TONES}"
_CLUSTER = re.compile(
    rf"(?P<first>[^\x1b])(?P<others>(?:[{_PRESENTATION}\u20e3{_TONES}]|{_JOINER}[^\x1b]?)+)"
    rf"(?P<word>(?:[^\x1b {_SIGNS}](?![{_SIGNS}]))*)(?P<blanks> *)"
)


def steady(text: str) -> str:
    """Return text whose characters, each drawn by itself, take the columns that Rich counts."""
    if text.isascii() or not any(sign in text for sign in _SIGNS):
        return text
    return _CLUSTER.sub(_drawn_apart, text)


def _drawn_apart(match: re.Match[str]) -> str:
    first, others = match["first"], match["others"]
    bound = [after for sign, after in pairwise(others) if sign == _JOINER and after.isalpha()]
    drawn = "".join([first, *bound])
    spare = cell_len(first + others) - sum(map(get_character_cell_size, drawn))
    return drawn + " " * spare + match["word"] + match["blanks"][max(0, -spare) :]


def steady_driver(driver: type[Driver]) -> type[Driver]:
    """Return a driver that writes all text so that the columns hold."""

    class Steady(driver):  # type: ignore[misc, valid-type]
        def write(self, data: str) -> Any:
            return super().write(steady(data))

    return Steady
