"""Moves of a cursor in a list of lines."""

from __future__ import annotations

from typing import Literal

ListMove = Literal[
    "up", "down", "first", "last", "page_up", "page_down", "half_page_up", "half_page_down"
]


def moved(index: int, total: int, page: int, move: ListMove, count: int | None = None) -> int:
    """Return the line of a cursor after a move, within the list.

    Args:
        index: the line of the cursor, counted from 0.
        total: the number of lines.
        page: the lines on screen.
        move: the move.
        count: how many times to move; for ``first`` and ``last`` the line, counted from 1.
    """
    half = max(1, page // 2)
    steps = {
        "up": -1,
        "down": 1,
        "page_up": -max(1, page),
        "page_down": max(1, page),
        "half_page_up": -half,
        "half_page_down": half,
    }
    if move in steps:
        index += steps[move] * (count or 1)
    elif count is not None:
        index = count - 1
    else:
        index = 0 if move == "first" else total - 1
    return max(0, min(index, total - 1))
