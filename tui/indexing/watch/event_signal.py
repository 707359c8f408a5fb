"""Wakes the main thread when the kernel queues an event for a watched folder.

watchfiles has no function that sleeps until an event: it polls every few milliseconds. inotify
descriptors support signal-driven I/O (``O_ASYNC``, inotify(7)), so on Linux SIGIO announces events.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from typing import TYPE_CHECKING

from tui.indexing.watch.watch_limits import inotify_descriptors

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType


class EventSignal:
    """Calls a function when inotify has an event.

    Only Linux supports this, and Python runs signal handlers in the main thread only.

    Args:
        wake: called in the main thread, between any two of its instructions.

    Attributes:
        is_possible: this system and thread can be woken.
        is_armed: events wake this thread.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        is_main = threading.current_thread() is threading.main_thread()
        self.is_possible = sys.platform == "linux" and is_main
        self.is_armed = False
        self._wake = wake

    def arm(self) -> None:
        """Let the events of all inotify descriptors of this process wake this thread."""
        if self.is_possible:
            try:
                self._arm()
            except OSError:  # a file system or kernel without support
                self.is_armed = False

    def disarm(self) -> None:
        """Ignore the signal; by default it would end the process."""
        if sys.platform == "linux" and self.is_armed:
            import signal

            self.is_armed = False
            signal.signal(signal.SIGIO, signal.SIG_IGN)
            atexit.unregister(self.disarm)

    def _arm(self) -> None:
        if sys.platform == "linux":
            import fcntl
            import signal

            descriptors = inotify_descriptors()
            if descriptors:
                signal.signal(signal.SIGIO, self._on_signal)
                # At exit, Python restores the default action, which would end the process.
                atexit.register(self.disarm)
            for descriptor in descriptors:
                fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
                flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
                fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)
            self.is_armed = bool(descriptors)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._wake()
