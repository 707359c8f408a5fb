"""The lines of the list of duplicates, and the highlighted file among them."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING

from tui.app.model.list_moves import moved

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tui.app.model.list_moves import ListMove
    from tui.core.domain import FileDetails
    from tui.search.duplicates.groups import DuplicateGroup

HEADING = -1
"""In place of the index of a file, for a line that is the heading of its group."""


class DuplicateCursor:
    """A position in groups of duplicates, shared by the list and the large view.

    Attributes:
        groups: the groups, in order.
        rows: the lines: indexes of a group and of a file in it, or `HEADING`.
        row: the line of the highlighted file.
        direction: of the last move, 1 or -1.
    """

    def __init__(self) -> None:
        self.groups: Sequence[DuplicateGroup] = ()
        self.rows: list[tuple[int, int]] = []
        self.row = 0
        self.direction = 1

    def list_groups(self, groups: Sequence[DuplicateGroup]) -> None:
        """Replace the groups; the cursor stays on its line if possible."""
        self.groups = groups
        self.rows = [
            (number, index)
            for number, group in enumerate(groups)
            for index in range(HEADING, len(group.files))
        ]
        self.go(self.row, 1)

    @property
    def current(self) -> tuple[DuplicateGroup, FileDetails] | None:
        """The group and the highlighted file."""
        return self._at(self.row) if self.rows else None

    @property
    def group_number(self) -> int:
        """The index of the highlighted file's group."""
        return self.rows[self.row][0]

    @property
    def copy(self) -> int:
        """The index of the highlighted file in its group; 0 is the best one."""
        return max(0, self.rows[self.row][1])

    @property
    def nearby(self) -> list[tuple[DuplicateGroup, FileDetails]]:
        """The groups and files one move away, first the one in the direction of the last move."""
        steps = (self.direction, -self.direction) if self.rows else ()
        rows = (self._file_row(self.row + step, step) for step in steps)
        return [self._at(row) for row in rows if row != self.row]

    def move(self, move: ListMove, page: int, count: int | None = None) -> None:
        """Highlight another file; headings of groups don't count.

        Args:
            move: the direction or the end.
            page: the lines of a page.
            count: how many times to move.
        """
        direction = -1 if move in ("up", "page_up", "half_page_up", "first") else 1
        if move in ("up", "down", "first", "last"):
            files = [row for row, (_, index) in enumerate(self.rows) if index != HEADING]
            if files:
                index = moved(bisect_left(files, self.row), len(files), page, move, count)
                self.go(files[index], direction)
        else:
            self.go(moved(self.row, len(self.rows), page, move, count), direction)

    def move_to_copy(self, by: int) -> None:
        """Highlight the next or previous file of the group; the last is followed by the first."""
        if self.rows:
            size = len(self.groups[self.group_number].files)
            self.row += (self.copy + by) % size - self.copy
            self.direction = 1 if by > 0 else -1

    def move_to_group(self, by: int) -> None:
        """Highlight the first removable file of the next or previous group, if there is one."""
        number = self.group_number + by if self.rows else -1
        if 0 <= number < len(self.groups):
            self.row = self.rows.index((number, 1))
            self.direction = 1 if by > 0 else -1

    def go(self, row: int, direction: int) -> None:
        """Highlight the file at or next to a line."""
        self.row, self.direction = self._file_row(row, direction), direction

    def _at(self, row: int) -> tuple[DuplicateGroup, FileDetails]:
        number, index = self.rows[row]
        return self.groups[number], self.groups[number].files[max(0, index)]

    def _file_row(self, row: int, direction: int) -> int:
        """Return the line of a file at or next to a line."""
        row = max(1, min(row, len(self.rows) - 1))
        if row < len(self.rows) and self.rows[row][1] == HEADING:
            row += direction if direction > 0 or row > 1 else 1
        return min(row, max(0, len(self.rows) - 1))
