"""Moves of a cursor in a list."""

from __future__ import annotations

import pytest

from tui.app.model.list_moves import ListMove, moved


@pytest.mark.parametrize(
    ("move", "count", "expected"),
    [
        ("up", None, 49),
        ("down", None, 51),
        ("up", 5, 45),
        ("down", 80, 99),
        ("first", None, 0),
        ("last", None, 99),
        ("first", 7, 6),
        ("last", 7, 6),
        ("last", 700, 99),
        ("page_up", None, 40),
        ("page_down", 2, 70),
        ("half_page_up", None, 45),
        ("half_page_down", 3, 65),
    ],
)
def test_a_move_stays_in_the_list(move: ListMove, count: int | None, expected: int) -> None:
    assert moved(50, 100, 10, move, count) == expected


@pytest.mark.parametrize("move", ["up", "down", "first", "last", "page_down", "half_page_up"])
def test_an_empty_list_and_a_page_without_lines(move: ListMove) -> None:
    assert moved(0, 0, 0, move) == 0
    assert 0 <= moved(1, 3, 0, move, 2) < 3
