"""Downloading a model, and using it afterwards if the user wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.app.keys.bindings import key_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.app.screens.models.switcher import ModelSwitcher
    from tui.app.workers.model_download import ModelDownload, PullAsked, PullEnded, PullMoved
    from tui.app.workers.services import Services
    from tui.app.workers.tasks import BackgroundTasks


class ModelDownloads:
    """Runs one download at a time.

    Args:
        services: give the command that downloads.
        tasks: read its output; the messages come back to the handlers of this class.
        switcher: uses the model that was downloaded.
        notify: shows a sentence to the user.
        show: shows the download in the list of models; returns False if the list is closed.

    Attributes:
        download: the present download.
        problems: why downloads failed, by the name of the model.
    """

    def __init__(
        self,
        services: Services,
        tasks: BackgroundTasks,
        *,
        switcher: ModelSwitcher,
        notify: Callable[..., object],
        show: Callable[[ModelDownload | None], bool],
    ) -> None:
        self.download: ModelDownload | None = None
        self.problems: dict[str, str] = {}
        self._services = services
        self._tasks = tasks
        self._switcher = switcher
        self._notify = notify
        self._show = show
        self._choice_to_use: int | None = None
        """The choice that was the newest when the user wanted to use the model."""

    def on_pull_asked(self, message: PullAsked) -> None:
        """Begin a download, or note that its model is to be used."""
        if self.download is None:
            self._start(message.name)
        elif self.download.name != message.name:
            self._notify("Another model is being downloaded; try again later.")
            return
        if message.take:
            self._choice_to_use = self._switcher.choice
        self._show(self.download)

    def on_pull_moved(self, _: PullMoved) -> None:
        """Show the progress of the download."""
        self._show(self.download)

    def on_pull_ended(self, message: PullEnded) -> None:
        """Report how the download ended; use the model if the user wanted that."""
        use = message.outcome == "done" and self._choice_to_use == self._switcher.choice
        self._choice_to_use = self.download = None
        if message.outcome == "failed":
            self.problems[message.name] = message.sentence
        is_listed = self._show(None)
        if message.outcome == "stopped":
            self._notify("Download paused; it will resume next time.")
        elif use:
            self._notify(f"{message.name} is downloaded; it will be used now.")
            self._switcher.choose(message.name)
        elif message.outcome == "done":
            key = key_for("panes.models")
            self._notify(f"{message.name} is downloaded. Press {key}, then Enter to use it.")
        elif not is_listed:  # the list shows the reason itself
            self._notify(message.sentence, severity="error", timeout=10)

    def stop(self) -> None:
        """Stop the download."""
        if self.download is not None:
            self.download.stop()

    def _start(self, name: str) -> None:
        from tui.app.workers.model_download import ModelDownload
        from tui.core.child_process import child_environment
        from tui.models.hub.cache import online_environment

        settings = self._switcher.settings
        command = self._services.pull_command(settings, name)
        environment = online_environment(child_environment(settings))
        self.problems.pop(name, None)
        self.download = ModelDownload(name, command, environment, self._tasks)
        self.download.start()
