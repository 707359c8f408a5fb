"""Leaving: in order when the system asks for it, and without waiting for anyone."""

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
"""Seconds for leaving in order; writing to a terminal that has gone may never return."""


def leave_on_signals(leave: Callable[[int], object]) -> None:
    """Call ``leave`` when SIGTERM comes, or SIGHUP as the terminal goes away.

    It gets the exit code that shells expect, 128 and the signal's number.
    Call it on the running event loop of the main thread.
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
    """End without taking the interpreter down first.

    Threads may be within C++ (the index, a model); when the interpreter ends under them they are
    unwound by force, which C++ answers with an abort or worse. The terminal must be restored and
    all that matters be on disk.
    """
    if (spool := sys.modules.get("tui.storage.objects.download_cache")) is not None:
        spool.close_shared()  # os._exit calls nothing that is registered for the end
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)
