"""The list of models over the main screen, and downloading one of them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.app.screens.main.model_switcher import AnsweringScreen

if TYPE_CHECKING:
    from tui.app.screens.models import ModelsScreen
    from tui.app.workers.model_download import ModelDownload, PullAsked, PullEnded


class DownloadingScreen(AnsweringScreen):
    """Shows the models and runs one download at a time."""

    _pull: ModelDownload | None = None
    _taking: int | None = None
    """The choice that was the newest when the user asked to use the model that is downloading."""

    def __init__(self) -> None:
        super().__init__()
        self._pull_problems: dict[str, str] = {}

    def action_models(self, name: str = "") -> None:
        """Show the models with the cursor on one of them; without a name, on the one in use."""
        from tui.app.screens.models import ModelsScreen

        def chosen(name: str | None) -> None:
            if name is not None:
                self.choose(name)

        read = partial(self._services.list_models, self._settings)
        self.app.push_screen(ModelsScreen(read, self._pull, self._pull_problems, name), chosen)

    def leave_models(self) -> None:
        """Stop the download as the app ends."""
        if self._pull is not None:
            self._pull.stop()

    def on_pull_asked(self, message: PullAsked) -> None:
        """Begin a download, or note that its model shall be used."""
        if self._pull is None:
            self._start_pull(message.name)
        elif self._pull.name != message.name:
            self.notify("Another model is being downloaded; try again later.", markup=False)
            return
        if message.take:
            self._taking = self._choice
        self._show_pull()

    def on_pull_moved(self) -> None:
        """Show how far it is."""
        self._show_pull()

    def on_pull_ended(self, message: PullEnded) -> None:
        """Say how it ended, wherever the user is by now; use the model where that was asked."""
        from tui.app.keys.bindings import key_for

        taking, self._taking = self._taking == self._choice, None
        self._pull = None
        if message.outcome == "failed":
            self._pull_problems[message.name] = message.sentence
            if self._models_screen is None:  # which says it itself
                self.notify(message.sentence, severity="error", timeout=10, markup=False)
        elif message.outcome == "stopped":
            self.notify("Download paused; it will resume next time.", markup=False)
        elif taking:
            self.notify(f"{message.name} is downloaded; it will be used now.", markup=False)
        else:
            key = key_for("panes.models")
            self.notify(
                f"{message.name} is downloaded. Press {key}, then Enter to use it.", markup=False
            )
        self._show_pull()
        if message.outcome == "done" and taking:
            self.choose(message.name)

    def _start_pull(self, name: str) -> None:
        from tui.app.workers.index_process import child_environment
        from tui.app.workers.model_download import ModelDownload
        from tui.app.workers.tasks import BackgroundTasks
        from tui.models.hub.cache import online_environment

        command = self._services.pull_command(self._settings, name)
        environment = online_environment(child_environment(self._settings))
        self._pull_problems.pop(name, None)
        self._pull = ModelDownload(name, command, environment, BackgroundTasks(self.post_message))
        self._pull.start()

    def _show_pull(self) -> None:
        if (screen := self._models_screen) is not None:
            screen.show_pull(self._pull)

    @property
    def _models_screen(self) -> ModelsScreen | None:
        from tui.app.screens.models import ModelsScreen

        screens = self.app.screen_stack
        return next((screen for screen in screens if isinstance(screen, ModelsScreen)), None)
