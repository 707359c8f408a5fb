"""Dialogs that ask for confirmation or for a path."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.app.keys.bindings import bindings
from tui.app.screens.dialog import Dialog
from tui.app.screens.styles import BOX
from tui.app.widgets.ordered_input import OrderedInput
from tui.app.workers.folder_listing import matching_folders
from tui.app.workers.tasks import BackgroundTasks
from tui.core.formatting import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

_SHOWN = 8


class ConfirmScreen(Dialog[bool]):
    """Asks for confirmation; anything but yes is no.

    Args:
        question: the question.
        action: a label for yes.
    """

    DEFAULT_CSS = f"ConfirmScreen {{ {BOX} #answers {{ margin: 1 0 0 0; color: $text-muted; }} }}"
    BINDINGS: ClassVar[list[BindingType]] = bindings("question")

    def __init__(self, question: str, action: str) -> None:
        super().__init__()
        self._question = question
        self._action = action

    def compose(self) -> ComposeResult:
        """Yield the question and the two answers."""
        with Vertical(id="box"):
            yield Static(printable_lines(self._question), id="question", markup=False)
            answers = Content.assemble(
                ("y", "bold $primary"),
                f"  {self._action}      ",
                ("Esc", "bold $primary"),
                "  Cancel",
            )
            yield Static(answers, id="answers")

    def action_answer(self, sure: bool) -> None:
        """Return the answer."""
        self.dismiss(sure)


class AskPathScreen(Dialog[str | None]):
    """Asks for a folder or a file, and completes folders.

    Args:
        title: the question.
        text: the initial path.
    """

    DEFAULT_CSS = f"""
    AskPathScreen {{
        {BOX}
        #folders-below {{
            height: auto;
            max-height: {_SHOWN};
            margin: 1 0 0 1;
            color: $text-muted;
        }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("ask")

    class Matched(Message, bubble=False):
        """The completions of a path have been read."""

        def __init__(self, text: str, folders: Sequence[str]) -> None:
            super().__init__()
            self.text = text
            self.folders = folders

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._start = text
        self._input = OrderedInput(text, id="path", select_on_focus=False)
        self._below = Static(id="folders-below", markup=False)
        self._folders: Sequence[str] = ()
        self._read = ""  # the path that the folders complete
        self._completing = False
        self._work = BackgroundTasks(self.post_message)

    def compose(self) -> ComposeResult:
        """Yield the input and its completions."""
        with Vertical(id="box") as box:
            box.border_title = Content(printable(self._title))
            box.border_subtitle = "Enter: do it · Tab: complete · Esc: cancel"
            yield self._input
            yield self._below

    def on_input_changed(self, event: OrderedInput.Changed) -> None:
        """Request completions; an absolute path replaces the initial one."""
        event.stop()
        if self._start.endswith("/") and event.value.startswith(
            (f"{self._start}/", f"{self._start}~")
        ):
            self._input.value = event.value.removeprefix(self._start)
            self._input.cursor_position = len(self._input.value)
            return
        self._work.start("folders", partial(self._match, event.value))

    def on_input_submitted(self, event: OrderedInput.Submitted) -> None:
        """Return the path."""
        event.stop()
        if event.value.strip():
            self.dismiss(event.value)

    def on_ask_path_screen_matched(self, message: Matched) -> None:
        """Show the completions."""
        if message.text != self._input.value:
            return
        self._folders, self._read = message.folders, message.text
        lines = [printable(folder) for folder in message.folders[:_SHOWN]]
        self._below.update("\n".join(lines))
        if self._completing:
            self.action_complete()

    def action_complete(self) -> None:
        """Insert what all completions have in common, or else the first one."""
        self._completing = self._read != self._input.value  # once they have been read
        if self._completing or not self._folders:
            return
        common = _common(self._folders)
        typed = self._input.value
        self._input.value = common if len(common) > len(typed) else self._folders[0]
        self._input.cursor_position = len(self._input.value)

    def action_close(self) -> None:
        """Return no path."""
        self.dismiss(None)

    @staticmethod
    def _match(text: str) -> Iterator[Message]:
        yield AskPathScreen.Matched(text, matching_folders(text))


def _common(texts: Sequence[str]) -> str:
    first, last = min(texts), max(texts)
    length = next(
        (i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other),
        min(len(first), len(last)),
    )
    return first[:length]
