"""Two copies of a picture, large and side by side, and their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from tui.app.graphics.zoom import STEPS
from tui.app.keys.bindings import bindings
from tui.app.keys.footer import KeyFooter
from tui.app.model.duplicates.text import compared_facts, similarity_text
from tui.app.model.marks import chip_before
from tui.app.screens.dialog import Closable
from tui.app.screens.preview.zoomable_picture import ZoomablePicture
from tui.app.screens.styles import HEIGHTS, WIDTHS
from tui.app.widgets.cell_content import MARKED
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.graphics.zoom import Towards
    from tui.app.model.duplicates.cursor import DuplicateCursor
    from tui.app.model.duplicates.text import ComparedFact
    from tui.app.model.marks import Marks
    from tui.core.domain import FileDetails
    from tui.search.duplicates.groups import DuplicateGroup

_STYLES = {
    "larger": "bold $text-success",
    "newer": "bold $text-success",
    "older": "bold $text-warning",
    "smaller": "$text-muted",
    "differs": "bold",
    "": "$text-muted",
}


class ComparedCopy(Vertical):
    """One of two copies: its name, its picture, and how it differs from the other one."""

    DEFAULT_CSS = """
    ComparedCopy {
        width: 1fr;
        height: 1fr;
        padding: 0 1;
        .compared--name { height: 1; text-overflow: ellipsis; text-wrap: nowrap; }
        .compared--facts { height: 5; text-overflow: ellipsis; text-wrap: nowrap; }
        ZoomablePicture { width: 1fr; height: 1fr; }
    }
    """

    def __init__(self, thumbnails: ThumbnailLoader, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self.picture = ZoomablePicture(thumbnails)
        self._title = Static(classes="compared--name", markup=False)
        self._facts = Static(classes="compared--facts", markup=False)

    def compose(self) -> ComposeResult:
        """Yield name, picture and facts from top to bottom."""
        yield self._title
        yield self.picture
        yield self._facts

    def show(
        self,
        file: FileDetails,
        other: FileDetails,
        following: Sequence[FileDetails],
        *,
        label: str,
        is_current: bool,
        is_marked: bool,
    ) -> None:
        """Show a file beside another one.

        Args:
            file: the file.
            other: the file in the other half of the screen.
            following: the files that are likely to be shown next.
            label: how the file relates to the best one.
            is_current: whether keys act on this file.
            is_marked: whether the file is selected.
        """
        name = f"{'▸ ' if is_current else '  '}{MARKED if is_marked else ''}{label}: "
        text = Content(f"{name}{printable(file.path.name)}")
        self._title.update(text.stylize("bold" if is_current else "$text-muted"), layout=False)
        self._facts.update(_fact_lines(compared_facts(file, other)), layout=False)
        self.picture.view(file, following=following)


class CompareScreen(Closable[None]):
    """Shows the best copy of a group on the left and another one on the right.

    One of the two is current: keys act on it, and it is the highlighted file of the list. A narrow
    window shows the current one only.

    Args:
        thumbnails: makes the thumbnails.
        cursor: the groups and the highlighted file, which this screen moves.
        marks: the selected files.
        act: performs an action on the selected files, or on the highlighted one.
    """

    DEFAULT_CSS = """
    CompareScreen {
        #compare-status { height: 1; padding: 0 1; text-style: bold; }
        #compare-status { text-overflow: ellipsis; text-wrap: nowrap; }
        &.-narrow #compare-best { display: none; }
        &.-low .compared--facts { height: 2; }
        &.-flat .compared--facts { display: none; }
        &.-low KeyFooter, &.-flat KeyFooter { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("compare")]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    def __init__(
        self,
        thumbnails: ThumbnailLoader,
        cursor: DuplicateCursor,
        marks: Marks,
        act: Callable[[str], object],
    ) -> None:
        super().__init__()
        self._cursor = cursor
        self._marks = marks
        self._act = act
        self._status = Static(id="compare-status", markup=False)
        self._best = ComparedCopy(thumbnails, id="compare-best")
        self._other = ComparedCopy(thumbnails, id="compare-other")
        self._shown_group: DuplicateGroup | None = None

    def compose(self) -> ComposeResult:
        """Yield the status and both copies."""
        yield self._status
        with Horizontal():
            yield self._best
            yield self._other
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show the copies."""
        self.show_copies()

    def on_resize(self) -> None:
        """Show one copy or both."""
        self.call_after_refresh(self.show_copies)

    # --- keys -----------------------------------------------------------------------------------

    def action_go(self, towards: Towards) -> None:
        """Pan zoomed pictures; otherwise show another copy, or another group."""
        if not self._other.picture.is_whole:
            self._other.picture.pan(towards)
            return
        across, down = STEPS[towards]
        if across:
            self.action_copy(across)
        else:
            self.action_group(down)

    def action_copy(self, by: int) -> None:
        """Make the next or previous copy of the group current."""
        self._cursor.move_to_copy(by)
        self.show_copies()

    def action_group(self, by: int) -> None:
        """Show the next or previous group."""
        self._cursor.move_to_group(by)
        self.show_copies()

    def action_zoom(self, by: int) -> None:
        """Zoom both pictures in or out, or show them whole again (0)."""
        self._other.picture.zoom(by)

    def action_actual_size(self) -> None:
        """Show one image pixel of the right picture on each screen pixel."""
        self._other.picture.zoom_to_actual_size()

    def action_rotate(self, by: int) -> None:
        """Rotate the view of both pictures by clockwise quarter turns."""
        self._other.picture.rotate(by)

    def action_mark(self) -> None:
        """Select the current copy, or deselect it."""
        current = self._cursor.current
        if current is not None:
            self._marks.change("toggle", [current[1].file_id], 0)
            self.show_copies()

    def action_act(self, name: str) -> None:
        """Perform an action on the selected files, or on the current copy."""
        self._act(name)

    def action_close(self) -> None:
        """Return to the list."""
        self.dismiss()

    def on_click(self, event: events.Click) -> None:
        """Make a clicked copy current."""
        ancestors = () if event.widget is None else event.widget.ancestors_with_self
        if self._best in ancestors:
            self.action_copy(-self._cursor.copy)
        elif self._best.display and self._other in ancestors and not self._cursor.copy:
            self.action_copy(1)

    # --- the copies -----------------------------------------------------------------------------

    def on_zoomable_picture_view_changed(self, message: ZoomablePicture.ViewChanged) -> None:
        """Show the same part of the other picture."""
        for copy in (self._best, self._other):
            copy.picture.follow(message.viewport)
        self._update_status()

    def show_copies(self) -> None:
        """Show the highlighted file and the one to compare it with; close without duplicates."""
        if self._cursor.current is None:
            self.dismiss()
            return
        group, _ = self._cursor.current
        viewport = self._other.picture.viewport if self._is_same_group(group) else None
        self._shown_group = group
        index = self._cursor.copy
        self._show(self._best, group, 0, index or 1)
        if self._best.display:
            self._show(self._other, group, index or 1, 0)
        else:
            self._show(self._other, group, index, 0 if index else 1)
        if viewport is not None:
            for copy in (self._best, self._other):
                copy.picture.follow(viewport)
        self._update_status()

    def _is_same_group(self, group: DuplicateGroup) -> bool:
        shown = self._shown_group
        return shown is not None and shown.best.file_id == group.best.file_id

    def _show(self, copy: ComparedCopy, group: DuplicateGroup, index: int, other: int) -> None:
        file = group.files[index]
        copy.show(
            file,
            group.files[other],
            self._following(copy),
            label=f"Copy {index + 1}" if index else "Best",
            is_current=index == self._cursor.copy,
            is_marked=file.file_id in self._marks,
        )

    def _following(self, copy: ComparedCopy) -> list[FileDetails]:
        """Return the next copy of the group, and the file of the next group for this half."""
        groups, number = self._cursor.groups, self._cursor.group_number
        next_copy = (self._cursor.copy + 1) % len(groups[number].files)
        files = [] if copy is self._best else [groups[number].files[next_copy]]
        if number + 1 < len(groups):
            files.append(groups[number + 1].files[0 if copy is self._best else 1])
        return files

    def _update_status(self) -> None:
        if self._cursor.current is None:
            return
        group, _ = self._cursor.current
        index = self._cursor.copy
        parts = [
            f"Group {self._cursor.group_number + 1:,} of {len(self._cursor.groups):,}",
            f"file {index + 1} of {len(group.files)}",
            similarity_text(group, index or 1),
            self._other.picture.view_text,
        ]
        text = Content("  ·  ".join(filter(None, parts)))
        self._status.update(chip_before(text, len(self._marks)), layout=False)


def _fact_lines(facts: Sequence[ComparedFact]) -> Content:
    """Return a line for each fact, with its difference highlighted."""
    lines = [
        Content.assemble(
            (f"{fact.label:8}", "$text-muted"),
            (fact.value, _STYLES[fact.difference]),
            (f"  {fact.difference}" if fact.difference else "", _STYLES[fact.difference]),
        )
        for fact in facts
    ]
    return Content("\n").join(lines)
