"""The dialog that asks for a folder or a file and lists the folders that match."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.app.keys.bindings import bindings, key_for
from tui.app.screens.dialog import Dialog
from tui.app.screens.folders.folder_choices import FolderChoices
from tui.app.screens.styles import BOX
from tui.app.widgets.ordered_input import OrderedInput
from tui.app.workers.folder_listing import TypedPath, match_folders
from tui.app.workers.tasks import BackgroundTasks
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.workers.folder_listing import FoldersMatched

_SLOW = 0.3
"""Seconds after which the dialog says that it is still reading a folder."""


class PathInput(OrderedInput):
    """The typed path.

    Args:
        text: the initial path.
        enter: enters the folder that is inserted from the list; returns False if there is none.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("ask")

    def __init__(self, text: str, enter: Callable[[], bool]) -> None:
        super().__init__(text, id="path", select_on_focus=False)
        self._enter = enter

    async def on_key(self, event: events.Key) -> None:
        """Enter the inserted folder where another separator is typed behind it."""
        if event.character == "/" and self.is_at_end and self._enter():
            event.stop()
            event.prevent_default()
            return
        await super().on_key(event)

    @property
    def is_at_end(self) -> bool:
        """Whether the cursor is behind the text, and nothing is selected."""
        return self.selection.is_empty and self.cursor_position == len(self.value)

    def action_enter_folder(self) -> None:
        """Enter the inserted folder, or move the cursor."""
        if not (self.is_at_end and self._enter()):
            self.action_cursor_right()

    def replace_text(self, text: str) -> None:
        """Show another text, with the cursor behind it."""
        self.value = text
        self.cursor_position = len(text)


class PathDialog(Dialog[str | None]):
    """Asks for a folder or a file, and completes folders.

    Args:
        title: the question.
        text: the initial path.
        problem_with: says in a thread why a path is no answer; None if it is one.
    """

    DEFAULT_CSS = f"""
    PathDialog {{
        {BOX}
        #problem {{ height: auto; margin: 1 0 0 1; color: $warning; }}
    }}
    """

    @dataclass
    class Checked(Message, bubble=False):
        """A path was checked; ``problem`` is None if it is an answer."""

        text: str
        problem: str | None

    def __init__(
        self,
        title: str,
        text: str,
        problem_with: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._title = title
        self._start = text
        self._input = PathInput(text, self._enter)
        self._choices = FolderChoices()
        self._problem = Static(id="problem", markup=False)
        self._problem_with = problem_with
        self._matched: FoldersMatched | None = None
        self._reading: set[str] = set()  # the parents that threads are reading
        self._waiting_step = 0  # the move in the list that was requested before it was read
        self._work = BackgroundTasks(self.post_message)

    def compose(self) -> ComposeResult:
        """Yield the input and the folders that match."""
        self._problem.display = False
        with Vertical(id="box") as box:
            box.border_title = Content(printable(self._title))
            box.border_subtitle = f"Enter: OK · {key_for('ask.next')}: complete · Esc: cancel"
            yield self._input
            yield self._choices
            yield self._problem

    def on_mount(self) -> None:
        """List the folders that match the initial path."""
        self._list()

    # --- typing -------------------------------------------------------------------------------

    def on_input_changed(self, event: OrderedInput.Changed) -> None:
        """List the folders that match; an absolute path replaces the initial one."""
        event.stop()
        text = self._input.value
        if self._start.endswith("/") and text.startswith((f"{self._start}/", f"{self._start}~")):
            self._input.replace_text(text.removeprefix(self._start))
            return
        self._waiting_step = 0
        if text != self._inserted:
            self._problem.display = False
            self._list()

    def on_input_submitted(self, event: OrderedInput.Submitted) -> None:
        """Check the path, which is returned if it is an answer."""
        event.stop()
        if event.value.strip():
            self._work.start("folders", partial(self._check, event.value))

    def on_path_dialog_checked(self, message: Checked) -> None:
        """Return the path, or show why it is no answer."""
        if message.text != self._input.value:
            return
        if message.problem is None:
            self.dismiss(message.text)
        else:
            self._problem.update(printable(message.problem))
            self._problem.display = True

    def _check(self, text: str) -> Iterator[Message]:
        yield self.Checked(text, self._problem_with(text.strip()))

    # --- the list -----------------------------------------------------------------------------

    @property
    def _inserted(self) -> str | None:
        """The highlighted folder, which the input shows."""
        index = self._choices.index
        return None if index is None else self._choices.folders[index]

    def _list(self) -> None:
        """List the folders that match the input, or read them first."""
        typed = TypedPath.split(self._input.value)
        if typed == TypedPath("", "~"):
            self._choices.offer(("~/",))
        elif self._matched is not None and self._matched.answers(typed):
            self._offer(self._matched, typed)
        else:
            self._choices.offer(())
            self._read(typed)

    def _read(self, typed: TypedPath) -> None:
        """Read the parent, in one thread at a time: a slow disk would block many."""
        if typed.parent not in self._reading:
            self._reading.add(typed.parent)
            self._work.start("folders", partial(match_folders, typed))
            self.set_timer(_SLOW, partial(self._say_reading, typed.parent))

    def on_folders_matched(self, message: FoldersMatched) -> None:
        """List the folders, if they match the input."""
        self._reading.discard(message.typed.parent)
        typed = TypedPath.split(self._input.value)
        if not message.answers(typed):
            if message.typed.parent == typed.parent:
                self._read(typed)  # a letter was typed meanwhile
            return
        self._matched = message
        self._offer(message, typed)
        step, self._waiting_step = self._waiting_step, 0
        if step:
            self.action_step(step)

    def _offer(self, matched: FoldersMatched, typed: TypedPath) -> None:
        remark = f"{typed.parent or '.'} can't be read." if matched.is_missing else ""
        self._choices.offer(typed.completed(matched.names), printable(remark))

    def _say_reading(self, parent: str) -> None:
        if parent in self._reading and parent == TypedPath.split(self._input.value).parent:
            self._choices.offer((), f"Reading {printable(parent or '.')}…")

    def action_step(self, by: int) -> None:
        """Insert what the matching folders have in common, or else the next one of them."""
        typed = TypedPath.split(self._input.value)
        if self._inserted is None and typed.parent in self._reading:
            self._waiting_step = by
            return
        common = _common(self._choices.folders)
        if self._inserted is None and len(common) > len(self._input.value):
            self._input.replace_text(common)
        elif (folder := self._choices.move(by)) is not None:
            self._input.replace_text(folder)

    def _enter(self) -> bool:
        """List the folders in the inserted one; return False if none is inserted."""
        if self._inserted is None:
            return False
        self._choices.offer(())
        self._list()
        return True

    def on_folder_choices_clicked(self, message: FolderChoices.Clicked) -> None:
        """Insert the folder and enter it."""
        folder = self._choices.folders[message.index]
        self._choices.offer(())
        self._input.replace_text(folder)
        self._input.focus()

    def action_close(self) -> None:
        """Return no path."""
        self.dismiss(None)


def _common(texts: Sequence[str]) -> str:
    """Return the beginning that all texts have in common."""
    first, last = min(texts, default=""), max(texts, default="")
    length = next(
        (i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other),
        min(len(first), len(last)),
    )
    return first[:length]
