"""Duplicate pictures: the best copy of each group, and its other files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.app.keys.bindings import bindings
from tui.app.keys.footer import KeyFooter
from tui.app.model.duplicates.cursor import DuplicateCursor
from tui.app.model.duplicates.text import total_text
from tui.app.model.marks import Marks, chip_before
from tui.app.model.status_text import shown_folder
from tui.app.screens.dialog import Closable
from tui.app.screens.styles import HEIGHTS, WIDTHS
from tui.app.widgets.duplicate_list import DuplicateHeads, DuplicateList
from tui.app.widgets.picture import Picture
from tui.app.workers.error_log import reported
from tui.app.workers.tasks import BackgroundTasks
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.list_moves import ListMove
    from tui.app.screens.duplicates.compare import CompareScreen
    from tui.app.screens.files.actions import FileActions
    from tui.core.domain import Cancelled, FileDetails
    from tui.search.duplicates.groups import DuplicateGroup, DuplicateProgress

    Find = Callable[
        [float | None, Cancelled, Callable[[DuplicateProgress], None]], list[DuplicateGroup]
    ]

_START, _LOWEST, _IDENTICAL = 95, 80, 100
"""The threshold in percent; at the highest, only identical files count."""


class DuplicatesScreen(Closable[None]):
    """Lists the groups and shows the highlighted file beside the best one.

    Args:
        thumbnails: makes the thumbnails.
        find: finds the groups; called in a thread.
        actions: performs actions on files.
        scope: the searched folder; None is the whole library.
    """

    DEFAULT_CSS = """
    DuplicatesScreen {
        #duplicates-status { height: 1; padding: 0 1; text-style: bold; }
        #duplicates-left { width: 1fr; height: 1fr; }
        #duplicates-list { height: 1fr; }
        #duplicates-pictures { width: 40%; height: 1fr; padding: 0 0 0 1; }
        #duplicates-pictures Static { height: 1; color: $text-muted; text-wrap: nowrap; }
        #duplicates-pictures Picture { width: 1fr; height: 1fr; }
        &.-narrow #duplicates-pictures { display: none; }
        &.-flat DuplicateHeads { display: none; }
        &.-low KeyFooter, &.-flat KeyFooter { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("duplicates")]
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    class Stepped(Message, bubble=False):
        """The search has progressed."""

        def __init__(self, number: int, step: DuplicateProgress) -> None:
            super().__init__()
            self.number = number
            self.step = step

    class Found(Message, bubble=False):
        """The search has ended; ``problem`` is the reason of a failure."""

        def __init__(self, number: int, groups: list[DuplicateGroup], problem: str = "") -> None:
            super().__init__()
            self.number = number
            self.groups = groups
            self.problem = problem

    def __init__(
        self, thumbnails: ThumbnailLoader, find: Find, actions: FileActions, scope: Path | None
    ) -> None:
        super().__init__()
        self.marks = Marks()
        self._find = find
        self._actions = actions
        self._scope = scope
        self._status = Static(id="duplicates-status", markup=False)
        self._cursor = DuplicateCursor()
        self._list = DuplicateList(self._cursor, self.marks, id="duplicates-list")
        self._compare: CompareScreen | None = None
        self._thumbnails = thumbnails
        self._names = (Static(markup=False), Static(markup=False))
        self._pictures = (Picture(thumbnails), Picture(thumbnails))
        self._percent = _START
        self._number = 0
        self._searching = False
        self._work = BackgroundTasks(self.post_message)

    def compose(self) -> ComposeResult:
        """Yield the list and the two pictures to compare."""
        yield self._status
        with Horizontal():
            with Vertical(id="duplicates-left"):
                yield DuplicateHeads()
                yield self._list
            with Vertical(id="duplicates-pictures"):
                for name, picture in zip(self._names, self._pictures, strict=True):
                    yield name
                    yield picture
        yield KeyFooter()

    def on_mount(self) -> None:
        """Start the search."""
        self._search()

    def on_unmount(self) -> None:
        """Stop the search."""
        self._number += 1

    # --- keys -----------------------------------------------------------------------------------

    def action_move(self, move: ListMove, count: int | None = None) -> None:
        """Move the cursor, ``count`` times."""
        self._list.move(move, count)

    def action_open(self) -> None:
        """Show an enlarged view of the highlighted file, beside another copy."""
        from tui.app.screens.duplicates.compare import CompareScreen

        if self._cursor.current is None:
            return

        def closed(_: None) -> None:
            self._compare = None
            self._list.follow_cursor()
            self._say()

        self._compare = CompareScreen(self._thumbnails, self._cursor, self.marks, self.action_act)
        self.app.push_screen(self._compare, closed)

    def action_mark(self, how: Literal["toggle", "rest", "clear"]) -> None:
        """Select the highlighted file, all but the best ones, or none."""
        current = self._cursor.current
        if how == "rest":
            self.marks.add(
                file.file_id for group in self._cursor.groups for file in group.removable
            )
        elif how == "clear":
            self.marks.change("clear", [], 0)
        elif current is not None:
            self.marks.change("toggle", [current[1].file_id], 0)
            self._list.move("down")
        self._list.refresh()
        self._say()

    def action_threshold(self, by: int) -> None:
        """Search with a lower or higher threshold."""
        percent = max(_LOWEST, min(self._percent + by, _IDENTICAL))
        if percent != self._percent:
            self._percent = percent
            self._search()

    def action_act(self, name: str) -> None:
        """Perform an action on the selected files, or on the highlighted one."""
        current = self._cursor.current
        order = [file.file_id for group in self._cursor.groups for file in group.files]
        targets = self.marks.targets(order, None if current is None else current[1].file_id)
        self._actions.run(
            name, targets, unlisted=set(targets).difference(order), groups=self._cursor.groups
        )

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()

    def drop(self, file_ids: Sequence[int]) -> None:
        """Remove trashed files from the list, and groups in which one file remains."""
        removed = set(file_ids)
        self.marks.drop(removed)
        remaining = [group.without(removed) for group in self._cursor.groups]
        self._show([group for group in remaining if len(group.files) > 1])

    def look_again(self) -> None:
        """Search again, after files were restored or have changed."""
        self._search()

    # --- searching ------------------------------------------------------------------------------

    def _search(self) -> None:
        self._number += 1
        self._searching = True
        threshold = None if self._percent == _IDENTICAL else self._percent / 100
        self._say("looking for duplicates")
        self._work.start("files", partial(self._look, self._number, threshold))

    def _look(self, number: int, threshold: float | None) -> Iterator[Message]:
        def cancelled() -> bool:
            return number != self._number

        def on_progress(step: DuplicateProgress) -> None:
            self._work.post(self.Stepped(number, step))

        try:
            yield self.Found(number, self._find(threshold, cancelled, on_progress))
        except Exception as error:  # this screen shows the error
            yield self.Found(number, [], reported(error))

    def on_duplicates_screen_stepped(self, message: Stepped) -> None:
        """Show the progress of the search."""
        if message.number == self._number and self._searching:
            step = message.step
            self._say(f"{step.phase} {step.done:,}/{step.total:,}")

    def on_duplicates_screen_found(self, message: Found) -> None:
        """Show the groups."""
        if message.number == self._number:
            self._searching = False
            self._show(message.groups, message.problem)

    def on_duplicate_list_moved(self) -> None:
        """Show the two pictures, and have those one move away made."""
        current = self._cursor.current
        shown = (None, None) if current is None else _compared(*current)
        nearby = [_compared(*each) for each in self._cursor.nearby]
        for number, (label, file) in enumerate(zip(("Best: ", ""), shown, strict=True)):
            text = "" if file is None else f"{label}{printable(file.path.name)}"
            self._names[number].update(text, layout=False)
            self._pictures[number].show(file, following=[files[number] for files in nearby])

    def _show(self, groups: list[DuplicateGroup], problem: str = "") -> None:
        self._list.show(groups)
        self._say(problem)
        if self._compare is not None:
            self._compare.show_copies()

    def _say(self, now: str = "") -> None:
        threshold = (
            "identical files only"
            if self._percent == _IDENTICAL
            else f"similarity at least {self._percent} %"
        )
        parts = [f"Duplicates in {shown_folder(self._scope)}", threshold]
        parts.append(now or total_text(self._cursor.groups))
        text = Content("  ·  ".join(parts))
        self._status.update(chip_before(text, len(self.marks)))


def _compared(group: DuplicateGroup, file: FileDetails) -> tuple[FileDetails, FileDetails]:
    """Return the best file of a group, and the file to compare with it."""
    return group.best, group.files[1] if file is group.best else file
