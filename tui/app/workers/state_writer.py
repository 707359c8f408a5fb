"""The persistent state of the app: changes apply at once and are written in the background."""

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
"""The longest wait for the last write at the exit."""


class StateWriter:
    """Holds the state and writes its changes.

    Other processes also change the file, so each change is applied to the file's latest content.

    Args:
        data_dir: the data folder.
        memory: the state at the start.
        tasks: run the writes.

    Attributes:
        now: the current state.
    """

    def __init__(self, data_dir: Path, memory: AppState, tasks: BackgroundTasks) -> None:
        self.now = memory
        self._data_dir = data_dir
        self._tasks = tasks
        self._waiting: deque[Callable[[AppState], AppState]] = deque()
        self._writing = Lock()
        self._last: Thread | None = None

    def change(self, change: Callable[[AppState], AppState]) -> None:
        """Apply a change to the state, and write it soon."""
        changed = change(self.now)
        if changed != self.now:
            self.now = changed
            self._waiting.append(change)
            self._last = self._tasks.start("memory", self._write)

    def keep(self, **fields: Any) -> None:
        """Change fields of the state."""
        self.change(partial(replace, **fields))

    def close(self) -> None:
        """Wait for the last write, for a limited time."""
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
