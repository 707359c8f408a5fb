"""The virtual list's arithmetic."""

from __future__ import annotations

from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from tui.app.model.result_window import GridShape, Move, Window, shape_for

SMALL = st.integers(1, 6)
MOVES = st.lists(st.sampled_from(get_args(Move)), max_size=30)


def check(window: Window) -> None:
    assert 0 <= window.cursor <= max(0, window.total - 1)
    assert window.top >= 0
    assert window.start <= window.cursor < max(1, window.stop)
    assert len(window.cells) <= window.size
    assert [index for index in window.cells if index is not None] == [
        *range(window.start, window.stop)
    ]
    assert window.top == 0 or window.top + window.rows <= window.total_rows
    assert window.stop - window.start <= window.size
    assert set(range(window.start, window.stop)) <= set(window.nearby) <= set(range(window.total))


BREAKS = st.none() | st.integers(0, 60)


@given(total=st.integers(0, 200), columns=SMALL, rows=SMALL, moves=MOVES, break_at=BREAKS)
def test_the_cursor_is_always_a_hit_on_screen(
    total: int, columns: int, rows: int, moves: list[Move], break_at: int | None
) -> None:
    window = Window(total, columns, rows, break_at=break_at)
    for move in moves:
        window = window.moved(move)
        check(window)


@given(
    total=st.integers(1, 200),
    columns=SMALL,
    rows=SMALL,
    cursor=st.integers(0, 199),
    new_columns=SMALL,
    new_rows=SMALL,
    break_at=BREAKS,
)
def test_another_layout_keeps_the_highlighted_hit(
    *,
    total: int,
    columns: int,
    rows: int,
    cursor: int,
    new_columns: int,
    new_rows: int,
    break_at: int | None,
) -> None:
    before = Window(total, columns, rows, break_at=break_at).at(cursor)
    after = before.reshaped(new_columns, new_rows)
    check(after)
    assert after.cursor == before.cursor


@given(
    total=st.integers(0, 200),
    cursor=st.integers(0, 199),
    new_total=st.integers(0, 200),
    position=st.none() | st.integers(0, 199),
    break_at=BREAKS,
)
def test_a_new_order_keeps_the_highlighted_hit(
    total: int, cursor: int, new_total: int, position: int | None, break_at: int | None
) -> None:
    before = Window(total, 3, 4).at(cursor)
    after = before.reordered(new_total, position, break_at)
    check(after)
    if position is not None and position < new_total:
        assert after.cursor == position


@given(
    total=st.integers(0, 200),
    columns=SMALL,
    rows=SMALL,
    top=st.integers(-50, 300),
    break_at=BREAKS,
)
def test_scrolling_shows_the_requested_rows(
    total: int, columns: int, rows: int, top: int, break_at: int | None
) -> None:
    window = Window(total, columns, rows, break_at=break_at).scrolled_to(top)
    check(window)
    if 0 <= top <= window.total_rows - rows:
        assert window.top == top


def test_streaming_in_above_leaves_the_picture_where_it_is_on_screen() -> None:
    window = Window(300, 3, 4).at(30)
    line = window.cursor // 3 - window.top
    moved_back = window.reordered(309, 39)
    assert (moved_back.cursor, moved_back.cursor // 3 - moved_back.top) == (39, line)


def test_pages_go_by_screens_and_stay_in_the_column() -> None:
    window = Window(100, 4, 3).at(1).moved("page_down")
    assert (window.top, window.cursor) == (3, 13)
    assert window.moved("page_up").cursor == 1
    assert Window(100, 4, 3).at(6).moved("page_up").cursor == 2


@given(total=st.integers(1, 120), columns=SMALL, rows=SMALL, break_at=BREAKS, moves=MOVES)
def test_up_and_down_go_to_the_next_row_and_stay_in_the_column(
    total: int, columns: int, rows: int, break_at: int | None, moves: list[Move]
) -> None:
    slots: list[int | None] = [*range(total)]
    if break_at is not None and break_at < total:
        slots[break_at:break_at] = [None] * (-break_at % columns)
    window = Window(total, columns, rows, break_at=break_at)
    for move in moves:
        window = window.moved(move)
        slot = slots.index(window.cursor)
        for other, step in (("up", -columns), ("down", columns)):
            row = (slot + step) // columns
            hits = slots[row * columns : row * columns + slot % columns + 1]
            expected = next((index for index in reversed(hits) if index is not None), None)
            moved = window.moved(other).cursor  # type: ignore[arg-type]
            assert moved == (window.cursor if row < 0 or expected is None else expected)


def test_the_rule_is_above_the_row_of_the_first_weak_hit() -> None:
    window = Window(20, 4, 3, break_at=6)
    assert (window.rule_row, window.total_rows) == (2, 6)
    assert window.cells == [0, 1, 2, 3, 4, 5, None, None, 6, 7, 8, 9]
    assert window.scrolled_to(2).rule_row == 0
    assert window.scrolled_to(3).rule_row is None
    assert window.reshaped(3, 2).rule_row is None
    assert Window(20, 4, 3, break_at=0).rule_row == 0
    assert Window(20, 4, 3, break_at=20).rule_row is None
    assert Window(20, 4, 3, break_at=8).cells == [*range(12)]


def test_down_into_a_short_last_row_ends_on_its_last_hit() -> None:
    assert Window(5, 3, 4).at(2).moved("down").cursor == 4
    assert Window(5, 3, 4).at(4).moved("down").cursor == 4
    assert Window(5, 3, 4).at(1).moved("up").cursor == 1


@given(width=st.integers(0, 500), height=st.integers(0, 200))
def test_every_space_has_a_shape_that_fits(width: int, height: int) -> None:
    shape = shape_for(width, height)
    assert shape.rows <= max(1, height)
    assert shape.columns * 16 <= max(16, width)
    assert (shape.form == "line") == (width < 16 or height < 5)


def test_shapes_of_usual_terminals() -> None:
    assert shape_for(54, 16) == GridShape(3, 2, has_rule=True)
    assert shape_for(37, 6) == GridShape(2, 1, has_rule=True)
    assert shape_for(106, 36).columns == 4
    assert shape_for(106, 36, pictures=False).form == "line"
    assert shape_for(106, 36, "list") == GridShape(1, 7, "list", has_rule=True)
    assert shape_for(20, 36, "list").form == "grid"
