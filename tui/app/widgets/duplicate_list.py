"""The list of duplicates: one widget that draws any number of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from tui.app.model.duplicates.cursor import HEADING
from tui.app.model.duplicates.text import group_text, match_text
from tui.app.model.picture_text import folder_text
from tui.app.model.status_text import date_text
from tui.app.widgets.cell_content import MARKED
from tui.app.workers.guard import Guarded
from tui.core.formatting import printable, size_text

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from textual import events

    from tui.app.model.duplicates.cursor import DuplicateCursor
    from tui.app.model.list_moves import ListMove
    from tui.search.duplicates.groups import DuplicateGroup

Styled = tuple[str, str]

SCROLLBAR = 1
"""The column of the scroll bar; it is reserved so that the heads stay above their columns."""
_MATCH = 9
_BEFORE_PATH = 4 + _MATCH + 2
_LEAST_PATH = 12
_WIDE_ENOUGH = _BEFORE_PATH + _LEAST_PATH + 35
"""The least columns with room for pixels, size and date."""


class DuplicateList(Guarded, ScrollView, can_focus=False):
    """Shows a heading for each group and a line for each file, with a cursor on a file.

    Args:
        cursor: the groups and the highlighted file.
        marks: the numbers of selected files.
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

    def __init__(
        self,
        cursor: DuplicateCursor,
        marks: Container[int],
        *,
        id: str | None = None,  # noqa: A002 - as in every widget
    ) -> None:
        super().__init__(id=id)
        self.cursor = cursor
        self._marks = marks

    def show(self, groups: Sequence[DuplicateGroup]) -> None:
        """List groups; the cursor stays on its line if possible."""
        self.cursor.list_groups(groups)
        self.virtual_size = Size(self.size.width, len(self.cursor.rows))
        self.follow_cursor()

    def move(self, move: ListMove, count: int | None = None) -> None:
        """Move the cursor to another file, ``count`` times."""
        self.cursor.move(move, max(1, self.size.height - 1), count)
        self.follow_cursor()

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to a file."""
        self.cursor.go(event.y + self.scroll_offset.y, 1)
        self.follow_cursor()

    def follow_cursor(self) -> None:
        """Scroll to the highlighted file."""
        row, top, height = self.cursor.row, self.scroll_offset.y, self.size.height
        if row - 1 < top:
            self.scroll_to(y=row - 1, animate=False)
        elif row >= top + height:
            self.scroll_to(y=row - height + 1, animate=False)
        self.refresh()
        self.post_message(self.Moved())

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        row, width = y + self.scroll_offset.y, self.size.width
        rows = self.cursor.rows
        if row >= len(rows):
            return Strip.blank(width, self.rich_style)
        number, index = rows[row]
        group = self.cursor.groups[number]
        is_current = row == self.cursor.row
        if index == HEADING:
            parts = [(group_text(group), "head")]
        else:
            columns = width if self.show_vertical_scrollbar else width - SCROLLBAR
            parts = self._file(group, index, columns, is_current=is_current)
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
        match = (f"{match_text(group, index):{_MATCH}}", "facts" if index else "keep")
        pixels = "" if file.info is None else f"{file.info.width}×{file.info.height}"  # noqa: RUF001
        facts = _facts(pixels, size_text(file.size), date_text(file)[:10], width)
        room = _path_room(width)
        name = f"{folder_text(file)}/{printable(file.path.name)}"
        path = Content(_tail(name, room)).truncate(max(0, room), ellipsis=True, pad=True).plain
        return [(cursor, "file"), (mark, "mark"), match, ("  ", "file"), (path, "file"),
                (facts, "facts")]  # fmt: skip


class DuplicateHeads(Widget):
    """Names the columns of the list."""

    DEFAULT_CSS = """
    DuplicateHeads { height: 1; color: $text-muted; text-style: underline; text-wrap: nowrap; }
    """

    def render(self) -> Content:
        """Draw the heads above the columns of a list as wide as this widget."""
        width = self.size.width - SCROLLBAR
        room = max(0, _path_room(width))
        facts = _facts("Pixels", "Size", f"{'Date':10}", width)
        return Content(f"    {'Match':{_MATCH}}  {'File'[:room]:{room}}{facts}")


def _facts(pixels: str, size: str, date: str, width: int) -> str:
    """Return the columns after the path; none where they would leave it too little room."""
    return f"  {pixels:>11}  {size:>8}  {date:>10}" if width >= _WIDE_ENOUGH else ""


def _path_room(width: int) -> int:
    return width - _BEFORE_PATH - len(_facts("", "", "", width))


def _tail(text: str, room: int) -> str:
    """Truncate a path to its end, which distinguishes copies."""
    return text if len(text) <= room or room < 2 else f"…{text[-(room - 1) :]}"
