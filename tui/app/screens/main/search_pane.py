"""What concerns the typed text on the main screen: hints, ways to go on, saved queries."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal

from tui.app.screens.main.layout import PanesScreen

if TYPE_CHECKING:
    from tui.app.screens.welcome import WelcomeChoice
    from tui.app.widgets.completion_list import CompletionList
    from tui.app.widgets.prompt import Prompt
    from tui.app.workers.model_loading import FirstRun, WordsRead
    from tui.app.workers.services import Services
    from tui.app.workers.state_writer import StateWriter
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings
    from tui.search.query.terms import Query


class QueryScreen(PanesScreen):
    """Routes what is typed beside the words themselves."""

    keeper: StateWriter
    prompt: Prompt
    _services: Services
    _settings: Settings
    _work: BackgroundTasks

    def __init__(self) -> None:
        super().__init__()
        self._words: Literal["unread", "asked", "read"] = "unread"

    def begin_prompt(self) -> None:
        """Make ready what surrounds the typed text; called once the panes are filled."""
        from tui.app.widgets.prompt import Prompt

        self.prompt = Prompt(self.query_input, self.choices, self.keeper)
        self.query_input.prompt = self.prompt

    def typed(self, text: str) -> None:
        """The text changed; a colon may ask for words that only the library knows."""
        self.prompt.typed()
        if ":" in text and self._words == "unread":
            self._read_words()

    def words_changed(self) -> None:
        """The library changed: what was read of it is read again when it is wanted."""
        self._words = "unread"

    def _read_words(self) -> None:
        from tui.app.workers.model_loading import read_words

        self._words = "asked"
        self._work.start("library", partial(read_words, self._settings, self._services))

    def welcome(self) -> None:
        """At the first start, say what this is, and ask for a model."""
        from tui.app.workers.model_loading import look_for_first_run
        from tui.core.settings import is_model_chosen

        if self.keeper.now.first_run and not is_model_chosen(self._settings):
            job = partial(look_for_first_run, self._settings, self._services)
            self._work.start("library", job)

    def on_first_run(self, message: FirstRun) -> None:
        """Ask, once."""
        from tui.app.screens.welcome import WelcomeScreen
        from tui.app.workers.model_download import PullAsked

        def begin(choice: WelcomeChoice | None) -> None:
            self.keeper.keep(first_run=False)
            self.action_focus_search()
            if choice == "clip":
                self.post_message(PullAsked("clip", take=True))
                self.call_later(self.run_action, "models('clip')")

        size = f"{message.clip_bytes / 1e6:,.0f} MB"
        self.app.push_screen(WelcomeScreen(size, self.query_input.type_on), begin)

    def on_words_read(self, message: WordsRead) -> None:
        """Offer them from now on."""
        self._words = "read"
        self.prompt.vocabulary = message.vocabulary

    def on_completion_list_clicked(self, message: CompletionList.Clicked) -> None:
        """Go on with what was clicked."""
        self.prompt.take(message.place)

    def show_hint(self, query: Query) -> None:
        """Say what is missing or wrong in a query."""
        from tui.app.widgets.prompt import hint_at

        self.say_hint(hint_at(query, self.query_input.cursor_position))

    def action_save_query(self) -> None:
        """Ask for a name and save the query under it."""
        from tui.app.screens.saved_queries import QueryNameScreen

        text = self.query_input.value.strip()
        if not text:
            self.notify("Type a query first; then it can be saved under a name.", markup=False)
            return

        known = dict(self.keeper.now.saved)

        def save(name: str | None) -> None:
            if name:
                replaced = known.get(name, "")
                self.keeper.change(lambda memory: memory.with_saved(name, text, replaced))
                self.notify(f"Saved as “{name}”.", markup=False)

        self.app.push_screen(QueryNameScreen(text, known), save)

    def action_saved_queries(self) -> None:
        """Choose a saved query."""
        from tui.app.screens.saved_queries import SavedQueriesScreen

        def search(text: str | None) -> None:
            if text is not None:
                self.query_input.value = text
                self.query_input.cursor_position = len(text)
                self.action_focus_search()

        self.app.push_screen(SavedQueriesScreen(self.keeper), search)
