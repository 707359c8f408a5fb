"""What surrounds the typed text: earlier queries, and ways to go on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tui.app.model.query_history import QueryHistory
from tui.search.query.completion import Vocabulary, complete

if TYPE_CHECKING:
    from tui.app.widgets.completion_list import CompletionList
    from tui.app.widgets.query_input import QueryInput
    from tui.app.workers.state_writer import StateWriter
    from tui.search.query.completion import Completion
    from tui.search.query.terms import Query


class Prompt:
    """Answers the keys of the search input that are more than typing.

    Args:
        query_input: what is typed into.
        choices: the list of ways to go on.
        keeper: has the history.
    """

    def __init__(
        self, query_input: QueryInput, choices: CompletionList, keeper: StateWriter
    ) -> None:
        self.vocabulary = Vocabulary()
        self._input = query_input
        self._choices = choices
        self._keeper = keeper
        self._found: list[Completion] = []
        self._chosen = 0
        self._earlier = QueryHistory()

    # --- ways to go on ------------------------------------------------------------------------

    def complete(self, by: int = 1) -> bool:
        """Offer ways to go on, or choose the next one; False where there are none.

        Args:
            by: how far the next one is; a single way is taken at once.
        """
        if self._move(by):
            return True
        if by > 0:
            self._find()
            if len(self._found) == 1:
                return self.take()
            self._show()
        return bool(self._found)

    def typed(self) -> None:
        """The text changed: what is offered changes with it."""
        if self._choices.is_open:
            self._find()
            self._show()

    def take(self, place: int | None = None) -> bool:
        """Put the chosen way into the text; False where none is offered."""
        if not self._found:
            return False
        chosen = self._found[self._chosen if place is None else place]
        self.close()
        self._input.replace(chosen.replacement, chosen.start, chosen.end)
        self._input.cursor_position = chosen.start + len(chosen.replacement)
        return True

    def close(self) -> bool:
        """Offer nothing any more; False where nothing was offered."""
        was_open = self._choices.is_open
        self._found = []
        self._choices.hide()
        return was_open

    def _find(self) -> None:
        text, cursor = self._input.value, self._input.cursor_position
        earlier = tuple(reversed(self._keeper.now.history))
        vocabulary = replace(self.vocabulary, history=earlier)
        self._found = complete(text, cursor, vocabulary) if text.strip() else []
        self._chosen = 0

    def _show(self) -> None:
        self._choices.show([found.label for found in self._found], self._chosen)

    def _move(self, by: int) -> bool:
        if not self._choices.is_open:
            return False
        self._chosen = (self._chosen + by) % len(self._found)
        self._show()
        return True

    # --- earlier queries ----------------------------------------------------------------------

    def up(self) -> None:
        """Choose the one above, or go to the query before."""
        if not self._move(-1):
            self._put(self._earlier.previous(self._keeper.now.history, self._input.value))

    def down(self) -> bool:
        """Choose the one below, or go to the query after; False past the latest."""
        return self._move(1) or self._put(
            self._earlier.next(self._keeper.now.history, self._input.value)
        )

    def remember(self) -> None:
        """Keep the query: it has been used."""
        text = self._input.value
        self._keeper.change(lambda memory: memory.with_query(text))

    def _put(self, text: str | None) -> bool:
        if text is None:
            return False
        self._input.value = text
        self._input.cursor_position = len(text)
        return True


def hint_at(query: Query, cursor: int) -> str:
    """Return the most useful hint: the one about where the cursor is, else the first."""
    here = [hint for hint in query.hints if hint.start <= cursor <= hint.end]
    narrow = sorted(here, key=lambda hint: hint.end - hint.start)
    return next((hint.message for hint in (*narrow, *query.hints)), "")
