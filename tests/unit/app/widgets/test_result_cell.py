"""Regions of a cell that look different after it has been drawn again."""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from tui.app.widgets.cell_drawing import Parts
from tui.app.widgets.result_cell import changes


def rows(*lines: tuple[str, ...]) -> tuple[Parts, ...]:
    return tuple(tuple(Strip([Segment(text)]) for text in line) for line in lines)


def test_equal_rows_have_not_changed() -> None:
    one = rows(("a", "bcd"), ("e", "fgh"))
    assert changes(one, one) == []
    assert changes(one, rows(("a", "bcd"), ("e", "fgh"))) == []


def test_parts_below_each_other_are_one_region() -> None:
    former = rows(("title",), ("|", "abc", "|"), ("|", "def", "|"), ("foot.",))
    latter = rows(("title",), ("!", "abc", "!"), ("!", "def", "!"), ("feet.",))
    assert changes(former, latter) == [
        Region(0, 1, 1, 2),
        Region(4, 1, 1, 2),
        Region(0, 3, 5, 1),
    ]


def test_rows_apart_are_two_regions() -> None:
    former, latter = rows(("a",), ("b",), ("c",)), rows(("x",), ("b",), ("z",))
    assert changes(former, latter) == [Region(0, 0, 1, 1), Region(0, 2, 1, 1)]


def test_columns_are_compared_and_not_characters() -> None:
    assert changes(rows(("日本", "a")), rows(("日本", "b"))) == [Region(4, 0, 1, 1)]
