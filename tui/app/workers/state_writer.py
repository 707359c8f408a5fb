"""Keeping what lasts: changes are known at once and written in the background."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from functools import partial
from itertools import islice
from threading import Lock
from typing import TYPE_CHECKING, Any

from tui.app.model.app_state import load_to_change, save
from tui.app.workers.tasks import WorkerFailed
from tui.core.files import lock_for_change
from tui.core.formatting import printable
from tui.core.settings import MEMORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from threading import Thread

    from textual.message import Message

    from tui.app.model.app_state import AppState
    from tui.app.workers.tasks import BackgroundTasks

_LAST_WRITE = 1.0
"""Seconds that leaving waits for the last change to reach the disk."""


class StateWriter:
    """Has the memory at hand and writes its changes in the background.

    Another process may do the same, so a change is made to what the file says by then.

    Args:
        data_dir: the library's folder.
        memory: what is known at the start.
        tasks: run the writing.
    """

    def __init__(self, data_dir: Path, memory: AppState, tasks: BackgroundTasks) -> None:
        self.now = memory
        self._data_dir = data_dir
        self._tasks = tasks
        self._waiting: deque[Callable[[AppState], AppState]] = deque()
        self._writing = Lock()
        self._last: Thread | None = None

    def change(self, change: Callable[[AppState], AppState]) -> None:
        """Make a change, here at once and on disk soon."""
        changed = change(self.now)
        if changed != self.now:
            self.now = changed
            self._waiting.append(change)
            self._last = self._tasks.start("memory", self._write)

    def keep(self, **fields: Any) -> None:
        """Give fields of the memory another value."""
        self.change(partial(replace, **fields))

    def close(self) -> None:
        """Wait a moment for the last change."""
        if self._last is not None:
            self._last.join(_LAST_WRITE)

    def _write(self) -> Iterator[Message]:
        with self._writing:
            if not self._waiting:
                return
            with lock_for_change(self._data_dir / MEMORY):
                memory, copy = load_to_change(self._data_dir)
                changes = len(self._waiting)
                for change in islice(self._waiting, changes):
                    memory = change(memory)
                save(memory, self._data_dir)
            for _ in range(changes):
                self._waiting.popleft()
        if copy is not None:
            yield WorkerFailed("memory", f"{MEMORY} was damaged; a copy is at {printable(copy)}.")
