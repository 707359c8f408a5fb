"""Which model answers: choosing another one, fetching one, and the change from old to new.

A model that has not read all pictures does not answer yet: the old one goes on while an indexing
run reads them for the new one, which then takes over. Both keep their vectors.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.app.screens.panes import PanesScreen

if TYPE_CHECKING:
    from tui.app import messages
    from tui.app.background import Tasks
    from tui.app.following import Follower
    from tui.app.keeper import Keeper
    from tui.app.messages import ModelOpened
    from tui.app.pulling import Pull
    from tui.app.search_control import SearchControl
    from tui.app.services import Services
    from tui.app.widgets.indexing_line import IndexingLine
    from tui.config import Settings


class AnsweringScreen(PanesScreen):
    """Routes what concerns the model."""

    search: SearchControl
    follower: Follower
    indexing: IndexingLine
    keeper: Keeper
    _services: Services
    _settings: Settings
    _work: Tasks

    _next: ModelOpened | None = None
    """The model that takes over once it has caught up."""
    _pull: Pull | None = None

    def action_models(self) -> None:
        """Show the models."""
        from tui.app.screens.models import ModelsScreen

        screen = ModelsScreen(partial(self._services.list_models, self._settings), self._pull)
        self.app.push_screen(screen, self._choose)

    def leave_models(self) -> None:
        """The app ends."""
        if self._pull is not None:
            self._pull.stop()

    # --- another model ------------------------------------------------------------------------

    def _choose(self, name: str | None) -> None:
        from tui.app.opening import open_next

        if name is None:
            return
        settings = replace(self._settings, model=name)
        self.say(f"Opening {name}")
        self._work.start("model", partial(open_next, settings, self._services, self._present))

    def on_model_opened(self, message: messages.ModelOpened) -> None:
        """Take the model at once if it has read all pictures, else have them read first."""
        self._next = message
        if message.caught_up or not message.roots:
            self._take_over()
            return
        self.indexing.use(message.settings)
        self.indexing.begin(message.roots[0], *message.roots[1:])
        self.say_who_answers()

    def say_who_answers(self) -> None:
        """Say in the status line which model answers, and which one will."""
        text = self._services.model_line(self._settings)
        if self._next is not None:
            text = f"{text} · reading all pictures for {self._next.settings.model}"
        self.say(text)

    def look_at_next(self) -> None:
        """The library has changed: see whether the new model has caught up."""
        from tui.app.opening import look_at_next

        if self._next is not None and self.indexing.was_refused:  # it never will
            self._next = None
            self.indexing.use(self._settings)
            self.say_who_answers()
        elif self._next is not None:
            job = partial(look_at_next, self._next, self._services, self._present)
            self._work.start("model", job)

    def on_model_caught_up(self) -> None:
        """The new model answers from now on."""
        self._take_over()

    def _take_over(self) -> None:
        if self._next is None:
            return
        self._settings, engine = self._next.settings, self._next.engine
        self._next = None
        self.indexing.use(self._settings)
        self.keeper.keep(model=self._settings.model)
        self.search.use(engine)
        self.follower.use(engine)
        self.search.loading = False
        self.say_who_answers()
        self.search.ask(again=True)

    @property
    def _present(self) -> str:
        """The model that answers now."""
        return self.search.engine.model_id if self.search.engine is not None else ""

    # --- fetching -----------------------------------------------------------------------------

    def on_pull_asked(self, message: messages.PullAsked) -> None:
        """Begin to fetch a model."""
        from tui.app.background import Tasks
        from tui.app.indexing import child_environment
        from tui.app.pulling import Pull
        from tui.models.hub import online_environment

        if self._pull is not None:
            self.notify("One model at a time: another one is being fetched.", markup=False)
            return
        command = self._services.pull_command(self._settings, message.name)
        environment = online_environment(child_environment(self._settings))
        self._pull = Pull(message.name, command, environment, Tasks(self.post_message))
        self._pull.start()
        self._show_pull()

    def on_pull_moved(self) -> None:
        """Show how far it is."""
        self._show_pull()

    def on_pull_ended(self, message: messages.PullEnded) -> None:
        """Say how it ended, wherever the user is by now."""
        from tui.app.keys import key_for

        self._pull = None
        self._show_pull()
        if message.outcome == "failed":
            self.notify(message.sentence, severity="error", timeout=10, markup=False)
        elif message.outcome == "done":
            key = key_for("panes.models")
            self.notify(f"{message.name} is here; {key}, then Enter takes it.", markup=False)
        else:
            self.notify("Stopped; the next time goes on from there.", markup=False)

    def _show_pull(self) -> None:
        from tui.app.screens.models import ModelsScreen

        if isinstance(self.app.screen, ModelsScreen):
            self.app.screen.show_pull(self._pull)
