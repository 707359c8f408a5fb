"""The files that could not be indexed, by the kind of failure, with a remedy for each kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.app.keys.bindings import bindings
from tui.app.keys.footer import KeyFooter
from tui.app.model.status_text import shown_folder, shown_path
from tui.app.screens.choice_list import ChoiceList
from tui.app.screens.dialog import Closable
from tui.app.screens.styles import CHOICES, HEIGHTS, WIDTHS
from tui.app.workers.error_log import reported
from tui.app.workers.tasks import BackgroundTasks
from tui.core.formatting import plural, printable
from tui.library.base.failure_kinds import by_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from tui.app.screens.files.actions import FileActions
    from tui.core.domain import Failure

MOST = 5_000
"""The most files in the list; ``photoseek status --failures`` lists all."""


class FailuresScreen(Closable[None]):
    """Lists the files that could not be indexed.

    Args:
        read: reads at most this many failures of the library; called in a thread.
        actions: opens, shows and copies the highlighted file.
        scope: the searched folder, for the title.
    """

    DEFAULT_CSS = f"""
    FailuresScreen {{
        #failures-status {{ height: 1; padding: 0 1; text-style: bold; }}
        #failures-reason {{ height: auto; max-height: 4; padding: 0 1; color: $text-muted; }}
        {CHOICES}
        OptionList, OptionList:focus {{
            height: 1fr;
            padding: 0 1;
            background: $background;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }}
        &.-low KeyFooter, &.-flat KeyFooter {{ display: none; }}
    }}
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("failures")
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS

    class Read(Message, bubble=False):
        """The failures were read; ``problem`` is the reason if they can't be."""

        def __init__(self, failures: Sequence[Failure], problem: str = "") -> None:
            super().__init__()
            self.failures = failures
            self.problem = problem

    def __init__(
        self, read: Callable[[int], Sequence[Failure]], actions: FileActions, scope: Path | None
    ) -> None:
        super().__init__()
        self._read = read
        self._actions = actions
        self._scope = scope
        self._status = Static(id="failures-status", markup=False)
        self._list = ChoiceList(markup=False)
        self._reason = Static(id="failures-reason", markup=False)
        self._failures: dict[str, Failure] = {}
        self._work = BackgroundTasks(self.post_message)

    def compose(self) -> ComposeResult:
        """Yield the title, the files, and the reason for the highlighted one."""
        yield self._status
        yield self._list
        yield self._reason
        yield KeyFooter()

    def on_mount(self) -> None:
        """Read the failures."""
        self._say("reading")
        self.library_changed()

    def library_changed(self) -> None:
        """Read the failures again after a run."""
        self._work.start("library", self._look)

    def action_act(self, name: str) -> None:
        """Perform an action on the highlighted file."""
        failure = self._current
        if failure is not None:
            self._actions.run_on(name, failure.path)

    def action_close(self) -> None:
        """Go back."""
        self.dismiss()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Open the file."""
        event.stop()
        self.action_act("launch")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the reason of its failure."""
        event.stop()
        failure = self._current
        if failure is not None:
            text = f"{shown_path(failure.path)}\n{printable(failure.reason)}"
            self._reason.update(text)

    def on_failures_screen_read(self, message: Read) -> None:
        """List the failures; the cursor stays on its file."""
        current = self._current
        listed = message.failures[:MOST]
        self._failures = {str(number): failure for number, failure in enumerate(listed)}
        numbers = {id(failure): number for number, failure in self._failures.items()}
        self._list.clear_options()
        for kind, group in by_kind(listed):
            head = Content.assemble(
                (f"{kind.title} ({len(group):,})", "bold"), (f"  {kind.advice}", "dim")
            )
            self._list.add_option(Option(head, disabled=True))
            self._list.add_options(
                Option(_line(failure), id=numbers[id(failure)]) for failure in group
            )
        self._highlight(current)
        more = len(message.failures) > MOST
        count = f"the first {MOST:,} files" if more else plural(len(listed), "file")
        self._say(message.problem or (f"{count} can't be read" if listed else "no failures"))

    # --- reading ------------------------------------------------------------------------------

    def _look(self) -> Iterator[Message]:
        try:
            yield self.Read(self._read(MOST + 1))
        except Exception as error:  # this screen shows the error
            yield self.Read((), reported(error))

    @property
    def _current(self) -> Failure | None:
        index = self._list.highlighted
        if index is None:
            return None
        return self._failures.get(self._list.get_option_at_index(index).id or "")

    def _highlight(self, previous: Failure | None) -> None:
        same = [
            number
            for number, failure in self._failures.items()
            if previous is not None and failure.path == previous.path
        ]
        if same:
            self._list.highlighted = self._list.get_option_index(same[0])
        elif self._failures:
            self._list.action_first()
        else:
            self._reason.update("")
        self._list.focus()

    def _say(self, text: str) -> None:
        self._status.update(printable(f"Failures in {shown_folder(self._scope)}  ·  {text}"))


def _line(failure: Failure) -> Content:
    return Content.assemble(
        f"  {shown_path(failure.path)}", (f"  {printable(failure.reason)}", "dim")
    )
