"""Which model answers: choosing another one, and the change from old to new.

A model that has not read all pictures does not answer yet: the old one goes on while an indexing
run reads them for the new one, which then takes over. Both keep their vectors.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.app.screens.main.layout import PanesScreen

if TYPE_CHECKING:
    from tui.app.screens.main.search_controller import SearchController
    from tui.app.workers.index_controller import IndexController
    from tui.app.workers.model_loading import ModelCaughtUp, ModelFailed, ModelOpened
    from tui.app.workers.services import Services
    from tui.app.workers.state_writer import StateWriter
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings


class AnsweringScreen(PanesScreen):
    """Routes what concerns the model that answers.

    Choices are numbered: an answer to any but the newest is dropped, and its engine closed.
    """

    search: SearchController
    indexing: IndexController
    keeper: StateWriter
    _services: Services
    _settings: Settings
    _work: BackgroundTasks

    _choice = 0
    """The number of the user's newest choice."""
    _opening = ""
    """The model of that choice while it is opened."""
    _next: ModelOpened | None = None
    """The model that takes over once it has caught up."""
    _model_text = ""
    """What the status line says of the model that answers."""

    def opened_with(self, settings: Settings) -> None:
        """The library is open: remember which model ``auto`` has meant.

        A download may change what it means, and the one that answers stays the same until another
        is chosen.
        """
        self._model_text = self._services.model_line(self._settings)
        self._settings = settings
        self.indexing.use(settings)

    def choose(self, name: str) -> None:
        """Open another model; without a name, stay with the one that answers."""
        from tui.app.workers.model_loading import open_next

        self._choice += 1
        self._drop_next()
        self._opening = "" if name == self._settings.model else name
        if self._opening:
            settings = replace(self._settings, model=name)
            job = partial(open_next, settings, self._services, self._present, self._choice)
            self._work.start("model", job)
        else:
            self.indexing.switch(self._settings)
        self.say_who_answers()

    def on_model_opened(self, message: ModelOpened) -> None:
        """Take the model at once if it has read all pictures, else have them read first."""
        from tui.app.workers.engine_use import close_engine

        if message.choice != self._choice:
            close_engine(message.engine)
            return
        self._opening = ""
        self._next = message
        if message.caught_up or not message.roots:
            self._take_over()
            return
        self.indexing.use(message.settings)
        self.indexing.begin(*message.roots)
        self.say_who_answers()

    def on_model_failed(self, message: ModelFailed) -> None:
        """Stay with the model that answers, and say why."""
        from tui.app.workers.tasks import WorkerFailed

        if message.choice != self._choice:
            return
        self._opening = ""
        self.indexing.switch(self._settings)
        self.say_who_answers()
        if message.away:
            self.post_message(WorkerFailed("library", message.sentence, away=True))
        else:
            self.notify(message.sentence, severity="error", timeout=10, markup=False)

    def say_who_answers(self) -> None:
        """Say in the status line which model answers, and which one will."""
        text = self._model_text or self._services.model_line(self._settings)
        if self._opening:
            text = f"Opening {self._opening}"
        elif self._next is not None:
            text = f"{text} · reading all pictures for {self._next.settings.model}"
        self.say(text)

    def look_at_next(self) -> None:
        """The library has changed: see whether the new model has caught up."""
        from tui.app.workers.model_loading import look_at_next

        if self._next is not None and self.indexing.was_refused:  # it never will
            self._drop_next()
            self.indexing.use(self._settings)
            self.say_who_answers()
        elif self._next is not None:
            job = partial(look_at_next, self._next, self._services, self._present)
            self._work.start("model", job)

    def on_model_caught_up(self, message: ModelCaughtUp) -> None:
        """The new model answers, unless another one was chosen meanwhile."""
        if message.choice == self._choice:
            self._take_over()

    def _take_over(self) -> None:
        if self._next is None:
            return
        self._settings, engine = self._next.settings, self._next.engine
        self._next = None
        self._model_text = ""
        self.indexing.switch(self._settings)
        self.keeper.keep(model=self._settings.model)
        self.search.use(engine)
        self.search.loading = False
        self.say_who_answers()
        self.search.ask(again=True)

    def _drop_next(self) -> None:
        from tui.app.workers.engine_use import close_engine

        if self._next is not None:
            close_engine(self._next.engine)
            self._next = None

    @property
    def _present(self) -> str:
        """The model that answers now."""
        return self.search.engine.model_id if self.search.engine is not None else ""
