"""At most one indexing run: starts and stops it, and decides when its new pictures are read."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from tui.app.workers.index_process import IndexEnded, IndexProcess, IndexProgressed
    from tui.app.workers.services import Services
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.settings import Settings

REFRESH_SECONDS = 1.0
"""The shortest time between two looks at the pictures that a run adds."""


class IndexController:
    """Holds the current run, the outcome of the last one, and the folders indexed completely.

    Args:
        settings: for the next run.
        services: give the command line, and the permission to index.
        tasks: post the messages of the runs.

    Attributes:
        run: the current run.
        last: how the last run ended.
    """

    def __init__(self, settings: Settings, services: Services, tasks: BackgroundTasks) -> None:
        self.run: IndexProcess | None = None
        self.last: IndexEnded | None = None
        self._settings = settings
        self._services = services
        self._tasks = tasks
        self._refresh_time = 0.0
        self._refreshed_count = 0
        self._run_number = 0
        self._indexed_folders: set[Path] = set()
        self._run_model = settings.model

    @property
    def folder(self) -> Path | None:
        """The folder of the current run."""
        return self.run.folder if self.run else None

    @property
    def is_busy(self) -> bool:
        """A run is indexing; watching for changes does not count."""
        return self.run is not None and not self.run.watching

    @property
    def can_resume(self) -> bool:
        """The last run was cancelled or failed."""
        complete = ("done", "refused")
        return self.run is None and self.last is not None and self.last.outcome not in complete

    @property
    def was_refused(self) -> bool:
        """This user is not permitted to index into the library."""
        return self.last is not None and self.last.outcome == "refused"

    def use(self, settings: Settings) -> None:
        """Start the next runs with these settings."""
        self._settings = settings

    @property
    def has_other_model(self) -> bool:
        """The model of the current run is not the one in the settings."""
        return self.run is not None and self._run_model != self._settings.model

    def start(self, folder: Path, *more: Path) -> IndexProcess:
        """Start a run over folders, which replaces the current one and watches its folders too."""
        from tui.app.workers.index_process import IndexProcess, child_environment

        watched = filter(_is_on_disk, self.run.folders) if self.run else ()
        self.leave()
        folders = tuple(dict.fromkeys([folder, *more, *watched]))
        command = self._services.index_command(self._settings, folder)
        self._indexed_folders.difference_update(folders)
        self._run_number += 1
        self._run_model = self._settings.model
        self.run = IndexProcess(
            folders,
            [*command, *map(str, folders[1:])],
            child_environment(self._settings),
            self._tasks,
            why_not=partial(self._services.why_not_index, self._settings),
            number=self._run_number,
        )
        self._refresh_time = time.monotonic()
        self._refreshed_count = 0
        self.run.start()
        return self.run

    def cancel(self) -> None:
        """Stop the run after its batch; the second call stops it at once."""
        if self.run is not None:
            self.run.cancel()

    def leave(self) -> None:
        """Detach from the run, which ends after its batch."""
        if self.run is not None:
            self.run.leave()

    def has_news(self, message: IndexProgressed) -> bool:
        """Return whether to read the library again: the run added pictures, and time has passed."""
        added = message.progress.indexed + message.progress.reused
        now = time.monotonic()
        if added == self._refreshed_count or now - self._refresh_time < REFRESH_SECONDS:
            return False
        self._refreshed_count, self._refresh_time = added, now
        return True

    def round_ended(self) -> None:
        """Note that the run has indexed everything; its counts restart with the next change."""
        self._refreshed_count = 0
        self._note_indexed()

    def has_read(self, folder: Path) -> bool:
        """Return whether a run has indexed the whole of a folder."""
        return not self._indexed_folders.isdisjoint((folder, *folder.parents))

    def is_of_run(self, number: int) -> bool:
        """Return whether a message is from the current run rather than a replaced one."""
        return self.run is not None and self.run.number == number

    def ended(self, message: IndexEnded) -> None:
        """Note how the run ended."""
        if message.outcome == "done":
            self._note_indexed()
        self.run = None
        self.last = message

    def _note_indexed(self) -> None:
        if self.run is not None:
            self._indexed_folders.update(self.run.folders)


def _is_on_disk(folder: Path) -> bool:
    from tui.storage.objects.path import is_address

    return not is_address(folder)
