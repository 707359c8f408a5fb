"""Changes the model that answers.

A model that has not embedded every picture does not answer yet: the model in use continues to
answer while an indexing run embeds the pictures for the next one. Both keep their vectors.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from tui.app.model.ellipsis import shorten_middle
from tui.app.model.status_row import StateText
from tui.app.workers.tasks import WorkerFailed
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.app.workers.index_controller import IndexController
    from tui.app.workers.model_loading import ModelCaughtUp, ModelFailed, ModelOpened
    from tui.app.workers.services import Services
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings
    from tui.search.engine import SearchEngine

_WIDEST_NAME = 24
"""Columns of a model's name in a narrow status row; weights of the user's own have long names."""


class ModelSwitcher:
    """Opens models and switches to a model once it has embedded every picture.

    Choices are numbered: the model of any but the newest choice is dropped and its engine closed.

    Args:
        settings: the settings of this run.
        services: open the models.
        tasks: open them in the background; the messages come back to the handlers of this class.
        indexing: embeds the pictures for the next model.
        show: shows in the status row which model answers.
        use: uses another model for the queries.
        notify: shows a sentence to the user.

    Attributes:
        settings: the settings with the model in use.
        choice: the number of the newest choice.
        next_model: the model that is to answer once it has caught up.
    """

    def __init__(
        self,
        settings: Settings,
        services: Services,
        tasks: BackgroundTasks,
        *,
        indexing: IndexController,
        show: Callable[[StateText], object],
        use: Callable[[Settings, SearchEngine], object],
        notify: Callable[..., object],
    ) -> None:
        self.settings = settings
        self.choice = 0
        self.next_model: ModelOpened | None = None
        self._services = services
        self._tasks = tasks
        self._indexing = indexing
        self._show = show
        self._use = use
        self._notify = notify
        self._model_id = ""
        self._model_name = ""
        self._opening = ""

    def library_opened(self, settings: Settings, engine: SearchEngine) -> None:
        """Use the model that ``auto`` means now, whatever is downloaded later."""
        self._model_name = self._services.model_name(self.settings)
        self._model_id = engine.model_id
        self.settings = settings
        self._indexing.use(settings)

    def choose(self, name: str) -> None:
        """Open another model; an empty name keeps the model in use."""
        from tui.app.workers.model_loading import open_next

        self.choice += 1
        self._drop_next()
        self._opening = "" if name == self.settings.model else name
        if self._opening:
            settings = replace(self.settings, model=name)
            job = partial(open_next, settings, self._services, self._model_id, self.choice)
            self._tasks.start("model", job)
        else:
            self._indexing.switch(self.settings)
        self.show_model()

    def on_model_opened(self, message: ModelOpened) -> None:
        """Switch to the model if it has embedded every picture; else begin to embed them."""
        from tui.app.workers.engine_use import close_engine

        if message.choice != self.choice:
            close_engine(message.engine)
            return
        self._opening = ""
        self.next_model = message
        if message.caught_up or not message.roots:
            self._switch()
            return
        self._indexing.use(message.settings)
        self._indexing.begin(*message.roots)
        self.show_model()

    def on_model_failed(self, message: ModelFailed) -> None:
        """Keep the model in use and report why, unless another choice is newer."""
        if message.choice != self.choice:
            return
        self._opening = ""
        self._indexing.switch(self.settings)
        self.show_model()
        if message.away:
            self._tasks.post(WorkerFailed("library", message.sentence, away=True))
        else:
            self._notify(message.sentence, severity="error", timeout=10)

    def on_model_caught_up(self, message: ModelCaughtUp) -> None:
        """Switch to the next model, unless another choice is newer."""
        if message.choice == self.choice:
            self._switch()

    def library_changed(self) -> None:
        """Check whether the next model has embedded every picture."""
        from tui.app.workers.model_loading import look_at_next

        if self.next_model is None:
            return
        if self._indexing.was_refused:  # so it can't catch up
            self._drop_next()
            self._indexing.use(self.settings)
            self.show_model()
        else:
            job = partial(look_at_next, self.next_model, self._services, self._model_id)
            self._tasks.start("model", job)

    def show_model(self) -> None:
        """Show which model answers, and which one is to answer."""
        name = printable(self._model_name or self._services.model_name(self.settings))
        if self._opening:
            self._show(StateText(f"opening {printable(self._opening)}…", "opening model…"))
        elif self.next_model is not None:
            following = printable(self.next_model.settings.model)
            self._show(StateText(f"{name} · indexing with {following}", f"{name} → {following}"))
        else:
            self._show(StateText(name, shorten_middle(name, _WIDEST_NAME)))

    def _switch(self) -> None:
        if self.next_model is None:
            return
        self.settings, engine = self.next_model.settings, self.next_model.engine
        self.next_model = None
        self._model_id, self._model_name = engine.model_id, ""
        self._indexing.switch(self.settings)
        self._use(self.settings, engine)
        self.show_model()

    def _drop_next(self) -> None:
        from tui.app.workers.engine_use import close_engine

        if self.next_model is not None:
            close_engine(self.next_model.engine)
            self.next_model = None
