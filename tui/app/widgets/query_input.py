"""The search input, with completions and earlier queries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from tui.app.keys.bindings import bindings
from tui.app.model.query_history import QueryHistory
from tui.app.widgets.ordered_input import OrderedInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from tui.app.model.result_window import Move
    from tui.app.widgets.completion_list import CompletionList
    from tui.app.workers.state_writer import StateWriter
    from tui.search.query.completion import Completion, Vocabulary


class QueryInput(OrderedInput):
    """Accepts the query; its keys complete it, recall earlier queries or go to the pictures.

    Args:
        completions: shows the completions.
        state: returns the stored state, which has the history; called after the first frame.

    Attributes:
        vocabulary: the words of the library; None until they are read.
        highlight: moves the highlight of the results; called directly, since the next key could
            overtake a message.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings("search")

    def __init__(
        self,
        completions: CompletionList,
        state: Callable[[], StateWriter],
        *,
        placeholder: str = "",
        id: str | None = None,  # noqa: A002 - as in every widget
    ) -> None:
        super().__init__(placeholder=placeholder, id=id)
        self.vocabulary: Vocabulary | None = None
        self.highlight: Callable[[Move], object] = lambda _move: None
        self._completions = completions
        self._state = state
        self._history = QueryHistory()

    # --- the text -----------------------------------------------------------------------------

    def set_text(self, text: str) -> None:
        """Replace the query, with the cursor at its end."""
        self.value = text
        self.cursor_position = len(text)

    def type_on(self, text: str) -> None:
        """Insert text typed on another screen; an empty one deletes the letter at the left."""
        if text:
            self.paste(text)
        else:
            self.action_delete_left()

    def update_completions(self) -> None:
        """Adapt the listed completions to the text."""
        if self._completions.is_open:
            self._completions.offer(self._matching())

    def insert_completion(self, index: int | None = None) -> bool:
        """Insert a completion, the selected one by default; return False if none is offered."""
        completion = self._completions.pick(index)
        if completion is not None:
            self._insert(completion)
        return completion is not None

    def remember(self) -> None:
        """Add the query to the history, since it has been used."""
        text = self.value
        self._state().change(lambda state: state.with_query(text))

    # --- keys ---------------------------------------------------------------------------------

    async def action_accept(self) -> None:
        """Insert the selected completion, or go to the pictures."""
        if not self.insert_completion():
            await self.run_action("screen.focus_pictures")

    def action_earlier(self) -> None:
        """Select the completion above, or recall the previous query."""
        if not self._completions.move(-1):
            self._bring(self._history.previous(self._state().now.history, self.value))

    async def action_later(self) -> None:
        """Select the completion below or the next query; after the last, go to the pictures."""
        if self._completions.move(1):
            return
        if not self._bring(self._history.next(self._state().now.history, self.value)):
            await self.run_action("screen.focus_pictures")

    def action_highlight(self, move: Move) -> None:
        """Move the highlight of the completions, or that of the results while typing."""
        step = {"right": 1, "left": -1}.get(move, 0)
        if not step or not self._completions.move(step):
            self.highlight(move)

    async def action_complete(self) -> None:
        """Offer completions or select the next one; without any, go to the next pane.

        A single completion is inserted at once.
        """
        if self._completions.move(1):
            return
        completions = self._matching()
        if len(completions) == 1:
            self._insert(completions[0])
        elif completions:
            self._completions.offer(completions)
        else:
            await self.run_action("app.focus_next")

    async def action_complete_back(self) -> None:
        """Select the completion before; if none is offered, go to the previous pane."""
        if not self._completions.move(-1):
            await self.run_action("app.focus_previous")

    def action_empty(self) -> None:
        """Close the list of completions, or clear the query."""
        if not self._completions.close():
            self.remember()
            self.value = ""

    def on_blur(self) -> None:
        """Close the list of completions; the query has been used."""
        self._completions.close()
        self.remember()

    # --- completions --------------------------------------------------------------------------

    def _matching(self) -> list[Completion]:
        from tui.search.query.completion import Vocabulary, complete

        text = self.value
        if not text.strip():
            return []
        history = tuple(reversed(self._state().now.history))
        vocabulary = replace(self.vocabulary or Vocabulary(), history=history)
        return complete(text, self.cursor_position, vocabulary)

    def _insert(self, completion: Completion) -> None:
        self.replace(completion.replacement, completion.start, completion.end)
        self.cursor_position = completion.start + len(completion.replacement)

    def _bring(self, text: str | None) -> bool:
        if text is not None:
            self.set_text(text)
        return text is not None
