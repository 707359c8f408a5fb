"""Divides the columns of the status row among the highlighted picture, the state and the keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from tui.app.model.ellipsis import shorten_middle
from tui.app.model.status_text import date_text
from tui.core.formatting import printable, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.core.domain import Hit

_WIDEST_HIGHLIGHT = 44
"""Columns beyond which the highlighted picture gives room to the keys."""
_SHORTEST_NAME = 24
"""Columns of a shortened name, below which the facts beside it are dropped."""


@dataclass(frozen=True, slots=True)
class StateText:
    """A part of the state.

    Attributes:
        text: the whole text.
        short: the text if the row has no room for the whole one; empty to drop it.
        style: a style of Textual's content markup.
    """

    text: str
    short: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class RowLayout:
    """The columns of a status row.

    Attributes:
        highlight: columns of the highlighted picture.
        is_short: the state is in its short texts.
        state: columns of the state.
        keys: the indexes of the keys that fit.
    """

    highlight: int
    is_short: bool
    state: int
    keys: Sequence[int]


def divide_row(
    width: int, states: tuple[int, int], keys: Sequence[int], *, last: int | None, spare: int = 0
) -> RowLayout:
    """Divide a row: the highlighted picture shrinks first, then the keys, then the state.

    The result does not depend on the highlighted picture, so that nothing moves with the cursor.

    Args:
        width: the columns of the row.
        states: the columns of the state in its whole and in its short texts.
        keys: the columns of each key, the most important first.
        last: the index of the key to drop last; None if there is none.
        spare: columns that a message needs instead of the highlighted picture.
    """
    least = min(width, max(min(width // 3, _WIDEST_HIGHLIGHT), spare))
    shown = list(range(len(keys)))
    whole, short = states
    if least + whole + sum(keys) <= width:
        return RowLayout(width - whole - sum(keys), False, whole, shown)
    while shown and least + short + sum(keys[index] for index in shown) > width:
        shown.remove(next((index for index in reversed(shown) if index != last), shown[-1]))
    columns = sum(keys[index] for index in shown)
    state = max(0, min(short, width - columns - least))
    return RowLayout(width - columns - state, True, state, shown)


def highlight_text(hit: Hit, width: int) -> str:
    """Return name, size, date and copies of a picture in at most ``width`` columns.

    A longer name is shortened in the middle, since its end often tells pictures apart.
    """
    file = hit.file
    copies = hit.copies - hit.has_raw
    facts = [size_text(file.size) if file.size else "", date_text(file)[:10]]
    facts.append(f"{copies:,} copies" if copies > 1 else "")
    name = printable(file.path.name)
    for count in range(len(facts), 0, -1):
        tail = "".join(f" · {fact}" for fact in facts[:count] if fact)
        room = width - cell_len(tail)
        if room >= min(cell_len(name), _SHORTEST_NAME):
            return f"{shorten_middle(name, room)}{tail}"
    return shorten_middle(name, width)
