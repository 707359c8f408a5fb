"""Ends the app on signals, and without waiting for threads."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 3.0
"""Seconds for an orderly exit; a write to a closed terminal may never return."""


def leave_on_signals(leave: Callable[[int], object]) -> None:
    """Call ``leave`` on SIGTERM, and on SIGHUP when the terminal closes.

    Its argument is the exit code that shells expect: 128 plus the number of the signal. Call this
    function on the event loop of the main thread.
    """
    if sys.platform == "win32":
        return
    loop = asyncio.get_running_loop()
    with suppress(RuntimeError, ValueError):  # not the main thread
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, _leave, leave, 128 + number)


def _leave(leave: Callable[[int], object], code: int) -> None:
    last_resort = threading.Timer(PATIENCE, os._exit, (code,))
    last_resort.daemon = True
    last_resort.start()
    leave(code)


def end_process(code: int) -> NoReturn:
    """End the process without finalizing the interpreter.

    Finalization would unwind threads inside C++ code (the index, a model), which may abort or
    crash. First restore the terminal and finish all writes.
    """
    if (download_cache := sys.modules.get("tui.storage.objects.download_cache")) is not None:
        download_cache.close_shared()  # os._exit calls no registered exit functions
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
