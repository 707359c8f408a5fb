"""Stop a command at the next batch: by Ctrl-C, by a signal, or by the parent process.

The parent process may also request work.
"""

from __future__ import annotations

import json
import os
import signal
import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tui.cli.terminal.output import say
from tui.core.stop_request import StopRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def cancel_on_signals(*, quiet: bool) -> Iterator[StopRequest]:
    """Yield a request that the first SIGINT or SIGTERM sets; a second one interrupts at once."""
    stop = StopRequest()

    def request_stop(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        if not quiet:
            say("", "Stopping after this batch; press Ctrl-C again to stop at once.", err=True)

    handlers = {number: signal.signal(number, request_stop) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def stop_with_parent(stop: StopRequest) -> None:
    """Set ``stop`` when stdin contains ``cancel`` or closes, as it does if the parent dies."""
    _start_listening(stop, lambda _: None)


def parent_requests(stop: StopRequest) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects that stdin contains, one per line, until ``stop`` is set.

    Meanwhile ``stop`` is set as by ``stop_with_parent``.
    """
    lines: deque[bytes] = deque()

    def add(line: bytes) -> None:
        lines.append(line)
        stop.wake()

    _start_listening(stop, add)
    while not stop.is_set():
        if lines:
            yield json.loads(lines.popleft())
        else:
            stop.wait()


def _start_listening(stop: StopRequest, receive: Callable[[bytes], None]) -> None:
    """Read stdin in a thread; pass each line except ``cancel`` to ``receive``.

    The thread reads the file descriptor: one that waited inside ``sys.stdin`` would hold a lock
    that the interpreter needs at its exit.
    """

    def listen() -> None:
        received = b""
        while block := os.read(0, 1 << 16):
            *lines, received = (received + block).split(b"\n")
            if b"cancel" in (*lines, received):
                break
            for line in lines:
                receive(line)
        stop.set()

    threading.Thread(target=listen, name="parent", daemon=True).start()
