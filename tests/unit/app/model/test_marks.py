"""Selecting one picture, some, and all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui.app.model.marks import Marks

ORDER = [7, 3, 9, 1]


def test_a_picture_is_marked_and_unmarked() -> None:
    marks = Marks()
    marks.change("toggle", ORDER, 1)
    assert (3 in marks, len(marks)) == (True, 1)
    marks.change("toggle", ORDER, 1)
    assert len(marks) == 0


def test_a_range_extends_in_both_directions_from_the_last_mark() -> None:
    for start, end in ((1, 3), (3, 1)):
        marks = Marks()
        marks.change("toggle", ORDER, start)
        marks.change("range", ORDER, end)
        assert marks.ordered(ORDER) == [3, 9, 1]


def test_a_range_whose_start_is_not_listed_is_one_picture() -> None:
    marks = Marks()
    marks.change("toggle", [5, 6], 0)
    marks.change("range", ORDER, 2)
    assert marks.ordered(ORDER) == [9, 5]
    marks = Marks()
    marks.change("range", ORDER, 0)
    assert marks.ordered(ORDER) == [7]


@given(st.sets(st.sampled_from(ORDER)))
def test_inverting_twice_changes_nothing(marked: set[int]) -> None:
    marks = Marks()
    marks.add(marked)
    marks.change("invert", ORDER, 0)
    assert len(marks) == len(ORDER) - len(marked)
    marks.change("invert", ORDER, 0)
    assert set(marks.ordered([])) == marked


def test_marks_survive_another_order_and_can_be_cleared() -> None:
    marks = Marks()
    marks.change("all", ORDER, 0)
    assert marks.ordered([1, 2]) == [1, 3, 7, 9]
    marks.drop([3, 4])
    assert len(marks) == 3
    marks.change("clear", [], 0)
    assert len(marks) == 0


def test_marking_without_results_does_nothing() -> None:
    marks = Marks()
    for how in ("toggle", "range", "all", "invert"):
        marks.change(how, [], 0)
    assert len(marks) == 0
