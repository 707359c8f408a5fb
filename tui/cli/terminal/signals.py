"""Stopping an indexing run at the next batch: by Ctrl-C, by a signal, or by the parent process."""

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
    """Give an event that is set by the first SIGINT or SIGTERM; a second one interrupts at once."""
    stop = threading.Event()

    def ask(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        if not quiet:
            say("", "Stopping after this batch; once more stops at once.", err=True)

    before = {number: signal.signal(number, ask) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_with_parent(stop: threading.Event) -> None:
    """Set ``stop`` when stdin says ``cancel`` or is closed, which also happens if the parent dies.

    Reads the file descriptor itself: a thread that waits inside ``sys.stdin`` holds a lock that
    the interpreter needs to end.
    """

    def listen() -> None:
        said = b""
        while b"cancel" not in said:
            block = os.read(0, 1024)
            if not block:
                break
            said = said[-5:] + block
        stop.set()

    threading.Thread(target=listen, name="parent", daemon=True).start()
