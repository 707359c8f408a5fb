"""Settings, services and stored state for the panes of the main screen."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.message import Message

    from tui.app.graphics.thumbnail_loader import ThumbnailLoader
    from tui.app.model.app_state import AppState
    from tui.app.workers.services import Services
    from tui.app.workers.state_writer import StateWriter
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings


class Resources:
    """Settings, services and stored state, shared by the panes.

    Importing the services would delay the first frame, so each of them is created at its first use.

    Args:
        settings: the settings of this run.
        state: the stored state of earlier runs.
        services: creates the services.
        thumbnails: creates the app's only loader of thumbnails.
        post: posts the messages of background tasks to the main screen.

    Attributes:
        settings: the settings of this run, with the model in use.
        stored: the state at the start; `state` is the current one.
    """

    def __init__(
        self,
        settings: Settings,
        state: AppState,
        *,
        services: Callable[[], Services],
        thumbnails: Callable[[], ThumbnailLoader],
        post: Callable[[Message], object],
    ) -> None:
        self.settings = settings
        self.stored = state
        self._make_services = services
        self._make_thumbnails = thumbnails
        self._post = post

    @cached_property
    def services(self) -> Services:
        """Access to the rest of the program."""
        return self._make_services()

    @cached_property
    def thumbnails(self) -> ThumbnailLoader:
        """The loader of thumbnails."""
        return self._make_thumbnails()

    @cached_property
    def tasks(self) -> BackgroundTasks:
        """Background tasks whose messages go to the main screen."""
        from tui.app.workers.tasks import BackgroundTasks

        return BackgroundTasks(self._post)

    @cached_property
    def state(self) -> StateWriter:
        """The stored state, which later runs read."""
        from tui.app.workers.state_writer import StateWriter

        return StateWriter(self.settings.data_dir, self.stored, self.tasks)
