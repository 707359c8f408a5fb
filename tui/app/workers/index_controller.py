"""Starts, cancels and resumes indexing runs, one at a time, and shows their state."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from tui.app.model.indexing_status import (
    ended_status,
    indexed_status,
    running_status,
    watching_status,
)
from tui.app.workers.index_process import (
    CaughtUp,
    IndexEnded,
    IndexProcess,
    Notice,
)
from tui.app.workers.library_monitor import LibraryChanged
from tui.core.child_process import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tui.app.model.indexing_status import IndexingStatus
    from tui.app.workers.index_process import IndexReported
    from tui.app.workers.services import Services
    from tui.app.workers.tasks import BackgroundTasks
    from tui.core.domain import Progress
    from tui.core.settings import Settings

REFRESH_SECONDS = 1.0
"""The least seconds between two updates of the results during a run."""


class IndexController:
    """Starts and stops indexing runs and reports their state.

    The messages of a run come back to `on_index_reported`. `LibraryChanged` is posted when a run
    begins, adds pictures or ends.

    Args:
        settings: the settings of the next run.
        services: start the run.
        tasks: read the output of the run.
        show: shows the state of the run; None for no run.
        notify: shows a sentence to the user.

    Attributes:
        run: the present run.
        last: how the last run ended.
    """

    def __init__(
        self,
        settings: Settings,
        services: Services,
        tasks: BackgroundTasks,
        *,
        show: Callable[[IndexingStatus | None], object],
        notify: Callable[[str], object],
    ) -> None:
        self.run: IndexProcess | None = None
        self.last: IndexEnded | None = None
        self._settings = settings
        self._services = services
        self._tasks = tasks
        self._show = show
        self._notify = notify
        self._run_number = 0
        self._run_model = settings.model
        self._refresh_time = 0.0
        self._refreshed_count = 0
        self._indexed_folders: set[Path] = set()
        self._is_round_shown = False

    # --- state --------------------------------------------------------------------------------

    @property
    def folder(self) -> Path | None:
        """The folder that is indexed or watched."""
        return self.run.folder if self.run else None

    @property
    def is_busy(self) -> bool:
        """Whether a run is indexing; only watching for changes does not count."""
        return self.run is not None and not self.run.watching

    @property
    def can_resume(self) -> bool:
        """Whether the last run failed or was cancelled."""
        ended = ("done", "refused")
        return self.run is None and self.last is not None and self.last.outcome not in ended

    @property
    def was_refused(self) -> bool:
        """Whether this user can't index into the library."""
        return self.last is not None and self.last.outcome == "refused"

    @property
    def has_other_model(self) -> bool:
        """Whether the run indexes with another model than the next one would."""
        return self.run is not None and self._run_model != self._settings.model

    def has_indexed(self, folder: Path | None) -> bool:
        """Whether a run has read the whole of a folder."""
        if folder is None:
            return False
        return not self._indexed_folders.isdisjoint((folder, *folder.parents))

    # --- commands -----------------------------------------------------------------------------

    def use(self, settings: Settings) -> None:
        """Use these settings from the next run on."""
        self._settings = settings

    def switch(self, settings: Settings) -> None:
        """Use these settings, and restart a run that indexes with another model."""
        self.use(settings)
        if self.run is not None and self.has_other_model and not self.run.stopping:
            self.begin(*self.run.folders)

    def begin(self, *folders: Path) -> None:
        """Index folders in a child process, which then watches the folders of the last run too."""
        watched = filter(_is_on_disk, self.run.folders) if self.run else ()
        folders = tuple(dict.fromkeys((*folders, *watched)))
        self.leave()
        first, *more = folders
        command = [*self._services.index_command(self._settings, first), *map(str, more)]
        why_not = partial(self._services.why_not_index, self._settings)
        self._indexed_folders.difference_update(folders)
        self._run_number += 1
        self._run_model = self._settings.model
        self._refresh_time, self._refreshed_count = time.monotonic(), 0
        self.run = IndexProcess(
            folders,
            command,
            child_environment(self._settings),
            self._tasks,
            why_not=why_not,
            number=self._run_number,
        )
        self.run.start()
        self._show_running(self.run.progress)
        self._tasks.post(LibraryChanged())

    def cancel(self) -> None:
        """Stop after the current batch; the second call stops at once."""
        if self.run is not None:
            self.run.cancel()
            self._show_running(self.run.progress)

    def resume(self) -> None:
        """Continue the run that was stopped."""
        if self.can_resume and self.last is not None:
            self.begin(*self.last.folders)

    def pause(self) -> IndexProcess | None:
        """Stop a run that watches, and return it, so that a thread can wait for its end."""
        if self.run is not None and not self.run.stopping:
            self.run.cancel()
        return self.run

    def clear(self) -> None:
        """Clear the status of a run that has ended."""
        if self.run is None:
            self.last = None
            self._show(None)

    def leave(self) -> None:
        """Let the child stop after the current batch, without waiting for it."""
        if self.run is not None:
            self.run.leave()

    # --- reports of the run -------------------------------------------------------------------

    def on_index_reported(self, message: IndexReported) -> None:
        """Act on a report, unless it comes from an earlier run."""
        if self.run is None or self.run.number != message.run:
            return
        report = message.report
        if isinstance(report, CaughtUp):
            self._caught_up(report.progress)
        elif isinstance(report, Notice):
            self._noticed(report.sentence)
        elif isinstance(report, IndexEnded):
            self._ended(report)
        else:
            self._progressed(report)

    def _progressed(self, progress: Progress) -> None:
        if self.is_busy or (progress.total and progress.phase == "embedding"):
            self._show_running(progress)
        elif progress.phase == "done" and self._is_round_shown:
            self._show_watching()  # a round without changes is not reported
        added, now = progress.indexed + progress.reused, time.monotonic()
        if added != self._refreshed_count and now - self._refresh_time >= REFRESH_SECONDS:
            self._refreshed_count, self._refresh_time = added, now
            self._tasks.post(LibraryChanged())

    def _caught_up(self, progress: Progress) -> None:
        if self.run is not None:
            self._refreshed_count = 0  # the next change counts from zero
            self._indexed_folders.update(self.run.folders)
            self._is_round_shown = False
            self._show(indexed_status(self.run.folder, progress, self._watching))
            self._tasks.post(LibraryChanged(ended=True))

    def _noticed(self, sentence: str) -> None:
        self._notify(sentence)

    def _ended(self, ended: IndexEnded) -> None:
        if self.run is not None and ended.outcome == "done":
            self._indexed_folders.update(self.run.folders)
        self.run, self.last = None, ended
        self._show(ended_status(ended))
        if ended.outcome == "refused":
            self._notify(ended.sentence)
        self._tasks.post(LibraryChanged(ended=True))

    def _show_watching(self) -> None:
        if self.run is not None and not self.run.stopping:
            self._is_round_shown = False
            self._show(self._watching())

    def _show_running(self, progress: Progress) -> None:
        if self.run is not None:
            self._is_round_shown = self.run.watching
            folder = self._folder_at_work(self.run, progress)
            self._show(running_status(folder, progress, is_stopping=self.run.stopping))

    @staticmethod
    def _folder_at_work(run: IndexProcess, progress: Progress) -> Path:
        is_numbered = 0 < progress.folder <= progress.folders == len(run.folders)
        return run.folders[progress.folder - 1] if is_numbered else run.folder

    def _watching(self) -> IndexingStatus | None:
        if self.run is None:
            return None
        return watching_status(self.run.folder, len(self.run.folders) - 1)


def _is_on_disk(folder: Path) -> bool:
    from tui.storage.objects.path import is_address

    return not is_address(folder)
