"""Groups of duplicates as lines, however many there are; drawn, not mounted."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.app.model.list_moves import moved
from tui.app.model.picture_text import folder_text
from tui.app.model.status_text import date_text
from tui.app.widgets.cell_content import MARKED
from tui.app.workers.guard import Guarded
from tui.core.formatting import plural, printable, size_text

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from textual import events

    from tui.app.model.list_moves import ListMove
    from tui.core.domain import FileDetails
    from tui.search.duplicates.groups import DuplicateGroup

Styled = tuple[str, str]


class DuplicateList(Guarded, ScrollView, can_focus=False):
    """Shows a heading for each group and a line for each file, with a cursor on a file.

    Args:
        marks: the numbers of marked files.
    """

    DEFAULT_CSS = """
    DuplicateList {
        background: $background;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        .group--head { color: $text-muted; }
        .group--file { color: $foreground; }
        .group--facts { color: $text-muted; }
        .group--keep { color: $text-success; }
        .group--mark { color: $primary; text-style: bold; }
        .group--cursor {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
        &:nocolor .group--cursor { text-style: bold reverse; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "group--head",
        "group--file",
        "group--facts",
        "group--keep",
        "group--mark",
        "group--cursor",
    }

    class Moved(Message):
        """The cursor is on another file."""

    def __init__(self, marks: Container[int], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._marks = marks
        self._groups: Sequence[DuplicateGroup] = ()
        self._rows: list[
            tuple[int, int]
        ] = []  # indexes of a group and of a file in it; -1 is the heading
        self._row = 0
        self._direction = 1

    @property
    def groups(self) -> Sequence[DuplicateGroup]:
        """The listed groups."""
        return self._groups

    def show(self, groups: Sequence[DuplicateGroup]) -> None:
        """List groups; the cursor keeps its row as far as possible."""
        self._groups = groups
        self._rows = [
            (number, index)
            for number, group in enumerate(groups)
            for index in range(-1, len(group.files))
        ]
        self.virtual_size = Size(self.size.width, len(self._rows))
        self._go(self._row, 1)

    @property
    def current(self) -> tuple[DuplicateGroup, FileDetails] | None:
        """The group and the file under the cursor."""
        return self._at(self._row) if self._rows else None

    @property
    def nearby(self) -> list[tuple[DuplicateGroup, FileDetails]]:
        """The groups and files one move away, that in the direction of the last move first."""
        steps = (self._direction, -self._direction) if self._rows else ()
        rows = (self._file_row(self._row + step, step) for step in steps)
        return [self._at(row) for row in rows if row != self._row]

    def move(self, move: ListMove, count: int | None = None) -> None:
        """Move the cursor to another file, ``count`` times; headings of groups don't count."""
        direction = -1 if move in ("up", "page_up", "half_page_up", "first") else 1
        page = max(1, self.size.height - 1)
        if move in ("up", "down", "first", "last"):
            files = [row for row, (_, index) in enumerate(self._rows) if index >= 0]
            if files:
                index = moved(bisect_left(files, self._row), len(files), page, move, count)
                self._go(files[index], direction)
        else:
            self._go(moved(self._row, len(self._rows), page, move, count), direction)

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to a file."""
        self._go(event.y + self.scroll_offset.y, 1)

    def _at(self, row: int) -> tuple[DuplicateGroup, FileDetails]:
        number, index = self._rows[row]
        return self._groups[number], self._groups[number].files[max(0, index)]

    def _file_row(self, row: int, direction: int) -> int:
        """Return the row of a file at or next to a row of the list."""
        row = max(1, min(row, len(self._rows) - 1))
        if row < len(self._rows) and self._rows[row][1] < 0:
            row += direction if direction > 0 or row > 1 else 1
        return min(row, max(0, len(self._rows) - 1))

    def _go(self, row: int, direction: int) -> None:
        self._row, self._direction = self._file_row(row, direction), direction
        top, height = self.scroll_offset.y, self.size.height
        if self._row - 1 < top:
            self.scroll_to(y=self._row - 1, animate=False)
        elif self._row >= top + height:
            self.scroll_to(y=self._row - height + 1, animate=False)
        self.refresh()
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        row, width = y + self.scroll_offset.y, self.size.width
        if row >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        number, index = self._rows[row]
        group = self._groups[number]
        is_current = row == self._row
        if index < 0:
            parts = [(_heading(group), "head")]
        else:
            parts = self._file(group, index, width, is_current=is_current)
        segments = [
            Segment(
                text, self.get_component_rich_style(f"group--{'cursor' if is_current else name}")
            )
            for text, name in parts
        ]
        blank = segments[0].style if is_current else self.rich_style
        return Strip(segments).adjust_cell_length(width, blank)

    def _file(
        self, group: DuplicateGroup, index: int, width: int, *, is_current: bool
    ) -> list[Styled]:
        file = group.files[index]
        cursor = "▸ " if is_current else "  "
        mark = MARKED if file.file_id in self._marks else "  "
        label = (f"{group.label(index):5}", "facts" if index else "keep")
        pixels = "" if file.info is None else f"{file.info.width}×{file.info.height}"  # noqa: RUF001
        facts = f"{pixels:>11}  {size_text(file.size):>8}  {date_text(file)[:10]}"
        room = width - len(facts) - 13
        name = f"{folder_text(file)}/{printable(file.path.name)}"
        if room < 12:
            facts, room = "", width - 11
        path = Content(_tail(name, room)).truncate(max(0, room), ellipsis=True, pad=True).plain
        return [(cursor, "file"), (mark, "mark"), label, ("  ", "file"), (path, "file"),
                (f"  {facts}", "facts")]  # fmt: skip


def _tail(text: str, room: int) -> str:
    """Truncate a path to its end, which distinguishes copies."""
    return text if len(text) <= room or room < 2 else f"…{text[-(room - 1) :]}"


def _heading(group: DuplicateGroup) -> str:
    kind = "Same bytes" if group.kind == "identical" else "Nearly the same"
    return (
        f"{kind}  ·  {plural(len(group.files), 'file')}  ·  {size_text(group.spare_bytes)} could go"
    )
