"""A request to stop a command, which also ends its waits."""

from __future__ import annotations

from contextlib import suppress
from queue import Empty, SimpleQueue


class StopRequest:
    """Set by a signal handler or a thread; the main thread checks it, or waits for it.

    A signal handler may interrupt any line of the main thread, including one inside ``wait``. The
    lock of a ``threading.Event`` would then block the handler forever; ``SimpleQueue.put`` may be
    called at any time.
    """

    def __init__(self) -> None:
        self._is_set = False
        self._wakes: SimpleQueue[None] = SimpleQueue()

    def set(self) -> None:
        """Request the stop, and end a pending wait."""
        self._is_set = True
        self.wake()

    def is_set(self) -> bool:
        """Whether the command has to stop."""
        return self._is_set

    def wake(self) -> None:
        """End the current wait, or the next one."""
        if self._wakes.empty():
            self._wakes.put(None)

    def wait(self, seconds: float | None = None) -> None:
        """Wait for ``wake`` or ``set``, at most some seconds; return at once after ``set``."""
        if self._is_set:
            return
        with suppress(Empty):
            self._wakes.get(timeout=seconds)
