"""Downloading a model, and offering or using it afterwards."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tui.app.keys.bindings import key_for
from tui.app.model.status_row import StateText
from tui.core.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui.app.screens.models.switcher import ModelSwitcher
    from tui.app.workers.model_download import ModelDownload, PullAsked, PullEnded, PullMoved
    from tui.app.workers.model_loading import EstimateMade
    from tui.app.workers.services import Services
    from tui.app.workers.tasks import BackgroundTasks


class ModelDownloads:
    """Runs one download at a time.

    Args:
        services: give the command that downloads.
        tasks: read its output; the messages come back to the handlers of this class.
        switcher: uses the model that was downloaded.
        notify: shows a sentence to the user.
        show: shows the state of the download in the status row; None for no download.
        list_download: shows the download in the list of models; returns False if that is closed.
        store: stores the name of the model that is downloading, and whether it is to be used, so
            that the next start resumes; an empty name for none.

    Attributes:
        download: the present download.
        problems: why downloads failed, by the name of the model.
        offered: the name of a downloaded model that a key switches to; empty if there is none.
    """

    def __init__(
        self,
        services: Services,
        tasks: BackgroundTasks,
        *,
        switcher: ModelSwitcher,
        notify: Callable[..., object],
        show: Callable[[StateText | None], object],
        list_download: Callable[[ModelDownload | None], bool],
        store: Callable[[str, bool], object],
    ) -> None:
        self.download: ModelDownload | None = None
        self.problems: dict[str, str] = {}
        self.offered = ""
        self._services = services
        self._tasks = tasks
        self._switcher = switcher
        self._notify = notify
        self._show = show
        self._list_download = list_download
        self._store = store
        self._is_leaving = False
        self._choice_to_use: int | None = None
        """The choice that was the newest when the user wanted to use the model."""

    def on_pull_asked(self, message: PullAsked) -> None:
        """Begin a download, or note that its model is to be used."""
        if self.download is None:
            self._start(message.name)
        elif self.download.name != message.name:
            self._notify("Another download is running.")
            return
        if message.take:
            self._choice_to_use = self._switcher.choice
        self._store(message.name, self._choice_to_use is not None)
        self._show_progress()

    def on_pull_moved(self, _: PullMoved) -> None:
        """Show the progress of the download."""
        self._show_progress()

    def on_pull_ended(self, message: PullEnded) -> None:
        """Report how the download ended; use the model if the user wanted that, else offer it."""
        if self._is_leaving:  # the next start resumes
            return
        use = message.outcome == "done" and self._choice_to_use == self._switcher.choice
        self._choice_to_use = self.download = None
        self._store("", False)
        if message.outcome == "failed":
            self.problems[message.name] = message.sentence
        is_listed = self._list_download(None)
        self._show(None)
        name = printable(message.name)
        if message.outcome == "stopped":
            self._notify("Download paused. It will resume where it left off.")
        elif message.outcome == "failed":
            failed = f"{name}: download failed ({key_for('panes.models')})"
            self._show(StateText(failed, f"{name} failed", "$text-error"))
            if not is_listed:  # the list shows the reason itself
                self._notify(message.sentence, severity="error", timeout=10)
        elif use:
            self._notify(f"{name} is ready and will be used.")
            self._switcher.choose(message.name)
        else:
            self._offer(message.name)

    def on_estimate_made(self, message: EstimateMade) -> None:
        """Offer the model that was downloaded, and say what the switch to it takes."""
        if self.offered != message.name:
            return
        name, key = printable(message.name), key_for("panes.use_download")
        cost = f" ({message.text})" if message.text else ""
        self._notify(f"{name} is ready. Press {key} to switch{cost}.", timeout=15)
        self._show(StateText(f"{name} is ready{cost}", f"{name} is ready"))

    def use_offered(self) -> None:
        """Switch to the model that is offered."""
        name, self.offered = self.offered, ""
        if name:
            self._show(None)
            self._switcher.choose(name)

    def withdraw(self) -> None:
        """Clear the offer and the failure from the status row: the list of models shows both."""
        self.offered = ""
        if self.download is None:
            self._show(None)

    def stop(self) -> None:
        """Stop the download, as the app ends; the next start resumes it."""
        self._is_leaving = True
        if self.download is not None:
            self.download.stop()

    def _offer(self, name: str) -> None:
        from tui.app.workers.model_loading import estimate

        self.offered = name
        ready = f"{printable(name)} is ready"
        self._show(StateText(ready, ready))
        settings = self._switcher.settings
        self._tasks.start("model", partial(estimate, settings, self._services, name))

    def _show_progress(self) -> None:
        self._list_download(self.download)
        if self.download is not None:
            text = f"{printable(self.download.name)} {printable(self.download.short)}"
            self._show(StateText(text, text))

    def _start(self, name: str) -> None:
        from tui.app.workers.model_download import ModelDownload
        from tui.core.child_process import child_environment
        from tui.models.hub.cache import online_environment

        settings = self._switcher.settings
        command = self._services.pull_command(settings, name)
        environment = online_environment(child_environment(settings))
        self.problems.pop(name, None)
        self.offered = ""
        self.download = ModelDownload(name, command, environment, self._tasks)
        self.download.start()
