"""The highlighted file in groups of duplicates."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tui.app.model.duplicates.cursor import HEADING, DuplicateCursor
from tui.core.domain import FileDetails
from tui.search.duplicates.groups import DuplicateGroup
from tui.search.duplicates.on_disk import DiskFile

MOVES = st.lists(
    st.one_of(
        st.sampled_from(["up", "down", "first", "last", "page_up", "page_down"]),
        st.tuples(st.sampled_from(["copy", "group"]), st.sampled_from([1, -1])),
    ),
    max_size=20,
)


def group(number: int, size: int) -> DuplicateGroup:
    files = tuple(
        FileDetails(number * 10 + index, Path(f"/{'abcdef'[index]}{number}.jpg"), 9, 0, None)
        for index in range(size)
    )
    disk = tuple(DiskFile(file.file_id, file.file_id) for file in files)
    return DuplicateGroup(files, "near", (1.0,) * size, (False,) * size, disk)


def cursor_in(*sizes: int) -> DuplicateCursor:
    cursor = DuplicateCursor()
    cursor.list_groups([group(number, size) for number, size in enumerate(sizes)])
    return cursor


def name(cursor: DuplicateCursor) -> str:
    assert cursor.current is not None
    return cursor.current[1].path.stem


def test_files_nearby_skip_headings_and_end_with_the_list() -> None:
    cursor = DuplicateCursor()
    assert cursor.nearby == []
    assert cursor.current is None
    cursor = cursor_in(3, 3)

    def names(row: int, direction: int) -> list[str]:
        cursor.row, cursor.direction = row, direction
        return [file.path.stem for _, file in cursor.nearby]

    assert names(1, 1) == ["b0"]
    assert names(3, 1) == ["a1", "b0"]
    assert names(3, -1) == ["b0", "a1"]
    assert names(5, -1) == ["c0", "b1"]
    assert names(7, 1) == ["b1"]


def test_moving_between_copies_wraps_at_the_ends_of_their_group() -> None:
    cursor = cursor_in(2, 3, 2)
    cursor.move_to_group(1)
    assert name(cursor) == "b1"
    names = []
    for _ in range(4):
        cursor.move_to_copy(1)
        names.append(name(cursor))
    assert names == ["c1", "a1", "b1", "c1"]
    cursor.move_to_copy(-2)
    assert name(cursor) == "a1"
    cursor.move_to_copy(-1)
    assert name(cursor) == "c1"


def test_groups_end_with_the_list() -> None:
    cursor = cursor_in(2, 3)
    cursor.move_to_group(-1)
    assert name(cursor) == "a0"
    cursor.move_to_group(1)
    cursor.move_to_group(1)
    assert name(cursor) == "b1"


@given(st.lists(st.integers(2, 5), max_size=5), MOVES, st.lists(st.integers(2, 5), max_size=5))
def test_the_cursor_is_always_on_a_file(
    sizes: list[int], moves: list[str | tuple[str, int]], sizes_after: list[int]
) -> None:
    cursor = cursor_in(*sizes)
    for move in moves:
        if isinstance(move, str):
            cursor.move(move, 4)  # type: ignore[arg-type]
        elif move[0] == "copy":
            number = cursor.group_number if sizes else None
            cursor.move_to_copy(move[1])
            assert not sizes or cursor.group_number == number
        else:
            cursor.move_to_group(move[1])
        assert not sizes or cursor.rows[cursor.row][1] != HEADING
    cursor.list_groups([group(number, size) for number, size in enumerate(sizes_after)])
    assert (cursor.current is None) == (not sizes_after)
    assert not sizes_after or cursor.rows[cursor.row][1] != HEADING
