"""Stop a command at the next batch: by Ctrl-C, by a signal, or by the parent process."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tui.cli.terminal.output import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def cancel_on_signals(*, quiet: bool) -> Iterator[threading.Event]:
    """Give an event that the first SIGINT or SIGTERM sets; a second one interrupts at once."""
    stop = threading.Event()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        if not quiet:
            say("", "Stopping after this batch; once more stops at once.", err=True)

    handlers = {number: signal.signal(number, request_stop) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def stop_with_parent(stop: threading.Event) -> None:
    """Set ``stop`` when stdin brings ``cancel`` or closes, also because the parent has died.

    A thread reads the file descriptor: one that waited inside ``sys.stdin`` would hold a lock that
    the interpreter needs at its exit.
    """

    def listen() -> None:
        received = b""
        while b"cancel" not in received:
            block = os.read(0, 1024)
            if not block:
                break
            received = received[-5:] + block
        stop.set()

    threading.Thread(target=listen, name="parent", daemon=True).start()
