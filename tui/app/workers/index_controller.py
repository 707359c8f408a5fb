"""One indexing run at a time: start, stop, go on, and when to look at what it added."""

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

LOOK_EVERY = 1.0
"""Seconds between looks at what a run has added."""


class IndexController:
    """Knows the run that goes on, how the last one ended, and which folders were read whole."""

    def __init__(self, settings: Settings, services: Services, tasks: BackgroundTasks) -> None:
        self.run: IndexProcess | None = None
        self.last: IndexEnded | None = None
        self._settings = settings
        self._services = services
        self._tasks = tasks
        self._looked = 0.0
        self._seen = 0
        self._number = 0
        self._read: set[Path] = set()
        self._model = settings.model

    @property
    def folder(self) -> Path | None:
        """What is being indexed or followed."""
        return self.run.folder if self.run else None

    @property
    def is_busy(self) -> bool:
        """Something is being indexed; following changes alone is no work."""
        return self.run is not None and not self.run.watching

    @property
    def can_resume(self) -> bool:
        """The last run did not come to its end."""
        ended = ("done", "refused")
        return self.run is None and self.last is not None and self.last.outcome not in ended

    @property
    def was_refused(self) -> bool:
        """This user can't index into the library."""
        return self.last is not None and self.last.outcome == "refused"

    def use(self, settings: Settings) -> None:
        """Index with these settings from the next start on."""
        self._settings = settings

    @property
    def has_other_model(self) -> bool:
        """The run indexes with another model than the next one would."""
        return self.run is not None and self._model != self._settings.model

    def start(self, folder: Path, *more: Path) -> IndexProcess:
        """Index folders in a child process; what was followed is followed on, by the same one."""
        from tui.app.workers.index_process import IndexProcess, child_environment

        before = (*more, *(filter(_is_followed, self.run.folders) if self.run else ()))
        self.leave()
        others = [path for path in dict.fromkeys(before) if path != folder]
        command = [*self._services.index_command(self._settings, folder), *map(str, others)]
        environment = child_environment(self._settings)
        why_not = partial(self._services.why_not_index, self._settings)
        self._read -= {folder, *others}
        self._number += 1
        self._model = self._settings.model
        folders = [folder, *others]
        self.run = IndexProcess(
            folders, command, environment, self._tasks, why_not=why_not, number=self._number
        )
        self._looked = time.monotonic()
        self._seen = 0
        self.run.start()
        return self.run

    def cancel(self) -> None:
        """Stop after the batch; asked again, at once."""
        if self.run is not None:
            self.run.cancel()

    def leave(self) -> None:
        """The app ends; the child stops after its batch by itself."""
        if self.run is not None:
            self.run.leave()

    def has_news(self, message: IndexProgressed) -> bool:
        """Whether pictures were added, and it is time to look at them."""
        added = message.progress.indexed + message.progress.reused
        now = time.monotonic()
        if added == self._seen or now - self._looked < LOOK_EVERY:
            return False
        self._seen, self._looked = added, now
        return True

    def round_ended(self) -> None:
        """All is indexed; the next change counts from nothing again."""
        self._seen = 0
        self._note_read()

    def has_read(self, folder: Path) -> bool:
        """Whether a run has read the whole of a folder."""
        return not self._read.isdisjoint((folder, *folder.parents))

    def is_of_run(self, number: int) -> bool:
        """Whether a message is of the present run, not of one that another has replaced."""
        return self.run is not None and self.run.number == number

    def ended(self, message: IndexEnded) -> None:
        """Remember how the run ended."""
        if message.outcome == "done":
            self._note_read()
        self.run = None
        self.last = message

    def _note_read(self) -> None:
        if self.run is not None:
            self._read.update(self.run.folders)


def _is_followed(folder: Path) -> bool:
    from tui.storage.objects.path import is_address

    return not is_address(folder)
