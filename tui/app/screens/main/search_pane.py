"""The pane with the search input, its hints and the saved queries."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive

from tui.app.widgets.completion_list import CompletionList
from tui.app.widgets.query_input import QueryInput
from tui.app.workers.guard import Guarded
from tui.core.formatting import printable

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.widgets import Input

    from tui.app.screens.main.resources import Resources
    from tui.app.workers.model_loading import WordsRead
    from tui.search.query.terms import Query


class SearchPane(Guarded, Vertical):
    """Accepts the query, completes it and shows hints about it.

    Args:
        resources: settings, services and state for the panes.

    Attributes:
        query_text: the query.
        query_input: the input.
    """

    query_text = reactive("", layout=False, repaint=False)

    def __init__(self, resources: Resources) -> None:
        super().__init__()
        self._resources = resources
        self._completions = CompletionList(id="choices")
        self.query_input = QueryInput(
            self._completions,
            lambda: resources.state,
            placeholder="Describe a picture",
            id="query",
        )
        self.query_input.border_title = "Search"
        self._hint = ""
        self._vocabulary_state: Literal["outdated", "requested", "current"] = "outdated"

    def compose(self) -> ComposeResult:
        """Yield the input; the list of completions follows after the first frame."""
        yield self.query_input

    def fill(self) -> None:
        """Mount the list of completions and the hint."""
        self.mount(self._completions)

    def show_scope(self, folder: Path | None) -> None:
        """Show the searched folder."""
        from tui.app.model.status_text import shown_folder

        scope = shown_folder(folder)
        self.query_input.border_title = Content(f"Search in {printable(scope)}")

    def show_hint(self, query: Query) -> None:
        """Show the hint about the part of the query at the cursor."""
        hint = printable(hint_at(query, self.query_input.cursor_position))
        if hint != self._hint:
            self._hint = hint
            self.query_input.border_subtitle = Content(hint)

    # --- the query and its completions ----------------------------------------------------------

    def on_input_changed(self, event: Input.Changed) -> None:
        """Update the completions; after a colon they may need the words of the library."""
        event.stop()
        self.query_input.update_completions()
        if ":" in event.value and self._vocabulary_state == "outdated":
            self._read_vocabulary()
        self.query_text = event.value

    def on_completion_list_clicked(self, message: CompletionList.Clicked) -> None:
        """Insert the completion."""
        message.stop()
        self.query_input.insert_completion(message.index)

    def library_changed(self) -> None:
        """Read the words of the library again when they are next needed."""
        self._vocabulary_state = "outdated"

    def _read_vocabulary(self) -> None:
        from tui.app.workers.model_loading import read_words
        from tui.app.workers.tasks import BackgroundTasks

        self._vocabulary_state = "requested"
        job = partial(read_words, self._resources.settings, self._resources.services)
        BackgroundTasks(self.post_message).start("library", job)

    def on_words_read(self, message: WordsRead) -> None:
        """Offer the words of the library."""
        message.stop()
        self._vocabulary_state = "current"
        self.query_input.vocabulary = message.vocabulary

    # --- saved queries --------------------------------------------------------------------------

    def save_query(self) -> None:
        """Ask for a name and save the query under it."""
        from tui.app.screens.saved_queries import QueryNameScreen

        text = self.query_input.value.strip()
        if not text:
            self.notify("Type a search first.", markup=False)
            return
        state = self._resources.state
        saved = dict(state.now.saved)

        def save(name: str | None) -> None:
            if name:
                replaced = saved.get(name, "")
                state.change(lambda now: now.with_saved(name, text, replaced))
                self.notify(f"Saved as “{name}”.", markup=False)

        self.app.push_screen(QueryNameScreen(text, saved), save)

    def choose_saved_query(self) -> None:
        """List the saved queries and search with the chosen one."""
        from tui.app.screens.saved_queries import SavedQueriesScreen

        async def search(text: str | None) -> None:
            if text is not None:
                self.query_input.set_text(text)
                await self.run_action("screen.focus_search")

        self.app.push_screen(SavedQueriesScreen(self._resources.state), search)


def hint_at(query: Query, cursor: int) -> str:
    """Return the most useful hint: the narrowest one at the cursor, else the first."""
    at_cursor = [hint for hint in query.hints if hint.start <= cursor <= hint.end]
    narrowest_first = sorted(at_cursor, key=lambda hint: hint.end - hint.start)
    return next((hint.message for hint in (*narrowest_first, *query.hints)), "")
