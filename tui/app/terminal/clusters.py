"""Character clusters, drawn with the same width in every terminal.

Rich counts a cluster with U+FE0F (emoji presentation), U+200D (joiner) or a skin tone as newer
terminals do; older ones draw each of its characters, which shifts the rest of the line. So only the
first character of a cluster is drawn, with blanks up to the width that Rich counts. A joiner
between letters only selects a ligature; it is dropped, and the letters are drawn.

Spacing vowel signs (Unicode's category Mc, in the scripts of India and its neighbours) have no
width in Rich and kitty, and one column in xterm and glibc's ``wcwidth``. After text with such signs
the cursor is positioned again.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from unicodedata import category

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


_LEADS = (b"\xe0", b"\xe1", b"\xea")
"""The first bytes in UTF-8 of the blocks of ``_SIGNED``, which are faster to find."""
_SIGNED = re.compile("[\u0900-\u109f\u1700-\u1cff\ua800-\uabff]")
_LINE = re.compile(r"\x1b\[(\d+);(\d+)H([^\n]*?)(?=\x1b\[\d+;\d+H|\n|\Z)")
_PIECE = re.compile(r"\x1b\[[\d;]*m|[^\x1b \u2500-\u257f]+ *|[ \u2500-\u257f]+|\x1b")
"""A style, a word with its trailing blanks, or box-drawing characters."""


_BINDING = re.compile(rf"{_JOINER}(?=[^\W\d_])")


def without_ligatures(text: str) -> str:
    """Drop the joiners before letters, so that Rich counts the columns that the letters fill."""
    return _BINDING.sub("", text)


def steady(text: str) -> str:
    """Return a text that every terminal draws with the width that Rich counts."""
    if text.isascii():
        return text
    if any(sign in text for sign in _SIGNS):
        text = _CLUSTER.sub(_drawn_apart, text)
    encoded = text.encode("utf-8", "replace")
    if any(lead in encoded for lead in _LEADS):
        text = _LINE.sub(_repositioned, text)
    return text


def is_steady(text: str) -> bool:
    """Return whether every terminal draws a text with the width that Rich counts."""
    return not _SIGNED.search(text) and not any(sign in text for sign in _SIGNS)


def _drawn_apart(match: re.Match[str]) -> str:
    first, marks = match["first"], match["others"]
    bound = [after for sign, after in pairwise(marks) if sign == _JOINER and after.isalpha()]
    text = "".join([first, *bound])
    spare = cell_len(first + marks) - sum(map(get_character_cell_size, text))
    return text + " " * spare + match["word"] + match["blanks"][max(0, -spare) :]


def _repositioned(match: re.Match[str]) -> str:
    """Position the cursor after each piece with vowel signs."""
    if not _SIGNED.search(match[3]):
        return match[0]
    y, x = int(match[1]), int(match[2])
    line = [f"\x1b[{y};{x}H"]
    for piece in _PIECE.findall(match[3]):
        width = 0 if piece[0] == "\x1b" else cell_len(piece)
        if width and _SIGNED.search(piece):
            # Some terminals draw less than ``width``, others more, over the trailing blanks.
            marks = sum(category(character) == "Mc" for character in piece)
            ends = min(marks, len(piece) - len(piece.rstrip(" ")))
            text = piece[: len(piece) - ends]
            line.append(f"{' ' * width}\x1b[{y};{x}H{text}\x1b[{y};{x + width}H")
        else:
            line.append(piece)
        x += width
    return "".join(line)


def steady_driver(driver: type[Driver]) -> type[Driver]:
    """Return a driver whose output has the same width in every terminal."""

    class Steady(driver):  # type: ignore[misc, valid-type]
        def write(self, data: str) -> Any:
            return super().write(steady(data))

    return Steady
